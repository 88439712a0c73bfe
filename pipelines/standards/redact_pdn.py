"""One PDN record, private in, public out.

Here: applying the allow-list of a layout (`allow_lists.yaml`) and hiding names that the law doesn't publish.
No PDN output carries a pseudonym: it could name whom the law does not. Not here: OCDS (`redact_ocds.py`),
the scan of one text (`free_text.py`).

Three things a reader must be able to tell apart: a name that isn't public is the text "No público" in JSON
of v1 and `name_status = 'not_public'` in tables; one declared empty is an empty text; one not received is absent
(or null) and `not_received`. JSON of v2 leaves out what isn't public, as PDN's own public answer does; `withheld` names
such fields, so that they aren't taken for fields that weren't received.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipelines.standards.free_text import is_url, pdn_marks, scrub
from pipelines.standards.identity import classify
from pipelines.standards.names import NAME_MARK, folded, name_pattern, surname
from pipelines.standards.pdn import PdnLayout
from pipelines.standards.pdn_mapping.persons import is_post, may_be_natural
from pipelines.standards.privacy import Finding, Findings, Kind, Parts, Place, allow_lists, is_blank

NameStatus = Literal["public", "not_public", "not_received"]

# Somebody named in a text by title and name, whoever it is: "el C. Juan Pérez López".
_TITLED = re.compile(
    r"(?<!\w)(?:(?i:(?:la|el|al|los|las)\s+)?(?i:C\.|CC\.|ciudadan[oa]s?|Lic\.|licenciad[oa]|Ing\.|ingenier[oa]|Dra?\."
    r"|Profra?\.|Mtr[oa]\.|Arq\.|C\.P\.|Sra?\.|servidora?\s+p[uú]blic[oa]))\s*"
    r"(?P<name>[A-ZÁÉÍÓÚÜÑ][\w'-]+(?:\s+(?:(?:de|del|la|las|los|y|DE|DEL|LA|LAS|LOS|Y)\s+){0,2}"
    r"[A-ZÁÉÍÓÚÜÑ][\w'-]+){1,5})"
)
# Clean texts seen before: institutions, codes and posts repeat through a source.
CACHE_ENTRIES = 50_000
CACHE_LENGTH = 160


@dataclass(frozen=True)
class PublicRecord:
    """A record as it may be published, what was taken out of it, and whether its name is in it.

    `withheld`: the generic paths of fields of the standard that were received and aren't public, in order.
    """

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    name_status: NameStatus
    withheld: tuple[str, ...] = ()

    def with_id(self, record_id: str) -> "PublicRecord":
        """The same under another id, which stands first."""
        rest = {key: value for key, value in self.document.items() if key != "id"}
        return replace(self, document={"id": record_id, **rest})


class PdnRedactor:
    """Turns PDN records of one layout into public ones, by its allow-list."""

    def __init__(self, layout: PdnLayout) -> None:
        rules = allow_lists()["pdn"][layout]
        self.layout: PdnLayout = layout
        self._fields: Mapping[str, Any] = rules["fields"]
        self._conditions: Mapping[str, Mapping[str, Any]] = rules.get("conditions", {})
        self._withheld: Mapping[str, Kind] = rules.get("withheld", {})
        self._names_never_public: bool = rules.get("names_never_public", False)
        self._name_fields = [tuple(path.split("/")) for path in rules["name_fields"]]
        self._people = [tuple(path.split("/")) for path in rules.get("people", ())]
        self._free_text = [tuple(path.split("/")) for path in rules.get("free_text", ())]
        self._marks = pdn_marks()
        self._clean: set[str] = set()
        self._findings = Findings()
        self._reserved: set[str] = set()
        self._holding: set[str] = set()

    @property
    def publishes_id(self) -> bool:
        """Whether the id that the source gave a record is public."""
        return "id" in self._fields

    def redact(self, record: Mapping[str, Any], *, record_id: str | None = None) -> PublicRecord:
        """The public view of `record`, in the shape it came in.

        `record_id` stands in for an `id` that the record lacks (Mongo's `_id`), so that the record stays
        findable and valid.
        """
        self._findings = Findings()
        self._reserved = set()
        self._holding = {name for name, rule in self._conditions.items() if _holds(record, rule)}
        document = self._listed(record, self._fields, ())
        if is_blank(document.get("id")) and record_id is not None:
            document = {
                "id": scrub(record_id, self._marks)[0],
                **{k: v for k, v in document.items() if k != "id"},
            }
        self._hide_names(record, document)
        return PublicRecord(
            document,
            tuple(self._findings.made),
            self._name_status(record, document),
            tuple(sorted(self._reserved)),
        )

    def _listed(self, source: Mapping[str, Any], fields: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
        public: dict[str, Any] = {}
        for key, value in source.items():
            rule = fields.get(key)
            if rule is None:
                self._withhold(value, (*parts, key))
            elif value is None:
                public[key] = None
            else:
                self._apply(rule, value, public, (*parts, key))
        return public

    def _apply(self, rule: Any, value: Any, public: dict[str, Any], parts: Parts) -> None:
        """Put into `public` what `rule` lets through of the field at `parts`."""
        key = parts[-1]
        assert isinstance(key, str)
        conditional = isinstance(rule, Mapping) and isinstance(rule.get("when"), str)
        if conditional and not self._condition_holds(rule, value):
            if is_blank(value):
                public[key] = value
                return
            self._withhold(value, parts)
            if "otherwise" in rule:
                public[key] = rule["otherwise"]
            return
        fields = rule.get("fields") if conditional else rule
        if isinstance(fields, Mapping):
            self._apply_object(fields, value, public, parts)
            return
        published, fits = self._leaf(value, parts)
        if fits:
            public[key] = published
        else:
            self._findings.add_at("not_listed", parts, "field")

    def _condition_holds(self, rule: Mapping[str, Any], value: Any) -> bool:
        if rule["when"] not in self._holding:
            return False
        return "form" not in rule or classify(value).kind == rule["form"]

    def _apply_object(
        self, fields: Mapping[str, Any], value: Any, public: dict[str, Any], parts: Parts
    ) -> None:
        key = str(parts[-1])
        if isinstance(value, Mapping):
            public[key] = self._listed(value, fields, parts)
        elif isinstance(value, list):
            public[key] = [
                self._listed(item, fields, (*parts, at))
                for at, item in enumerate(value)
                if isinstance(item, Mapping)
            ]
            if any(not isinstance(item, Mapping) for item in value):
                self._findings.add_at("not_listed", parts, "field")
        elif not is_blank(value):
            # A text where an object belongs could hold anything, a name included.
            self._findings.add_at("not_listed", parts, "field")

    def _leaf(self, value: Any, parts: Parts) -> tuple[Any, bool]:
        """A scalar (or list of scalars) after the scan; an object where a scalar belongs isn't published."""
        if isinstance(value, str):
            if value in self._clean:
                return value, True
            cleaned, kinds = scrub(value, self._marks)
            if not kinds and len(value) <= CACHE_LENGTH and len(self._clean) < CACHE_ENTRIES:
                self._clean.add(value)
            place: Place = "url" if is_url(value) else "id" if parts[-1] == "id" else "text"
            for kind in kinds:
                self._findings.add_at(kind, parts, place)
            return cleaned, True
        if isinstance(value, list):
            if any(isinstance(item, (list, dict)) for item in value):
                return None, False
            return [self._leaf(item, (*parts, at))[0] for at, item in enumerate(value)], True
        return value, not isinstance(value, dict)

    def _withhold(self, value: Any, parts: Parts) -> None:
        if is_blank(value):
            return
        generic = "/".join(str(part) for part in parts if not isinstance(part, int))
        if generic in self._withheld:
            self._reserved.add(f"/{generic}")
        shown = scrub(str(parts[-1]), self._marks)[0]
        self._findings.add_at(self._withheld.get(generic, "not_listed"), (*parts[:-1], shown), "field")

    # -- names -----------------------------------------------------------------------------------------

    def _hide_names(self, record: Mapping[str, Any], document: dict[str, Any]) -> None:
        """Remove from the public free text the names of people whose name is withheld."""
        people = [
            person for path in self._people if not self._is_named(path) and (person := _at(record, path))
        ]
        for path in self._free_text if people or self._names_never_public else ():
            holder = _at(document, path[:-1])
            if isinstance(holder, dict) and path[-1] in holder:
                holder[path[-1]] = self._without_names(holder[path[-1]], people, path)

    def _is_named(self, path: tuple[str, ...]) -> bool:
        """Whether the allow-list publishes the names of the person at `path` of this record."""
        rule: Any = self._fields
        for part in path:
            rule = rule.get(part) if isinstance(rule, Mapping) else None
        rule = rule.get("nombres", rule.get("nombre")) if isinstance(rule, Mapping) else None
        if isinstance(rule, Mapping):
            return rule["when"] in self._holding
        return rule is not None

    def _without_names(self, value: Any, people: Sequence[Any], parts: Parts) -> Any:
        if isinstance(value, dict):
            return {key: self._without_names(item, people, (*parts, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._without_names(item, people, (*parts, at)) for at, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        text = unicodedata.normalize("NFC", value)
        plain = folded(text)
        for person in people:
            # Most texts don't hold the surname; only for those that do is a pattern made.
            if not isinstance(person, Mapping) or surname(person) not in plain:
                continue
            pattern = name_pattern(person)
            while pattern is not None and (found := pattern.search(plain)) is not None:
                text = text[: found.start()] + NAME_MARK + text[found.end() :]
                plain = folded(text)
                self._findings.add_at("name_reserved", parts, "text")
        if self._names_never_public:
            text = _TITLED.sub(lambda found: self._without_titled(found, parts), text)
        return value if folded(text) == folded(value) else text

    def _without_titled(self, found: re.Match[str], parts: Parts) -> str:
        """A title with its name: the name goes, unless it is a post."""
        if is_post(folded(found["name"].split()[0])):
            return found[0]
        self._findings.add_at("name_reserved", parts, "text")
        return found[0].removesuffix(found["name"]) + NAME_MARK

    def _name_status(self, record: Mapping[str, Any], document: Mapping[str, Any]) -> NameStatus:
        if self._names_never_public:
            return "not_public"
        received = [path for path in self._name_fields if _at(record, path) is not None]
        if not received:
            return "not_received"
        hidden = [path for path in received if _at(document, path) != _at(record, path)]
        # A name whose text held, say, a CURP stays public: only the fixed text means that it isn't.
        return (
            "not_public"
            if any(_at(document, path) in (allow_lists()["no_publico"], None) for path in hidden)
            else "public"
        )


def _at(document: Any, path: Sequence[str]) -> Any:
    for part in path:
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


def _holds(record: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Whether a condition of the allow-list holds; anything unexpected means no."""
    if "legal_person" in rule:
        name, rfc = (_at(record, rule["legal_person"][at].split("/")) for at in ("name", "rfc"))
        return isinstance(name, str) and not may_be_natural(rfc=rfc, name=name)
    value = _at(record, rule["field"].split("/"))
    contradictions = rule.get("contradicted_by", ())
    if isinstance(value, Mapping):
        texts = [folded(str(value.get(name) or "")) for name in ("valor", "descripcion")]
        if any(contradiction in text for contradiction in contradictions for text in texts):
            return False
        value = value.get("clave")
    return isinstance(value, str) and value.strip().upper() in rule["codes"]
