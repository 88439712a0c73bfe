"""`python -m pipelines.sandbox`: the local portals as a process of their own.

Prints one JSON line `{"address": "127.0.0.1:PORT"}` when it is ready; stops on SIGTERM or Ctrl-C.
"""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from pipelines.registry import RegistryError, load_sources
from pipelines.sandbox import generator
from pipelines.sandbox.exchange import Portals
from pipelines.sandbox.faults import FAULTS
from pipelines.sandbox.local_portal import DEFAULT_EXPIRES_IN, REPOSITORY_SOURCES, open_server, prepare_all
from pipelines.sandbox.protocols import SandboxPortals
from pipelines.sandbox.recordings import RecordedPortals, RecordingsError, load_recordings
from pipelines.sandbox.server import PortalServer, describe


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 2 when the arguments, declarations or recordings can't be used."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING, stream=sys.stderr)
    try:
        server = _server(options)
    except (RegistryError, RecordingsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout.write(f"{describe(server)}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.stopping.set()
    finally:
        server.server_close()
    return 0


def _server(options: argparse.Namespace) -> PortalServer:
    sources = load_sources(options.sources)
    portals: Portals
    if options.recordings is not None:
        portals = RecordedPortals(load_recordings(options.recordings), expires_in=options.expires_in)
    else:
        datasets = prepare_all(sources, seed=options.seed, scale=options.scale, data=options.data)
        portals = SandboxPortals(sources, datasets, expires_in=options.expires_in)
    return open_server(portals, sources, port=options.port, faults=dict(options.fault))


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fault(text: str) -> tuple[str, str]:
    source_id, separator, kind = text.partition("=")
    if not separator:
        message = f"{text!r} is not SOURCE=KIND"
        raise argparse.ArgumentTypeError(message)
    return source_id, kind


def _parser() -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {kind:16} {fault.summary}" for kind, fault in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.sandbox",
        description="The portals of all declared sources on loopback, with sample data or recordings.",
        epilog=f"faults:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free port")
    parser.add_argument(
        "--data", type=Path, default=Path("var/sandbox"), help="where the sample data are kept"
    )
    parser.add_argument("--sources", type=Path, default=REPOSITORY_SOURCES, help="folder of the declarations")
    parser.add_argument(
        "--recordings", type=Path, help="serve this folder of recordings instead of sample data"
    )
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="SOURCE=KIND")
    parser.add_argument("--seed", type=int, default=generator.DEFAULT_SEED)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is about 32,000 records")
    parser.add_argument(
        "--expires-in", type=int, default=DEFAULT_EXPIRES_IN, help="seconds a token is good for"
    )
    parser.add_argument("--verbose", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
