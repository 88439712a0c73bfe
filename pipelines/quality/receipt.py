"""Receipts: the gate's verdict on a slice, written once and checked by whoever relies on it.

Here: the append-only shelf of receipts (`lake/receipts/<source>/<seq>.json`), their seals, and the
check that a slice's bytes are the ones that were judged. Not here: how a verdict comes about
(`gate.py`), what is in a slice (`pipelines/publication/slices.py`).

A blocking check protects one run; a receipt protects every run. So reading trusts nothing: the
seal of each receipt and the chain to the one before it are recomputed, and so are the bytes of
the slice.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import orjson

from pipelines.home import Home, fsync_path, sha256_file
from pipelines.quality.gate import GateCheck, SliceFacts, Verdict

FILE_PATTERN = re.compile(r"^\d{8}\.json$")
# What a slice publishes stands below this folder of it; the digest is of these files.
FILES_FOLDER = "files"


class ReceiptError(RuntimeError):
    """A receipt or slice isn't what it says it is; the message says which file and what to do."""


@dataclass(frozen=True)
class Receipt:
    """The verdict on one slice.

    `fetched_at` and `content_until` date the data; `judged_at` (ISO 8601, UTC) dates the verdict.
    `rebuilt_from`: the slice is an earlier admitted generation built again with today's models.
    `published`: source records in the slice. `previous`: seal of the receipt before (None for the
    first one). `seal`: sha256 of all the other fields.
    """

    source_id: str
    seq: int
    verdict: Literal["admitted", "held_back"]
    slice_key: str
    slice_digest: str
    generation: str
    landed_sha256: str
    code_version: str
    checks: tuple[GateCheck, ...]
    reasons_es: tuple[str, ...]
    fetched_at: str
    content_until: str | None
    published: int
    judged_at: str
    rebuilt_from: bool
    previous: str | None
    seal: str

    @property
    def admitted(self) -> bool:
        """Whether the slice may be published."""
        return self.verdict == "admitted"


def files_digest(files: Iterable[tuple[str, str]]) -> str:
    """Digest of a slice from (path, sha256) pairs; paths are relative, with forward slashes.

    One definition for who writes a slice, who judges it and who publishes it.
    """
    listing = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files))
    return hashlib.sha256(listing.encode()).hexdigest()


def verify_slice(receipt: Receipt, folder: Path) -> None:
    """Recompute the slice's digest from its bytes: what was added, changed or lost shows.

    Raises:
        ReceiptError: when the bytes aren't those that were judged.
    """
    files = folder / FILES_FOLDER
    if not files.is_dir():
        message = (
            f"{folder}: the slice that receipt {receipt.source_id}/{receipt.seq:08d} admits is missing; "
            f"run the source again to build it: tequio run --only {receipt.source_id}"
        )
        raise ReceiptError(message)
    found = files_digest(
        (path.relative_to(files).as_posix(), sha256_file(path)) for path in files.rglob("*") if path.is_file()
    )
    if found != receipt.slice_digest:
        message = (
            f"{folder}: the bytes do not match receipt {receipt.source_id}/{receipt.seq:08d} "
            f"(expected digest {receipt.slice_digest[:16]}…, found {found[:16]}…); "
            "the slice was changed after it was judged: delete its folder and run the source again"
        )
        raise ReceiptError(message)


def write(  # noqa: PLR0913 (each fact of a receipt is named by its writer)
    home: Home,
    verdict: Verdict,
    *,
    judged: SliceFacts,
    landed_sha256: str,
    judged_at: datetime,
    rebuilt_from: bool,
) -> Receipt:
    """Append the receipt of `verdict` on the slice `judged`.

    Raises:
        ReceiptError: when the verdict speaks of another slice, an earlier receipt is damaged, or another
            process wrote the same number at the same time.
    """
    if (verdict.source_id, verdict.slice_key) != (judged.source_id, judged.key):
        message = (
            f"the verdict on {verdict.source_id}/{verdict.slice_key} "
            f"can't be the receipt of {judged.source_id}/{judged.key}"
        )
        raise ReceiptError(message)
    before = last(home, verdict.source_id)
    facts = {
        "source_id": verdict.source_id,
        "seq": 1 if before is None else before.seq + 1,
        "verdict": "admitted" if verdict.admitted else "held_back",
        "slice_key": judged.key,
        "slice_digest": judged.digest,
        "generation": judged.generation,
        "landed_sha256": landed_sha256,
        "code_version": judged.code_version,
        "checks": [asdict(check) for check in verdict.checks],
        "reasons_es": list(verdict.reasons_es),
        "fetched_at": judged.fetched_at,
        "content_until": judged.content_until,
        "published": judged.counts["published"] or 0,
        "judged_at": judged_at.astimezone(UTC).isoformat(),
        "rebuilt_from": rebuilt_from,
        "previous": None if before is None else before.seal,
    }
    receipt = _receipt({**facts, "seal": _seal(facts)})
    _append(path_of(home, receipt), receipt)
    return receipt


def all_of(home: Home, source_id: str) -> tuple[Receipt, ...]:
    """Every receipt of the source, oldest first.

    Raises:
        ReceiptError: when one was changed, lost or put in another's place.
    """
    folder = home.receipts / source_id
    if not folder.is_dir():
        return ()
    receipts: list[Receipt] = []
    for path in sorted(path for path in folder.iterdir() if FILE_PATTERN.match(path.name)):
        receipt = _read(path)
        _check_place(receipt, path=path, before=receipts[-1] if receipts else None)
        receipts.append(receipt)
    return tuple(receipts)


def last(home: Home, source_id: str) -> Receipt | None:
    """The newest receipt, whatever its verdict."""
    receipts = all_of(home, source_id)
    return receipts[-1] if receipts else None


def last_admitted(home: Home, source_id: str) -> Receipt | None:
    """The newest receipt that admits: what of this source may be published today."""
    return next((receipt for receipt in reversed(all_of(home, source_id)) if receipt.admitted), None)


def admission_of(home: Home, source_id: str, *, slice_digest: str) -> Receipt | None:
    """The first receipt that admitted these very bytes.

    A source judged again without change gets a new receipt each run; a release ships this one, so that
    unchanged slices make an unchanged release.
    """
    return next(
        (
            receipt
            for receipt in all_of(home, source_id)
            if receipt.admitted and receipt.slice_digest == slice_digest
        ),
        None,
    )


def path_of(home: Home, receipt: Receipt) -> Path:
    """The receipt's file."""
    return home.receipts / receipt.source_id / f"{receipt.seq:08d}.json"


def _append(target: Path, receipt: Receipt) -> None:
    """Write under the receipt's number, never over another receipt."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with staged.open("wb") as stream:
        stream.write(_as_json(asdict(receipt)))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        # A hard link fails where a rename would silently replace the other writer's receipt.
        target.hardlink_to(staged)
    except FileExistsError as error:
        message = f"{target}: was written by another run meanwhile; judge {receipt.source_id} again"
        raise ReceiptError(message) from error
    finally:
        staged.unlink()
    fsync_path(target.parent)


def _as_json(facts: dict[str, Any]) -> bytes:
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _seal(facts: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _receipt(document: dict[str, Any]) -> Receipt:
    checks = tuple(
        GateCheck(**{**check, "rule_ids": tuple(check["rule_ids"])}) for check in document["checks"]
    )
    return Receipt(**{**document, "checks": checks, "reasons_es": tuple(document["reasons_es"])})


def _read(path: Path) -> Receipt:
    advice = "restore it from a backup, or move the source's receipts away and judge the source again"
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        message = f"{path}: is not a receipt (unreadable JSON: {error}); {advice}"
        raise ReceiptError(message) from error
    if not isinstance(document, dict) or "seal" not in document:
        message = f"{path}: is not a receipt (it has no seal); {advice}"
        raise ReceiptError(message)
    facts = {name: value for name, value in document.items() if name != "seal"}
    if _seal(facts) != document["seal"]:
        message = f"{path}: was changed after it was written (its seal does not match its content); {advice}"
        raise ReceiptError(message)
    try:
        return _receipt(document)
    except (TypeError, KeyError) as error:
        message = f"{path}: is a receipt of another version of the format ({error}); {advice}"
        raise ReceiptError(message) from error


def _check_place(receipt: Receipt, *, path: Path, before: Receipt | None) -> None:
    expected_seq = 1 if before is None else before.seq + 1
    expected_previous = None if before is None else before.seal
    in_place = path.name == f"{receipt.seq:08d}.json" and path.parent.name == receipt.source_id
    if not in_place or receipt.seq != expected_seq or receipt.previous != expected_previous:
        message = (
            f"{path}: does not follow the receipt before it (expected number {expected_seq}); "
            "a receipt was lost, moved or exchanged: restore the folder from a backup"
        )
        raise ReceiptError(message)
