"""A body on its way in: decoding of the transport's gzip and the limits on its size.

Not here: time limits and the reading of the socket (`http.py`), the archive that takes the bytes
(`pipelines/landing/archive.py`).
"""

import zlib
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.portals.errors import FetchState, PortalError

CHUNK_BYTES = 1 << 16
# Compressed text shrinks 10 to 30 times; what grows 200 times is an attack.
MAX_GZIP_RATIO = 200
GZIP_RATIO_FROM_BYTES = 10 << 20


class BodySink(Protocol):
    """Where a body goes while it arrives."""

    size: int

    def write(self, chunk: bytes) -> None:
        """Append bytes."""

    def commit(self) -> Any:
        """Keep the body: an object with `sha256`, `size`, `path`."""


class Memory:
    """A sink for token answers."""

    def __init__(self) -> None:
        self.size = 0
        self.chunks: list[bytes] = []

    def write(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        self.size += len(chunk)

    def commit(self) -> None:
        """Nothing to keep."""


@dataclass(frozen=True)
class Room:
    """How much a body may still grow."""

    url: str
    cap: int
    wire: int

    def check(self, size: int) -> None:
        bomb = size > GZIP_RATIO_FROM_BYTES and size > self.wire * MAX_GZIP_RATIO
        if size > self.cap or bomb:
            raise PortalError(
                FetchState.CONTRACT_ERROR,
                f"La respuesta supera {self.cap:,} bytes o crece sin medida al descomprimirse.",
                url=self.url,
                expected=f"a lo más {self.cap:,} bytes",
                action="Pida a la institución dividir el archivo.",
            )


def copy_chunk(chunk: bytes, decoder: Any, sink: BodySink, room: Room) -> None:
    if decoder is None:
        sink.write(chunk)
        room.check(sink.size)
        return
    pending = chunk
    while pending and not decoder.eof:
        try:
            plain = decoder.decompress(pending, CHUNK_BYTES)
        except zlib.error:
            raise PortalError(
                FetchState.CONTRACT_ERROR,
                "La compresión (gzip) de la respuesta está dañada.",
                url=room.url,
                expected="Content-Encoding: gzip válido",
                action="Avise a la institución: su servidor comprime mal.",
            ) from None
        sink.write(plain)
        room.check(sink.size)
        pending = decoder.unconsumed_tail


def transport_decoder(encoding: str, url: str) -> Any:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name in {"gzip", "x-gzip"}:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    raise PortalError(
        FetchState.CONTRACT_ERROR,
        f"La respuesta llegó con una compresión no solicitada ({name[:40]}).",
        url=url,
        expected="gzip o sin compresión",
        action="Avise a la institución: su servidor ignora Accept-Encoding.",
    )
