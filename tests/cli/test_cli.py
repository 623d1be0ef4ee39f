"""Every command as a user types it, wrong arguments included."""

import json
import re
from pathlib import Path

import pytest

from lenet5 import paper
from lenet5.cli import main
from lenet5.cli.arithmetic import arithmetic
from lenet5.engine import unsupported_reason
from lenet5.layers.connections import full
from lenet5.network import LeNet5, summary
from lenet5.training.config import Config
from lenet5.training.presets import PRESETS
from lenet5.training.run import Run


def lenet5(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    status = run_main(*arguments)
    out, err = capsys.readouterr()
    return status, out, err


def run_main(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["lenet5", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "run"
    assert run_main("train", "--passes", "2", "--train-size", "100", "--out", str(folder)) == 0
    return folder


def test_summary_sets_every_count_beside_the_papers(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = lenet5(capsys, "summary")
    assert status == 0
    lines = {cells[0]: cells[1:] for line in out.splitlines() if (cells := line.split())}
    for name, layer in paper.LAYERS.items():
        counts = [f"{layer.parameters:,}"] * 2 + [f"{layer.connections:,}"] * 2
        assert lines[name] == ["×".join(map(str, layer.size)), *counts]
    assert lines["total"] == ["60,000", "60,000", "340,908", "340,908"]


def test_summary_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    counts = json.loads(lenet5(capsys, "summary", "--json")[1])
    assert (counts["parameters"], counts["connections"]) == (60_000, 340_908)
    for layer in counts["layers"]:
        assert layer["parameters"] == layer["paper"]["parameters"]
        assert layer["connections"] == layer["paper"]["connections"]


def test_summary_explains_every_count_by_arithmetic_that_comes_to_the_papers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = lenet5(capsys, "summary", "--explain")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    lines = iter(out.splitlines())
    for (name, layer), parameters, connections in zip(paper.LAYERS.items(), lines, lines, strict=False):
        assert parameters.split()[0] == name
        for line, what, printed in (
            (parameters.removeprefix(name), "parameters", layer.parameters),
            (connections, "connections", layer.connections),
        ):
            written, _, count = line.partition(" = ")
            assert count == f"{printed:,} {what}"
            product = re.sub(r"maps|units|,", "", written).replace("×", "*").strip()
            assert product == "fixed codes" or eval(product) == printed
    assert out.splitlines()[-1] == "total   60,000 parameters, 340,908 connections"
    assert "C1      6 maps × (5×5 + 1) = 156 parameters" in out


def test_summary_explains_to_readers_or_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lenet5(capsys, "summary", "--explain", "--json")
    assert (status, out) == (1, "")
    assert "give one of them" in err


def test_the_arithmetic_follows_another_table() -> None:
    network = LeNet5(table=full(6, 16))
    c3 = dict(zip(("C1", "S2", "C3"), zip(network.layers(), summary(network), strict=True), strict=False))["C3"]
    (_, layer), row = c3
    assert arithmetic(layer, row)[0] == "16 maps × (6×5×5 + 1) = 2,416 parameters"


def test_train_says_a_line_a_pass_and_where_everything_lies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = lenet5(
        capsys,
        "train",
        "--passes",
        "2",
        "--train-size",
        "40",
        "--batch-size",
        "8",
        "--out",
        str(tmp_path / "r"),
    )
    assert status == 0
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("pass")] == [
        ["pass", "1/2"],
        ["pass", "2/2"],
    ]
    assert "macro-F1" in lines[-2]
    assert lines[-1] == f"Weights, report and pictures: {tmp_path / 'r'}"
    assert json.loads((tmp_path / "r" / "config.json").read_text())["preset"]["batch_size"] == 8


def test_runs_without_a_name_never_share_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert lenet5(capsys, "train", "--passes", "1", "--train-size", "10", "--batch-size", "10")[0] == 0
    assert {p.name for p in (tmp_path / "runs").iterdir()} == {"digits-digits-seed1", "digits-digits-seed1-2"}


def test_evaluate_prints_a_table_that_is_the_reports(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads((run / "report.json").read_text())
    status, out, _ = lenet5(capsys, "evaluate", str(run))
    assert status == 0
    assert f"256 test patterns of digits: error {report['test_error']:.2%}, macro-F1 {report['macro_f1']:.4f}" in out
    rows = [cells for line in out.splitlines() if len(cells := line.split()) == 12]
    assert [row[0] for row in rows] == [str(digit) for digit in range(10)]
    counts = [[0 if cell == "·" else int(cell) for cell in row[1:-1]] for row in rows]
    assert counts == report["confusion"]
    assert [row[-1] for row in rows] == [f"{f1:.4f}" for f1 in report["per_digit_f1"]]


def test_evaluate_as_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads(lenet5(capsys, "evaluate", str(run), "--json")[1])
    report = json.loads((run / "report.json").read_text())
    for name in ("test_error", "macro_f1", "per_digit_f1", "confusion"):
        assert result[name] == report[name]


def test_a_network_can_be_judged_on_another_data_set(
    run: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = json.loads(
        lenet5(capsys, "evaluate", str(run), "--dataset", "mnist", "--data", str(mnist_folder), "--json")[1]
    )
    assert (result["dataset"], result["patterns"]) == ("mnist", 10_000)


def test_missing_mnist_is_an_error_that_names_both_ways_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lenet5(
        capsys, "train", "--dataset", "mnist", "--data", str(tmp_path), "--out", str(tmp_path / "run")
    )
    assert status == 1
    assert "--dataset digits" in err
    assert "--data DIR" in err
    assert not out
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["train", "--dataset", "cifar"], 2, "cifar"),
        (["train", "--preset", "2012"], 2, "2012"),
        (["train", "--passes", "0"], 1, "Passes = 0 was given"),
        (["train", "--passes", "many"], 2, "--passes"),
        (["train", "--batch-size", "-1"], 1, "Batch size = -1 was given"),
        (["train", "--validation", "-1"], 1, "-1"),
        (["train", "--train-size", "0"], 1, "first 0"),
        (["train", "--sed", "1"], 2, "--sed"),
        (["train", "--out", ""], 2, "'--out': an empty name was given"),
        (["train", "--resume", ""], 2, "'--resume': an empty name was given"),
        (["train", "--data", ""], 2, "'--data': an empty name was given"),
        (["evaluate", ""], 2, "'MODEL': an empty name was given"),
        (["export", "--to", "json", "--out", ""], 2, "'--out': an empty name was given"),
        (["reproduce", "fig3", "--out", ""], 2, "'--out': an empty name was given"),
        (["reproduce", "fig3", "--runs", ""], 2, "'--runs': an empty name was given"),
        (["train", "--train-size", "5000"], 1, "5000"),
        (["train", "--validation", "2000"], 1, "2,000"),
        (["train", "--device", "abacus"], 1, "abacus"),
        (["train", "--resume", "nowhere"], 1, "nowhere"),
        (["train", "--resume", "nowhere", "--seed", "3", "--batch-size", "2"], 1, "--batch-size, --seed"),
        (["evaluate"], 2, "MODEL"),
        (["evaluate", "nowhere.safetensors"], 1, "nowhere.safetensors"),
        (["evaluate", "."], 1, "neither model.safetensors nor checkpoint.safetensors"),
        *(
            ([*command, "a" * 300], 1, f"lenet5: File name too long: '{'a' * 300}")
            for command in (["evaluate"], ["train", "--resume"])
        ),
        (["train", "--out", "a" * 300], 1, f"lenet5: {'a' * 300} cannot be looked into (File name too long); give"),
        (["sumary"], 2, "sumary"),
    ],
)
def test_a_mistake_is_one_clear_sentence(
    arguments: list[str],
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    got, out, err = lenet5(capsys, *arguments)
    assert got == status
    assert said in err
    assert "Traceback" not in err
    assert not out
    assert list(tmp_path.iterdir()) == []


def test_the_options_take_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    from typing import get_args

    from lenet5.cli.common import DATASETS, ENGINES
    from lenet5.engine import EngineName
    from lenet5.export import EXPORT_FORMATS
    from lenet5.training.config import DEFAULT_PRESETS

    assert get_args(EngineName) == ENGINES
    assert sorted(DEFAULT_PRESETS) == list(DATASETS)
    for option, names in {"--preset": PRESETS, "--dataset": DATASETS, "--engine": ENGINES}.items():
        status, _, err = lenet5(capsys, "train", option, "2012")
        assert status == 2
        assert f"'2012' is not one of {', '.join(map(repr, names))}." in " ".join(err.split())
    words = " ".join(lenet5(capsys, "export", "--help")[1].split())
    for name, form in EXPORT_FORMATS.items():
        assert f"lenet5{form.suffix}" in words
        assert name.removesuffix("-int8").removesuffix("-bytes") in words.split("--to")[1].split("--out")[0]


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    from lenet5 import __version__

    assert lenet5(capsys, "--version")[:2] == (0, f"lenet5 {__version__}\n")
    status, out, _ = lenet5(capsys, "--help")
    assert status == 0
    for command in ("train", "evaluate", "summary"):
        assert command in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["train", "--help"],
        ["train", "--sed", "1"],
        ["--version"],
        ["train", "--passes", "0"],
        ["train", "--batch-size", "0"],
        ["train", "--out", __file__],
        ["train", "--resume", "nowhere"],
        ["train", "--dataset", "digits", "--data", "nowhere"],
        ["evaluate", "nowhere"],
    ],
)
def test_help_and_wrong_arguments_import_nothing_heavy(arguments: list[str]) -> None:
    """What keeps them under half a second, told by modules rather than by a clock."""
    import subprocess
    import sys

    script = (
        "import sys\n"
        f"sys.argv = {['lenet5', *arguments]!r}\n"
        "from lenet5.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'matplotlib', 'sklearn', 'scipy', 'safetensors', 'httpx'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_train_names_its_engine_and_evaluate_takes_either(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = lenet5(
        capsys, "train", "--engine", "auto", "--batch-size", "20", "--train-size", "40", "--passes", "1",
        "--out", str(tmp_path / "batches"),
    )  # fmt: skip
    assert status == 0
    assert "torch engine" in out
    assert "On the tensor path: the native engine updates after every pattern, not after 20." in err
    results = [json.loads(lenet5(capsys, "evaluate", str(run), "--engine", e, "--json")[1]) for e in ("auto", "torch")]
    assert results[0]["confusion"] == results[1]["confusion"]
    assert results[1]["engine"] == "torch"


def test_an_engine_that_cannot_be_had_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = lenet5(capsys, "train", "--engine", "native", "--batch-size", "20", "--out", str(tmp_path / "run"))
    assert status == 1
    assert err.startswith("lenet5: --engine native cannot be had: ")
    assert err.endswith("; give --engine torch or auto.\n")
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(unsupported_reason(LeNet5()) is not None, reason="the native engine was not built")
def test_bench_prints_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(lenet5(capsys, "bench", "--rounds", "1", "--json")[1])
    assert {row["task"] for row in content["rows"]} >= {"train, batch 1", "read, batch 256", "read, batch 1"}
    for row in content["rows"]:
        assert row["ratio"] == pytest.approx(row["ours_per_second"] / row["theirs_per_second"])


def test_a_folder_of_mnist_and_another_data_set_are_not_guessed_between(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path)
    for arguments in (("train", "--dataset", "digits", "--data", folder), ("evaluate", str(run), "--data", folder)):
        status, _, err = lenet5(capsys, *arguments)
        assert status == 1
        assert err == (
            f"lenet5: --data {folder} holds MNIST's files, and digits was asked for; "
            "give --dataset mnist, or no --data.\n"
        )
    assert "MNIST was not found in" in lenet5(capsys, "train", "--data", folder)[2]


def test_an_out_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    for out, why in ((file, "is a file; --out takes a new folder."), (file / "run", "cannot be written")):
        status, _, err = lenet5(capsys, "train", "--train-size", "20", "--out", str(out))
        assert status == 1
        assert err.startswith(f"lenet5: {out} {why}")
        assert err.count("\n") == 1
    assert file.read_text() == "kept"


def test_a_way_out_is_one_that_the_command_has(
    tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where MNIST is not, every command names --data, and --dataset where it takes that."""
    runs = ("--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out"))
    on_mnist = tmp_path / "on_mnist"
    Run.start(Config("mnist", str(mnist_folder), PRESETS["1998"], seed=1, train_size=20), on_mnist)
    for arguments, has_dataset in (
        (("train", "--dataset", "mnist", "--out", str(tmp_path / "new")), True),
        (("evaluate", "pretrained"), True),
        (("train", "--resume", str(on_mnist)), False),
        (("reproduce", "fig5", *runs), False),
    ):
        status, _, err = lenet5(capsys, *arguments, "--data", str(tmp_path / "empty"))
        assert (status, err.count("\n")) == (1, 1)
        assert "give the folder of the four files with --data DIR" in err
        assert ("--dataset digits" in err) == has_dataset


def test_a_folder_of_mnist_is_nothing_to_a_run_on_digits(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run / "config.json").read_bytes()
    status, _, err = lenet5(capsys, "train", "--resume", str(run), "--data", str(tmp_path))
    assert (status, err) == (
        1,
        f"lenet5: The folder of MNIST {tmp_path} was given, and the run is on digits; give no --data.\n",
    )
    assert (run / "config.json").read_bytes() == before
