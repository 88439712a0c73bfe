"""The pages: hostile data do nothing, words exist for every code, equal inputs give equal bytes."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.home import Home, sha256_file, write_json
from pipelines.portals.errors import FetchState
from pipelines.publication import leaks
from pipelines.publication.catalogue import Standing, catalog
from pipelines.quality.catalogue import FAMILIES, GRAINS, SEVERITIES, SYSTEMS, load_catalogue
from pipelines.quality.gate import CHECK_TITLES_ES, REDACTIONS_ES
from pipelines.quality.metrics import load_metrics
from pipelines.reports import render, site, states, words
from pipelines.reports.agency import SourceReportInput, agency_reports
from pipelines.reports.coverage import MARKS, coverage, read_coverage
from pipelines.reports.entities import ENTITIES, NAMES
from pipelines.reports.index import catalogue_state
from pipelines.standards.repairs.repair import KINDS
from tests.unit.reports import samples

CATALOGUE = load_catalogue()
PAGE_LIMIT = 100_000
# Of the catalogue's page: what one declared source may add to it.
ROW_LIMIT = 600


class Links(HTMLParser):
    """Collects ids, links and tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found["href"]))


def written(tmp_path: Path, *given: SourceReportInput, **more: Any) -> dict[str, str]:
    options = {"release_name": samples.RELEASE, "previous": samples.previous(), **more}
    paths = site.build_reports(tmp_path, inputs=given, catalogue=CATALOGUE, **options)
    return {path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def text_of(page: str) -> str:
    """The page's words, whitespace collapsed."""
    plain = re.sub(r"<(style|title)[^>]*>.*?</\1>|<[^>]+>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", plain.replace("&#39;", "'").replace("\u00a0", " "))


def test_each_agency_gets_both_pages_and_their_twins(tmp_path: Path) -> None:
    files = written(tmp_path, *samples.every_input())
    assert sorted(files) == [
        f"reports/{agency}/{name}"
        for agency in ("sabg", "sesea-chihuahua", "sesea-oaxaca")
        for name in ("failures.csv", "index.en.html", "index.html", "report.json")
    ]


def test_an_admitted_source_reads_as_published_with_its_base(tmp_path: Path) -> None:
    said = text_of(written(tmp_path, samples.admitted())["reports/sabg/index.html"])
    assert "✓ Publicada" in said
    assert "Publicamos 3,936 registros que su portal nos dio el 21 nov 2026" in said
    assert "3,986 declarados por el portal =" in said
    assert "130 de 1,890 procesos no lo cumplen (6.9 %)" in said
    assert "Las 10 correcciones que más ayudan" in said
    assert "Su portal los sigue mostrando" in said


def test_a_held_back_source_says_why_since_when_what_is_missing_and_what_stays(tmp_path: Path) -> None:
    said = text_of(written(tmp_path, samples.held_back())["reports/sesea-chihuahua/index.html"])
    assert "Retenida desde el 21 nov 2026" in said
    assert "Hay 45 registros; la última versión admitida tenía 912." in said
    assert "Qué falta para publicarla Restituya los registros que ya no aparecen" in said
    assert "Sigue publicada la última entrega admitida, del 14 nov 2026 (912 registros)." in said


def test_silence_is_never_zero(tmp_path: Path) -> None:
    said = text_of(written(tmp_path, samples.no_answer())["reports/sesea-oaxaca/index.html"])
    assert "Sin respuesta desde el 14 nov 2026" in said
    assert "No tener respuesta no es tener cero registros" in said
    assert "Sigue publicada la última entrega admitida, del 7 nov 2026 (903 registros)." in said
    assert not re.search(r"\b0 (registros|publicados|de 100)", said)


def test_a_silent_source_whose_last_delivery_is_kept_dates_its_figures(tmp_path: Path) -> None:
    silent = replace(
        samples.late(),
        state="unavailable",
        attempts=[samples.attempt(14, "complete"), samples.attempt(21, "unavailable")],
    )
    said = text_of(written(tmp_path, silent, samples.held_back())["reports/sesea-chihuahua/index.html"])
    assert "sin respuesta desde el 21 nov 2026 no disponible 841 (14 nov 2026)" in said
    assert "Lo que sigue describe la última entrega recibida, del 14 nov 2026." in said


def test_the_english_twin_speaks_english(tmp_path: Path) -> None:
    said = text_of(written(tmp_path, samples.admitted())["reports/sabg/index.en.html"])
    assert "130 of 1,890 processes do not meet it (6.9 %)" in said
    assert "The 10 corrections that help most" in said
    assert "no lo cumplen" not in said


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "a", *samples.every_input())
    second = written(tmp_path / "b", *samples.every_input())
    assert first == second


def test_pages_are_small_and_their_links_lead_somewhere(tmp_path: Path) -> None:
    for name, page in written(tmp_path, *samples.every_input()).items():
        if not name.endswith(".html"):
            continue
        found = Links(page)
        assert len(page.encode()) < PAGE_LIMIT
        assert len(found.ids) == len(set(found.ids))
        assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
        assert found.tags.isdisjoint({"script", "img", "iframe", "form", "object"})
        assert render.CONTENT_POLICY.replace("'", "&#39;") in page


def test_no_text_of_ours_looks_like_a_leak(tmp_path: Path) -> None:
    """The release's scanner reads every page: a rule text with a sample RFC would block all publications."""
    folder = tmp_path / "pages"
    written(folder, *samples.every_input())
    files = [(path.name, path, sha256_file(path)) for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) == 12
    home = Home(tmp_path / "home")
    home.create()
    assert leaks.scan(files, home=home) == ()


def test_without_a_release_nothing_points_to_data(tmp_path: Path) -> None:
    page = written(tmp_path, samples.admitted(), release_name=None)["reports/sabg/index.html"]
    assert not [link for link in Links(page).links if link.startswith("../")]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</style><style>*{display:none}",
    "gpj.\u202etxt\u200b",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_does_nothing(tmp_path: Path, value: str) -> None:
    given = samples.admitted()
    row = {**given.examples[0], "entity_id": value, "path": value, "value": value}
    agency = replace(given.source.publisher, name=value, uri=value)
    attempt = {**samples.attempt(21, "complete", declared=3986), "message": value}
    hostile = replace(
        given,
        source=replace(given.source, title=value, publisher=agency, licence=value),
        examples=[row],
        attempts=[attempt],
        quarantine=[{**given.quarantine[0], "reason": value, "excerpt_masked": value}],
        redactions=[{"kind": "email", "path": value, "count": 1}],
    )
    page = written(tmp_path, hostile)["reports/sabg/index.html"]
    found = Links(page)
    plain = Links(written(tmp_path / "plain", given)["reports/sabg/index.html"])
    assert found.tags <= plain.tags
    assert not [link for link in found.links if link.lower().startswith(("javascript:", "data:"))]
    assert not re.search("[\u202e\u200b]", page)
    assert page.count("<style>") == 1


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://datos.gob.mx/libreusomx", True),
        ("http://si.nl.gob.mx:80/a?b=c", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("//evil.example", False),
        ("https://a.example/\u202ex", False),
        ('https://a.example/"onclick=', False),
        ("https://[bad", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert render.web_url(url) == (url if kept else None)


@pytest.mark.parametrize("path", ["/etc/passwd", "a/../b", "..", "", "a//b", "x/.."])
def test_links_stay_in_the_release(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path below the release"):
        render.file_href(path)


def test_file_links_are_quoted() -> None:
    assert render.file_href("ocds/records/x/2026.jsonl.gz") == "ocds/records/x/2026.jsonl.gz"
    assert render.file_href("../../a b/source=x?y#z") == "../../a%20b/source=x%3Fy%23z"


def test_every_code_of_other_packages_has_words() -> None:
    assert set(words.FAMILIES) == set(FAMILIES.values())
    assert set(words.SYSTEMS) == set(SYSTEMS)
    assert set(words.SEVERITIES) == set(SEVERITIES)
    assert set(words.GRAINS) == set(GRAINS)
    assert set(words.RESERVED_KINDS_EN) == set(REDACTIONS_ES)
    assert set(words.REPAIR_KINDS) == set(KINDS)
    assert {metric.check for metric in load_metrics().values()} <= set(CHECK_TITLES_ES)
    assert set(states.LEDGER_WORDS) == {state.value for state in FetchState}
    assert {source.cadence for source in samples.SOURCES.values()} <= set(words.CADENCES)


def test_tiles_are_the_32_entities_each_in_its_own_place() -> None:
    assert sorted(entity.key for entity in ENTITIES) == [f"{key:02d}" for key in range(1, 33)]
    assert len({(entity.row, entity.column) for entity in ENTITIES}) == 32
    assert max(entity.column for entity in ENTITIES) == 9


def index_page(tmp_path: Path, **more: Any) -> str:
    options: dict[str, Any] = {
        "catalog": samples.catalog(),
        "sizes": {"integrated/suppliers.parquet": 1200},
        **more,
    }
    site.build_index(tmp_path, **options)
    return (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_catalogue_tells_what_stands_and_what_is_missing(tmp_path: Path) -> None:
    page = index_page(
        tmp_path, changes=[{"source_id": "comprasmx_2026", "added": 84, "changed": 12, "removed": 0}]
    )
    said = text_of(page)
    found = Links(page)
    assert f"6,592 Fuentes en esta publicación 4 de {len(samples.SOURCES)}" in said
    assert "Siguen publicados sus datos del 14 nov 2026 (912 registros)." in said
    assert "Declaradas, sin consultar todavía" in said
    assert "84 12 0" in said
    assert len(re.findall('class="tile[ "]', page)) == 32
    assert "#entidad-08" in found.links
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert len(page.encode()) < 40_000 + ROW_LIMIT * len(samples.SOURCES)


def test_files_are_linked_as_they_stand(tmp_path: Path) -> None:
    links = Links(index_page(tmp_path)).links
    files = Links((tmp_path / "files.html").read_text(encoding="utf-8")).links
    for given in samples.every_input():
        assert set(given.files) <= set(files)
    assert {"integrated/suppliers.parquet", "files.html"} <= set(links)
    assert "index.html" in files


def test_only_sources_with_a_report_link_to_it(tmp_path: Path) -> None:
    links = Links(
        index_page(
            tmp_path,
            reports=agency_reports([samples.admitted()], catalogue=CATALOGUE, release_name=samples.RELEASE),
        )
    ).links
    reports = [link for link in links if link.startswith("reports/")]
    assert reports == ["reports/sabg/index.html#comprasmx_2026"]


def test_page_and_report_tell_the_same_state(tmp_path: Path) -> None:
    reports = agency_reports(samples.every_input(), catalogue=CATALOGUE, release_name=samples.RELEASE)
    said = text_of(index_page(tmp_path, reports=reports))
    assert "◐ con retraso" in said
    assert "○ sin respuesta desde el 14 nov 2026" in said


def test_the_state_follows_from_the_catalogue_when_there_is_no_report() -> None:
    entries = {entry["id"]: entry for entry in samples.catalog()["sources"]}
    found = {
        name: catalogue_state(entries[name])
        for name in ("comprasmx_2026", "chihuahua_s2", "oaxaca_s2", "guadalajara")
    }
    assert found == {
        "comprasmx_2026": "up_to_date",
        "chihuahua_s2": "held_back",
        "oaxaca_s2": "no_answer",
        "guadalajara": "unpublished",
    }


def test_the_catalogue_of_the_publication_package_is_understood(tmp_path: Path) -> None:
    standings = [
        Standing(source=source, admitted=None, part=None, held=None, held_part=None, attempts=())
        for source in samples.SOURCES.values()
    ]
    content = catalog(samples.RELEASE, previous=None, content_digest="0" * 64, standings=standings)
    said = text_of(index_page(tmp_path, catalog=content, sizes={}))
    assert f"Fuentes en esta publicación 0 de {len(samples.SOURCES)}" in said
    assert "Es la primera publicación" in said
    # Nobody was asked yet: they are told together, by the reason they share.
    told = re.findall(r"Declaradas, sin consultar todavía (\d+) fuentes?", said)
    assert sum(int(count) for count in told) == len(samples.SOURCES)


def test_all_pages_of_a_staged_release(tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    write_json(staged / "catalog.json", samples.catalog())
    (staged / "integrated").mkdir()
    (staged / "integrated" / "suppliers.parquet").write_bytes(b"PAR1")
    (staged / "changes").mkdir()
    kinds = ["added", "added", "removed"]
    pq.write_table(pa.table({"change": kinds}), staged / "changes" / "comprasmx_2026.parquet")
    before = sorted(staged.rglob("*"))
    paths = site.build_pages(
        tmp_path / "pages", staged=staged, inputs=samples.every_input(), catalogue=CATALOGUE
    )
    assert len(paths) == 3 * 4 + 4
    assert sorted(staged.rglob("*")) == before
    assert site.release_changes(staged) == [
        {"source_id": "comprasmx_2026", "added": 2, "changed": 0, "removed": 1}
    ]
    links = Links((tmp_path / "pages" / "index.html").read_text(encoding="utf-8")).links
    assert "reports/sesea-chihuahua/index.html#chihuahua_s3" in links


def coverage_page(tmp_path: Path, name: str = "coverage.html") -> str:
    site.build_coverage(tmp_path, coverage(samples.coverage_rows()), catalog=samples.catalog())
    return (tmp_path / name).read_text(encoding="utf-8")


def test_the_coverage_has_a_tile_and_a_row_for_each_entity_and_system(tmp_path: Path) -> None:
    page = coverage_page(tmp_path)
    found = Links(page)
    assert len(re.findall('class="tile[ "]', page)) == 32 * 4
    assert {f"{system}-{key}" for system in words.PDN_SYSTEMS for key in NAMES} <= set(found.ids)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert len(page.encode()) < PAGE_LIMIT


def test_no_answer_is_no_zero_and_every_state_has_its_words(tmp_path: Path) -> None:
    said = text_of(coverage_page(tmp_path))
    for mark in MARKS.values():
        assert f"{mark.shape} {mark.es}" in said
    silent = [row for row in samples.coverage_rows() if row["coverage"] == "unreachable"]
    assert silent
    assert f"{silent[0]['entity_name']} ○ sin respuesta 0 de 1 21 nov 2026 – – –" in said
    assert "Los proveedores listan" in said


def test_systems_four_and_five_say_that_there_is_no_standard(tmp_path: Path) -> None:
    for page in (coverage_page(tmp_path), index_page(tmp_path)):
        said = text_of(page)
        assert "(S4)" in said
        assert "(S5)" in said
        assert "27 abr 2026" in said
    twin = json.loads((tmp_path / "coverage.json").read_bytes())
    assert [system["standard"] for system in twin["systems_without_standard"]] == [None, None]
    assert len(twin["cells"]) == 33 * 4


def test_a_release_without_tables_over_all_sources_has_no_coverage_page(tmp_path: Path) -> None:
    assert read_coverage(tmp_path) is None
    assert "coverage.html" not in Links(index_page(tmp_path)).links
    assert "coverage.html" in Links(index_page(tmp_path, has_coverage=True)).links
