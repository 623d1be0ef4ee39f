"""The command: what it says, what it refuses, and that a wrong file is caught and never put in place."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lenet5.cli import main
from lenet5.data import Patterns
from lenet5.data import mnist as mnist_files
from lenet5.export import EXPORT_FORMATS, format_module
from lenet5.export.comparison import (
    Comparison,
    beyond_a_tenth_of_a_point,
    beyond_rounding,
    compare_with_network,
    comparison_set,
)
from lenet5.export.compiler import compiler
from lenet5.export.exporting import export
from lenet5.export.trained_network import TrainedNetwork
from lenet5.training.trainer import new_network


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """`lenet5 export` in an empty folder; exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["lenet5", "export", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


@pytest.fixture
def digits_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine that has no MNIST and no way to it."""
    monkeypatch.setenv("LENET5_DATA", str(tmp_path))


@pytest.mark.usefixtures("digits_alone")
def test_a_file_is_read_back_and_what_was_measured_is_said(cli: Callable[..., tuple[int, str, str]]) -> None:
    status, out, err = cli("--to", "json")
    assert (status, Path("lenet5.json").is_file()) == (0, True)
    assert f"lenet5.json: {Path('lenet5.json').stat().st_size:,} bytes, from pretrained" in out
    assert "Read back: 256 of 256 answers equal on the test patterns of digits" in out
    assert "embedded digits" in err
    assert [path.name for path in Path().iterdir()] == ["lenet5.json"]


@pytest.mark.usefixtures("digits_alone")
def test_a_header_says_what_was_measured(cli: Callable[..., tuple[int, str, str]]) -> None:
    try:
        compiler()
    except ValueError as error:
        pytest.skip(str(error))
    status, out, _ = cli("pretrained-1998", "--to", "c", "--int8", "--out", "small.h")
    assert status == 0
    text = Path("small.h").read_text()
    measured = out.split("Read back: ")[1].strip()
    assert "of 256 answers equal on the test patterns of digits" in measured
    assert measured.split("; ")[0] in text
    assert measured.split("; ")[1] in text
    assert "from pretrained-1998 (1998, mnist)" in text


def test_one_of_the_same_kind_is_replaced(cli: Callable[..., tuple[int, str, str]]) -> None:
    Path("lenet5.h").write_text("old")
    status, out, _ = cli("--to", "c", "--unchecked")
    assert (status, "not compared" in out) == (0, True)
    assert "It was not compared with the network." in Path("lenet5.h").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "tflite"), "There is no format 'tflite' to export to; choose one of onnx, torch, c, json."),
        (("--to", "json", "--int8"), "--int8 was given with --to json; it is a form of the C header: give --to c."),
        (("--to", "c", "--bytes"), "--bytes was given with --to c; it is a form of the ONNX graph: give --to onnx."),
        (("--to", "json", "--out", "."), ". is a folder; --out takes a file, such as lenet5.json."),
        (("--to", "json", "--out", "no/x.json"), "There is no folder no to write x.json to; make it, or give another"),
        (("--to", "json", "--out", "photo.png"), "photo.png is there already and no .json file; it is not replaced"),
        (("nothing", "--to", "json"), "There is no file nothing; give a model.safetensors"),
    ],
)
def test_mistakes_are_one_sentence_and_need_no_pytorch(
    cli: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    Path("photo.png").write_text("a photo")
    monkeypatch.delitem(sys.modules, "lenet5.export.exporting", raising=False)
    status, out, err = cli(*arguments)
    assert (status, out) == (1, "")
    assert err.startswith(f"lenet5: {sentence}")
    assert err.count("\n") == 1
    assert "lenet5.export.exporting" not in sys.modules
    assert Path("photo.png").read_text() == "a photo"


@pytest.mark.usefixtures("digits_alone")
def test_what_must_be_installed_is_said(
    cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    assert cli("--to", "c")[2].startswith(
        "lenet5: A C header is compiled and compared before it is given out, and $CC names no-such-compiler"
    )
    monkeypatch.setenv("CC", "true")  # as a compiler for another machine
    assert cli("--to", "c")[2].startswith("lenet5: What true compiled does not run here (")
    assert list(Path().iterdir()) == []
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "")
    assert "none of cc, gcc and clang is there" in cli("--to", "c")[2]
    monkeypatch.setattr("lenet5.export.find_spec", lambda name: None if name == "onnxruntime" else name)
    assert "takes onnxruntime, not installed here: pip install 'lenet5-1998[export]'." in cli("--to", "onnx")[2]


def test_a_folder_without_mnist_is_refused(cli: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    status, _, err = cli("--to", "json", "--data", str(tmp_path))
    assert (status, "MNIST's four files are not in" in err, list(tmp_path.iterdir())) == (1, True, [])


def spoilt(trained: TrainedNetwork, name: str, place: int, by: float) -> TrainedNetwork:
    """The same network with one number changed."""
    parameters = {key: p.copy() for key, p in trained.parameters.items()}
    parameters[name].ravel()[place] += by
    return replace(trained, parameters=parameters)


@pytest.mark.parametrize("name", [name for name in EXPORT_FORMATS if name != "torch"])
@pytest.mark.usefixtures("digits_alone")
def test_a_spoilt_file_is_caught_and_the_old_one_stays(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A weight of C1 off by a little where floats must agree, and by much where int8 may lose something."""
    form = format_module(name)
    try:
        _ = compiler() if EXPORT_FORMATS[name].compiled else None
    except ValueError as error:
        pytest.skip(str(error))
    write = form.write
    by = 3.0 if name == "c-int8" else 1e-3
    monkeypatch.setattr(form, "write", lambda trained, path: write(spoilt(trained, "C1.weight", 12, by), path))
    out = tmp_path / f"here{EXPORT_FORMATS[name].suffix}"
    out.write_text("the old one")
    with pytest.raises(ValueError, match="does not read as the network does, and was not written"):
        export("pretrained", name, out)
    assert out.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [out]


def test_a_program_of_another_network_is_caught(trained: TrainedNetwork, digits: Patterns) -> None:
    """`program` takes the network itself, not its arrays: here the one of 1998 is read in its place."""
    from lenet5.export.trained_network import load_trained_network

    other = load_trained_network("pretrained-1998")
    comparison = compare_with_network(trained, lambda images: penalties_by(other, images), "digits", digits)
    assert beyond_rounding(comparison)


@pytest.mark.parametrize("name", ["onnx", "json"])
def test_eq_7_as_printed_is_no_false_alarm(
    trained: TrainedNetwork, digits: Patterns, name: str, tmp_path: Path
) -> None:
    """With s = 1 penalties are tens, and round by more than 1e-5."""
    printed = replace(trained, network=new_network(replace(trained.config.preset, scale=1.0), seed=1))
    printed.network.load_state_dict(trained.network.state_dict())
    printed = replace(printed, config=replace(trained.config, preset=replace(trained.config.preset, scale=1.0)))
    form, path = format_module(name), tmp_path / f"lenet5{EXPORT_FORMATS[name].suffix}"
    form.write(printed, path)
    assert beyond_rounding(compare_with_network(printed, form.read_back(path), "digits", digits)) is None


def penalties_by(trained: TrainedNetwork, images: torch.Tensor) -> torch.Tensor:
    from lenet5.training.evaluation import penalties

    return penalties(trained.network, Patterns(images, torch.zeros(len(images), dtype=torch.int64)))


def test_penalties_that_are_no_numbers_are_caught(trained: TrainedNetwork, digits: Patterns) -> None:
    one = Patterns(digits.images[:4], digits.labels[:4])
    expected = penalties_by(trained, one.images)
    expected[2, 9 if int(expected[2].argmin()) != 9 else 8] = torch.nan
    comparison = compare_with_network(trained, lambda _: expected, "digits", one)
    assert comparison.difference == float("inf")
    assert beyond_rounding(comparison)


def test_where_the_complaints_begin() -> None:
    right = Comparison("mnist", patterns=10_000, equal=10_000, difference=1e-5, network_errors=44, export_errors=44)
    assert beyond_rounding(right) is None
    assert beyond_rounding(replace(right, difference=1.1e-5))
    assert beyond_rounding(replace(right, equal=9_999))
    small = replace(right, equal=9_990, difference=0.3, export_errors=54)
    assert beyond_a_tenth_of_a_point(small) is None
    assert small.lost == pytest.approx(0.1)
    assert beyond_a_tenth_of_a_point(replace(small, export_errors=55))
    assert beyond_a_tenth_of_a_point(replace(small, equal=9_799))


def test_the_test_set_is_the_networks_own(trained: TrainedNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(trained, config=replace(trained.config, dataset="digits"))
    name, test, note = comparison_set(own, None)
    assert (name, len(test), note) == ("digits", 256, None)

    def refuse(*_: object) -> None:
        raise OSError("no network")

    monkeypatch.delenv("LENET5_DATA", raising=False)
    monkeypatch.setattr(mnist_files, "download", refuse)
    monkeypatch.setattr(mnist_files, "_user_cache", lambda: Path("nowhere"))
    name, test, note = comparison_set(trained, None)
    assert (name, len(test)) == ("digits", 256)
    assert "MNIST is not to be had here" in str(note)
