"""New files written as a stream, plain or gzip; equal texts give equal bytes.

Here: compressing, in a thread for each file (zlib lets other threads work meanwhile, and half the time of a large slice
was its compressing). Not here: what is written (`slices.py`).
"""

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# zlib's own default: half the size of level 1 for packages that are read far more often than written.
LEVEL = 6
# 16 + 15: a gzip header without name and with time 0, so that equal lines give equal bytes.
_WINDOW = 31
# Handed to the thread at a time, and how many of them may wait: whoever writes faster than zlib waits for it.
_BLOCK_BYTES = 1 << 20
_MOST_WAITING = 4


class GzipFile:
    """Takes bytes; a thread compresses them and writes them to `stream`. What fails there is raised by a later `write`
    or by `end`.
    """

    def __init__(self, stream: BinaryIO, thread: ThreadPoolExecutor) -> None:
        self._stream = stream
        self._thread = thread
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _WINDOW)
        self._gathered = bytearray()
        self._waiting: deque[Future[None]] = deque()

    def write(self, data: bytes, /) -> None:
        """Take the next bytes."""
        self._gathered += data
        if len(self._gathered) >= _BLOCK_BYTES:
            self._hand_on()

    def end(self) -> None:
        """Write what is left; without it the file is cut off."""
        self._hand_on()
        while self._waiting:
            self._waiting.popleft().result()
        self._stream.write(self._compressor.flush())

    def _hand_on(self) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft().result()
        block, self._gathered = self._gathered, bytearray()
        self._waiting.append(self._thread.submit(self._compress, block))

    def _compress(self, block: bytearray) -> None:
        self._stream.write(self._compressor.compress(block))


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file, with its folder.

    Raises:
        FileExistsError: there is one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        yield stream


@contextmanager
def new_gzip(path: Path) -> Iterator[GzipFile]:
    """The same, compressed.

    Raises:
        FileExistsError: there is one.
    """
    with new_file(path) as stream, ThreadPoolExecutor(1, thread_name_prefix="gzip") as thread:
        file = GzipFile(stream, thread)
        yield file
        file.end()
