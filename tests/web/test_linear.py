"""Taking a request apart costs no more than its length: of 2 MB of anything, seconds where it was hours."""

import base64
import contextlib
import time
from collections.abc import Callable

import pytest

from lenet5.web.http_errors import HTTPError
from lenet5.web.limits import Limits
from lenet5.web.request_body import check_media_type, picture_in

JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nb\r\n'

# So many bytes of each: a body and its type.
BODIES: dict[str, Callable[[int], tuple[bytes, str]]] = {
    "data URLs": lambda n: (b'{"image": "%s"}' % (b"data:;base64" * (n // 12)), JSON),
    "data URLs with commas": lambda n: (b'{"image": "%s"}' % (b"data:;base64," * (n // 13)), JSON),
    "the beginning of a data URL": lambda n: (b'{"image": "data:%s"}' % (b";" * n), JSON),
    "base64": lambda n: (b'{"image": "%s"}' % base64.b64encode(b"x" * (n * 3 // 4)), JSON),
    "base64 in lines": lambda n: (b'{"image": "%s"}' % (b"QQ==\\n" * (n // 6)), JSON),
    "white space": lambda n: (b'{"image": "%s"}' % (b" " * n), JSON),
    "escapes": lambda n: (b'{"image": "%s"}' % (b"\\u0041" * (n // 6)), JSON),
    "lists in lists": lambda n: (b"[" * n, JSON),
    "objects in objects": lambda n: (b'{"a":' * (n // 5), JSON),
    "keys": lambda n: (b"{%s}" % b",".join(b'"%d":0' % k for k in range(n // 11)), JSON),
    "a key": lambda n: (b'{"%s":0}' % (b"x" * n), JSON),
    "a number": lambda n: (b'{"pixels": [[%s]]}' % (b"9" * n), JSON),
    "pixels": lambda n: (b'{"pixels": [[%s]]}' % b",".join([b"0"] * (n // 2)), JSON),
    "rows": lambda n: (b'{"pixels": [%s]}' % b",".join([b"[0]"] * (n // 4)), JSON),
    "wrong pixels": lambda n: (b'{"pixels": [[%s]]}' % b",".join([b'""'] * (n // 3)), JSON),
    "wrong rows": lambda n: (b'{"pixels": [%s]}' % b",".join([b"[]"] * (n // 3)), JSON),
    "parts": lambda n: (PART * (n // len(PART)) + b"--x--", FORM),
    "files": lambda n: (FILE * (n // len(FILE)) + b"--x--", FORM),
    "a part's header": lambda n: (b"--x\r\nContent-Disposition: %s" % (b"x" * n), FORM),
    "headers of a part": lambda n: (b"--x\r\n" + b"A: b\r\n" * (n // 6), FORM),
    "a part without end": lambda n: (PART[:-3] + b"b" * n, FORM),
    "almost boundaries": lambda n: (FILE[:-3] + b"\r\n--" * (n // 4), FORM),
    "hyphens": lambda n: (b"-" * n, FORM),
    "line ends": lambda n: (b"\r\n" * (n // 2), FORM),
}

# A head has 64 kB at most.
TYPES: dict[str, Callable[[int], str]] = {
    "boundary": lambda n: "multipart/form-data; boundary=" + "x" * n,
    "parameters": lambda n: "multipart/form-data" + "; a=b" * (n // 5),
    "semicolons": lambda n: "multipart/form-data" + ";" * n,
    "quotes": lambda n: 'multipart/form-data; boundary="' + '\\"' * (n // 2),
    "open quotes": lambda n: "multipart/form-data" + '; a="' * (n // 5),
    "a picture's kind": lambda n: "image/" + "x" * n + "!",
    "spaces": lambda n: " " * n + "image/png" + " " * n,
}


def seconds(body: bytes, content_type: str) -> float:
    """Of this process, to take a body apart or to refuse it."""
    began = time.process_time()
    with contextlib.suppress(HTTPError):
        picture_in(body, content_type, Limits())
    return time.process_time() - began


@pytest.mark.parametrize("kind", BODIES)
def test_the_cost_of_a_body_is_linear(kind: str) -> None:
    short = min(seconds(*BODIES[kind](250_000)) for _ in range(2))
    long = seconds(*BODIES[kind](2_000_000))
    # Eight times where it is linear, 64 times where it is quadratic.
    assert long < 30 * short + 0.5
    assert long < 4


@pytest.mark.parametrize("kind", TYPES)
def test_a_long_content_type_costs_little(kind: str) -> None:
    assert seconds(PART + b"--x--", TYPES[kind](64_000)) < 0.5
    began = time.process_time()
    with contextlib.suppress(HTTPError):
        check_media_type(TYPES[kind](64_000))
    assert time.process_time() - began < 0.02
