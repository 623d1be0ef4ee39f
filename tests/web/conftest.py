"""One service for all tests of it that need no limits of their own."""

from collections.abc import Iterator

import httpx
import pytest

from lenet5.reading.inference import load_inference_network
from lenet5.training.run_folder import READER
from lenet5.web.app import create_app
from web.serving import served


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """A service with the usual limits."""
    with served(create_app(load_inference_network(READER))) as where:
        yield where


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=address, timeout=30) as made:
        yield made
