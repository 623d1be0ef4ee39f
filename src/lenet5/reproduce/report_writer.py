"""What the reproductions write: pictures, JSON, and `results.md` with every table."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from lenet5.engine.bench import machine
from lenet5.plots.style import save
from lenet5.reproduce import ALIASES, MODULES
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.tools.files import write_atomically, write_json
from lenet5.version import __version__


@dataclass(frozen=True)
class Reproduction:
    """A table or figure of the paper, made again.

    Attributes:
        name: of its file.
        title: its heading.
        section: Markdown, tables and sentences, without heading or pictures.
        numbers: for JSON.
        figures: by the end of their file's name, "" for the main one.
        files: others, by their names.
    """

    name: str
    title: str
    section: str
    numbers: dict[str, Any]
    figures: dict[str, Figure] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def write_reproduction(made: Reproduction, folder: Path, cache: ExperimentCache, command: str) -> list[Path]:
    """NAME.json, the pictures and other files into `folder`/results; returns the files, the JSON first."""
    into = folder / "results"
    into.mkdir(parents=True, exist_ok=True)
    files = [into / f"{made.name}.json"]
    for end, figure in made.figures.items():
        files.append(into / f"{made.name}{'_' if end else ''}{end}.png")
        save(figure, files[-1])
    pictures = [file.name for file in files[1:]]
    for name, content in made.files.items():
        files.append(into / name)
        write_atomically(files[-1], content)
    record = {
        "name": made.name,
        "title": made.title,
        "command": command,
        "seeds": len(cache.seeds),
        "quick": cache.quick,
        "date": date.today().isoformat(),
        "machine": machine(),
        "version": __version__,
        "pictures": pictures,
        "section": made.section,
        "numbers": made.numbers,
    }
    write_json(files[0], record)
    return files


def write_report(folder: Path) -> Path:
    """`folder`/results.md, of what lies in `folder`/results, in the order of `MODULES`.

    Raises:
        ValueError: a file there that `write_reproduction` did not write.
    """
    records = [_read(file) for name in MODULES if (file := _json_file(folder / "results", name)) is not None]
    parts = ["# Results", "Ours beside the paper's, written by `lenet5 reproduce`; do not edit. Errors in per cent."]
    for record in records:
        seeds = f"{record['seeds']} seeds" if record["seeds"] > 1 else "1 seed"
        quick = ", **the quick form: it shows that all works, and no result**" if record["quick"] else ""
        made = f"{record['date']}, lenet5 {record['version']}, {record['machine']}"
        parts += [
            f"## {record['title']}",
            f"`{record['command']}`: {seeds}{quick}. {made}.",
            *(f"![{record['title']}](results/{picture})" for picture in record["pictures"]),
            record["section"],
        ]
    file = folder / "results.md"
    write_atomically(file, ("\n\n".join(part.strip() for part in parts) + "\n").encode())
    return file


def _json_file(folder: Path, name: str) -> Path | None:
    """NAME.json, else that of a name of before, else None."""
    names = (name, *(old for old, new in ALIASES.items() if new == name))
    return next((file for one in names if (file := folder / f"{one}.json").exists()), None)


def _read(file: Path) -> dict[str, Any]:
    wanted = {"title", "command", "seeds", "quick", "date", "machine", "version", "pictures", "section"}
    try:
        record: dict[str, Any] = json.loads(file.read_text())
        if wanted <= record.keys():
            return record
    except (ValueError, AttributeError):
        pass
    raise ValueError(f"{file} was not written by this version of lenet5 reproduce; delete it, or make it again.")


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows beneath the headings, in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Mean ± standard deviation over the seeds; of one value, the value."""
    mean = f"{statistics.fmean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


def deviation(values: Sequence[float]) -> float:
    """The standard deviation over the seeds, 0 of one value."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def interval(errors: int, patterns: int) -> tuple[float, float]:
    """The 95 % interval of an error rate by Wilson's score, as fractions: what other test sets might have given."""
    from scipy.stats import binomtest

    found = binomtest(errors, patterns).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
