"""The pointer to the current release: written last, in one step, never backwards.

Here: `latest.json` (the truth), `versions.json` (what it pointed to before), the `latest` link (for
people), going back to an older release, and verifying what the pointer points to.
Not here: how a release folder comes to be (`release.py`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from pipelines.home import Home, fsync_path, read_json, sha256_file, write_json
from pipelines.publication import folders, layout
from pipelines.publication.lease import publication_lease

POINTER_FILE = "latest.json"
VERSIONS_FILE = "versions.json"
LINK_NAME = "latest"
RELEASES_FOLDER = "releases"
# Every run renews it, so a reader who sees an expired pointer knows that for two weeks no run ended well.
VALIDITY = timedelta(days=15)


class PointerError(RuntimeError):
    """The pointer or what it points to can't be used; the message says what to do."""


@dataclass(frozen=True)
class Pointer:
    """What readers follow.

    `seq` only grows. `manifest` is the sha256 of the release's SHA256SUMS. `published_at` dates the
    decision for this release, `renewed_at` the last run that found nothing new, `expires` the moment
    after which a reader should ask why nobody renews it (all ISO 8601, UTC). `rolled_back` says why
    an older release is current again, if it is.
    """

    seq: int
    release: str
    manifest: str
    published_at: str
    renewed_at: str
    expires: str
    rolled_back: str | None = None


def release_folder(home: Home, release: str) -> Path:
    """Where a release stands."""
    return home.publications / RELEASES_FOLDER / release


def read_pointer(home: Home) -> Pointer | None:
    """The current pointer; None before the first publication.

    Raises:
        PointerError: when there is one that can't be read.
    """
    path = home.publications / POINTER_FILE
    if not path.is_file():
        return None
    try:
        return Pointer(**read_json(path))
    except (orjson.JSONDecodeError, TypeError) as error:
        message = (
            f"{path}: is not a pointer ({error}); point to a release again with: tequio roll-back <release>"
        )
        raise PointerError(message) from error


def read_versions(home: Home) -> list[dict[str, Any]]:
    """What was current, newest first: seq, release, manifest, published_at, rolled_back."""
    path = home.publications / VERSIONS_FILE
    if not path.is_file():
        return []
    versions: list[dict[str, Any]] = read_json(path)["versions"]
    return versions


def announced(home: Home) -> frozenset[str]:
    """Names of all releases that readers were ever pointed to."""
    current = _readable_pointer(home)
    known = {str(version["release"]) for version in read_versions(home)}
    return frozenset(known | ({current.release} if current is not None else set()))


def point_to(
    home: Home, release: str, *, manifest: str, now: datetime, rolled_back: str | None = None
) -> Pointer:
    """Make `release` the current one. The caller holds the publication lease."""
    pointer = Pointer(
        seq=_next_seq(home),
        release=release,
        manifest=manifest,
        published_at=_moment(now),
        renewed_at=_moment(now),
        expires=_moment(now + VALIDITY),
        rolled_back=rolled_back,
    )
    return _write(home, pointer)


def renew(home: Home, pointer: Pointer, *, now: datetime) -> Pointer:
    """The same release, a new number and a later expiry. The caller holds the publication lease."""
    return _write(
        home, replace(pointer, seq=_next_seq(home), renewed_at=_moment(now), expires=_moment(now + VALIDITY))
    )


def roll_back(home: Home, release: str, *, reason: str, now: datetime | None = None) -> Pointer:
    """Point to an older release again: a new pointer with a higher number, never the old one.

    Raises:
        PointerError: when the release was never published, is current already or isn't intact.
    """
    with publication_lease(home):
        problems = verify_folder(release_folder(home, release))
        if release not in announced(home):
            problems = [
                f"it is not one of the published releases: {', '.join(sorted(announced(home))) or 'none'}"
            ]
        current = _readable_pointer(home)
        if current is not None and current.release == release:
            problems = ["it is the current release already"]
        if problems:
            message = f"cannot roll back to {release}: " + "; ".join(problems)
            raise PointerError(message)
        manifest = sha256_file(release_folder(home, release) / layout.MANIFEST)
        return point_to(home, release, manifest=manifest, now=now or datetime.now(UTC), rolled_back=reason)


def settle(home: Home) -> None:
    """Bring `versions.json` and the link up to the pointer, from which a kill may have parted them."""
    pointer = read_pointer(home)
    if pointer is None:
        return
    versions = read_versions(home)
    # The newest entry is replaced while it stands for the same decision: renewing only raises its number.
    same = bool(versions) and _decision(versions[0]) == _decision(asdict(pointer))
    entry = {name: value for name, value in asdict(pointer).items() if name not in {"renewed_at", "expires"}}
    settled = [entry, *(versions[1:] if same else versions)]
    if settled != versions:
        write_json(home.publications / VERSIONS_FILE, {"versions": settled})
    _link(home, pointer.release)


def verify_release(home: Home, *, now: datetime | None = None) -> list[str]:
    """Everything wrong with what the pointer points to; an empty list means that it is whole.

    Recomputes the manifest's hash and that of every file, finds files that are missing or were added,
    and says when the pointer has expired at `now`.
    """
    try:
        pointer = read_pointer(home)
    except PointerError as error:
        return [str(error)]
    if pointer is None:
        return [f"{home.publications / POINTER_FILE}: nothing is published yet; publish with: tequio run"]
    folder = release_folder(home, pointer.release)
    problems = verify_folder(folder)
    manifest = folder / layout.MANIFEST
    if manifest.is_file() and sha256_file(manifest) != pointer.manifest:
        problems.append(
            f"{manifest}: is not the manifest the pointer names (sha256 {pointer.manifest[:16]}…)"
        )
    if now is not None and datetime.fromisoformat(pointer.expires) < now:
        problems.append(
            f"{home.publications / POINTER_FILE}: expired on {pointer.expires}; run tequio run to renew it"
        )
    return problems


def verify_folder(folder: Path) -> list[str]:
    """Check a release folder against its own SHA256SUMS."""
    manifest = folder / layout.MANIFEST
    if not manifest.is_file():
        return [f"{manifest}: is missing, so the release is not complete"]
    listed = read_manifest(manifest)
    found = dict(folders.files_below(folder))
    found.pop(layout.MANIFEST)
    problems = [
        f"{folder / path}: is listed in {layout.MANIFEST} and missing"
        for path in sorted(set(listed) - set(found))
    ]
    problems += [
        f"{folder / path}: is not listed in {layout.MANIFEST}" for path in sorted(set(found) - set(listed))
    ]
    problems += [
        f"{folder / path}: its bytes do not match {layout.MANIFEST}"
        for path in sorted(set(listed) & set(found))
        if sha256_file(found[path]) != listed[path]
    ]
    return problems


def read_manifest(manifest: Path) -> dict[str, str]:
    """sha256 by path, from the format `sha256sum -c` reads."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("  ", 1) for line in lines)
    return {path: sha256 for sha256, path in pairs}


def _decision(version: Mapping[str, Any]) -> tuple[str, str]:
    return version["release"], version["published_at"]


def _readable_pointer(home: Home) -> Pointer | None:
    """The pointer, or None when it is damaged: going back is how one mends that."""
    try:
        return read_pointer(home)
    except PointerError:
        return None


def _next_seq(home: Home) -> int:
    pointer = _readable_pointer(home)
    numbers = [int(version["seq"]) for version in read_versions(home)]
    return max([0, *numbers, *([pointer.seq] if pointer is not None else [])]) + 1


def _write(home: Home, pointer: Pointer) -> Pointer:
    write_json(home.publications / POINTER_FILE, asdict(pointer))
    settle(home)
    return pointer


def _link(home: Home, release: str) -> None:
    link = home.publications / LINK_NAME
    target = f"{RELEASES_FOLDER}/{release}"
    if link.is_symlink() and str(link.readlink()) == target:
        return
    staged = home.publications / f".{LINK_NAME}.new"
    staged.unlink(missing_ok=True)
    staged.symlink_to(target)
    staged.replace(link)
    fsync_path(home.publications)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
