"""The local portals inside a test: started in a thread, stopped on leaving the `with` block.

Not here: the CLI process (`__main__.py`); both build their server with `open_server`.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pipelines import progress
from pipelines.registry import Source, load_sources
from pipelines.sandbox import generator
from pipelines.sandbox.dataset import Dataset
from pipelines.sandbox.exchange import Portals
from pipelines.sandbox.protocols import SandboxPortals
from pipelines.sandbox.recordings import RecordedPortals, load_recordings
from pipelines.sandbox.server import LoggedRequest, PortalServer

DEFAULT_EXPIRES_IN = 600
REPOSITORY_SOURCES = Path(__file__).resolve().parents[2] / "sources"


def prepare_all(sources: Sequence[Source], *, seed: int, scale: float, data: Path) -> dict[str, Dataset]:
    """The data of every source, from the cache or made now."""
    datasets = {}
    for source in sources:
        datasets[source.id] = generator.prepare(source, seed=seed, scale=scale, data=data)
        progress.report(source.id, "sandbox", records=datasets[source.id].record_count)
    return datasets


def open_server(
    portals: Portals, sources: Sequence[Source], *, port: int, faults: Mapping[str, str]
) -> PortalServer:
    """A bound server that isn't serving yet.

    Raises:
        ValueError: for a fault or a source that isn't known.
    """
    server = PortalServer(
        ("127.0.0.1", port), portals, known_sources=frozenset(source.id for source in sources)
    )
    try:
        for source_id, kind in faults.items():
            server.set_fault(source_id, kind)
    except ValueError:
        server.server_close()
        raise
    return server


class LocalPortal:
    """A running server for tests.

    `sources` is a folder of declarations or declarations (default: the repository's); `recordings` a
    folder with an index instead of sample data. `data` is the cache folder of the sample data; `datasets`, by
    source, stand in its place.
    """

    def __init__(  # noqa: PLR0913 (a test names the two or three it needs)
        self,
        data: Path,
        *,
        sources: Path | Sequence[Source] = REPOSITORY_SOURCES,
        recordings: Path | None = None,
        datasets: Mapping[str, Dataset] | None = None,
        faults: Mapping[str, str] | None = None,
        seed: int = generator.DEFAULT_SEED,
        scale: float = 1.0,
        expires_in: int = DEFAULT_EXPIRES_IN,
        port: int = 0,
    ) -> None:
        declared = load_sources(sources) if isinstance(sources, Path) else tuple(sources)
        self.datasets: Mapping[str, Dataset] = datasets or {}
        portals: Portals
        if recordings is None:
            if datasets is None:
                self.datasets = prepare_all(declared, seed=seed, scale=scale, data=data)
            portals = SandboxPortals(declared, self.datasets, expires_in=expires_in)
        else:
            portals = RecordedPortals(load_recordings(recordings), expires_in=expires_in)
        self._server = open_server(portals, declared, port=port, faults=faults or {})
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def address(self) -> str:
        """127.0.0.1:port, the value of `TEQUIO_PORTAL_ADDRESS`."""
        return self._server.listening

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, oldest first."""
        return list(self._server.requests)

    def set_fault(self, source_id: str, kind: str | None) -> None:
        """Switch a fault on (`die_at_page:3` with its number) or off (None)."""
        self._server.set_fault(source_id, kind)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._server.requests.clear()

    def __enter__(self) -> "LocalPortal":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
