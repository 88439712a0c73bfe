"""Receipts: append-only, sealed, chained, and bound to the bytes they speak of."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.quality import receipt
from pipelines.quality.gate import judge
from pipelines.quality.receipt import Receipt, ReceiptError
from tests.unit.quality.facts import LEDGER, SOURCE, Facts, counting

NOW = datetime(2026, 11, 21, 19, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.create()
    return made


def _write(home: Home, facts: Facts) -> Receipt:
    verdict = judge(SOURCE, slice=facts, ledger=LEDGER, last_admitted=None, last_slice=None, now=NOW)
    return receipt.write(
        home, verdict, judged=facts, landed_sha256="d" * 64, judged_at=NOW, rebuilt_from=False
    )


def _three(home: Home) -> list[Receipt]:
    """Admitted, held back, admitted."""
    return [
        _write(home, Facts()),
        _write(home, replace(counting(declared=5000), key="3333333333333333", digest="9" * 64)),
        _write(home, replace(Facts(), key="4444444444444444", digest="8" * 64)),
    ]


def test_a_receipt_reads_back_as_it_was_written(home: Home) -> None:
    written = _write(home, Facts())
    assert (written.seq, written.verdict, written.previous) == (1, "admitted", None)
    assert (written.published, written.content_until) == (988, "2026-11-10")
    assert written.judged_at == "2026-11-21T19:00:00+00:00"
    assert receipt.all_of(home, "guadalajara") == (written,)


def test_receipts_are_numbered_and_chained(home: Home) -> None:
    first, second, third = _three(home)
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert (second.previous, third.previous) == (first.seal, second.seal)
    assert receipt.last(home, "guadalajara") == third


def test_the_last_admitted_one_skips_what_was_held_back(home: Home) -> None:
    first, _, _ = _three(home)[:3]
    (home.receipts / "guadalajara" / "00000003.json").unlink()
    assert receipt.last(home, "guadalajara") is not None
    assert receipt.last_admitted(home, "guadalajara") == first


def test_the_admission_of_the_same_bytes_stays_the_first_one(home: Home) -> None:
    first = _write(home, Facts())
    again = _write(home, Facts())
    assert again.seq == 2
    assert receipt.admission_of(home, "guadalajara", slice_digest="e" * 64) == first
    assert receipt.admission_of(home, "guadalajara", slice_digest="0" * 64) is None


def test_a_source_without_receipts_has_none(home: Home) -> None:
    assert receipt.all_of(home, "guadalajara") == ()
    assert receipt.last_admitted(home, "guadalajara") is None


def test_a_changed_verdict_is_refused(home: Home) -> None:
    _three(home)
    path = home.receipts / "guadalajara" / "00000002.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["verdict"] = "admitted"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ReceiptError, match=r"00000002\.json: was changed after it was written"):
        receipt.last_admitted(home, "guadalajara")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"seq": 1}', b"\xff\xfe"])
def test_what_is_no_receipt_is_refused(home: Home, content: bytes) -> None:
    _write(home, Facts())
    (home.receipts / "guadalajara" / "00000001.json").write_bytes(content)
    with pytest.raises(ReceiptError, match=r"00000001\.json: is not a receipt"):
        receipt.last(home, "guadalajara")


def test_a_lost_receipt_shows(home: Home) -> None:
    _three(home)
    (home.receipts / "guadalajara" / "00000002.json").unlink()
    with pytest.raises(ReceiptError, match="a receipt was lost, moved or exchanged"):
        receipt.last(home, "guadalajara")


def test_a_receipt_of_another_source_shows(home: Home) -> None:
    _write(home, Facts())
    (home.receipts / "guadalajara").rename(home.receipts / "jalisco_s2")
    with pytest.raises(ReceiptError, match="does not follow the receipt before it"):
        receipt.last(home, "jalisco_s2")


def test_a_verdict_on_one_slice_is_no_receipt_of_another(home: Home) -> None:
    verdict = judge(SOURCE, slice=Facts(), ledger=LEDGER, last_admitted=None, last_slice=None, now=NOW)
    other = replace(Facts(), key="5555555555555555")
    with pytest.raises(ReceiptError, match="can't be the receipt of guadalajara/5555555555555555"):
        receipt.write(home, verdict, judged=other, landed_sha256="d" * 64, judged_at=NOW, rebuilt_from=False)


def test_two_runs_never_write_one_number(home: Home) -> None:
    first = _write(home, Facts())
    with pytest.raises(ReceiptError, match="written by another run meanwhile"):
        receipt._append(receipt.path_of(home, first), first)
    assert receipt.all_of(home, "guadalajara") == (first,)
    assert [path.name for path in (home.receipts / "guadalajara").iterdir()] == ["00000001.json"]


# --- the bytes of the slice ---


def _slice(home: Home) -> Receipt:
    """A slice of two files on disk and its receipt."""
    folder = home.slices / "guadalajara" / "1111111111111111" / "files"
    contents = {"ocds/a.parquet": b"PAR1", "quality/b.parquet": b"PAR2"}
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(content)
    digest = receipt.files_digest((name, sha256(content).hexdigest()) for name, content in contents.items())
    return _write(home, replace(Facts(), digest=digest))


def test_the_digest_does_not_depend_on_the_order_of_the_files() -> None:
    files = [("b", "2" * 64), ("a", "1" * 64)]
    assert receipt.files_digest(files) == receipt.files_digest(reversed(files))
    assert receipt.files_digest(files) != receipt.files_digest([("a", "2" * 64), ("b", "1" * 64)])


def _folder(home: Home, judged: Receipt) -> Path:
    return home.slices / judged.source_id / judged.slice_key


def test_untouched_bytes_pass(home: Home) -> None:
    judged = _slice(home)
    receipt.verify_slice(judged, _folder(home, judged))


@pytest.mark.parametrize("damage", ["changed", "added", "lost", "renamed"])
def test_changed_bytes_are_refused(home: Home, damage: str) -> None:
    judged = _slice(home)
    folder = _folder(home, judged)
    target = folder / "files" / "ocds" / "a.parquet"
    if damage == "changed":
        target.write_bytes(b"PAR9")
    elif damage == "added":
        (folder / "files" / "extra.csv").write_text("x", encoding="utf-8")
    elif damage == "lost":
        target.unlink()
    else:
        target.rename(target.with_name("z.parquet"))
    with pytest.raises(ReceiptError, match="the bytes do not match receipt guadalajara/00000001"):
        receipt.verify_slice(judged, folder)


def test_a_missing_slice_says_how_to_get_it_back(home: Home) -> None:
    judged = _write(home, Facts())
    with pytest.raises(ReceiptError, match="tequio run --only guadalajara"):
        receipt.verify_slice(judged, _folder(home, judged))
