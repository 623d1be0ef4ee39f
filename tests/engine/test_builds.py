"""The package built by each compiler and for other processors, and run there: unpacked wheels, in new processes."""

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "src" / "lenet5" / "engine" / "native"
COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang", "clang++")}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the processors asked for are x86-64"),
]


def need(program: str) -> str:
    """Its path; skips the test where it is not there."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} was looked for and is not there")
    return path


def unpacked(folder: Path, compiler: str, *, portable: bool) -> Path:
    """A wheel by a compiler, unpacked."""
    cc, cxx = map(need, COMPILERS[compiler])
    environment = {**os.environ, "CC": cc, "CXX": cxx} | ({"LENET5_PORTABLE": "1"} if portable else {})
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder / "wheel"), str(ROOT)]
    subprocess.run(command, env=environment, check=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    assert "linux" in wheel.name or "macosx" in wheel.name, f"{wheel.name} was built without its engine"
    zipfile.ZipFile(wheel).extractall(folder / "package")
    return folder / "package"


def python(package: Path, *arguments: str, under: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Python with an unpacked wheel and the installed packages, without what makes this tree its lenet5."""
    path = os.pathsep.join([str(package), *(p for p in sys.path if p.endswith("-packages"))])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [*under, str(Path(sys.executable).resolve()), "-S", *arguments]
    return subprocess.run(command, env=environment, cwd=package, capture_output=True, text=True, check=False)


BITS = """
import hashlib, torch
from lenet5.data import load_dataset
from lenet5.engine import NATIVE
from lenet5.arrays import STATE_SHAPES
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM

digits = load_dataset("digits", None).train
network = LeNet5(0.2)
optimiser = SDLM(network, eta=1e-3, mu=1)
part = NATIVE.train(network, optimiser, MAPLoss(1.0), digits.images, digits.labels, torch.arange(len(digits)))
found = [*network.parameters(), *(NATIVE.states(network, digits.images[:50], layer) for layer in STATE_SHAPES)]
digest = hashlib.sha256(b"".join(t.detach().numpy().tobytes() for t in found)).hexdigest()
print(part.patterns, repr(part.loss_sum), digest)
"""


def test_the_same_bits_by_both_compilers_for_this_processor_and_for_others(tmp_path: Path) -> None:
    """Of processors that round a product and a sum once, as all do that the portable wheel is for."""
    runs = {}
    for compiler in COMPILERS:
        for kind in ("native", "portable"):
            package = unpacked(tmp_path / f"{compiler}-{kind}", compiler, portable=kind == "portable")
            done = python(package, "-c", BITS)
            assert done.returncode == 0, (compiler, kind, done)
            runs[compiler, kind] = done.stdout
    assert len(set(runs.values())) == 1, runs
    assert int(runs["gcc", "native"].split()[0]) > 1000


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("processor", ["native", "x86-64-v3", "x86-64"])
def test_neither_compiler_warns(compiler: str, processor: str) -> None:
    nanobind = pytest.importorskip("nanobind")
    headers = [f"-isystem{path}" for path in (nanobind.include_dir(), sysconfig.get_path("include"))]
    strict = ["-std=c++17", "-O3", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "-o", os.devnull, *headers]
    for source, options in (("module.cpp", []), ("passes.cpp", [f"-march={processor}", "-Wno-psabi"])):
        command = [need(COMPILERS[compiler][1]), *strict, *options, str(NATIVE / source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


WITHOUT_AVX = ("qemu-x86_64", "-cpu", "Nehalem")
DRAW_A_ONE = "import cv2, numpy; a = numpy.full((90, 90), 255, 'u1'); cv2.line(a, (50, 15), (42, 75), 0, 8)"


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("portable", [True, False])
def test_a_processor_without_avx_is_told_so_and_takes_the_tensor_path(
    compiler: str, portable: bool, tmp_path: Path
) -> None:
    need(WITHOUT_AVX[0])
    package = unpacked(tmp_path, compiler, portable=portable)
    done = python(package, "-c", "import lenet5.engine._native", under=WITHOUT_AVX)
    assert done.returncode == 1
    assert "ImportError: it was built for processors with avx, avx2, fma, " in done.stderr
    assert python(package, "-c", "import lenet5.engine._native").returncode == 0
    if not portable or compiler != "gcc":
        return
    done = python(
        package, "-m", "lenet5", "train", "--passes", "1", "--train-size", "50", "--out", "run", under=WITHOUT_AVX
    )
    assert done.returncode == 0, done.stderr
    assert (
        "On the tensor path: the native engine does not run here: it was built for processors with avx" in done.stderr
    )
    assert json.loads((package / "run" / "report.json").read_text())["engine"] == "torch"
    python(package, "-c", f"{DRAW_A_ONE}; cv2.imwrite('one.png', a)")
    done = python(package, "-m", "lenet5", "read", "one.png", "--json", under=WITHOUT_AVX)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["digit"] == 1
