"""What of a record may leave `var/raw`: the allow-lists as data, the pseudonym key, and what a removal is.

Here: what both redactors share. Not here: cutting an OCDS release (`redact_ocds.py`) or a PDN record
(`redact_pdn.py`) to what is public, the scan of free text (`free_text.py`), what a CURP or RFC is
(`identity.py`), the last look at the final bytes (`pipelines/publication/leaks.py`). For people:
`docs/privacy.md`.
"""

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

import yaml

from pipelines.home import Home, write_atomic
from pipelines.settings import REPOSITORY, Settings
from pipelines.standards.identity import PSEUDONYM_HEX_DIGITS, PSEUDONYM_SCHEME
from pipelines.standards.validation import json_pointer

Kind = Literal[
    "curp",
    "rfc_natural",
    "email",
    "phone",
    "address",
    "contact_point",
    "name_reserved",
    "reserved",
    "not_listed",
]
Place = Literal["field", "id", "text", "url", "key"]
Parts = tuple[str | int, ...]

ALLOW_LISTS = REPOSITORY / "pipelines" / "standards" / "allow_lists.yaml"
KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
OWNER_ONLY = 0o600


@cache
def allow_lists() -> Mapping[str, Any]:
    """`allow_lists.yaml`, read once."""
    loaded: Mapping[str, Any] = yaml.safe_load(ALLOW_LISTS.read_text(encoding="utf-8"))
    return loaded


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
        return _pseudonym(self.secret, compact)


@lru_cache(maxsize=20_000)
def _pseudonym(secret: bytes, compact: str) -> str:
    """The same persons are named again and again."""
    digest = hmac.new(secret, compact.encode(), hashlib.sha256).hexdigest()
    return f"{PSEUDONYM_SCHEME}-{digest[:PSEUDONYM_HEX_DIGITS]}"


class PseudonymKeyError(ValueError):
    """The configured key can't be used."""


def load_key(home: Home, settings: Settings) -> PseudonymKey:
    """The key from `TEQUIO_PSEUDONYM_KEY` (hexadecimal), else the one of this home, made on the first run
    (0600).

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


class Finding(NamedTuple):
    """Something that was removed: its kind, where (`pointer` exact, `path` with `*` for positions), in what.

    `place`: `field` a reserved field as a whole, `id` an identifier, `key` the name of a field, `text` or
    `url` a part of a value.
    """

    kind: Kind
    pointer: str
    path: str
    place: Place


def counts(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    """How often each (kind, generic path) was removed."""
    return Counter((finding.kind, finding.path) for finding in findings)


@dataclass
class Findings:
    """The findings of one document as they are made."""

    made: list[Finding] = field(default_factory=list)

    def add(self, kind: Kind, pointer: str, path: str, place: Place) -> None:
        """Note a removal at a JSON pointer; `path` is the same with `*` for positions."""
        self.made.append(Finding(kind, pointer, path, place))

    def add_at(self, kind: Kind, parts: Parts, place: Place) -> None:
        """Note a removal at `parts`, the names and positions that lead there."""
        path = json_pointer(["*" if isinstance(part, int) else part for part in parts])
        self.add(kind, json_pointer(parts), path, place)


def is_blank(value: Any) -> bool:
    """Whether a value holds nothing; removing such a one removes nothing."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())
