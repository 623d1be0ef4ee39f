"""lenet5 read, as a user types it."""

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from lenet5 import pictures
from strokes import drawn
from test_cli import lenet5


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three pictures, one in a folder below, two bad ones, and something else."""
    (tmp_path / "more").mkdir()
    Image.fromarray(255 - drawn(3)).save(tmp_path / "a.png")
    Image.fromarray(drawn(7)).save(tmp_path / "b.bmp")
    Image.fromarray(drawn(0)).save(tmp_path / "more" / "c.JPG")
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no picture either")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lenet5(capsys, "read", "a.png", "b.bmp", "empty.png")
    assert (status, err) == (0, "")
    heading, *lines = [line.split() for line in out.splitlines()]
    assert heading == ["file", "digit", "probability", "runner-up", "rubbish"]
    assert [line[:2] for line in lines[:2]] == [["a.png", "3"], ["b.bmp", "7"]]
    assert " ".join(lines[2]) == "empty.png No digit here: the page is empty."


@pytest.mark.usefixtures("folder")
def test_a_folder_in_json_a_bad_file_reported_and_the_rest_read(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lenet5(capsys, "read", "--json", ".")
    assert status == 1
    assert err == "lenet5: bad.png: What was given is no picture; give a PNG, JPEG, WebP, BMP, TIFF or GIF file.\n"
    found = {record["file"]: record for record in json.loads(out)}
    assert {name: record["digit"] for name, record in found.items()} == {
        "a.png": 3,
        "b.bmp": 7,
        "bad.png": None,
        "empty.png": None,
        str(Path("more") / "c.JPG"): 0,
    }
    for record in found.values():
        assert {"file", "digit", "probability", "runner_up", "rubbish"} <= record.keys()
        assert "text" not in record
    assert "no picture" in found["bad.png"]["error"]


@pytest.mark.usefixtures("folder")
def test_csv_of_a_pattern_and_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lenet5(capsys, "read", "--csv", "*.bmp", "none.png")
    assert status == 1
    assert err == "lenet5: none.png: The file cannot be read (No such file or directory); give the path of a picture.\n"
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["file"], row["digit"]) for row in rows] == [("b.bmp", "7"), ("none.png", "")]
    assert rows[1]["note"].startswith("The file cannot be read")


def test_standard_input_and_several_digits(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Image.new("L", (400, 160), 0)
    for place, digit in enumerate((4, 2)):
        page.paste(Image.fromarray(drawn(digit, 80)), (10 + 190 * place, 5))
    page.save(folder / "42.png")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((folder / "42.png").read_bytes())))
    status, out, _ = lenet5(capsys, "read", "-")
    assert status == 0
    assert "42: 2 separated digits, read left to right and line by line." in out
    _, out, _ = lenet5(capsys, "read", "--json", "42.png")
    assert json.loads(out)[0]["text"] == "42"


@pytest.mark.usefixtures("folder")
def test_explain_draws_one_picture(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = lenet5(capsys, "read", "a.png", "--explain", "seen.png")
    assert status == 0
    assert "a.png      3" in out
    with Image.open("seen.png") as image:
        assert image.format == "PNG"
        assert image.width > 1000
    for arguments, sentence in (
        (("a.png", "b.bmp", "--explain", "x.png"), "--explain draws one picture, and 2 were given; give one."),
        (("bad.png", "--explain", "x.png"), "What was given is no picture; give a PNG"),
        (("empty.png", "--explain", "x.png"), "empty.png has no ink on it, so there is nothing to explain"),
        (("a.png", "--explain", "no/x.png"), "/no to write x.png to; make it, or give another --explain."),
        (("a.png", "--explain", "a.png"), "--explain a.png would replace what is no explanation"),
        (("a.png", "--explain", "bad.png"), "--explain bad.png would replace what is no explanation"),
        (("a.png", "--explain", "more"), "--explain more was given; give a file that ends in .png."),
    ):
        status, _, err = lenet5(capsys, "read", *arguments)
        assert status == 1
        assert sentence in err
    assert not Path("x.png").exists()
    assert lenet5(capsys, "read", "b.bmp", "--explain", "seen.png")[0] == 0


@pytest.mark.usefixtures("folder")
def test_wrong_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (("a.png", "--json", "--csv"), "--json and --csv were both given; give one of them."),
        (("",), "An empty name was given; give files, folders, patterns or -."),
        (("-", "-"), "The standard input was given twice; it can be read once."),
        (("a.png", "--model", "nowhere"), "There is no file nowhere; give a model.safetensors"),
    ):
        status, out, err = lenet5(capsys, "read", *arguments)
        assert (status, out) == (1, "")
        assert sentence in err


def test_an_empty_folder_costs_no_other_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "nothing").mkdir()
    status, out, err = lenet5(capsys, "read", "--json", "nothing", "a.png")
    assert status == 1
    assert err.startswith("lenet5: nothing: The folder has no picture in it (bmp, gif, jpeg, jpg, png,")
    assert [record["digit"] for record in json.loads(out)] == [None, 3]


@pytest.mark.parametrize("name", ["new\nline.png", "re\rturn.png", 'com,ma "quoted".png', "ü四.png", "bad\udcff.png"])
def test_whatever_a_file_is_called_the_output_can_be_read(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.png").rename(folder / name)
    _, out, _ = lenet5(capsys, "read", "--json", name)
    assert json.loads(out.encode())[0]["file"] == name
    _, out, _ = lenet5(capsys, "read", "--csv", name)
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["digit"] == "3"
    assert row["file"].replace("\udcff", "\\udcff") == name.replace("\udcff", "\\udcff")
    _, out, _ = lenet5(capsys, "read", name)
    assert len(out.splitlines()) == 2


def test_many_files_are_read_by_every_core_in_their_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WORTH_A_PROCESS", 4)
    monkeypatch.setattr(pictures, "CHUNK", 2)
    files = ["a.png", "b.bmp", "bad.png", "a.png", str(folder / "b.bmp")]
    read = list(pictures.read_files(files, workers=2))
    assert [file for file, _ in read] == files
    assert [reading if isinstance(reading, str) else reading.digit for _, reading in read] == [
        3,
        7,
        "What was given is no picture; give a PNG, JPEG, WebP, BMP, TIFF or GIF file.",
        3,
        7,
    ]
