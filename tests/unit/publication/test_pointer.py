"""The pointer: what verifying finds, how one goes back, and that numbers only grow."""

from datetime import timedelta

import pytest

from pipelines.publication.pointer import (
    PointerError,
    announced,
    read_pointer,
    read_versions,
    release_folder,
    roll_back,
    verify_release,
)
from tests.publication_lab import NOW, Lab

RELEASE = "2026-11-21.1"


def test_before_the_first_publication_there_is_no_pointer(lab: Lab) -> None:
    home = lab.home
    assert read_pointer(home) is None
    assert announced(home) == frozenset()
    assert verify_release(home) == [
        f"{home.publications / 'latest.json'}: nothing is published yet; publish with: tequio run"
    ]


def test_verifying_finds_what_was_changed_lost_and_added(published: Lab) -> None:
    folder = release_folder(published.home, RELEASE)
    changed, lost = folder / "LICENSE.md", folder / "README.md"
    content = changed.read_bytes()
    changed.unlink()
    changed.write_bytes(content + b" ")
    lost.unlink()
    (folder / "extra.csv").write_bytes(b"a")
    assert verify_release(published.home) == [
        f"{lost}: is listed in SHA256SUMS and missing",
        f"{folder / 'extra.csv'}: is not listed in SHA256SUMS",
        f"{changed}: its bytes do not match SHA256SUMS",
    ]


def test_verifying_finds_another_manifest(published: Lab) -> None:
    manifest = release_folder(published.home, RELEASE) / "SHA256SUMS"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.unlink()
    manifest.write_text("".join(reversed(lines)), encoding="utf-8")
    (problem,) = verify_release(published.home)
    assert problem.startswith(f"{manifest}: is not the manifest the pointer names")
    manifest.unlink()
    (problem,) = verify_release(published.home)
    assert problem == f"{manifest}: is missing, so the release is not complete"


def test_verifying_says_when_nobody_renews_any_more(published: Lab) -> None:
    assert verify_release(published.home, now=NOW + timedelta(days=15)) == []
    (problem,) = verify_release(published.home, now=NOW + timedelta(days=15, seconds=1))
    assert "expired on 2026-12-06T18:00:00+00:00" in problem


def test_a_damaged_pointer_is_said_and_mended_by_rolling_back(published: Lab) -> None:
    published.publish()
    (published.home.publications / "latest.json").write_text("{", encoding="utf-8")
    (problem,) = verify_release(published.home)
    assert "is not a pointer" in problem
    with pytest.raises(PointerError, match="is not a pointer"):
        published.publish()
    mended = roll_back(published.home, RELEASE, reason="apuntador dañado", now=NOW + timedelta(days=1))
    assert mended.seq == 3
    assert verify_release(published.home) == []


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (RELEASE, "it is the current release already"),
        ("2026-01-01.1", f"it is not one of the published releases: {RELEASE}"),
        ("../../raw", f"it is not one of the published releases: {RELEASE}"),
    ],
)
def test_one_goes_back_to_published_releases_only(published: Lab, release: str, why: str) -> None:
    with pytest.raises(PointerError, match=why):
        roll_back(published.home, release, reason="prueba")
    assert (read_pointer(published.home) or pytest.fail()).seq == 1


def test_one_goes_back_to_whole_releases_only(published: Lab) -> None:
    published.admit_all(name="g2", note="otro")
    published.publish(now=NOW + timedelta(days=1))
    (release_folder(published.home, RELEASE) / "README.md").unlink()
    with pytest.raises(PointerError, match=r"README.md: is listed in SHA256SUMS and missing"):
        roll_back(published.home, RELEASE, reason="prueba")


def test_renewing_keeps_one_version_and_raises_its_number(published: Lab) -> None:
    published.publish(now=NOW + timedelta(days=1))
    published.publish(now=NOW + timedelta(days=2))
    (version,) = read_versions(published.home)
    assert (version["seq"], version["release"], version["published_at"]) == (
        3,
        RELEASE,
        "2026-11-21T18:00:00+00:00",
    )


def test_a_lost_pointer_does_not_let_numbers_start_again(published: Lab) -> None:
    published.publish()
    (published.home.publications / "latest.json").unlink()
    assert published.publish(now=NOW + timedelta(days=1)).seq == 3
