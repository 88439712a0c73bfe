"""One declaration of S1 v2.0, private in, public out.

Here: applying the allow-list `s1_v2` (`allow_lists.yaml`, which also holds its language), and saying of each section
what became of it. Not here: records of S2 and S3 (`redact_pdn.py`), the scan of one text (`free_text.py`), the rules
about a declaration (`view_declarations.py`).

A reader must be able to tell apart what isn't public, what was declared empty and what wasn't received. The record
keeps the shape of S1: `ninguno: true` stays, items and fields that aren't public are absent, and a member of our own,
`publicacion`, names every section with its status (`SectionStatus`). The OpenAPI files allow members they don't know,
so that a page of such records is valid. Of a section that is reserved as a whole only that is said: whether it was
received, or declared empty, would already tell who has a partner.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, Literal, NamedTuple

from pipelines.standards.free_text import is_url, pdn_marks, scrub
from pipelines.standards.identity import classify, may_be_natural_rfc
from pipelines.standards.names import NAME_MARK, folded, name_pattern, surname
from pipelines.standards.pdn import DeclarationType, declaration_type
from pipelines.standards.privacy import Finding, Findings, Kind, Parts, allow_lists, is_blank
from pipelines.standards.redact_pdn import NameStatus
from pipelines.standards.validation import json_pointer

# published: every item of the section (reserved fields are left out everywhere); partly_public: some items are;
# not_public: the section is reserved, or no item of it is public; declared_empty: the declarant says there is nothing;
# not_received: the declaration should have it and doesn't; not_required: its type or form doesn't have it.
SectionStatus = Literal[
    "published", "partly_public", "not_public", "declared_empty", "not_received", "not_required"
]
# Our own member of a public declaration.
PUBLICATION = "publicacion"

# Clean texts and folded texts seen before: posts, institutions and labels repeat through a source.
CACHE_ENTRIES = 50_000
CACHE_LENGTH = 160
# The fields that hold the whole name of a third party.
_WHOLE_NAMES = ("nombreRazonSocial", "nombreInstitucion", "nombreTitular")
_WORD = re.compile(r"\w+")


class Section(NamedTuple):
    """What became of one section; the counts are of items, None where the section has none or is reserved."""

    name: str
    status: SectionStatus
    received: int | None
    published: int | None


@dataclass(frozen=True)
class PublicDeclaration:
    """A declaration as it may be published, what was taken out of it, and its sections in the order of the form."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]

    def with_id(self, record_id: str) -> "PublicDeclaration":
        """The same under another id, which stands first."""
        rest = {key: value for key, value in self.document.items() if key != "id"}
        return replace(self, document={"id": record_id, **rest})

    @property
    def name_status(self) -> NameStatus:
        """The name of a declarant is public."""
        general: Any = self.document
        for part in ("declaracion", "situacionPatrimonial", "datosGenerales"):
            general = general.get(part) if isinstance(general, Mapping) else None
        named = isinstance(general, Mapping) and not is_blank(general.get("nombre"))
        return "public" if named else "not_received"


_Condition = Callable[[Mapping[str, Any]], bool]


def _always(_: Mapping[str, Any]) -> bool:
    return True


# What stands for a field that isn't published; null is a value.
_ABSENT = object()


class _Op(Enum):
    """What becomes of a field."""

    PUBLISH = auto()
    LEGAL_RFC = auto()
    OBJECT = auto()
    EACH = auto()
    WHEN = auto()
    SAME_AS = auto()
    WITHHOLD = auto()


@dataclass(slots=True)
class _Rule:
    """One line of the allow-list, read once; `path` is generic, for counting."""

    op: _Op
    path: str
    # What of the value may be published: of this rule, the value, the object it stands in, and where.
    apply: "Callable[[_Rule, Any, Mapping[str, Any], Parts], Any]"
    fields: "dict[str, _Rule]" = field(default_factory=dict)
    condition: _Condition = _always
    rule: "_Rule | None" = None
    kind: Kind = "not_listed"
    other: str = ""

    is_leaf: bool = False
    # A name may stand in it.
    is_text: bool = False


@dataclass(frozen=True)
class _SectionRule:
    name: str
    parent: str
    key: str
    items: str | None
    reserved: bool
    complete: bool
    types: frozenset[str] | None


class DeclarationRedactor:
    """Turns declarations into public ones; one walk over each."""

    publishes_id = True

    def __init__(self) -> None:
        rules = allow_lists()["pdn"]["s1_v2"]
        self._conditions = {name: _condition(rule) for name, rule in rules["conditions"].items()}
        self._fields = self._compiled_fields(rules["fields"], ())
        self._sections = [_section_rule(name, rule or {}) for name, rule in rules["sections"].items()]
        self._marks = pdn_marks()
        self._clean: set[str] = set()
        self._folded: dict[str, str] = {}
        self._begin()

    def _begin(self) -> None:
        self._findings = Findings()
        # Published texts in which a name may stand, and whose names may not.
        self._texts: list[tuple[dict[str, Any], str, Parts]] = []
        self._people: list[Mapping[str, Any]] = []

    def redact(self, record: Mapping[str, Any], *, record_id: str | None = None) -> PublicDeclaration:
        """The public view of `record` with its member `publicacion`.

        `record_id` stands in for an `id` that the record lacks (Mongo's `_id`), so that the record stays findable.
        """
        self._begin()
        document = self._object(record, self._fields, ())
        if is_blank(document.get("id")) and record_id is not None:
            rest = {key: value for key, value in document.items() if key != "id"}
            document = {"id": scrub(record_id, self._marks)[0], **rest}
        if self._people:
            self._hide_names()
        kind = declaration_type(record)
        sections = tuple(self._section(rule, record, document, kind) for rule in self._sections)
        document[PUBLICATION] = _publication(sections)
        return PublicDeclaration(document, tuple(self._findings.made), sections)

    def public_pointer(self, record: Mapping[str, Any], pointer: str) -> tuple[str, bool]:
        """The part of a JSON pointer into a private `record` that may be told, and whether that is all of it.

        A place inside something that isn't public tells that it was filled in, and with what.
        """
        fields: Mapping[str, _Rule] | None = self._fields
        condition: _Condition = _always
        value: Any = record
        shown: list[str] = []
        for part in pointer.split("/")[1:]:
            if isinstance(value, list):
                value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
                if not (isinstance(value, Mapping) and condition(value)):
                    break
                shown.append(part)
                continue
            rule = fields.get(part) if fields is not None else None
            if rule is not None and rule.op is _Op.WHEN:
                rule = rule.rule if isinstance(value, dict) and rule.condition(value) else None
            if rule is None or rule.op in (_Op.WITHHOLD, _Op.SAME_AS):
                break
            shown.append(part)
            value = value.get(part) if isinstance(value, Mapping) else None
            fields, condition = rule.fields or None, rule.condition
        told = "".join(f"/{name}" for name in shown)
        return told, told == pointer

    # -- the walk ---------------------------------------------------------------------------------------

    def _object(self, source: Mapping[str, Any], fields: Mapping[str, _Rule], at: Parts) -> dict[str, Any]:
        public: dict[str, Any] = {}
        clean = self._clean
        for key, value in source.items():
            rule = fields.get(key)
            if rule is None:
                self._unlisted(key, value, at)
                continue
            if rule.is_leaf and (type(value) is int or (type(value) is str and value in clean)):
                # Most leaves end here.
                public[key] = value
            else:
                made = rule.apply(rule, value, source, (*at, key))
                if made is _ABSENT:
                    continue
                public[key] = made
            if rule.is_text:
                self._texts.append((public, key, (*at, key)))
        return public

    # Each of these: what is published of the value of a field, or `_ABSENT`; `source` is the object it stands in.

    def _publish(self, rule: _Rule, value: Any, _: Mapping[str, Any], at: Parts) -> Any:
        if isinstance(value, str):
            return self._scanned(value, at)
        if isinstance(value, (dict, list)):
            return self._withhold(value, rule.path, "not_listed")
        return value

    def _nested(self, rule: _Rule, value: Any, _: Mapping[str, Any], at: Parts) -> Any:
        if isinstance(value, dict):
            return self._object(value, rule.fields, at)
        if isinstance(value, list):
            if any(not isinstance(item, dict) for item in value):
                self._withhold(value, rule.path, "not_listed")
            return [
                self._object(item, rule.fields, (*at, place))
                for place, item in enumerate(value)
                if isinstance(item, dict)
            ]
        # A text where an object belongs could hold anything, a name included.
        return None if value is None else self._withhold(value, rule.path, "not_listed")

    def _each(self, rule: _Rule, value: Any, _: Mapping[str, Any], at: Parts) -> Any:
        if not isinstance(value, list):
            return None if value is None else self._withhold(value, rule.path, "not_listed")
        items = []
        for place, item in enumerate(value):
            if isinstance(item, dict) and rule.condition(item):
                items.append(self._object(item, rule.fields, (*at, place)))
            else:
                self._withhold(item, rule.path, rule.kind)
        # A list without its items would read as one declared empty.
        return items if items or not value else _ABSENT

    def _when(self, rule: _Rule, value: Any, source: Mapping[str, Any], at: Parts) -> Any:
        if rule.condition(source):
            assert rule.rule is not None
            return rule.rule.apply(rule.rule, value, source, at)
        if at[-1] in _WHOLE_NAMES:
            self._people += _person(value)
        return None if value is None else self._withhold(value, rule.path, "name_reserved")

    def _legal_rfc(self, rule: _Rule, value: Any, _: Mapping[str, Any], at: Parts) -> Any:
        if value is None or classify(value).kind == "rfc_legal":
            return value
        return self._withhold(value, rule.path, "rfc_natural")

    def _same_as(self, rule: _Rule, value: Any, source: Mapping[str, Any], at: Parts) -> Any:
        other = source.get(rule.other)
        if value != other:
            self._withhold(value, rule.path, "reserved")
        return _ABSENT if other is None else self._nested(rule, other, source, at)

    def _never(self, rule: _Rule, value: Any, _: Mapping[str, Any], at: Parts) -> Any:
        return self._withhold(value, rule.path, rule.kind)

    def _scanned(self, value: str, at: Parts) -> str:
        cleaned, kinds = scrub(value, self._marks)
        if not kinds and len(value) <= CACHE_LENGTH and len(self._clean) < CACHE_ENTRIES:
            self._clean.add(value)
        for kind in kinds:
            self._findings.add_at(kind, at, "url" if is_url(value) else "id" if at == ("id",) else "text")
        return cleaned

    def _withhold(self, value: Any, path: str, kind: Kind) -> Any:
        """Count what isn't published; always `_ABSENT`."""
        if is_blank(value):
            return _ABSENT
        # Where exactly a reserved value stood is nobody's business: the generic path is all that is kept.
        self._findings.add(kind, path, path, "field")
        if isinstance(value, (dict, list)):
            self._people += _people_in(value)
        return _ABSENT

    def _unlisted(self, key: str, value: Any, at: Parts) -> None:
        shown, kinds = scrub(key, self._marks)
        for kind in kinds:
            self._findings.add_at(kind, (*at, shown), "key")
        generic = json_pointer(["*" if isinstance(part, int) else part for part in (*at, shown)])
        self._withhold(value, generic, "not_listed")

    # -- names in texts ---------------------------------------------------------------------------------

    def _hide_names(self) -> None:
        """Take the names of people that aren't public out of the published texts."""
        people = {surname(person): person for person in self._people}
        patterns: dict[str, re.Pattern[str] | None] = {}
        for holder, key, at in self._texts:
            text = holder.get(key)
            if not isinstance(text, str) or not text:
                continue
            plain = self._fold(text)
            for word, person in people.items():
                # Most texts don't hold the surname; only for those that do is a pattern made.
                if word not in plain:
                    continue
                if word not in patterns:
                    patterns[word] = name_pattern(person)
                pattern = patterns[word]
                while pattern is not None and (found := pattern.search(plain)) is not None:
                    text = text[: found.start()] + NAME_MARK + text[found.end() :]
                    plain = folded(text)
                    self._findings.add_at("name_reserved", at, "text")
            holder[key] = text

    def _fold(self, text: str) -> str:
        known = self._folded.get(text)
        if known is None:
            known = folded(text)
            if len(text) <= CACHE_LENGTH and len(self._folded) < CACHE_ENTRIES:
                self._folded[text] = known
        return known

    # -- sections ---------------------------------------------------------------------------------------

    def _section(
        self,
        rule: _SectionRule,
        record: Mapping[str, Any],
        document: Mapping[str, Any],
        kind: DeclarationType | None,
    ) -> Section:
        if rule.reserved:
            return Section(rule.name, "not_public", None, None)
        given, public = (_section_of(of, rule) for of in (record, document))
        if not given:
            return Section(rule.name, _absent(rule, record, kind), *((0, 0) if rule.items else (None, None)))
        if rule.items is None:
            return Section(rule.name, "published", None, None)
        items = given.get(rule.items)
        received = len(items) if isinstance(items, list) else 0
        if received == 0:
            # `ninguno: false` and no item: something was declared, and isn't here.
            empty = given.get("ninguno") is not False
            return Section(rule.name, "declared_empty" if empty else "not_received", 0, 0)
        published = len(public.get(rule.items) or ())
        status: SectionStatus = (
            "published" if published == received else "partly_public" if published else "not_public"
        )
        return Section(rule.name, status, received, published)

    # -- reading the allow-list -------------------------------------------------------------------------

    def _compiled_fields(self, rules: Mapping[str, Any], at: tuple[str, ...]) -> dict[str, _Rule]:
        return {key: self._compiled(rule, (*at, key)) for key, rule in rules.items()}

    def _compiled_leaf(self, rule: str, path: str) -> _Rule:
        if rule == "legal_rfc":
            return _Rule(_Op.LEGAL_RFC, path, self._legal_rfc)
        assert rule in {"publish", "text"}
        return _Rule(_Op.PUBLISH, path, self._publish, is_leaf=True, is_text=rule == "text")

    def _compiled(self, rule: Any, at: tuple[str, ...]) -> _Rule:
        path = json_pointer(at)
        if isinstance(rule, str):
            return self._compiled_leaf(rule, path)
        if set(rule) == {"withhold"}:
            return _Rule(_Op.WITHHOLD, path, self._never, kind=rule["withhold"])
        if set(rule) == {"same_as"}:
            money = self._compiled({"valor": "publish", "moneda": "publish"}, at)
            return _Rule(_Op.SAME_AS, path, self._same_as, money.fields, other=rule["same_as"])
        if set(rule) == {"when", "rule"}:
            inner = self._compiled(rule["rule"], at)
            condition = self._conditions[rule["when"]]
            return _Rule(_Op.WHEN, path, self._when, inner.fields, condition, inner, is_text=inner.is_text)
        if set(rule) == {"each", "fields"}:
            kind: Kind = "name_reserved" if rule["each"] == "moral" else "reserved"
            fields = self._compiled_fields(rule["fields"], at)
            return _Rule(_Op.EACH, path, self._each, fields, self._conditions[rule["each"]], kind=kind)
        return _Rule(_Op.OBJECT, path, self._nested, self._compiled_fields(rule, at))


def _condition(rule: Mapping[str, Any]) -> _Condition:
    """A condition of the allow-list as a function of an object; anything unexpected means no."""
    codes, labels = frozenset(rule.get("codes", ())), frozenset(rule.get("labels", ()))
    only: str | None = rule.get("only")
    name: str = only or rule.get("field", "")
    rfc: str | None = rule.get("not_natural")

    def holds(item: Mapping[str, Any]) -> bool:
        if rfc is not None and _is_natural(item.get(rfc)):
            return False
        if not name:
            return True
        value = item.get(name)
        if only is not None:
            if not isinstance(value, list) or len(value) != 1:
                return False
            value = value[0]
        if isinstance(value, dict):
            label = value.get("valor")
            if not is_blank(label) and folded(str(label)).strip() not in labels:
                return False
            value = value.get("clave")
        return isinstance(value, str) and value.strip().upper() in codes

    return holds


def _is_natural(rfc: Any) -> bool:
    if is_blank(rfc):
        return False
    identity = classify(rfc)
    return bool(identity.is_natural_person or may_be_natural_rfc(identity.normalised))


def _section_rule(name: str, rule: Mapping[str, Any]) -> _SectionRule:
    parent, key = name.split("/")
    types = rule.get("types")
    return _SectionRule(
        name,
        parent,
        key,
        rule.get("items"),
        rule.get("reserved", False),
        rule.get("complete", False),
        None if types is None else frozenset(types),
    )


def _section_of(record: Mapping[str, Any], rule: _SectionRule) -> dict[str, Any]:
    value: Any = record
    for part in ("declaracion", rule.parent, rule.key):
        value = value.get(part) if type(value) is dict else None
    return value if type(value) is dict else {}


def _absent(rule: _SectionRule, record: Mapping[str, Any], kind: DeclarationType | None) -> SectionStatus:
    """Whether a section that isn't there should be, by the type and the form that the declaration says it has."""
    metadata = record.get("metadata")
    complete = metadata.get("declaracionCompleta") if isinstance(metadata, Mapping) else None
    if rule.complete and complete is False:
        return "not_required"
    return "not_required" if rule.types is not None and kind not in rule.types else "not_received"


def _publication(sections: Iterable[Section]) -> dict[str, Any]:
    told = []
    for section in sections:
        one: dict[str, Any] = {"seccion": section.name, "estado": section.status}
        if section.received is not None:
            one |= {"recibidos": section.received, "publicados": section.published}
        told.append(one)
    return {"totales": "declarante", "secciones": told}


def _people_in(value: dict[str, Any] | list[Any]) -> list[Mapping[str, Any]]:
    """The people named anywhere inside something that isn't published."""
    found: list[Mapping[str, Any]] = []
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is list:
            waiting += one
        elif type(one) is dict:
            if "primerApellido" in one:
                found.append({**one, "nombres": one.get("nombre", one.get("nombres"))})
            for name in _WHOLE_NAMES:
                if name in one and not _is_company(one):
                    found += _person(one[name])
            waiting += [inner for inner in one.values() if type(inner) is dict or type(inner) is list]
    return found


def _is_company(value: Mapping[str, Any]) -> bool:
    return bool(value.get("tipoPersona", value.get("tipoDuenoTitular")) == "MORAL")


def _person(whole: Any) -> list[Mapping[str, Any]]:
    """The parts of a name given as one text, surnames last; nothing for one word."""
    words: Sequence[str] = _WORD.findall(whole) if isinstance(whole, str) else ()
    if len(words) < 2:
        return []
    surnames = 1 if len(words) == 2 else 2
    return [
        {
            "nombres": " ".join(words[:-surnames]),
            "primerApellido": words[-surnames],
            "segundoApellido": words[-1] if surnames == 2 else "",
        }
    ]
