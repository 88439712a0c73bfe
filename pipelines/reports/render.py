"""HTML from templates: the environment, its filters and its guards.

Here: autoescaping, what may become a link, invisible characters made visible, both languages of one template.
Not here: what a page says (``agency``, ``site``), words for codes (``words``).

Everything a publisher wrote is hostile until escaped: names, paths, values, addresses. Pages carry a policy
that allows no script, no form and no request to anybody, so that what slips through does nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from pipelines.quality.results import WEIGHTS
from pipelines.registry import Source
from pipelines.reports import agency, charts, format_es, states, words
from pipelines.reports.agency import RuleRow
from pipelines.reports.entities import ENTITIES, NAMES
from pipelines.reports.format_es import Lang
from pipelines.reports.index import SourceEntry

TEMPLATES = Path(__file__).with_name("templates")
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
# The gate's sentence stands alone in a list of reasons; under «Qué falta para publicarla» its start repeats.
MISSING_LEAD = "Para publicarla: "
# Rules about the delivery whose places are the list of quarantined records.
QUARANTINE_RULES = frozenset({"TEQ-L03", "TEQ-L05"})


def web_url(value: str | None) -> str | None:
    """The address if it is http(s), names a host and holds nothing that could end an attribute."""
    if value is None or any(c.isspace() or c in "\"'<>`\\" or format_es.is_invisible(c) for c in value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and parts.hostname else None


def file_href(path: str) -> str:
    """A relative link to a file of the release, quoted.

    Raises:
        ValueError: the path is absolute or leaves its folder by other means than leading «../».
    """
    steps = path.split("/")
    while steps and steps[0] == "..":
        steps.pop(0)
    if not steps or any(step in {"", ".", ".."} for step in steps):
        raise ValueError(
            f"{path!r} is not a path below the release; expected something like pdn/pages/s2/x.json"
        )
    return quote(path, safe="/=-._~")


@lru_cache(maxsize=2)
def environment(lang: Lang) -> Environment:
    """Templates for one language. Undefined names fail, every value is escaped, invisible characters show."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    made.filters.update(
        {
            "number": _in(lang, format_es.number),
            "day": _in(lang, format_es.day),
            "moment": _in(lang, format_es.moment),
            "size": _in(lang, format_es.size),
            "score": _in(lang, format_es.score),
            "part_of": _in(lang, format_es.part_of),
            "counted": _in(lang, format_es.counted),
            "listed": _in(lang, format_es.listed),
            "percent": _in(lang, format_es.percent),
            "signed": format_es.signed,
            "said": _said(lang),
            "without_lead": lambda text: _capital(text.removeprefix(MISSING_LEAD)),
            "entity_name": NAMES.__getitem__,
            "by_family": _by_family,
            "figure": lambda amount: "–" if amount is None else format_es.number(amount),
            "short": _short,
            "kept": _kept,
            "breakable": _breakable,
            "with_state": _with_state,
            "total_size": lambda files: sum(file.bytes or 0 for file in files),
            "web_url": web_url,
            "href": file_href,
        }
    )
    made.globals.update(
        {
            "lang": lang,
            "t": lambda es, en: es if lang == "es" else en,
            "content_policy": CONTENT_POLICY,
            "place": _place(lang),
            "weights": WEIGHTS,
            "silent_states": states.SILENT,
            "attempts_shown": agency.ATTEMPTS_SHOWN,
            "quarantine_shown": agency.QUARANTINE_SHOWN,
            "quarantine_rules": QUARANTINE_RULES,
            "stylesheet": Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
            "segments": charts.segments,
            "sparkline": charts.sparkline,
            "source_marks": states.SOURCE_MARKS,
            "rule_marks": states.RULE_MARKS,
            "ledger_words": states.LEDGER_WORDS,
            "systems": words.SYSTEMS,
            "families": words.FAMILIES,
            "severities": words.SEVERITIES,
            "cadences": words.CADENCES,
            "reserved_kinds": words.RESERVED_KINDS,
            "repair_kinds": words.REPAIR_KINDS,
            "grains": words.GRAINS,
            "entities": ENTITIES,
            "entity_names": NAMES,
        }
    )
    return made


def render(template: str, *, lang: Lang, values: Mapping[str, Any]) -> bytes:
    """One page as UTF-8 bytes."""
    return environment(lang).get_template(template).render(values).encode("utf-8")


def _finalize(value: Any) -> Any:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return format_es.visible(value)


def _in(lang: Lang, function: Callable[..., str]) -> Callable[..., str]:
    def spoken(value: Any, *arguments: Any, **options: Any) -> str:
        return function(value, *arguments, **options, lang=lang)

    return spoken


def _said(lang: Lang) -> Callable[[words.Pair | states.Mark], str]:
    """The half of a (Spanish, English) pair, or the word of a mark, in the page's language."""

    def said(pair: words.Pair | states.Mark) -> str:
        if isinstance(pair, states.Mark):
            return pair.es if lang == "es" else pair.en
        return pair[0] if lang == "es" else pair[1]

    return said


def _place(lang: Lang) -> Callable[[Source, Mapping[str, Any]], str]:
    def place(source: Source, row: Mapping[str, Any]) -> str:
        return agency.where(
            source, page=row["page"], position=row["position"], collection=row.get("collection"), lang=lang
        )

    return place


def _by_family(rows: Iterable[RuleRow]) -> dict[str, list[RuleRow]]:
    """Rules by family, families in the order of the catalogue."""
    grouped: dict[str, list[RuleRow]] = {}
    for row in rows:
        grouped.setdefault(row.rule.family, []).append(row)
    return grouped


def _with_state(by_entity: Iterable[tuple[str, Iterable[SourceEntry]]], state: str) -> list[str]:
    """Names of the entities that have a source in this state."""
    return [NAMES[key] for key, sources in by_entity if any(source.state == state for source in sources)]


def _short(path: str) -> str:
    """What tells a file from its neighbours: the source of a table, the name of any other file."""
    source = re.search(r"/source=([^/]+)/", path)
    return source.group(1) if source is not None else "/".join(path.split("/")[-2:])


def _kept(text: str) -> str:
    """A word and its number never on two lines: «fila 17», «página 3»."""
    return re.sub(r"(?<=[a-zéí]) (?=\d)", format_es.NBSP, text)


def _breakable(text: str) -> Markup:
    """A path or identifier that breaks after its separators rather than inside a word."""
    return Markup(re.sub(r"(?<=[/_-])(?=[^/_-])", "<wbr>", escape(format_es.visible(text))))  # noqa: S704 (escaped)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
