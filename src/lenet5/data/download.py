"""One published file, from whichever mirror gives it, whole and verified."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lenet5.data.idx import MAX_BYTES, IdxError, read_content


class DownloadError(OSError):
    """A file could not be downloaded."""


def download(urls: Sequence[str], destination: Path, sha256: str, *, timeout: float = 20.0) -> None:
    """Download the file that all of `urls` name to `destination`, from the first that gives it whole.

    The bytes are collected in `destination` + ".part". It stays after an interruption, and the next mirror or the next
    call goes on with it. The file gets its name only when it is whole and right.
    Progress is drawn on the standard error.

    Args:
        urls: of the mirrors, in turn.
        destination: the file to write.
        sha256: in hexadecimal, of the content once decompressed.
        timeout: seconds to connect, and seconds without a byte, before a mirror is given up.

    Raises:
        DownloadError: no mirror gives the file; the sentence has the failure of each.
    """
    import httpx

    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(destination.name + ".part")
    failures = []
    for url in urls:
        try:
            _fetch_verified(url, part, sha256, timeout)
            part.replace(destination)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            failures.append(f"{url}: {str(error) or type(error).__name__}")
        else:
            return
    raise DownloadError("; ".join(failures) or "no mirror was given")


def _fetch_verified(url: str, part: Path, sha256: str, timeout: float) -> None:
    resumed = part.exists()
    _fetch(url, part, timeout)
    if resumed and not _is_right(part, sha256):
        # What was there may have been another file's beginning: once more, from nothing.
        part.unlink()
        _fetch(url, part, timeout)
    if not _is_right(part, sha256):
        part.unlink()
        raise DownloadError("other content than the published file's")


def _fetch(url: str, part: Path, timeout: float) -> None:
    """Bring `part` to the length of the file at `url`, asking only for the bytes it lacks."""
    import httpx
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress

    present = part.stat().st_size if part.exists() else 0
    # identity: the bytes as published, so that positions in them mean the same to both sides.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={present}-"} if present else {})
    with httpx.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
        if present and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # Nothing lies beyond the bytes already here; the digest says whether they are right.
        if response.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise DownloadError(f"HTTP status {response.status_code}")
        if response.status_code == httpx.codes.OK:
            present = 0  # A server that ignores the range sends the file from its beginning.
        rest = response.headers.get("Content-Length")
        columns = (*Progress.get_default_columns(), DownloadColumn())
        with (
            part.open("ab" if present else "wb") as file,
            Progress(*columns, console=Console(stderr=True)) as progress,
        ):
            total = present + int(rest) if rest else None
            task = progress.add_task(part.stem, completed=present, total=total)
            for chunk in response.iter_raw():
                file.write(chunk)
                if file.tell() > MAX_BYTES:
                    part.unlink()
                    raise DownloadError("more bytes than any of MNIST's files has")
                progress.advance(task, len(chunk))


def _is_right(part: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(read_content(part)).hexdigest() == sha256
    except IdxError:
        return False
