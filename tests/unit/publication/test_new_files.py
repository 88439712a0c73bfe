"""Gzip files: what was written is read, equal texts are equal bytes, what fails in the thread is told."""

import gzip
import io
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.publication import new_files
from pipelines.publication.new_files import GzipFile, new_gzip


def packed(pieces: Sequence[bytes]) -> bytes:
    stream = io.BytesIO()
    with ThreadPoolExecutor(1) as thread:
        file = GzipFile(stream, thread)
        for piece in pieces:
            file.write(piece)
        file.end()
    return stream.getvalue()


@given(pieces=st.lists(st.binary(max_size=400), max_size=30), block=st.integers(1, 500))
def test_what_was_written_is_read_however_it_was_handed_on(pieces: list[bytes], block: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(new_files, "_BLOCK_BYTES", block)
        found = packed(pieces)
    assert gzip.decompress(found) == b"".join(pieces)
    assert found == packed(pieces)


def test_more_than_may_wait_is_written_whole(tmp_path: Path) -> None:
    text = bytes(range(256)) * 4096
    with new_gzip(tmp_path / "folder" / "a.gz") as file:
        for _ in range(12):
            file.write(text)
    whole = (tmp_path / "folder" / "a.gz").read_bytes()
    assert gzip.decompress(whole) == text * 12
    assert whole[4:8] == b"\0\0\0\0", "the header must not hold a time"
    with pytest.raises(FileExistsError), new_gzip(tmp_path / "folder" / "a.gz"):
        pass


class Full(io.BytesIO):
    """A disk without room."""

    def write(self, _data: object, /) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_to_whoever_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(1) as thread:
        file = GzipFile(Full(), thread)
        file.write(b"x" * 100)
        with pytest.raises(OSError, match="No space left"):
            file.end()
    monkeypatch.setattr(new_files, "_BLOCK_BYTES", 1)
    with ThreadPoolExecutor(1) as thread:
        file = GzipFile(Full(), thread)
        with pytest.raises(OSError, match="No space left"):
            for _ in range(10):
                file.write(b"x")


def test_what_fails_while_a_file_is_written_comes_through(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), new_gzip(tmp_path / "a.gz") as file:
        file.write(b"x")
        raise ZeroDivisionError
    assert threading.active_count() == before
