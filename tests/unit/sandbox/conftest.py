"""Small sample data shared by the tests of the sandbox; made once."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.registry import Source, load_sources
from pipelines.sandbox.exchange import LOCAL_CREDENTIALS
from pipelines.sandbox.local_portal import REPOSITORY_SOURCES, LocalPortal

SCALE = 0.1
Ask = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def sources() -> Mapping[str, Source]:
    """The declared sources by id."""
    return {source.id: source for source in load_sources(REPOSITORY_SOURCES)}


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of the small sample data."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture
def portal(sample_data: Path) -> Iterator[LocalPortal]:
    """A running portal with all sources, no faults."""
    with LocalPortal(sample_data, scale=SCALE) as running:
        yield running


@pytest.fixture
def ask(portal: LocalPortal) -> Ask:
    """Requests as the portal client sends them: the host in a header, over loopback."""
    return asker(portal)


def asker(portal: LocalPortal) -> Ask:
    """A function that asks `portal` for `host` and path."""

    def send(method: str, host: str, path: str, **options: Any) -> requests.Response:
        headers = {"Host": host, **options.pop("headers", {})}
        options.setdefault("timeout", 10)
        return requests.request(method, f"http://{portal.address}{path}", headers=headers, **options)

    return send


def log_in(ask: Ask, host: str, **changes: str) -> requests.Response:
    """Ask for a token with the local credentials, Basic and in the form, with `changes` in the form."""
    form = {"grant_type": "password", **LOCAL_CREDENTIALS, **changes}
    client = (form["client_id"], form["client_secret"])
    return ask("POST", host, "/oauth/token", data=form, auth=client)


def bearer(ask: Ask, host: str) -> dict[str, str]:
    """The header of a token just issued."""
    return {"Authorization": f"Bearer {log_in(ask, host).json()['access_token']}"}
