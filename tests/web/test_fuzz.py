"""Requests made from the service's own description, right and wrong ones, and pictures with bytes changed.

Each is answered as the description says: what is malformed with a 4xx, nothing with a 500.
"""

from collections import Counter

import httpx
import numpy as np
import pytest
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
KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


def fuzz(address: str, requests: int) -> Counter[int]:
    """So many requests, valid ones by the description and broken ones, over all its operations; counts the answers."""
    counts: Counter[int] = Counter()
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
        case.validate_response(response, checks=CHECKS)

    check()
    return counts


def broken_pictures(client: httpx.Client, requests: int) -> Counter[int]:
    """Files of every kind with some bytes changed, cut out or repeated; counts the answers."""
    counts: Counter[int] = Counter()
    numbers = np.random.default_rng(1)
    files = [drawing(kind=kind) for kind in KINDS]
    for number in range(requests):
        file = bytearray(files[number % len(files)])
        for _ in range(numbers.integers(1, 8)):
            at = int(numbers.integers(len(file)))
            match numbers.integers(3):
                case 0:
                    file[at] = int(numbers.integers(256))
                case 1:
                    del file[at : at + int(numbers.integers(1, 20))]
                case _:
                    file[at:at] = file[at : at + int(numbers.integers(1, 20))]
        response = client.post("/api/read", content=bytes(file), headers={"Content-Type": "image/png"})
        assert response.status_code in (200, 400, 413), f"{response.text}: {bytes(file)!r}"
        counts[response.status_code] += 1
    return counts


def test_requests_made_from_the_description_are_answered_as_it_says(address: str) -> None:
    counts = fuzz(address, 250)
    assert counts.total() >= 250
    # The requests were right and wrong ones, and wrong in several ways.
    assert {200, 400, 422} <= set(counts)


def test_broken_pictures_are_refused(client: httpx.Client) -> None:
    counts = broken_pictures(client, 300)
    assert counts[200] > 30
    assert counts[400] > 30


@pytest.mark.slow
def test_twenty_thousand_requests_and_none_is_a_failure(address: str, client: httpx.Client) -> None:
    counts = fuzz(address, 16_000) + broken_pictures(client, 4_000)
    assert counts.total() >= 20_000
