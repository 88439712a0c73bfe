"""The pages in a real browser: a phone, dark mode, no request to anybody, nothing in the console."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pipelines.quality.catalogue import load_catalogue
from pipelines.reports import site
from pipelines.reports.agency import agency_reports
from pipelines.reports.coverage import coverage
from pipelines.standards.repairs.repair import KINDS
from tests.unit.reports import samples

CHROMIUM = "/usr/bin/chromium"
PAGES = (
    "index.html",
    "index.en.html",
    "coverage.html",
    "files.html",
    "coverage.en.html",
    "reports/sabg/index.html",
    "reports/sesea-chihuahua/index.html",
    "reports/sesea-oaxaca/index.en.html",
)
PHONE, LAPTOP = 390, 1280
BACKGROUNDS: dict[Literal["light", "dark"], str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 20, 18)"}
# WCAG 2.2, 1.4.3: contrast of text against what is behind it.
READABLE = 4.5

# Contrast of every element that holds text of its own, with the nearest opaque background below it.
CONTRASTS = """() => {
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= .03928 * 255 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = parts(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const hasText = e => [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll('body *:not(svg *)')]
    .filter(e => hasText(e) && e.checkVisibility())
    .map(e => {
      const pair = [light(parts(getComputedStyle(e).color)), light(behind(e))];
      const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
      return [ratio, e.tagName + ': ' + e.textContent.trim().slice(0, 40)];
    });
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    site.build_reports(
        folder,
        inputs=samples.every_input(),
        catalogue=load_catalogue(),
        release_name=samples.RELEASE,
        previous=samples.previous(),
    )
    site.build_index(
        folder,
        catalog=samples.catalog(),
        sizes={"integrated/suppliers.parquet": 1_204_411},
        changes=[{"source_id": "comprasmx_2026", "added": 84, "changed": 12, "removed": 0}],
        reports=agency_reports(
            samples.every_input(), catalogue=load_catalogue(), release_name=samples.RELEASE
        ),
        has_coverage=True,
    )
    site.build_coverage(folder, coverage(samples.coverage_rows()), catalog=samples.catalog())
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).is_file():
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"{CHROMIUM} is missing: install the system's Chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


def opened(browser: Browser, path: Path, *, width: int) -> tuple[Page, list[str], list[str]]:
    """The page with what it wrote to the console and what it asked for besides itself."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="light")
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, said, [url for url in asked if url != path.as_uri() and url != "data:,"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_asks_nobody_and_keeps_quiet(browser: Browser, pages: Path, name: str) -> None:
    page, said, asked = opened(browser, pages / name, width=PHONE)
    for width in (PHONE, LAPTOP):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (said, asked) == ([], [])
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_text_is_readable_in_light_and_dark(browser: Browser, pages: Path, name: str) -> None:
    page, _, _ = opened(browser, pages / name, width=LAPTOP)
    for scheme, background in BACKGROUNDS.items():
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
        assert [found for found in page.evaluate(CONTRASTS) if found[0] < READABLE] == []
    page.context.close()


def test_the_verdict_and_the_first_examples_are_seen(browser: Browser, pages: Path) -> None:
    page, _, _ = opened(browser, pages / "reports/sabg/index.html", width=LAPTOP)
    verdict = page.locator(".verdict").first
    assert verdict.inner_text().strip() == "✓ Publicada"
    box = verdict.bounding_box()
    assert box is not None
    assert box["y"] < 900
    table = page.locator("table.examples").first
    assert table.is_visible()
    assert table.locator("tbody tr").count() == 5
    assert "fila" in table.locator("tbody tr").first.inner_text()
    page.context.close()


def test_all_rules_open_without_a_script(browser: Browser, pages: Path) -> None:
    page, _, _ = opened(browser, pages / "reports/sabg/index.html", width=PHONE)
    # A family of which every rule is met has lines, no table.
    family = page.locator("details").filter(has=page.locator("thead")).first
    assert not family.locator("table").first.is_visible()
    family.locator("summary").first.click()
    assert family.locator("table").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.context.close()


def test_what_was_repaired_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    """Every kind of repair there is, with counts as large as they get."""
    repairs = [{"kind": kind, "count": 4_812_345, "guesses": 4_812_345} for kind in sorted(KINDS)]
    site.build_reports(
        tmp_path,
        inputs=[replace(samples.admitted(), repairs=repairs), samples.held_back()],
        catalogue=load_catalogue(),
        release_name=samples.RELEASE,
        previous={},
    )
    page, _, _ = opened(browser, tmp_path / "reports/sabg/index.html", width=PHONE)

    heading = page.get_by_role("heading", name="Lo que corregimos al convertir", exact=True)
    table = page.get_by_role("region", name="Correcciones al convertir")
    assert heading.count() == 1
    assert table.locator("tbody tr").count() == len(KINDS)
    assert "4,812,345" in table.locator("tbody tr").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    # Nor does a reader have to push the table aside.
    assert table.evaluate("region => region.scrollWidth - region.clientWidth") == 0
    page.context.close()

    page, _, _ = opened(browser, tmp_path / "reports/sesea-chihuahua/index.html", width=PHONE)
    assert page.get_by_role("heading", name="Lo que corregimos al convertir").count() == 0
    page.context.close()


def test_the_map_leads_to_the_entity(browser: Browser, pages: Path) -> None:
    page, _, _ = opened(browser, pages / "index.html", width=PHONE)
    assert page.locator(".tile").count() == 32
    page.locator("a.tile[href='#entidad-08']").click()
    assert page.evaluate("location.hash") == "#entidad-08"
    assert page.locator("#entidad-08").is_visible()
    page.context.close()


def test_nothing_is_hidden_in_print(browser: Browser, pages: Path) -> None:
    page, _, _ = opened(browser, pages / "reports/sabg/index.html", width=LAPTOP)
    page.emulate_media(media="print")
    rules = page.locator("details table").first
    assert rules.evaluate("table => table.getBoundingClientRect().height") > 0
    page.context.close()


def test_each_tile_of_the_country_leads_to_its_row_and_tells_its_numbers(
    browser: Browser, pages: Path
) -> None:
    page, _, _ = opened(browser, pages / "coverage.html", width=PHONE)
    tiles = page.locator("#s2 ~ .map").first.locator("a.tile")
    assert tiles.count() == 32
    for width in (PHONE, LAPTOP):
        page.set_viewport_size({"width": width, "height": 900})
        boxes = [box for box in (tile.bounding_box() for tile in tiles.all()) if box is not None]
        # A finger hits a tile, and no tile covers another (WCAG 2.2, 2.5.8).
        assert len(boxes) == 32
        assert min(min(box["width"], box["height"]) for box in boxes) >= 24
        assert len({(round(box["x"]), round(box["y"])) for box in boxes}) == 32
        # State and number are text or a shape, never a colour alone.
        assert all(tile.inner_text().strip().split("\n")[-1].strip() for tile in tiles.all())
    tile = page.locator('a.tile[href="#s2-20"]')
    assert tile.get_attribute("title") is not None
    assert "Oaxaca: " in str(tile.get_attribute("title"))
    tile.click()
    assert page.evaluate("document.querySelector(':target th').textContent") == "Oaxaca"
    page.context.close()
