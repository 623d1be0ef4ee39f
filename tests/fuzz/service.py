"""Requests to the service that nobody would send: from its own description, right and wrong ones, and damaged ones.

Each is answered within seconds, as the description says: what is malformed with a 4xx, nothing with a 500.
"""

import contextlib
import json
import socket
import time
from collections import Counter

import httpx
import numpy as np
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi

from web.serving import drawing

CHECKS = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
    openapi.negative_data_rejection,
    openapi.unsupported_method,
]
# Seconds for an answer.
LONGEST = 5
KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


def described(address: str, requests: int) -> Counter[int]:
    """So many requests, valid ones by the description and broken ones, over all its operations; counts the answers."""
    counts: Counter[int] = Counter()
    # The untrained network is made when it is first asked for, which takes PyTorch's import.
    assert httpx.get(f"{address}/api/weights?weights=untrained", timeout=60).status_code == 200
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [operation.ok() for operation in schema.get_all_operations()]
    cases = [o.as_strategy(generation_mode=mode) for o in operations[:2] for mode in GenerationMode]
    cases += [o.as_strategy(generation_mode=GenerationMode.POSITIVE) for o in operations[2:]]

    @given(case=st.one_of(cases))
    @settings(
        max_examples=requests,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case) -> None:
        response = case.call()
        counts[response.status_code] += 1
        assert response.elapsed < LONGEST
        case.validate_response(response, checks=CHECKS)

    check()
    return counts


def damaged(content: bytes, numbers: np.random.Generator) -> bytes:
    """The same with some bytes changed, cut out or repeated."""
    file = bytearray(content)
    for _ in range(numbers.integers(1, 8)):
        at = int(numbers.integers(len(file)))
        match numbers.integers(3):
            case 0:
                file[at] = int(numbers.integers(256))
            case 1:
                del file[at : at + int(numbers.integers(1, 20))]
            case _:
                file[at:at] = file[at : at + int(numbers.integers(1, 20))]
    return bytes(file)


def broken_pictures(client: httpx.Client, requests: int) -> Counter[int]:
    """Files of every kind with some bytes changed, cut out or repeated; counts the answers."""
    counts: Counter[int] = Counter()
    numbers = np.random.default_rng(1)
    files = [drawing(kind=kind) for kind in KINDS]
    for number in range(requests):
        file = damaged(files[number % len(files)], numbers)
        response = client.post("/api/read", content=file, headers={"Content-Type": "image/png"})
        assert response.status_code in (200, 400, 413), f"{response.text}: {file!r}"
        assert response.elapsed.total_seconds() < LONGEST
        counts[response.status_code] += 1
    return counts


def broken_requests(port: int, requests: int) -> Counter[int]:
    """Requests damaged anywhere, as bytes on a connection that then ends; counts the answers, 0 for none."""
    counts: Counter[int] = Counter()
    numbers = np.random.default_rng(2)
    whole = [_whole(body, kind) for body, kind in _bodies()]
    for number in range(requests):
        sent = damaged(whole[number % len(whole)], numbers)
        began = time.perf_counter()
        received = b""
        address = ("127.0.0.1", port)
        with socket.create_connection(address, timeout=2 * LONGEST) as connection, contextlib.suppress(OSError):
            connection.sendall(sent)
            connection.sendall(b"\r\n" * 3)
            # What is no whole request is waited for until the client has no more to say.
            connection.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                received = connection.recv(65536)
            connection.settimeout(2 * LONGEST)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        assert time.perf_counter() - began < LONGEST, sent
        status = int(received[9:12]) if received else 0
        assert status < 500 or status == 503, f"{received!r}: {sent!r}"
        counts[status] += 1
    return counts


def _bodies() -> list[tuple[bytes, str]]:
    """One of each kind that the service takes."""
    picture = drawing()
    pixels = [[255, 0, 255], [255, 0, 255]]
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n%s\r\n--x--' % picture
    return [
        (picture, "image/png"),
        (json.dumps({"pixels": pixels}).encode(), "application/json"),
        (json.dumps({"image": "data:image/png;base64,iVBORw0KGgo="}).encode(), "application/json"),
        (form, "multipart/form-data; boundary=x"),
    ]


def _whole(body: bytes, kind: str) -> bytes:
    length = f"POST /api/read?a=b HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return f"{length}\r\nConnection: close\r\n\r\n".encode() + body
