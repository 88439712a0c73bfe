"""What of a record may leave `var/raw`: allow-lists, pseudonyms, and the scan of free text.

Here: turning one OCDS release or PDN record into what may be published, with a finding for everything that was
removed. Which fields are public is data (`allow_lists.yaml`); what a CURP or RFC is stands in `identity.py`; why, for
people, in `docs/privacy.md`. Not here: the last look at the final bytes (`pipelines/publication/leaks.py`).

Two promises that the tests hold: nothing personal survives wherever it stands (value, key, URL, text), and redacting
twice gives what redacting once gave.
"""

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

import orjson
import yaml

from pipelines.home import Home, write_atomic
from pipelines.settings import Settings
from pipelines.standards.identity import (
    CURP_SCHEMES,
    PERSONAL_ID_HINT,
    PSEUDONYM_HEX_DIGITS,
    PSEUDONYM_SCHEME,
    RFC_SCHEMES,
    Identity,
    classify,
    find_personal_ids,
)
from pipelines.standards.pdn import PdnSystem
from pipelines.standards.validation import json_pointer

Kind = Literal[
    "curp", "rfc_natural", "email", "phone", "address", "contact_point", "name_reserved", "not_listed"
]
Place = Literal["field", "id", "text", "url", "key"]
NameStatus = Literal["public", "not_public", "not_received"]

ALLOW_LISTS = Path(__file__).with_name("allow_lists.yaml")
KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
OWNER_ONLY = 0o600
NOT_PUBLIC = "No público"

CURP_MARK = "[CURP reservada]"
RFC_MARK = "[RFC reservado]"
EMAIL_MARK = "[correo reservado]"
PHONE_MARK = "[teléfono reservado]"
NAME_MARK = "[nombre reservado]"

# Redaction repeats until nothing changes; a second pass is needed when one replacement uncovers another (two
# telephones after one word). More than this would be a defect of the patterns.
MAX_PASSES = 12


# -- key and pseudonyms ---------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class PseudonymKey:
    """The secret under which natural persons' RFCs become pseudonyms in OCDS outputs."""

    secret: bytes

    @property
    def id(self) -> str:
        """Names the key without telling it: pseudonyms of two releases compare only under the same id."""
        return hashlib.sha256(self.secret).hexdigest()[:8]

    def pseudonym(self, compact: str) -> str:
        """`MX-TEQUIO-` and 20 hexadecimal digits of HMAC-SHA256 over the normalised RFC or CURP."""
        digest = hmac.new(self.secret, compact.encode(), hashlib.sha256).hexdigest()
        return f"{PSEUDONYM_SCHEME}-{digest[:PSEUDONYM_HEX_DIGITS]}"


class PseudonymKeyError(ValueError):
    """The configured key can't be used."""


def load_key(home: Home, settings: Settings) -> PseudonymKey:
    """The key from `TEQUIO_PSEUDONYM_KEY` (hexadecimal), else the one of this home, made on the first run (0600).

    Raises:
        PseudonymKeyError: a key that isn't hexadecimal or is shorter than 16 bytes.
    """
    if settings.pseudonym_key is not None:
        return _parse_key(settings.pseudonym_key, where="TEQUIO_PSEUDONYM_KEY")
    path = home.keys / KEY_FILE
    if not path.is_file():
        write_atomic(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
        path.chmod(OWNER_ONLY)
    return _parse_key(path.read_text(encoding="utf-8"), where=str(path))


def with_key(code_version: str, *, home: Home, settings: Settings) -> str:
    """`code_version` with the key's id: another key changes what is published, as another version does."""
    return f"{code_version}-{load_key(home, settings).id}"


def _parse_key(text: str, *, where: str) -> PseudonymKey:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) < KEY_BYTES // 2:
        message = f"{where} is not a key; expected at least {KEY_BYTES} hexadecimal digits"
        raise PseudonymKeyError(message)
    return PseudonymKey(secret)


# -- findings -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was removed: its kind, where (`pointer` exact, `path` with `*` for positions), in what.

    `place`: `field` a reserved field as a whole, `id` an identifier, `key` the name of a field, `text` or `url` a part
    of a value.
    """

    kind: Kind
    pointer: str
    path: str
    place: Place


@dataclass(frozen=True)
class Redacted:
    """A public document and what was taken out of it."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    fields: frozenset[str] = frozenset()

    def counts(self) -> Counter[tuple[str, str]]:
        """How often each (kind, generic path) was removed."""
        return Counter((finding.kind, finding.path) for finding in self.findings)


@dataclass(frozen=True)
class PublicRecord:
    """A PDN record as it may be published; `name_status` says whether its name is in it."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    name_status: NameStatus


# -- free text ------------------------------------------------------------------------------------------

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_URL = re.compile(r"(?:https?|ftp)://\S+$|www\.\S+$", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}\s?(?:@|%40)\s?(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z])"
)
_PHONE_WORD = (
    r"(?:tel(?:[eé]fonos?|[eé]fonic[oa]s?|s|f)?|cel(?:ular(?:es)?|s)?|whats\s?app|wa|m[oó]vil(?:es)?|fax|conmutador|lada"
    r"|phone|mobile|llam(?:ar|e|e)\s+al)"
)
_PHONE = re.compile(
    # A word that announces a number, a number written with Mexico's prefix, or another one after a number.
    rf"(?P<before>(?<![^\W\d_]){_PHONE_WORD}(?![^\W\d_])[^\d+\n]{{0,20}}"
    r"|\[teléfono reservado\][\s,;/]{0,3}(?:(?:y|o|u)\s)?|telefono-reservado[,;/]|(?<!\d)(?=\+\s?52))"
    r"(?P<number>(?!\d{4}-\d{2}-\d{2})\+?\s?\(?\d(?:[\s().–-]{0,2}\d){6,14}(?:\s*(?:ext|extensi[oó]n)\b\.?:?\s*\d+)?)(?!\d)",
    re.IGNORECASE,
)
# Anything the scan could act on; texts without it (nearly all) are left after this one search.
_HINT = re.compile(
    rf"{PERSONAL_ID_HINT.pattern}|@|%|\+\s?52|(?<![^\W\d_])(?:tel|cel|whats|wa|m[oó]vil|fax|conm|lada|phone|mobile|llam)",
    re.IGNORECASE,
)
# Clean texts seen before: names, codes and regions repeat through a source.
_CACHE_ENTRIES = 50_000
_CACHE_LENGTH = 160


@dataclass(frozen=True)
class Marks:
    """What stands where something was removed; `person` makes it of a found CURP or RFC and whether it is a URL."""

    person: Callable[[str, str], str]

    def for_person(self, kind: str, compact: str, *, url: bool) -> str:
        """The replacement of a CURP or RFC; inside a URL without blanks or brackets."""
        mark = self.person(kind, compact)
        return _in_url(mark) if url else mark


def pdn_marks() -> Marks:
    """Fixed marks: no PDN output carries a pseudonym."""
    return Marks(person=lambda kind, _: CURP_MARK if kind == "curp" else RFC_MARK)


def ocds_marks(key: PseudonymKey) -> Marks:
    """RFCs become pseudonyms, so that joins still work; CURPs in text a fixed mark."""
    return Marks(person=lambda kind, compact: CURP_MARK if kind == "curp" else key.pseudonym(compact))


def id_marks(key: PseudonymKey) -> Marks:
    """Inside identifiers of OCDS a CURP too becomes a pseudonym: two persons must stay two."""
    return Marks(person=lambda _, compact: key.pseudonym(compact))


def scrub(text: str, marks: Marks) -> tuple[str, list[Kind]]:
    """`text` without personal data, and the kind of each thing removed (empty: the text is untouched)."""
    plain = _plain(text)
    if _HINT.search(plain) is None:
        return text, []
    url = _URL.match(plain) is not None
    if url and "%" in plain:
        decoded = unquote(plain)
        cleaned, kinds = _scrub_plain(decoded, marks, url=True)
        if kinds:
            return quote(cleaned, safe="/:?#[]@!$&'()*+,;=~"), kinds
        return text, []
    cleaned, kinds = _scrub_plain(plain, marks, url=url)
    return (cleaned, kinds) if kinds else (text, [])


def _plain(text: str) -> str:
    """The text as a reader sees it: no invisible characters, no full-width letters, no split accents."""
    if text.isascii():
        return text
    visible = _INVISIBLE.sub("", text)
    return visible if unicodedata.is_normalized("NFKC", visible) else unicodedata.normalize("NFKC", visible)


def _scrub_plain(text: str, marks: Marks, *, url: bool) -> tuple[str, list[Kind]]:
    kinds: list[Kind] = []
    for _ in range(MAX_PASSES):
        before = text
        text = _scrub_ids(text, marks, kinds, url=url)
        text, mails = _EMAIL.subn(_in_url(EMAIL_MARK) if url else EMAIL_MARK, text)
        phone = _in_url(PHONE_MARK) if url else PHONE_MARK
        text, phones = _PHONE.subn(lambda match, mark=phone: match["before"] + mark, text)  # type: ignore[misc]
        kinds += ["email"] * mails + ["phone"] * phones
        if text == before:
            break
    return text, kinds


def _scrub_ids(text: str, marks: Marks, kinds: list[Kind], *, url: bool) -> str:
    parts: list[str] = []
    reached = 0
    for personal in find_personal_ids(text):
        parts += [text[reached : personal.start], marks.for_person(personal.kind, personal.compact, url=url)]
        reached = personal.end
        kinds.append(personal.kind)
    return "".join([*parts, text[reached:]]) if parts else text


def _in_url(mark: str) -> str:
    """A mark that may stand in a URL: `[CURP reservada]` → `CURP-reservada`."""
    return mark.strip("[]").replace(" ", "-").replace("é", "e")


# -- allow-lists ----------------------------------------------------------------------------------------


@cache
def allow_lists() -> Mapping[str, Any]:
    """`allow_lists.yaml`, read once."""
    loaded: Mapping[str, Any] = yaml.safe_load(ALLOW_LISTS.read_text(encoding="utf-8"))
    return loaded


Path_ = tuple[Any, ...]


def _pointers(parts: Sequence[str | int]) -> tuple[str, str]:
    """The exact JSON pointer and the generic one (`*` for positions)."""
    return json_pointer(parts), json_pointer(["*" if isinstance(part, int) else part for part in parts])


@dataclass
class _Collector:
    """Findings of one document, and the texts already known to be clean."""

    marks: Marks
    findings: list[Finding] = field(default_factory=list)

    def add(self, kind: Kind, parts: Sequence[str | int], place: Place) -> None:
        pointer, path = _pointers(parts)
        self.findings.append(Finding(kind, pointer, path, place))


def _is_blank(value: Any) -> bool:
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


# -- OCDS -----------------------------------------------------------------------------------------------

# Names that only companies bear: with them a party without RFC is a legal person (lavanderia-empresarial's list of
# forms, cut to the unmistakable ones; "SA" alone also ends first names).
_COMPANY = re.compile(
    r"(?:\bS\.?\s?A\.?(?:\s?P\.?\s?I\.?|\s?B\.?)?|\bS\.?\s?(?:DE\s?)?R\.?\s?L\.?(?:\s?M\.?\s?I\.?)?|\bS\.?\s?C\.?)"
    r"[\s,]*DE[\s,]*C\.?\s?V\.?|\bS\.\s?A\.(?!\w)|\bS\.\s?C\.(?!\w)|\bA\.\s?C\.(?!\w)|\bS\.\s?DE\s?R\.\s?L\.?"
    r"|\b(?:SECRETAR[IÍ]A|INSTITUTO|UNIVERSIDAD|MUNICIPIO|AYUNTAMIENTO|GOBIERNO|COMISI[OÓ]N|FISCAL[IÍ]A|DIRECCI[OÓ]N"
    r"|SOCIEDAD|SERVICIOS DE|GRUPO|COMERCIALIZADORA|CONSTRUCTORA|DISTRIBUIDORA|CORPORATIVO|LTD|INC|LLC|GMBH)\b",
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
        self._collector = _Collector(self._marks)
        self._aliases: Mapping[str, str] = {}
        self._fields: set[str] = set()

    def redact(self, release: Mapping[str, Any], *, aliases: Mapping[str, str] | None = None) -> Redacted:
        """The publishable release. `aliases`: see `aliases_of`; without it, those of this release alone."""
        self._collector = _Collector(self._marks)
        self._aliases = self.aliases_of([release]) if aliases is None else aliases
        self._fields = set()
        document = self._object(release, (), "")
        return Redacted(document, tuple(self._collector.findings), frozenset(self._fields))

    def redact_id(self, text: str) -> str:
        """An ocid or release id as it stands in the redacted release."""
        return scrub(text, self._id_marks)[0]

    def aliases_of(self, releases: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Ids of parties whose RFC is a natural person's but not well formed → their pseudonym.

        Such an id isn't recognisable by itself where the party is referred to (suppliers, payee), also in another
        release of the same process.
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
        """The pseudonym of an identifier that says it is an RFC or CURP and is a natural person's."""
        if not isinstance(identifier, Mapping):
            return None
        scheme = identifier.get("scheme")
        if not isinstance(scheme, str) or scheme.upper() not in RFC_SCHEMES | CURP_SCHEMES:
            return None
        found = classify(identifier.get("id"))
        return self._key.pseudonym(found.normalised) if found.is_natural_person else None

    # -- walking ---------------------------------------------------------------------------------------

    def _object(self, source: Mapping[str, Any], parts: Path_, name: str) -> dict[str, Any]:
        is_party = name in self._party_objects
        allowed = self._allowed(name, is_party=is_party)
        public: dict[str, Any] = {}
        for key, value in source.items():
            shown, reserved, is_id = self._key_facts(key)
            if reserved is not None:
                if not _is_blank(value):
                    self._collector.add(reserved, (*parts, shown), "field")
                continue
            if allowed is not None and key not in allowed and key.partition("_")[0] not in allowed:
                if not _is_blank(value):
                    self._collector.add("not_listed", (*parts, shown), "field")
                continue
            if shown != key:
                shown = _free_name(shown, public, source)
                for kind in scrub(key, self._marks)[1]:
                    self._collector.add(kind, (*parts, shown), "key")
            # Nearly every value is a text seen before or no text at all: those need no path.
            if value.__class__ is str:
                public[shown] = value if value in self._clean else self._text(value, (*parts, shown), is_id, is_party)
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

    def _nested(self, value: Any, parts: Path_, name: str, is_id: bool) -> Any:
        if isinstance(value, dict):
            return self._object(value, parts, name)
        if isinstance(value, list):
            return [self._nested(item, (*parts, at), name, is_id) for at, item in enumerate(value)]
        return self._text(value, parts, is_id, False) if isinstance(value, str) else value

    def _text(self, text: str, parts: Path_, is_id: bool, in_party: bool) -> str:
        """`in_party`: the text stands right in the object of a party or a reference to one."""
        if is_id and text in self._aliases and (in_party or "identifier" in parts):
            self._collector.add("rfc_natural", parts, "id")
            return self._aliases[text]
        cleaned, kinds = scrub(text, self._id_marks if is_id else self._marks)
        if not kinds:
            if not is_id and len(text) <= _CACHE_LENGTH:
                self._remember(text)
            return text
        place: Place = "id" if is_id else "url" if _URL.match(text) else "text"
        for kind in kinds:
            self._collector.add(kind, parts, place)
        return cleaned

    def _remember(self, text: str) -> None:
        if len(self._clean) >= _CACHE_ENTRIES:
            self._clean.clear()
        self._clean.add(text)

    def _key_facts(self, key: str) -> tuple[str, Kind | None, bool]:
        """Of a field's name: itself without personal data, the kind it is reserved under, whether it holds an id."""
        self._fields.add(key)
        facts = self._keys.get(key)
        if facts is None:
            shown = scrub(key, self._marks)[0]
            is_id = key in {"id", "ocid", "uid"} or key.endswith(("Id", "ID"))
            facts = (shown, self._reserved.get(key.casefold()), is_id)
            if len(self._keys) < _CACHE_ENTRIES:
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

    def _reduce_address(self, source: Mapping[str, Any], public: dict[str, Any], parts: Path_, name: str) -> None:
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
        if any(not _is_blank(value) for key, value in public["address"].items() if key not in kept):
            self._collector.add("address", (*parts, "address"), "field")
        public["address"] = kept

    def _is_institution(self, party: Mapping[str, Any], name: str) -> bool:
        """Whether it is certain that `party` is no natural person; without evidence it isn't."""
        identifier = party.get("identifier")
        identifier = identifier if isinstance(identifier, Mapping) else {}
        kinds = {classify(identifier.get("id")).kind, classify(party.get("id")).kind}
        if kinds & {"rfc_natural", "rfc_natural_malformed", "curp", "hash", "pseudonym"}:
            return False
        personality = identifier.get("legalPersonality")
        if personality == "naturalPerson":
            return False
        if "rfc_legal" in kinds or personality == "legalPerson" or name in self._institution_objects:
            return True
        roles = party.get("roles")
        if isinstance(roles, list) and any(role in self._institution_roles for role in roles if isinstance(role, str)):
            return True
        called = party.get("name") or identifier.get("legalName")
        return isinstance(called, str) and _COMPANY.search(called) is not None


def _free_name(name: str, taken: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    """`name`, numbered if the object has that field already: two redacted names must stay two fields."""
    if name not in taken and name not in others:
        return name
    number = 2
    while f"{name} ({number})" in taken or f"{name} ({number})" in others:
        number += 1
    return f"{name} ({number})"


# -- PDN ------------------------------------------------------------------------------------------------


class PdnRedactor:
    """Turns PDN v1 records of one system into public ones, by its allow-list."""

    def __init__(self, system: PdnSystem) -> None:
        rules = allow_lists()["pdn"][f"{system}_v1"]
        self.system: PdnSystem = system
        self._fields: Mapping[str, Any] = rules["fields"]
        self._conditions: Mapping[str, Mapping[str, Any]] = rules.get("conditions", {})
        self._withheld: Mapping[str, Kind] = rules.get("withheld", {})
        self._name_fields = [tuple(path.split("/")) for path in rules["name_fields"]]
        self._people = [tuple(path.split("/")) for path in rules.get("people", ())]
        self._free_text = [tuple(path.split("/")) for path in rules.get("free_text", ())]
        self._marks = pdn_marks()
        self._collector = _Collector(self._marks)

    def redact(self, record: Mapping[str, Any], *, record_id: str | None = None) -> PublicRecord:
        """The public view of `record`, in the shape of PDN v1.

        `record_id` stands in for an `id` that the record lacks (Mongo's `_id`), so that the record stays findable and
        valid.
        """
        self._collector = _Collector(self._marks)
        holds = {name: _holds(record, rule) for name, rule in self._conditions.items()}
        document = self._listed(record, self._fields, holds, ())
        if _is_blank(document.get("id")) and record_id is not None:
            document = {"id": scrub(record_id, self._marks)[0], **{k: v for k, v in document.items() if k != "id"}}
        self._hide_names(record, document, holds)
        return PublicRecord(document, tuple(self._collector.findings), self._name_status(record, document))

    def _listed(
        self, source: Mapping[str, Any], fields: Mapping[str, Any], holds: Mapping[str, bool], parts: Path_
    ) -> dict[str, Any]:
        public: dict[str, Any] = {}
        for key, value in source.items():
            rule = fields.get(key)
            if rule is None:
                self._withhold(key, value, parts)
            elif value is None:
                public[key] = None
            else:
                self._apply(rule, key, value, public=public, holds=holds, parts=(*parts, key))
        return public

    def _apply(
        self, rule: Any, key: str, value: Any, *, public: dict[str, Any], holds: Mapping[str, bool], parts: Path_
    ) -> None:
        conditional = isinstance(rule, Mapping) and isinstance(rule.get("when"), str)
        if conditional and not self._condition_holds(rule, value, holds):
            if _is_blank(value):
                public[key] = value
                return
            self._withhold(key, value, parts[:-1])
            if "otherwise" in rule:
                public[key] = rule["otherwise"]
            return
        fields = rule.get("fields") if conditional else rule
        if isinstance(fields, Mapping):
            self._apply_object(fields, key, value, public=public, holds=holds, parts=parts)
            return
        published, ok = self._leaf(value, parts)
        if ok:
            public[key] = published
        else:
            self._collector.add("not_listed", parts, "field")

    def _condition_holds(self, rule: Mapping[str, Any], value: Any, holds: Mapping[str, bool]) -> bool:
        if not holds[rule["when"]]:
            return False
        return "form" not in rule or classify(value).kind == rule["form"]

    def _apply_object(
        self,
        fields: Mapping[str, Any],
        key: str,
        value: Any,
        *,
        public: dict[str, Any],
        holds: Mapping[str, bool],
        parts: Path_,
    ) -> None:
        if isinstance(value, Mapping):
            public[key] = self._listed(value, fields, holds, parts)
        elif isinstance(value, list):
            public[key] = [
                self._listed(item, fields, holds, (*parts, at)) for at, item in enumerate(value) if isinstance(item, Mapping)
            ]
            if any(not isinstance(item, Mapping) for item in value):
                self._collector.add("not_listed", parts, "field")
        elif not _is_blank(value):
            # A text where an object belongs could hold anything, a name included.
            self._collector.add("not_listed", parts, "field")

    def _leaf(self, value: Any, parts: Path_) -> tuple[Any, bool]:
        """A scalar (or list of scalars) after the scan; an object where a scalar belongs isn't published."""
        if isinstance(value, str):
            cleaned, kinds = scrub(value, self._marks)
            place: Place = "url" if _URL.match(value) else "id" if parts[-1] == "id" else "text"
            for kind in kinds:
                self._collector.add(kind, parts, place)
            return cleaned, True
        if isinstance(value, list):
            if any(isinstance(item, (list, dict)) for item in value):
                return None, False
            return [self._leaf(item, (*parts, at))[0] for at, item in enumerate(value)], True
        return value, not isinstance(value, dict)

    def _withhold(self, key: str, value: Any, parts: Path_) -> None:
        if _is_blank(value):
            return
        generic = "/".join(str(part) for part in (*parts, key) if not isinstance(part, int))
        shown = scrub(key, self._marks)[0]
        self._collector.add(self._withheld.get(generic, "not_listed"), (*parts, shown), "field")

    # -- names -----------------------------------------------------------------------------------------

    def _hide_names(self, record: Mapping[str, Any], document: dict[str, Any], holds: Mapping[str, bool]) -> None:
        """Remove from the public free text the names of people whose name is withheld."""
        patterns = [
            pattern
            for path in self._people
            if not self._is_named(path, holds) and (pattern := _name_pattern(_at(record, path))) is not None
        ]
        for path in self._free_text if patterns else ():
            holder = _at(document, path[:-1])
            if isinstance(holder, dict) and path[-1] in holder:
                holder[path[-1]] = self._without_names(holder[path[-1]], patterns, path)

    def _is_named(self, path: tuple[str, ...], holds: Mapping[str, bool]) -> bool:
        rule: Any = self._fields
        for part in (*path, "nombres"):
            rule = rule.get(part) if isinstance(rule, Mapping) else None
        if isinstance(rule, Mapping):
            return holds[rule["when"]]
        return rule is not None

    def _without_names(self, value: Any, patterns: list[re.Pattern[str]], parts: Path_) -> Any:
        if isinstance(value, dict):
            return {key: self._without_names(item, patterns, (*parts, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._without_names(item, patterns, (*parts, at)) for at, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        text = value
        for pattern in patterns:
            while (found := pattern.search(_folded(text))) is not None:
                text = text[: found.start()] + NAME_MARK + text[found.end() :]
                self._collector.add("name_reserved", parts, "text")
        return text

    def _name_status(self, record: Mapping[str, Any], document: Mapping[str, Any]) -> NameStatus:
        received = [path for path in self._name_fields if _at(record, path) is not None]
        if not received:
            return "not_received"
        hidden = [path for path in received if _at(document, path) != _at(record, path)]
        # A name whose text held, say, a CURP stays public: only the fixed text means that it isn't.
        return "not_public" if any(_at(document, path) in {NOT_PUBLIC, None} for path in hidden) else "public"


def _at(document: Any, path: Sequence[str]) -> Any:
    for part in path:
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


def _holds(record: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Whether a condition of the allow-list holds; anything unexpected means no."""
    value = _at(record, rule["field"].split("/"))
    contradictions = rule.get("contradicted_by", ())
    if isinstance(value, Mapping):
        texts = [_folded(str(value.get(name) or "")) for name in ("valor", "descripcion")]
        if any(contradiction in text for contradiction in contradictions for text in texts):
            return False
        value = value.get("clave")
    return isinstance(value, str) and value.strip().upper() in rule["codes"]


def _folded(text: str) -> str:
    """Upper case without accents, one character for each, so that positions hold."""
    return "".join(unicodedata.normalize("NFD", letter)[0].upper()[:1] or letter for letter in text)


def _name_pattern(person: Any) -> re.Pattern[str] | None:
    """The person's name in the orders people write it: first names and surnames, or surnames first."""
    if not isinstance(person, Mapping):
        return None
    given, first, second = (
        [re.escape(word) for word in re.findall(r"\w+", _folded(str(person.get(name) or "")))]
        for name in ("nombres", "primerApellido", "segundoApellido")
    )
    surnames = [*first, *second]
    orders = [[*given, *first, *second], [*given, *first], [*first, *second, *given], [*first, *given], surnames]
    if given and surnames:
        orders.append([given[0], *first])
    texts = sorted({r"[\s,.]+".join(order) for order in orders if len(order) > 1}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(texts) + r")(?!\w)") if texts else None


# -- JSON -----------------------------------------------------------------------------------------------

_BIG_INTEGER = re.compile(r"\d{19}")


def loads(text: str) -> Any:
    """Parse JSON without losing digits of integers beyond 64 bits (orjson would make them floats)."""
    return json.loads(text) if _BIG_INTEGER.search(text) else orjson.loads(text)


def dumps(document: Any) -> str:
    """JSON text, compact, UTF-8; integers of any size."""
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def identity_of(identifier: Any) -> Identity:
    """`classify` of an identifier object's id."""
    return classify(identifier.get("id") if isinstance(identifier, Mapping) else None)
