"""lenet5 read, as a user types it."""

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from PIL import Image
from test_cli import lenet5

import harm
from bad_pictures import REFUSED, animated
from lenet5.reading import batch as pictures
from strokes import drawn


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
    assert heading == ["file", "number", "probability", "runner-up", "rubbish"]
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
    assert "42: 2 digits, read left to right and line by line." in out
    _, out, _ = lenet5(capsys, "read", "--json", "42.png")
    assert json.loads(out)[0]["text"] == "42"


@pytest.mark.usefixtures("folder")
def test_explain_draws_one_picture(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = lenet5(capsys, "read", "a.png", "--explain", "seen.png")
    assert status == 0
    assert "a.png       3" in out
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


def command(
    *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE, stdin: int | None = None
) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "lenet5", "read", *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
    )


# Of the pictures that attack, those that are made at once; all of them are in tests/fuzz.
QUICK = (
    "endless PostScript",
    *("TIFF, a tile of 46,000", "TIFF, a strip of 46,000", "TIFF, strips of the whole file"),
    *("JPEG, progressive CMYK of 13,000", "JPEG, 4,000 scans", "JPEG of 65,000"),
    *("PNG, RGBA of 16 bits and 8,000", "PNG of 1 by 64,000,000", "GIF, comment without end", "GIF of 65,000"),
    *("WebP of 8,000", "BMP in runs of 8,000"),
)


@pytest.fixture
def crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hundred good pictures of one digit each, by number."""
    digits = [Image.fromarray(drawn(digit, 40)) for digit in (0, 2, 3, 4, 7)]
    for number in range(100):
        digits[number % 5].save(tmp_path / f"{number:03d}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_among_a_hundred_good_files_each_bad_one_costs_a_line(crowd: Path) -> None:
    whole = (crowd / "000.png").read_bytes()
    bad = {name: REFUSED[name]() for name in QUICK} | {
        "cut off": whole[:200],
        "empty": b"",
        "text": b"no picture",
        "half a JPEG": b"\xff\xd8\xff\xe0",
    }
    for number, content in enumerate(bad.values()):
        (crowd / f"{number:03d} bad.png").write_bytes(content)
    with command("--json", ".") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    records = json.loads(out)
    good = [record for record in records if "bad" not in record["file"]]
    assert [record["digit"] for record in good] == [0, 2, 3, 4, 7] * 20
    lines = err.decode().splitlines()
    assert len(lines) == len(bad)
    assert [line.partition(": ")[2].partition(": ")[0] for line in lines] == sorted(
        record["file"] for record in records if "error" in record
    )
    assert all(line.endswith(".") for line in lines)


HARMED = {
    "hangs": "It took more than 2 s; give a smaller or a simpler one.",
    "crashes": "Its decoder crashed; give another file.",
    "fills": "There is too little memory for this picture; give a smaller one.",
    "recurses": "The picture could not be read (RecursionError); give another.",
}


def test_a_decoder_that_harms_costs_its_own_picture(crowd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 2)
    monkeypatch.setattr(pictures, "CHUNK", 20)
    monkeypatch.setattr(pictures, "_read_chunk", harm.read_chunk)
    files = [f"{number:03d}.png" for number in range(100)]
    for at, name in zip((95, 60, 30, 10), HARMED, strict=True):
        (crowd / f"{name}.png").write_bytes((crowd / "000.png").read_bytes())
        files.insert(at, f"{name}.png")
    read = list(pictures.read_files(files, workers=2))
    assert [file for file, _ in read] == files
    for file, reading in read:
        if Path(file).stem in HARMED:
            assert reading == HARMED[Path(file).stem]
        else:
            assert not isinstance(reading, str)
            assert reading.digit == (0, 2, 3, 4, 7)[int(Path(file).stem) % 5]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("error", [RecursionError(), KeyError("a"), OSError(5, "Input/output error")])
def test_no_exception_of_one_file_ends_the_stream(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = pictures.read_by
    size = Path("a.png").stat().st_size

    def fail_once(network: object, content: bytes, **how: object) -> object:
        if len(content) == size:
            raise error
        return known(network, content, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "read_by", fail_once)
    status, out, err = lenet5(capsys, "read", "--json", "a.png", "b.bmp")
    assert status == 1
    sentence = f"The picture could not be read ({type(error).__name__}); give another."
    assert err == f"lenet5: a.png: {sentence}\n"
    assert [(record["digit"], record.get("error")) for record in json.loads(out)] == [(None, sentence), (7, None)]


@pytest.mark.parametrize("form", ["--json", "--csv", ""])
def test_an_output_that_is_closed_is_a_sentence(form: str, crowd: Path) -> None:
    """As `| head -1` does."""
    many = [str(crowd)] * 20
    with command(*([form] if form else []), *many) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read().decode()
        assert process.wait(60) == 1
    assert err == "lenet5: The output was closed before all readings were written.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_that_takes_no_more_is_a_sentence(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full, command(str(folder / "a.png"), stdout=full) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == b"lenet5: The output cannot be written (No space left on device); give it another place.\n"


def test_ctrl_c_leaves_no_traceback(crowd: Path) -> None:
    with command("--json", *[str(crowd)] * 50) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"[{")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert b"Traceback" not in err
    assert len(err.splitlines()) <= 2


def test_the_standard_input_among_many(crowd: Path) -> None:
    with command("--json", *(f"{number:03d}.png" for number in range(70)), "-", stdin=subprocess.PIPE) as process:
        out, err = process.communicate((crowd / "004.png").read_bytes(), timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert [record["digit"] for record in json.loads(out)] == [0, 2, 3, 4, 7] * 14 + [7]


@pytest.mark.usefixtures("folder")
def test_the_first_of_several_pages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pages.tif").write_bytes(animated("TIFF", 5))
    _, out, _ = lenet5(capsys, "read", "--json", "pages.tif", "a.png")
    pages, alone = json.loads(out)
    assert pages["pages"] == 5
    assert pages["note"].endswith("The first of 5 pages was read.")
    assert "pages" not in alone


@pytest.mark.usefixtures("folder")
def test_names_that_no_system_takes(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 5000 + ".png"
    status, out, err = lenet5(capsys, "read", "--json", long, "a.png")
    assert status == 1
    assert err.endswith("The file cannot be read (File name too long); give the path of a picture.\n")
    assert [record["digit"] for record in json.loads(out)] == [None, 3]


def test_what_a_folder_has_that_is_no_file_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link to nowhere, and one to a device without an end."""
    (folder / "more" / "dangling.png").symlink_to(folder / "nowhere")
    (folder / "more" / "endless.png").symlink_to("/dev/zero")
    status, out, err = lenet5(capsys, "read", "--json", "more")
    assert status == 1
    assert [Path(record["file"]).name for record in json.loads(out)] == ["c.JPG", "dangling.png", "endless.png"]
    assert err.count("\n") == 2


def test_a_standard_output_that_is_closed_is_no_success(folder: Path) -> None:
    line = f"{sys.executable} -m lenet5 read a.png >&-"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "lenet5: The standard output is closed; give one to write to.\n")
