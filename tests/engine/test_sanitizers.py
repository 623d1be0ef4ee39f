"""The native engine under AddressSanitizer and UndefinedBehaviorSanitizer: what they object to ends the process."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

NATIVE = Path(__file__).parents[2] / "src" / "lenet5" / "engine" / "native"
COMPILERS = ("g++", "clang++")
TESTS = [str(Path(__file__).with_name(name)) for name in ("test_native_path.py", "test_border.py")]

# Puts the module built below in the place of the installed one, then runs the engine's own tests.
RUN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("lenet5.engine._native", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.modules["lenet5.engine._native"] = module
import lenet5.engine
lenet5.engine._native = module
import pytest
raise SystemExit(pytest.main(["-q", "-s", "-p", "no:cacheprovider", *sys.argv[2:]]))
"""


def need(compiler: str) -> str:
    """The compiler; skips the test where it is not there."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} was looked for and is not there")
    return compiler


def build(folder: Path, compiler: str, native: Path = NATIVE) -> Path:
    """The module with both sanitizers, any objection fatal."""
    nanobind = pytest.importorskip("nanobind")
    home = Path(nanobind.include_dir()).parent
    library = folder / "_native.so"
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
    if compiler == "clang++":
        sanitize.append("-shared-libasan")
    headers = [nanobind.include_dir(), home / "ext/robin_map/include", sysconfig.get_path("include")]
    command = [need(compiler), "-std=c++17", "-O1", "-g", "-march=native", "-fPIC", "-shared", "-fvisibility=hidden"]
    sources = [native / "module.cpp", native / "passes.cpp", home / "src/nb_combined.cpp"]
    subprocess.run([*command, *sanitize, *(f"-I{path}" for path in headers), *sources, "-o", library], check=True)
    return library


def run(library: Path, compiler: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with the sanitizer's run-time library in front, as it must be when the program is not built with it."""
    names = ["libclang_rt.asan-x86_64.so" if compiler == "clang++" else "libasan.so", "libstdc++.so"]
    found = [subprocess.check_output([compiler, f"-print-file-name={name}"], text=True).strip() for name in names]
    if not Path(found[0]).is_file():
        pytest.skip(f"{compiler} is there without its sanitizers: {found[0]}")
    return subprocess.run(
        [sys.executable, "-c", RUN, str(library), *arguments],
        env={**os.environ, "LD_PRELOAD": " ".join(found), "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
        text=True,
        timeout=1500,
    )


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_sanitizer_objects_to_the_engines_own_tests(compiler: str, tmp_path: Path) -> None:
    result = run(build(tmp_path, compiler), compiler, *TESTS)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert " passed" in result.stdout


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_sanitizers_would_object(compiler: str, tmp_path: Path) -> None:
    """The same with a unit too many in C5."""
    faulty = tmp_path / "native"
    shutil.copytree(NATIVE, faulty)
    text = (faulty / "c5.hpp").read_text()
    assert "for (int o = 0; o < UNITS; ++o) {" in text
    (faulty / "c5.hpp").write_text(text.replace("o < UNITS; ++o", "o < UNITS + 1; ++o"))
    result = run(build(tmp_path, compiler, faulty), compiler, *TESTS, "-k", "states_of_every_layer")
    assert result.returncode != 0
    assert "AddressSanitizer" in result.stdout + result.stderr or "runtime error" in result.stdout + result.stderr
