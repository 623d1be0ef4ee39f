"""The service under requests that nobody would send; twenty thousand with `python -m pytest -m slow tests/fuzz`."""

import httpx
import pytest

from fuzz.service import broken_pictures, broken_requests, described
from web.serving import command

OPTIONS = ("--no-access-log",)


def test_requests_made_from_the_description_are_answered_as_it_says() -> None:
    with command(*OPTIONS) as (_, port):
        counts = described(f"http://127.0.0.1:{port}", 250)
    assert counts.total() >= 250
    # The requests were right and wrong ones, and wrong in several ways.
    assert {200, 400, 422} <= set(counts)


def test_damaged_pictures_and_requests_are_refused() -> None:
    with command(*OPTIONS) as (process, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        pictures, requests = broken_pictures(client, 300), broken_requests(port, 100)
        assert pictures[200] > 30
        assert pictures[400] > 30
        # Some were damaged where it does not matter, and some in their heads.
        assert {200, 400, 403, 404, 415} <= set(requests)
        assert process.poll() is None


@pytest.mark.slow
def test_twenty_thousand_requests_and_none_is_a_failure() -> None:
    with command(*OPTIONS) as (process, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        counts = described(f"http://127.0.0.1:{port}", 12_000)
        counts += broken_pictures(client, 5_000)
        counts += broken_requests(port, 3_000)
        assert process.poll() is None
    print(f"{counts.total()} requests: {dict(sorted(counts.items()))}")
    assert counts.total() >= 20_000
