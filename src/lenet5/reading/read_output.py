"""Readings as text, a line as soon as a picture is read: a table, comma-separated values, a JSON list."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from lenet5.reading.batch import Result
from lenet5.reading.result import Reading

COLUMNS: Final = ("file", "digit", "probability", "runner_up", "rubbish", "text", "note", "unsure")

# A table is as wide as its longest name, to so many letters.
WIDEST: Final = 40


def as_table_lines(results: Iterable[Result], files: list[str]) -> Iterator[str]:
    """A line a picture, in columns; of a picture that cannot be read, a dash."""
    width = min(max(len(shown(file)) for file in files), WIDEST)
    yield f"{'file':{width}}  number  probability  runner-up  rubbish"
    for file, reading in results:
        if isinstance(reading, str) or reading.main is None:
            what = "—" if isinstance(reading, str) else reading.note
            yield f"{shown(file):{width}}  {what}"
            continue
        main = reading.main
        answer, likely = reading.headline or ("none", main.probability)
        runner_up = reading.numbers[0].runner_up if len(answer) > 1 and reading.numbers else str(main.runner_up)
        numbers = f"{answer:>6}  {likely:11.3f}  {runner_up or '':>9}  {main.rubbish:7.3f}"
        said = reading.note
        if len(reading.marks) > 1 and reading.digits and answer != reading.text:
            said = f"{' / '.join(reading.text.split())}: {said}"
        yield f"{shown(file):{width}}  {numbers}  {said}".rstrip()


def as_csv_lines(results: Iterable[Result], files: list[str]) -> Iterator[str]:  # noqa: ARG001 as the others
    """A header and a line a picture; a line break in `text` is a space."""
    yield ",".join(COLUMNS)
    for file, reading in results:
        row = as_record(file, reading)
        row["text"] = " ".join(row.get("text", "").split())
        row["note"] = row.get("error") or row.get("note", "")
        line = io.StringIO()
        csv.DictWriter(line, COLUMNS, extrasaction="ignore").writerow(row)
        yield line.getvalue().removesuffix("\r\n")


def as_json_lines(results: Iterable[Result], files: list[str]) -> Iterator[str]:  # noqa: ARG001 as the others
    """A JSON list, an object a line; see `as_record`."""
    before = "["
    for file, reading in results:
        yield before + json.dumps(as_record(file, reading))
        before = ","
    yield "]"


def as_record(file: str, reading: Reading | str) -> dict[str, Any]:
    """What `Reading.as_dict` has, with its `file`; where it cannot be read, nothing but the `error`."""
    if isinstance(reading, str):
        return {"file": file, "digit": None, "probability": None, "runner_up": None, "rubbish": None, "error": reading}
    return {"file": file, **reading.as_dict()}


def shown(file: str) -> str:
    """A file's name on one line, whatever is in it."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in file)
