"""One OCDS release, private in, public out.

Here: contact points, addresses, identifiers and the scan of every text of a release, with a finding for
everything removed. Which fields are public is data (`allow_lists.yaml`). Not here: PDN (`redact_pdn.py`),
the scan of one text (`free_text.py`).

Two promises that the tests hold: nothing personal survives wherever it stands (value, key, URL, text), and
redacting twice gives what redacting once gave.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.standards.free_text import id_marks, is_url, ocds_marks, scrub
from pipelines.standards.identity import (
    CURP_SCHEMES,
    PSEUDONYM_SCHEME,
    RFC_SCHEMES,
    classify,
    may_be_natural_rfc,
)
from pipelines.standards.privacy import (
    Finding,
    Findings,
    Kind,
    Parts,
    Place,
    PseudonymKey,
    allow_lists,
    is_blank,
)

# Clean texts seen before: names, codes and regions repeat through a source.
CACHE_ENTRIES = 50_000
CACHE_LENGTH = 160


@dataclass(frozen=True)
class RedactedRelease:
    """A release as it may be published, what was taken out of it, and the names of the fields it had."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    fields: frozenset[str]


# Names that only companies bear: with them a party without RFC is a legal person
# (lavanderia-empresarial's list of forms, cut to the unmistakable ones; "SA" alone also ends first
# names).
_COMPANY = re.compile(
    r"(?:\bS\.?\s?A\.?(?:\s?P\.?\s?I\.?|\s?B\.?)?|\bS\.?\s?(?:DE\s?)?R\.?\s?L\.?(?:\s?M\.?\s?I\.?)?"
    r"|\bS\.?\s?C\.?)[\s,]*DE[\s,]*C\.?\s?V\.?"
    r"|\bS\.\s?A\.(?!\w)|\bS\.\s?C\.(?!\w)|\bA\.\s?C\.(?!\w)|\bS\.\s?DE\s?R\.\s?L\.?"
    r"|\b(?:SECRETAR[IÍ]A|INSTITUTO|UNIVERSIDAD|MUNICIPIO|AYUNTAMIENTO|GOBIERNO|COMISI[OÓ]N|FISCAL[IÍ]A"
    r"|DIRECCI[OÓ]N|SOCIEDAD|SERVICIOS DE|GRUPO|COMERCIALIZADORA|CONSTRUCTORA|DISTRIBUIDORA|CORPORATIVO"
    r"|LTD|INC|LLC|GMBH)\b",
    re.IGNORECASE,
)


class OcdsRedactor:
    """Turns OCDS releases into publishable ones under one key.

    One instance may redact any number of releases; findings are kept apart. Not thread-safe.
    """

    def __init__(self, key: PseudonymKey) -> None:
        rules = allow_lists()["ocds"]
        self._key = key
        self._marks = ocds_marks(key)
        self._id_marks = id_marks(key)
        self._party_objects = frozenset(rules["party_objects"])
        self._party_fields = frozenset(rules["party_fields"])
        self._identifier_fields = frozenset(rules["identifier_fields"])
        self._natural_address = frozenset(rules["natural_address_fields"])
        self._institution_objects = frozenset(rules["institution_objects"])
        self._institution_roles = frozenset(rules["institution_roles"])
        self._reserved: Mapping[str, Kind] = {
            name.casefold(): kind for name, kind in rules["reserved_fields"].items()
        }
        self._keys: dict[str, tuple[str, Kind | None, bool]] = {}
        self._clean: set[str] = set()
        self._findings = Findings()
        self._aliases: Mapping[str, str] = {}
        self._fields: set[str] = set()

    def redact(
        self, release: Mapping[str, Any], *, aliases: Mapping[str, str] | None = None
    ) -> RedactedRelease:
        """The publishable release. `aliases`: see `aliases_of`; without it, those of this release alone."""
        self._findings = Findings()
        self._aliases = self.aliases_of([release]) if aliases is None else aliases
        self._fields = set()
        document = self._object(release, (), "")
        return RedactedRelease(document, tuple(self._findings.made), frozenset(self._fields))

    def redact_id(self, text: str) -> str:
        """An ocid or release id as it stands in the redacted release."""
        return scrub(text, self._id_marks)[0]

    def reserves(self, path: str) -> bool:
        """Whether the allow-list withholds what stands at a JSON pointer, whoever it is about.

        What is no pointer is the name of one field.
        """
        owner = ""
        for part in path.split("/")[1:] if path.startswith("/") else (path,):
            if part.isdecimal():
                continue
            name = part.replace("~1", "/").replace("~0", "~")
            if name.casefold() in self._reserved:
                return True
            allowed = self._allowed(owner, is_party=owner in self._party_objects)
            if allowed is not None and not _is_listed(name, allowed):
                return True
            owner = name
        return False

    def aliases_of(self, releases: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Ids of parties whose RFC is a natural person's but not well formed → their pseudonym.

        Such an id isn't recognisable by itself where the party is referred to (suppliers, payee), also in
        another release of the same process.
        """
        aliases: dict[str, str] = {}
        for release in releases:
            parties = release.get("parties")
            for party in parties if isinstance(parties, list) else ():
                if not isinstance(party, Mapping):
                    continue
                pseudonym = self._declared_pseudonym(party.get("identifier"))
                if pseudonym is None:
                    continue
                declared = classify(party["identifier"].get("id")).normalised
                for raw in (party.get("id"), party["identifier"].get("id")):
                    if isinstance(raw, str) and classify(raw).normalised == declared:
                        aliases[raw] = pseudonym
        return aliases

    def _declared_pseudonym(self, identifier: Any) -> str | None:
        """The pseudonym of an identifier that says it is an RFC or CURP and is, or may be, a natural person's."""
        if not isinstance(identifier, Mapping):
            return None
        scheme = identifier.get("scheme")
        if not isinstance(scheme, str) or scheme.upper() not in RFC_SCHEMES | CURP_SCHEMES:
            return None
        found = classify(identifier.get("id"))
        is_personal = found.is_natural_person or (
            found.kind == "invalid" and may_be_natural_rfc(found.normalised)
        )
        return self._key.pseudonym(found.normalised) if is_personal else None

    # -- walking ---------------------------------------------------------------------------------------

    def _object(self, source: Mapping[str, Any], parts: Parts, name: str) -> dict[str, Any]:
        is_party = name in self._party_objects
        allowed = self._allowed(name, is_party=is_party)
        public: dict[str, Any] = {}
        self._fields.update(source)
        for key, value in source.items():
            shown, reserved, is_id = self._keys.get(key) or self._key_facts(key)
            if reserved is not None:
                if not is_blank(value):
                    self._findings.add(reserved, (*parts, shown), "field")
                continue
            if allowed is not None and not _is_listed(key, allowed):
                if not is_blank(value):
                    self._findings.add("not_listed", (*parts, shown), "field")
                continue
            if shown != key:
                shown = _free_name(shown, public, source)
                for kind in scrub(key, self._marks)[1]:
                    self._findings.add(kind, (*parts, shown), "key")
            # Nearly every value is a text seen before or no text at all: those need no path.
            if value.__class__ is str:
                public[shown] = (
                    value if value in self._clean else self._text(value, (*parts, shown), is_id, is_party)
                )
            elif value.__class__ is dict or value.__class__ is list:
                public[shown] = self._nested(value, (*parts, shown), key, is_id)
            else:
                public[shown] = value
        if isinstance(public.get("address"), dict):
            self._reduce_address(source, public, parts, name)
        if "scheme" in public:
            self._fix_scheme(source, public)
        return public

    def _allowed(self, name: str, *, is_party: bool) -> frozenset[str] | None:
        if is_party:
            return self._party_fields
        return self._identifier_fields if name in {"identifier", "additionalIdentifiers"} else None

    def _nested(self, value: Any, parts: Parts, name: str, is_id: bool) -> Any:
        if isinstance(value, dict):
            return self._object(value, parts, name)
        if isinstance(value, list):
            return [self._nested(item, (*parts, at), name, is_id) for at, item in enumerate(value)]
        return self._text(value, parts, is_id, False) if isinstance(value, str) else value

    def _text(self, text: str, parts: Parts, is_id: bool, in_party: bool) -> str:
        """`in_party`: the text stands right in the object of a party or a reference to one."""
        if is_id and text in self._aliases and (in_party or "identifier" in parts):
            self._findings.add("rfc_natural", parts, "id")
            return self._aliases[text]
        cleaned, kinds = scrub(text, self._id_marks if is_id else self._marks)
        if not kinds:
            if not is_id and len(text) <= CACHE_LENGTH:
                self._remember(text)
            return text
        place: Place = "id" if is_id else "url" if is_url(text) else "text"
        for kind in kinds:
            self._findings.add(kind, parts, place)
        return cleaned

    def _remember(self, text: str) -> None:
        if len(self._clean) >= CACHE_ENTRIES:
            self._clean.clear()
        self._clean.add(text)

    def _key_facts(self, key: str) -> tuple[str, Kind | None, bool]:
        """Of a field's name: itself without personal data, the kind it is reserved under, whether it holds
        an id.
        """
        is_id = key in {"id", "ocid", "uid"} or key.endswith(("Id", "ID"))
        facts = (scrub(key, self._marks)[0], self._reserved.get(key.casefold()), is_id)
        if len(self._keys) < CACHE_ENTRIES:
            self._keys[key] = facts
        return facts

    def _fix_scheme(self, source: Mapping[str, Any], public: dict[str, Any]) -> None:
        """An identifier whose RFC became a pseudonym isn't of the RFC's scheme any more."""
        scheme = public.get("scheme")
        if not isinstance(scheme, str) or not isinstance(public.get("id"), (str, int)):
            return
        declared = self._declared_pseudonym(source)
        if declared is not None:
            public["id"] = declared
        if isinstance(public["id"], str) and public["id"].startswith(f"{PSEUDONYM_SCHEME}-"):
            public["scheme"] = PSEUDONYM_SCHEME

    # -- addresses -------------------------------------------------------------------------------------

    def _reduce_address(
        self, source: Mapping[str, Any], public: dict[str, Any], parts: Parts, name: str
    ) -> None:
        about_someone = name in self._party_objects or any(
            described in source for described in ("identifier", "name", "givenName", "roles")
        )
        if not about_someone or self._is_institution(source, name):
            return
        kept = {
            key: value
            for key, value in public["address"].items()
            if key.partition("_")[0] in self._natural_address
        }
        if any(not is_blank(value) for key, value in public["address"].items() if key not in kept):
            self._findings.add("address", (*parts, "address"), "field")
        public["address"] = kept

    def _is_institution(self, party: Mapping[str, Any], name: str) -> bool:
        """Whether it is certain that `party` is no natural person; without evidence it isn't."""
        identifier = party.get("identifier")
        identifier = identifier if isinstance(identifier, Mapping) else {}
        kinds = {classify(identifier.get("id")).kind, classify(party.get("id")).kind}
        if kinds & {"rfc_natural", "rfc_natural_malformed", "curp", "hash", "pseudonym"}:
            return False
        # The same once its identifier is a pseudonym.
        if self._declared_pseudonym(identifier) is not None:
            return False
        personality = identifier.get("legalPersonality")
        if personality == "naturalPerson":
            return False
        if "rfc_legal" in kinds or personality == "legalPerson" or name in self._institution_objects:
            return True
        roles = party.get("roles")
        if isinstance(roles, list) and any(
            role in self._institution_roles for role in roles if isinstance(role, str)
        ):
            return True
        called = party.get("name") or identifier.get("legalName")
        return isinstance(called, str) and _COMPANY.search(called) is not None


def _is_listed(name: str, allowed: frozenset[str]) -> bool:
    """Whether a field is one of these, or the same in another language (name_en)."""
    return name in allowed or name.partition("_")[0] in allowed


def _free_name(name: str, taken: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    """`name`, numbered if the object has that field already: two redacted names must stay two fields."""
    if name not in taken and name not in others:
        return name
    number = 2
    while f"{name} ({number})" in taken or f"{name} ({number})" in others:
        number += 1
    return f"{name} ({number})"
