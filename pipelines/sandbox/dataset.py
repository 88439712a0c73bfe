"""Sample data as a portal serves them: one collection a URL, bytes ready to send, kept on disk.

Here: how records become a body (and how a fault's choice of records becomes another one), and the
cache below `--data`. Not here: what the records say (`generator.py`), HTTP (`protocols.py`).
"""

import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pipelines.sandbox import workbook, zip_files

Packing = Literal["text", "gzip", "workbook", "zip"]


def _gzip(plain: bytes) -> bytes:
    """Gzip without time or name, so that equal content is equal bytes."""
    return gzip.compress(plain, compresslevel=6, mtime=0)


def _text(plain: bytes) -> bytes:
    return plain


PACKERS: Mapping[Packing, Callable[[bytes], bytes]] = {
    "text": _text,
    "gzip": _gzip,
    "workbook": workbook.pack,
    "zip": zip_files.pack,
}


@dataclass(frozen=True)
class Envelope:
    """What stands around the records in a body: a JSON array's frame, a CSV header, nothing (NDJSON).

    `packing` makes what is sent of the plain body: nothing, gzip, an XLSX workbook, or a zip of JSON arrays
    (`zip_files.py`; the plain body is JSON lines). The plain body of
    a workbook is JSON lines: its frame (`prefix`, with the line end), then one record a line
    (`workbook.py`).
    """

    prefix: bytes
    separator: bytes
    suffix: bytes
    content_type: str
    packing: Packing = "text"

    def wrap(self, records: Sequence[bytes]) -> bytes:
        """The body with these records."""
        if not records:
            # Rows end with a line break; a JSON array has nothing between its brackets.
            suffix = b"" if self.separator == b"\n" else self.suffix
            return self.finish(self.prefix + suffix)
        return self.finish(self.prefix + self.separator.join(records) + self.suffix)

    def finish(self, plain: bytes) -> bytes:
        """The body as sent."""
        return PACKERS[self.packing](plain)


@dataclass(frozen=True)
class Expected:
    """What one quality rule must say of a record planted for it (`planted.py`).

    `entity_id` as it is published, None where the service hides it: the record is then the only one of its source that
    fails the rule. `twins`: other records that fail the rule with it; `also`: the only other
    rules that may find something in it. `beside`: the record that is the same but for the defect, where its layout
    can't be sound: what fails there doesn't count.
    """

    rule_id: str
    entity_id: str | None
    failures: int
    path: str | None
    value: str | None
    twins: Sequence[str] = ()
    beside: str | None = None
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Draft:
    """A generated collection; `key` names it in its portal: a fiscal year, a file number, a PDN path."""

    key: str
    envelope: Envelope
    records: tuple[bytes, ...]
    record_ids: tuple[str, ...]
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True)
class Collection:
    """A collection on disk. `offsets` are (start, end) of each record in the plain body."""

    key: str
    envelope: Envelope
    offsets: tuple[tuple[int, int], ...]
    record_ids: tuple[str, ...]
    etag: str
    plain_path: Path
    sent_path: Path

    @cached_property
    def plain(self) -> bytes:
        """The body before compression."""
        return self.plain_path.read_bytes()

    @cached_property
    def body(self) -> bytes:
        """The body as sent."""
        return self.sent_path.read_bytes()

    @cached_property
    def records(self) -> tuple[bytes, ...]:
        """Each record's bytes."""
        return tuple(self.plain[start:end] for start, end in self.offsets)


@dataclass(frozen=True)
class Dataset:
    """Everything one source's portal serves; `planted` counts the defects in it by name, `expected` are those
    planted for a rule each."""

    source_id: str
    collections: Mapping[str, Collection]
    planted: Mapping[str, int]
    expected: tuple[Expected, ...] = ()

    @property
    def record_count(self) -> int:
        """Records over all collections."""
        return sum(len(collection.offsets) for collection in self.collections.values())


def save(folder: Path, drafts: Iterable[Draft], planted: Mapping[str, int]) -> None:
    """Write a source's collections into `folder`, in one rename; an existing folder stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".staging-"))
    index: list[dict[str, Any]] = []
    expected: list[Expected] = []
    for number, draft in enumerate(drafts):
        envelope = draft.envelope
        expected += draft.expected
        plain = replace(envelope, packing="text").wrap(draft.records)
        sent = envelope.finish(plain)
        (staging / f"{number:04d}.plain").write_bytes(plain)
        if envelope.packing != "text":
            (staging / f"{number:04d}.sent").write_bytes(sent)
        index.append(
            {
                "key": draft.key,
                "prefix": len(envelope.prefix),
                "separator": envelope.separator.decode(),
                "suffix": envelope.suffix.decode(),
                "content_type": envelope.content_type,
                "packing": envelope.packing,
                "lengths": [len(record) for record in draft.records],
                "record_ids": draft.record_ids,
                "etag": make_etag(sent),
            }
        )
    told = {"counts": dict(sorted(planted.items())), "rules": [asdict(each) for each in expected]}
    (staging / "planted.json").write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")
    (staging / "index.json").write_text(json.dumps(index), encoding="utf-8")
    try:
        staging.rename(folder)
    except OSError:
        # Another process made the same bytes first.
        if not (folder / "index.json").is_file():
            raise
        shutil.rmtree(staging)


def load(folder: Path, source_id: str) -> Dataset:
    """The collections `save` wrote."""
    collections = {}
    for number, entry in enumerate(json.loads((folder / "index.json").read_text(encoding="utf-8"))):
        plain_path = folder / f"{number:04d}.plain"
        with plain_path.open("rb") as file:
            prefix = file.read(entry["prefix"])
        envelope = Envelope(
            prefix=prefix,
            separator=entry["separator"].encode(),
            suffix=entry["suffix"].encode(),
            content_type=entry["content_type"],
            packing=entry["packing"],
        )
        collections[entry["key"]] = Collection(
            key=entry["key"],
            envelope=envelope,
            offsets=_offsets(entry["lengths"], first=len(prefix), gap=len(envelope.separator)),
            record_ids=tuple(entry["record_ids"]),
            etag=entry["etag"],
            plain_path=plain_path,
            sent_path=folder / f"{number:04d}.sent" if entry["packing"] != "text" else plain_path,
        )
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    expected = tuple(Expected(**each) for each in planted["rules"])
    return Dataset(source_id, collections, planted["counts"], expected)


def make_etag(body: bytes) -> str:
    """A strong validator: the content's hash."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _offsets(lengths: Sequence[int], *, first: int, gap: int) -> tuple[tuple[int, int], ...]:
    offsets = []
    start = first
    for length in lengths:
        offsets.append((start, start + length))
        start += length + gap
    return tuple(offsets)
