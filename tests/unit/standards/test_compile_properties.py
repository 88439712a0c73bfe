"""Both ways of compiling give the same: 100,000 made-up processes with everything that real ones get wrong.

The reference is ocdsmerge alone, with an order of releases computed here from what the generator knows, not
from the text of a date. Compared is `repr`: the order of fields, and 1, 1.0 and True as what they are.
"""

import pickle
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocdsmerge.merge import CompiledRelease

from pipelines.standards.compile import At, Compiled, compile_releases, date_order, duplicate_ids, usable_date
from pipelines.standards.ocds import MergeRules, merge_rules

pytestmark = pytest.mark.filterwarnings("ignore::ocdsmerge.exceptions.DuplicateIdValueWarning")

PROCESSES = 100_000

# Instants, and the ways to write each. A date ranks after unreadable ones, these by text after the undated.
Rank = tuple[int, float, str]
DATES: Sequence[tuple[float, Sequence[str]]] = (
    (0.0, ("2024-01-01T00:00:00Z", "2023-12-31T18:00:00-06:00", "2024-01-01T00:00:00+00:00")),
    (1.0, ("2024-01-01T00:00:01Z", "2024-01-01T01:00:01+01:00")),
    (2.0, ("2024-01-01T12:00:00Z", "2024-01-01T06:00:00-06:00")),
    (3.0, ("2024-02-29T23:59:59.5Z",)),
    (4.0, ("2024-03-01T00:00:00-06:00", "2024-03-01T06:00:00Z")),
    (5.0, ("2025-07-01T00:00:00Z",)),
)
UNREADABLE = ("2024-13-45T00:00:00Z", "ayer", "2024-01-01T00:00:00", "2024-01-01")

# Ids of one text that are two, and ids that Python takes for one although their texts differ.
CONFUSING = ("1", 1, 1, 1.0, "1.0", True, "True", None, "None", 2.5, {"a": 1}, "1", 1)
KIND_OF_ID = {
    str: "text id",
    int: "integer id",
    float: "float id",
    bool: "boolean id",
    type(None): "null id in an array",
    dict: "id is an object",
}

# Fields by kind: a text names a kind of value, a mapping is an object, a list of one mapping an array.
Fields = Mapping[str, Any]
ITEM: Fields = {
    "description": "text",
    "description_es": "text",
    "quantity": "number",
    "unit": {"name": "text", "value": {"amount": "number", "currency": "text"}},
    "additionalClassifications": [{"scheme": "text", "uri": "text"}],
}
DOCUMENT: Fields = {"title": "text", "title_es": "text", "format": "text", "pageStart": "text"}
ORGANIZATION: Fields = {
    "name": "text",
    "identifier": {"scheme": "text", "id": "text"},
    "roles": "texts",
    "details": {"scale": "text", "a.b": "text"},
    "additionalIdentifiers": [{"scheme": "text", "legalName": "text"}],
}
RELEASE: Fields = {
    "language": "text",
    "initiationType": "text",
    "title": "text",
    "title_es": "text",
    "buyer": {"id": "text", "name": "text"},
    "planning": {
        "rationale": "text",
        "budget": {"id": "text", "budgetBreakdown": [{"budgetLines": "objects", "description": "text"}]},
    },
    "parties": [ORGANIZATION],
    "tender": {
        "id": "text",
        "title": "text",
        "title_en-US": "text",
        "value": {"amount": "number", "currency": "text"},
        "submissionMethod": "texts",
        "additionalProcurementCategories": "texts",
        "items": [ITEM],
        "documents": [DOCUMENT],
        "tenderPeriod": {"startDate": "text", "endDate": "text"},
    },
    "awards": [
        {"title": "text", "value": {"amount": "number"}, "suppliers": [{"name": "text"}], "items": [ITEM]}
    ],
    "contracts": [
        {
            "awardID": "text",
            "implementation": {
                "transactions": [{"value": {"amount": "number"}}],
                "milestones": [{"title": "text"}],
            },
            "guarantees": [{"type": "text"}],
        }
    ],
    "x": "anything",
    "a.b": "anything",
    "c/d~e": "anything",
    "": "anything",
    "extra": {"y": "anything", "z": [{"w": "anything"}]},
    "deep": "deep",
}

RULES: Mapping[str, MergeRules] = {
    "": merge_rules(),
    "rules of 1.0": merge_rules("release-1.0"),
    # No version of OCDS has these: fields omitted further down, ids too, and no rule for the release's `id`.
    "rules of another schema": {
        ("title",): "omitWhenMerged",
        ("tender", "value"): "omitWhenMerged",
        ("tender", "items", "unit", "name"): "omitWhenMerged",
        ("awards", "id"): "omitWhenMerged",
        ("contracts", "implementation"): "wholeListMerge",
        ("parties",): "wholeListMerge",
        ("deep", "b"): "wholeListMerge",
    },
}

# What must occur, each in so many processes at least that were merged directly, or by ocdsmerge.
REGULAR = {
    "explicit null",
    "null id of an object",
    "object of nulls",
    "null in place of an object",
    "null in place of an array",
    "null in place of a whole list",
    "value after a null",
    "missing id",
    "text id",
    "integer id",
    "huge integer id",
    "unknown field",
    "field with a dot or slash",
    "language variant",
    "nested array merged by id",
    "whole list",
    "whole list of objects with repeated ids",
    "empty object",
    "empty array",
    "array of empty objects",
    "array with a non-object",
    "nested arrays",
    "deep nesting",
    "repeated date",
    "undated",
    "null date",
    "number date",
    "blank date",
    "unreadable date",
    "offset",
    "rules of 1.0",
    "rules of another schema",
    "one release",
    "five releases or more",
}
IRREGULAR = {
    "repeated id",
    "same id as text and integer",
    "float id",
    "boolean id",
    "null id in an array",
    "id is an object",
    "object for a value",
    "array for a value",
    "value for an object",
    "array for an object",
    "object for an array",
    "value for an array",
}
LEAST = 100


class Maker:
    """Makes the releases of processes and notes what it put into the present one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seen: set[str] = set()
        # Whether ids of this process are drawn from `CONFUSING`, and which kinds of id each text had.
        self.is_confusing = False
        self.kinds: dict[str, set[str]] = {}

    def process(self) -> tuple[list[dict[str, Any]], list[Rank], MergeRules]:
        """Releases, the rank of each one's date, the rules to merge with."""
        self.seen, self.kinds = set(), {}
        self.is_confusing = self.random.random() < 0.08
        count = self.random.choice((1, 1, 2, 2, 2, 2, 3, 3, 3, 5))
        self.note("one release", when=count == 1)
        self.note("five releases or more", when=count >= 5)
        releases, ranks = [], []
        for _ in range(count):
            release = self.object(RELEASE, fields=3)
            release.update(
                ocid="ocds-test-1",
                id=f"r{self.random.randrange(9)}",
                tag=self.random.choice((["tender"], None)),
            )
            rank = self.date(release)
            names = list(release)
            self.random.shuffle(names)
            releases.append({name: release[name] for name in names})
            ranks.append(rank)
        readable = [rank for rank in ranks if rank[0] == 2]
        self.note("repeated date", when=len({rank[1] for rank in readable}) < len(readable))
        rules = self.random.choices(("", "rules of 1.0", "rules of another schema"), (0.87, 0.1, 0.03))[0]
        self.note(rules, when=rules != "")
        return releases, ranks, RULES[rules]

    def note(self, what: str, *, when: bool = True) -> None:
        if when:
            self.seen.add(what)

    def date(self, release: dict[str, Any]) -> Rank:
        chance = self.random.random()
        if chance < 0.03:
            self.note("undated")
            return (0, 0.0, "")
        if chance < 0.06:
            unusable = self.random.choice((("null date", None), ("number date", 7), ("blank date", " ")))
            self.note(unusable[0])
            release["date"] = unusable[1]
            return (0, 0.0, "")
        if chance < 0.09:
            self.note("unreadable date")
            release["date"] = self.random.choice(UNREADABLE)
            return (1, 0.0, release["date"])
        instant, texts = self.random.choice(DATES)
        release["date"] = self.random.choice(texts)
        self.note("offset", when=not release["date"].endswith("Z"))
        return (2, instant, release["date"])

    def object(self, known: Fields, fields: int = 3) -> dict[str, Any]:
        names = self.random.sample(list(known), min(len(known), self.random.randint(0, fields)))
        made = {name: self.field(name, known[name]) for name in names}
        self.note("empty object", when=not made)
        self.note("object of nulls", when=bool(made) and all(value is None for value in made.values()))
        return made

    def field(self, name: str, kind: Any) -> Any:
        self.note("field with a dot or slash", when="." in name or "/" in name)
        self.note("language variant", when="_" in name)
        chance = self.random.random()
        if chance < (0.3 if kind == "texts" else 0.06):
            return self.null(name, kind)
        if chance > 0.988:
            return self.conflicting(kind)
        if isinstance(kind, Mapping):
            return self.object(kind)
        return self.array(kind[0]) if isinstance(kind, list) else getattr(self, kind)()

    def null(self, name: str, kind: Any) -> None:
        self.note("explicit null")
        self.note("null id of an object", when=name == "id")
        self.note("null in place of an object", when=isinstance(kind, Mapping))
        self.note("null in place of an array", when=isinstance(kind, list))
        self.note("null in place of a whole list", when=kind == "texts")

    def conflicting(self, kind: Any) -> Any:
        """A value of another type than its field has elsewhere."""
        if isinstance(kind, Mapping):
            made, what = self.random.choice(
                (("text", "value for an object"), ([{"id": "1"}], "array for an object"))
            )
        elif isinstance(kind, list):
            made, what = self.random.choice(
                (("text", "value for an array"), ({"id": "1"}, "object for an array"))
            )
        else:
            made, what = self.random.choice(
                (({"id": "1"}, "object for a value"), ([{"id": "1", "title": "t"}], "array for a value"))
            )
        self.note(what)
        return made

    def array(self, known: Fields) -> list[Any]:
        chance = self.random.random()
        if chance < 0.05:
            self.note("empty array")
            return []
        if chance < 0.07:
            self.note("array with a non-object")
            return [{"id": "1"}, self.random.choice(("text", 1, None, ["1"]))]
        if chance < 0.08:
            self.note("array of empty objects")
            return [{}, {}]
        made: list[Any] = []
        for _ in range(self.random.randint(1, 3)):
            item = self.object(known)
            chance = self.random.random()
            if chance < 0.1:
                self.note("missing id")
            else:
                identifier = self.identifier()
                if identifier in [other.get("id") for other in made]:
                    self.note("repeated id")
                # In front or behind, as publishers do.
                item = {"id": identifier, **item} if chance < 0.8 else {**item, "id": identifier}
            made.append(item)
        self.note(
            "nested array merged by id", when=any(isinstance(v, list) for o in made for v in o.values())
        )
        return made

    def identifier(self) -> Any:
        if self.is_confusing:
            identifier = self.random.choice(CONFUSING)
            what = KIND_OF_ID[type(identifier)]
            self.note(what)
            self.kinds.setdefault(str(identifier), set()).add(what)
            self.note(
                "same id as text and integer", when={"text id", "integer id"} <= self.kinds[str(identifier)]
            )
            return identifier
        chance = self.random.random()
        if chance < 0.02:
            self.note("huge integer id")
            return 10**30 + self.random.randrange(2)
        if chance < 0.2:
            self.note("integer id")
            return self.random.randrange(100, 110)
        self.note("text id")
        return self.random.choice("123456789abcdef/") if chance < 0.5 else f"id-{self.random.randrange(40)}"

    def text(self) -> Any:
        return self.random.choice(("a", "b", "", "ñ", "2024-01-01T00:00:00Z"))

    def number(self) -> Any:
        return self.random.choice((0, 1, 1.0, True, False, -0.0, 2.5, 10**20, "1"))

    def texts(self) -> Any:
        self.note("whole list")
        return self.random.choice(
            (["a"], ["b", "a"], [], ["a", None], [{"id": "1"}], [{"id": "1"}], [1, True])
        )

    def objects(self) -> Any:
        self.note("whole list of objects with repeated ids")
        return [{"id": "1", "n": None}, {"id": "1", "n": {}}, {"id": self.random.randrange(9)}]

    def anything(self) -> Any:
        self.note("unknown field")
        return self.random.choice((self.text, self.number, self.text, self.nested_arrays))()

    def nested_arrays(self) -> Any:
        self.note("nested arrays")
        return [[{"id": "1"}, {"id": "1"}], []]

    def deep(self) -> Any:
        if self.random.random() < 0.8:
            return self.object({"a": "number", "b": [{"c": "number"}], "n": "number"})
        self.note("deep nesting")
        made: dict[str, Any] = {"id": self.text(), "n": self.number()}
        for level in range(self.random.randint(5, 20)):
            made = {"a": made, "n": self.number()} if level % 2 else {"b": [{"id": "1", "c": made}]}
        return made


def expected(ordered: Sequence[Mapping[str, Any]], rules: MergeRules) -> tuple[dict[str, Any], bool]:
    """What ocdsmerge makes of releases in this order, as a compiled release; whether it could."""
    merged = CompiledRelease(merge_rules=rules)
    try:
        for release in copied(ordered):
            merged.append(release)
        document = merged.asdict()
        is_merged = True
    except TypeError:
        document, is_merged = copied(ordered[-1]), False
    date = ordered[-1].get("date")
    is_dated = isinstance(date, str) and date.strip() != ""
    document["id"] = f"{document.get('ocid')}-{date if is_dated else 'sin-fecha'}"
    document["tag"] = ["compiled"]
    if is_dated:
        document["date"] = date
    else:
        document.pop("date", None)
    return document, is_merged


def copied(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def check(releases: list[dict[str, Any]], order: Sequence[int], rules: MergeRules) -> Compiled:
    """Compiles and compares document, input, conflict and repeated ids with what they must be."""
    before = repr(releases)
    document, is_merged = expected([releases[at] for at in order], rules)
    compiled = compile_releases(releases, rules=rules)
    assert repr(compiled.document) == repr(document), before
    assert repr(releases) == before
    assert (compiled.conflict is None) is is_merged, before
    assert compiled.duplicates == tuple(
        At(at, pointer)
        for at, release in enumerate(releases)
        for pointer in duplicate_ids(release, rules=rules)
    ), before
    return compiled


@pytest.mark.slow
def test_both_ways_give_the_same_for_100_000_processes() -> None:
    maker = Maker(2026)
    ways: Counter[str] = Counter()
    occurred: Counter[str] = Counter()
    direct: Counter[str] = Counter()
    conflicts = 0
    for _ in range(PROCESSES):
        releases, ranks, rules = maker.process()
        order = sorted(range(len(ranks)), key=lambda at, ranks=ranks: (ranks[at], at))

        compiled = check(releases, order, rules)

        undated = [at for at, rank in enumerate(ranks) if rank[0] == 0]
        assert [found.release for found in compiled.undated] == undated
        instants = [rank[1] if rank[0] == 2 else rank[2] or None for rank in ranks]
        repeated = [at for at, one in enumerate(instants) if one is not None and one in instants[:at]]
        assert [found.release for found in compiled.repeated_dates] == repeated
        maker.note("value after a null", when=has_value_after_null([releases[at] for at in order]))
        ways[str(compiled.merged_by)] += 1
        occurred.update(maker.seen)
        conflicts += compiled.conflict is not None
        if compiled.merged_by == "direct":
            direct.update(maker.seen)

    assert sum(ways.values()) == PROCESSES
    assert ways["direct"] >= 0.6 * PROCESSES, ways
    assert ways["ocdsmerge"] >= 0.05 * PROCESSES, ways
    assert conflicts >= 1000
    assert {what for what in REGULAR | IRREGULAR if occurred[what] < LEAST} == set()
    assert {what for what in REGULAR if direct[what] < LEAST} == set()
    assert {what for what in IRREGULAR if occurred[what] - direct[what] < LEAST} == set()
    assert occurred.keys() == REGULAR | IRREGULAR


def has_value_after_null(ordered: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a field at the top was null and later isn't."""
    nulls: set[str] = set()
    for release in ordered:
        if any(name in nulls and value is not None for name, value in release.items()):
            return True
        nulls.update(name for name, value in release.items() if value is None and name not in {"date", "tag"})
    return False


NAMES = (
    "ocid",
    "id",
    "date",
    "tag",
    "title",
    "tender",
    "awards",
    "items",
    "parties",
    "value",
    "submissionMethod",
    "x",
)
LITERALS = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.floats(0, 1), st.text("1a/", max_size=2))
VALUES = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), max_size=3),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6), min_size=1, max_size=4),
    st.sampled_from(sorted(RULES)),
)
def test_both_ways_give_the_same_whatever_the_releases(releases: list[dict[str, Any]], rules: str) -> None:
    """Fewer and stranger ones; of a failure hypothesis finds the smallest."""
    order = sorted(range(len(releases)), key=lambda at: (date_order(usable_date(releases[at])), at))
    check(releases, order, RULES[rules])
