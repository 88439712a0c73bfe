"""The OCDS layouts as files: every trait of the publication is there, and what is planted is counted."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import pytest

from pipelines.registry import Source
from pipelines.sandbox import generator
from pipelines.sandbox.dataset import Draft
from pipelines.sandbox.ocds_1_0 import BROKEN_FILE, CHANGED_FILE, damage
from pipelines.sandbox.versioned import versioned_release

SEED = 7
# What must be planted in each source, whatever the seed draws besides.
PLANTED = {
    "cdmx_sefin": {
        "double_encoding",
        "lossy_character",
        "invalid_date",
        "null_buyer",
        "null_status",
        "trailing_comma",
        "changed_quantity",
    },
    "jalisco_sepaf": {"embedded_releases", "versioned_only", "linked_only", "missing_prefix"},
    "nuevo_leon_dgays": {"empty_status", "blank_email", "no_rfc", "missing_prefix"},
    "nuevo_leon_smpu": {
        "concatenated_json",
        "missing_prefix",
        "dangling_award_id",
        "net_date",
        "text_tag",
        "language_name",
        "amount_as_text",
    },
    "nuevo_leon_si_anteriores": {"release_alone", "signed_after_start"},
    "pdn_s6": {
        "missing_prefix",
        "institution_spelling",
        "net_date",
        "text_tag",
        "language_name",
        "amount_as_text",
    },
    "quienesquien_wiki": {
        "missing_prefix",
        "not_an_array",
        "no_releases",
        "null_start",
        "rewritten_record",
    },
}
Made = tuple[list[Draft], Mapping[str, int]]


@pytest.fixture(scope="module")
def made(sources: Mapping[str, Source]) -> dict[str, Made]:
    """The sources at scale 1."""
    return {source_id: generator.generate(sources[source_id], seed=SEED, scale=1.0) for source_id in PLANTED}


def bodies(drafts: Sequence[Draft]) -> Iterator[bytes]:
    """Every body as sent."""
    for draft in drafts:
        yield draft.envelope.wrap(draft.records)


@pytest.mark.parametrize("source_id", PLANTED)
def test_same_seed_same_bytes(sources: Mapping[str, Source], source_id: str) -> None:
    """Two generations agree byte by byte, another seed doesn't."""
    digests = [
        hashlib.sha256(b"".join(bodies(generator.generate(sources[source_id], seed=seed, scale=0.2)[0])))
        for seed in (SEED, SEED, SEED + 1)
    ]
    assert digests[0].digest() == digests[1].digest() != digests[2].digest()


@pytest.mark.parametrize("source_id", PLANTED)
def test_every_file_and_defect_is_there(
    made: dict[str, Made], sources: Mapping[str, Source], source_id: str
) -> None:
    """A collection for each declared file, 150 records or more but for the groups of Nuevo León, each
    defect planted."""
    drafts, planted = made[source_id]
    assert [draft.key for draft in drafts] == [
        str(number) for number in range(len(sources[source_id].parameters["files"]))
    ]
    records = sum(len(draft.records) for draft in drafts)
    assert all(draft.records for draft in drafts)
    assert records >= (60 if source_id == "nuevo_leon_dgays" else 150)
    assert {name for name in PLANTED[source_id] if planted.get(name, 0) == 0} == set()


def test_damaged_letters() -> None:
    """As in the real files: what Windows-1252 can't say becomes ¿, so that Á and Í can't be told apart."""
    assert damage("AUTORIZACIÓN") == "AUTORIZACIÃ“N"
    assert damage("SECRETARÍA") == damage("SECRETARÁA") == "SECRETARÃ¿A"


def test_the_reissue_is_the_truth_of_the_damaged(
    made: dict[str, Made], sources: Mapping[str, Source]
) -> None:
    """Undone, the damage gives the re-issued release, but where a character is lost or quantities changed."""
    files = [file["path"] for file in sources["cdmx_sefin"].parameters["files"]]
    drafts, planted = made["cdmx_sefin"]
    reissued = {
        release["ocid"]: (path, release)
        for path, draft in zip(files, drafts, strict=True)
        if "/newdata/" in path
        for release in json.loads(draft.envelope.wrap(draft.records))["releases"]
    }
    exact = changed = lossy = unparseable = 0
    for path, draft in zip(files, drafts, strict=True):
        if "/data/" not in path:
            continue
        body = draft.envelope.wrap(draft.records)
        if path.endswith(BROKEN_FILE):
            with pytest.raises(json.JSONDecodeError):
                json.loads(body)
            unparseable += 1
            continue
        for release in json.loads(body)["releases"]:
            text = json.dumps(release, ensure_ascii=False)
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00\.-06:00", release["date"])
            if "¿" in text:
                lossy += 1
                continue
            twin_path, twin = reissued.get(release["ocid"], (path, None))
            repaired = json.loads(text.encode("cp1252").decode())
            if twin_path.endswith(CHANGED_FILE):
                changed += repaired != twin
            elif twin is not None:
                assert repaired == twin
                exact += 1
    assert unparseable == planted["trailing_comma"] == 1
    assert lossy in {planted["lossy_character"], planted["lossy_character"] - 1}
    assert exact + changed > 0


def test_stages_and_records_of_jalisco(made: dict[str, Made], sources: Mapping[str, Source]) -> None:
    """A release file holds one stage; the records tell the same processes, some without the releases."""
    drafts, planted = made["jalisco_sepaf"]
    kinds = {"linked": 0, "embedded": 0, "versioned": 0, "nothing": 0}
    published: dict[str, dict[str, Any]] = {}
    for file, draft in zip(sources["jalisco_sepaf"].parameters["files"], drafts, strict=True):
        package = json.loads(draft.envelope.wrap(draft.records))
        assert package["version"] == "1.1"
        if "/release/" in file["path"]:
            stage = file["path"].removesuffix(".json").rsplit("-", 1)[1]
            assert {tuple(release["tag"]) for release in package["releases"]} == {(stage,)}
            published |= {release["id"]: release for release in package["releases"]}
            continue
        for record in package["records"]:
            if "versionedRelease" in record:
                kinds["versioned"] += 1
            elif "compiledRelease" not in record:
                kinds["nothing"] += 1
            else:
                embedded = "parties" in record["releases"][0]
                kinds["embedded" if embedded else "linked"] += 1
                assert record["compiledRelease"]["tag"][-1] == "compiled"
    assert kinds["embedded"] == planted["embedded_releases"]
    assert kinds["versioned"] == planted["versioned_only"]
    assert kinds["nothing"] == planted["linked_only"]
    assert kinds["linked"] > 50
    assert len(published) >= 100


def test_a_versioned_release_keeps_every_value() -> None:
    """Values carry their release, unchanged ones once; arrays with ids are versioned element by element."""
    releases: list[dict[str, Any]] = [
        {
            "ocid": "o",
            "id": "1",
            "date": "d1",
            "tag": ["tender"],
            "tender": {"id": "t", "items": [{"id": "i", "quantity": 1}]},
            "awards": [],
        },
        {
            "ocid": "o",
            "id": "2",
            "date": "d2",
            "tag": ["award"],
            "tender": {"id": "t", "items": [{"id": "i", "quantity": 2}]},
            "awards": [{"id": "a", "title": "x"}],
        },
    ]
    first = {"releaseID": "1", "releaseDate": "d1", "releaseTag": ["tender"]}
    second = {"releaseID": "2", "releaseDate": "d2", "releaseTag": ["award"]}
    assert versioned_release(releases) == {
        "ocid": "o",
        "tender": {
            "id": [{**first, "value": "t"}],
            "items": [{"id": "i", "quantity": [{**first, "value": 1}, {**second, "value": 2}]}],
        },
        "awards": [{"id": "a", "title": [{**second, "value": "x"}]}],
    }


def test_pages_of_the_acquisitions_directorate(made: dict[str, Made]) -> None:
    """The paginator counts its groups; tender ids are numbers, some statuses empty."""
    drafts, planted = made["nuevo_leon_dgays"]
    pages = [json.loads(body) for body in bodies(drafts)]
    assert [page["current_page"] for page in pages] == [1, 2, 3]
    assert {page["total"] for page in pages} == {sum(len(page["data"]) for page in pages)}
    assert pages[-1]["next_page_url"] is None
    groups = {group["numberPublication"]: group for page in pages for group in page["data"]}
    releases = [release for group in groups.values() for release in group["releases"]]
    assert all(isinstance(release["tender"]["id"], int) for release in releases)
    # Those with another planted defect may carry another status.
    assert 0 < sum(release["tender"].get("status") == "" for release in releases) <= planted["empty_status"]
    bare = [release for release in releases if not release["ocid"].startswith("ocds-k3ufh7-")]
    assert len({release["ocid"] for release in bare}) == planted["missing_prefix"]


def test_the_oldest_year_of_works_is_concatenated(made: dict[str, Made]) -> None:
    """Packages one after the other in one body; the other years are arrays of packages, some of two records."""
    drafts, planted = made["nuevo_leon_smpu"]
    first, *others = bodies(drafts)
    decoder, text, place, packages = json.JSONDecoder(), first.decode(), 0, []
    while place < len(text):
        package, place = decoder.raw_decode(text, place)
        packages.append(package)
    assert len(packages) == planted["concatenated_json"] > 1
    arrays = [json.loads(body) for body in others]
    assert all("x_physical_advance" in contract for package in arrays[0] for contract in contracts(package))
    assert max(len(package["records"]) for array in arrays for package in array) == 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(first)


def contracts(package: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The contracts of a record package."""
    for record in package["records"]:
        yield from record["compiledRelease"]["contracts"]


def test_releases_alone_in_a_file(made: dict[str, Made]) -> None:
    """Three files of the older publication are a release, without a package around it."""
    documents = [json.loads(body) for body in bodies(made["nuevo_leon_si_anteriores"][0])]
    assert [set(document) >= {"ocid", "tag", "tender"} for document in documents] == [False] * 17 + [True] * 3
    assert all("records" in document for document in documents[:17])


def test_answers_of_system_6(made: dict[str, Made]) -> None:
    """The new answer wraps releases in records, the older one lists releases; states have no prefix."""
    drafts, planted = made["pdn_s6"]
    new, older = (json.loads(body) for body in bodies(drafts))
    assert new["pagination"]["totalRows"] == len(new["results"])
    assert all(set(result) == {"ocid", "record"} for result in new["results"])
    assert older["pagination"] == {"total": len(older["data"]), "page": 0, "pageSize": 200}
    ocids = [result["ocid"] for result in new["results"]] + [release["ocid"] for release in older["data"]]
    bare = [ocid for ocid in ocids if not ocid.startswith("ocds-")]
    # A record may come twice, byte by byte.
    assert planted["missing_prefix"] <= len(bare) <= planted["missing_prefix"] + 5
    assert {ocid.startswith("SESEA-") for ocid in bare} == {True, False}


def test_dump_of_quienesquien(made: dict[str, Made]) -> None:
    """A gzip file of records, one a line, and an answer of single releases."""
    drafts, planted = made["quienesquien_wiki"]
    dump, answer = bodies(drafts)
    lines = gzip.decompress(dump).splitlines()
    records = [json.loads(line) for line in lines]
    assert all(set(record) == {"_id", "ocid", "releases", "compiledRelease"} for record in records)
    assert sum(not record["releases"] for record in records) >= planted["no_releases"]
    releases = json.loads(answer)["data"]
    told = [record["compiledRelease"] for record in records] + releases
    assert (
        sum(isinstance(r["awards"], dict) or isinstance(r["contracts"], dict) for r in told)
        >= (planted["not_an_array"])
    )
    # Equal content in other bytes: the members in another order.
    written = {line: orjson.dumps(json.loads(line), option=orjson.OPT_SORT_KEYS) for line in set(lines)}
    assert len(written) - len(set(written.values())) > 0
