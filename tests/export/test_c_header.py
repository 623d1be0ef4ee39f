"""The C99 headers, float and int8: compiled as strictly as can be, and beside the network."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lenet5 import paper
from lenet5.arrays import STATE_SHAPES, codes, parameter_shapes, table_i
from lenet5.data import Patterns
from lenet5.export import c, c_int8
from lenet5.export.trained_network import TrainedNetwork
from lenet5.training.calibration import posterior

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
pytestmark = pytest.mark.skipif(not COMPILERS, reason="neither gcc nor clang is there to compile the header with")

STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wshadow", "-Wdouble-promotion", "-Wundef"]

# What the headers offer, once each: sizes as documented, answers with and without penalties, and what is no digit.
PROGRAM = """\
#include "lenet5.h"
#include <stdio.h>

int main(void)
{
    static lenet5_states states;
    uint8_t image[784];
    float penalties[10];
    printf("%u\\n", (unsigned)sizeof states);
    while (fread(image, 1, sizeof image, stdin) == sizeof image) {
        const int digit = lenet5_read(image, penalties);
        const int without = lenet5_read_with(&states, image, NULL);
        printf("%d %d %.9g\\n", digit, without, (double)lenet5_rubbish(penalties));
    }
    return 0;
}
"""


@pytest.fixture(scope="module", params=["float", "int8"])
def header(request: pytest.FixtureRequest, trained: TrainedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param) / "lenet5.h"
    {"float": c.write, "int8": c_int8.write}[request.param](trained, path)
    (path.parent / "main.c").write_text(PROGRAM)
    return path


def run(header: Path, command: list[str], images: Tensor) -> list[str]:
    """Compile PROGRAM and let it read images; its lines."""
    source, program = header.parent / "main.c", header.parent / "main"
    done = subprocess.run([*command, source, "-o", program, "-lm"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([program], input=images.numpy().tobytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("compiler", COMPILERS)
def test_it_compiles_without_a_warning_and_does_what_it_says(
    header: Path, compiler: str, trained: TrainedNetwork, digits: Patterns, penalties: Tensor
) -> None:
    size, *answers = run(header, [compiler, "-std=c99", "-O1", *STRICT], digits.images[:50])
    assert f"Working memory: {int(size):,} bytes" in header.read_text()
    read, without, rubbish = zip(*(line.split() for line in answers), strict=True)
    assert read == without == tuple(map(str, penalties[:50].argmin(1).tolist()))
    expected = posterior(penalties[:50].numpy(), trained.j)[1]
    np.testing.assert_allclose([float(p) for p in rubbish], expected, atol=0.02 if "int8" in str(header) else 1e-5)


def test_every_array_of_the_header_has_the_shape_of_its_parameter(header: Path) -> None:
    """The header types the sizes, for its reader; an array too large would be filled up with zeros in silence."""
    arrays = re.findall(r"^static const \w+ lenet5_(\w+?)_(\w+)((?:\[\d+\])+) =", header.read_text(), re.MULTILINE)
    shapes = {f"{layer.upper()}.{kind}": sizes_of(sizes) for layer, kind, sizes in arrays}
    kernels = shapes.pop("C5.weight")
    assert kernels[:2] == (STATE_SHAPES["C5"][0], STATE_SHAPES["S4"][0])
    assert {name: shape for name, shape in shapes.items() if not name.endswith("multiplier")} == {
        name: shape for name, shape in parameter_shapes().items() if name != "C5.weight"
    }
    assert (np.prod(kernels[:2]), *kernels[2:]) == parameter_shapes()["C5.weight"]


def test_the_table_the_codes_and_the_states_of_the_header_have_the_shapes_of_the_paper(header: Path) -> None:
    text = header.read_text()
    strings = re.findall(r"^static const char lenet5_\w+((?:\[\d+\])+) =", text, re.MULTILINE)
    assert [sizes_of(sizes) for sizes in strings] == [
        (rows, columns + 1) for rows, columns in (table_i().shape, codes().shape)
    ]
    states = re.findall(r"^    \w+ (s2|s4|c5|f6)((?:\[\d+\])+);", text, re.MULTILINE)
    expected = {name: STATE_SHAPES[name.upper()] for name in ("s2", "s4", "c5", "f6")}
    assert {name: sizes_of(sizes) for name, sizes in states} == {
        name: shape[:1] if name == "c5" else shape for name, shape in expected.items()
    }


def sizes_of(brackets: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", brackets)))


@pytest.mark.skipif(not shutil.which("g++"), reason="g++ is not there")
def test_it_compiles_as_cxx(header: Path, digits: Patterns) -> None:
    run(header, ["g++", "-x", "c++", "-std=c++11", *STRICT, "-Wno-unused-function"], digits.images[:1])


def test_nothing_undefined_happens(header: Path) -> None:
    """Of any image: noise, all ink, all paper."""
    noise = torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8)
    images = torch.cat([noise, torch.full((1, 28, 28), 255, dtype=torch.uint8), torch.zeros(1, 28, 28).byte()])
    sanitizers = ["-fsanitize=undefined,address", "-fno-sanitize-recover=all"]
    assert len(run(header, [COMPILERS[0], "-std=c99", "-O1", *sanitizers], images)) == 8


def test_the_bytes_of_its_constants_are_counted(header: Path) -> None:
    arrays = re.findall(r"^static const (\w+) \w+((?:\[\w+\])+) =", header.read_text(), re.MULTILINE)
    steps = re.findall(r"#define LENET5_TANH_STEPS (\d+)", header.read_text())
    bytes_of = {"float": 4, "int32_t": 4, "int8_t": 1, "char": 1}
    total = 0
    for kind, sizes in arrays:
        lengths = [int(steps[0] if size == "LENET5_TANH_STEPS" else size) for size in re.findall(r"\[(\w+)\]", sizes)]
        total += bytes_of[kind] * int(np.prod(lengths))
    assert f"Constants: {total:,} bytes" in header.read_text()


def test_all_of_mnist_is_read_alike_in_float(
    trained: TrainedNetwork, mnist: Patterns, mnist_penalties: Tensor, tmp_path: Path
) -> None:
    given, expected = exported(c.write, trained, mnist, tmp_path), mnist_penalties
    assert int((given.argmin(1) == expected.argmin(1)).sum()) == 10_000
    torch.testing.assert_close(given, expected, rtol=1e-5, atol=1e-5)


def test_int8_loses_a_tenth_of_a_point_at_most(
    trained: TrainedNetwork, mnist: Patterns, mnist_penalties: Tensor, tmp_path: Path
) -> None:
    given, expected = exported(c_int8.write, trained, mnist, tmp_path), mnist_penalties
    errors = int((given.argmin(1) != mnist.labels).sum()) - int((expected.argmin(1) != mnist.labels).sum())
    assert errors <= 10
    assert int((given.argmin(1) == expected.argmin(1)).sum()) >= 9_980
    torch.testing.assert_close(given, expected, rtol=0, atol=0.5)


def exported(
    write: Callable[[TrainedNetwork, Path], None], trained: TrainedNetwork, patterns: Patterns, folder: Path
) -> Tensor:
    write(trained, folder / "lenet5.h")
    return c.read_back(folder / "lenet5.h")(patterns.images)


def test_an_int8_weight_is_within_half_a_step_and_a_coefficient_exact() -> None:
    weight = np.array([[0.5, -0.3], [0.0, 0.0], [-2.0, 0.013]])
    bias = np.array([0.1, -3.0, 0.7])
    weights, biases, multipliers = c_int8.quantised(weight, bias, np.arange(3), step=0.01)
    unit = multipliers / (paper.SLOPE * 0.01 * c_int8.TANH_STEPS * 2**c_int8.FRACTION)
    for o in (0, 2):
        assert np.abs(weights[o] * unit[o] - weight[o]).max() <= unit[o] * 0.51
    assert weights[0, 0] == 127
    assert weights[2, 0] == -127
    np.testing.assert_allclose((biases * unit * 0.01)[[0, 2]], bias[[0, 2]], atol=1e-3)
    # A map of no weights has its bias all the same.
    assert weights[1].tolist() == [0, 0]
    assert biases[1] <= -(2**29)


def test_weights_that_int8_cannot_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="up to 1e\\+07"):
        c_int8.quantised(np.array([[1e7]]), np.zeros(1), np.zeros(1, dtype=np.intp), step=0.01)


def test_the_table_of_tanh_ends_where_it_stays() -> None:
    table = c_int8.tanh_table()
    assert (table[0], table[-1], table[-2]) == (0, 127, 126)
    exact = 127 * np.tanh(np.arange(len(table)) / 256)
    assert np.abs(table - exact).max() <= 0.5


@pytest.mark.parametrize(("value", "constant"), [(1.0, "1.0f"), (-0.1, "-0.1f"), (1e-12, "1e-12f"), (3e10, "3e+10f")])
def test_numbers_are_float_constants(value: float, constant: str) -> None:
    assert c.float_constant(value) == constant


def test_a_name_cannot_end_the_comment(trained: TrainedNetwork, tmp_path: Path) -> None:
    header = tmp_path / "lenet5.h"
    c.write(replace(trained, name="a*/b/*c\\\nd é"), header)
    assert "from a_/b/_c__d é (" in header.read_text()
    (tmp_path / "main.c").write_text(PROGRAM)
    assert len(run(header, [COMPILERS[0], "-std=c99", *STRICT], torch.zeros(1, 28, 28).byte())) == 2
