"""The scan of texts: CURP, RFC of natural persons, e-mails and telephones, wherever they were typed.

Here: finding and replacing them in one text, URLs included. What a CURP or RFC is stands in `identity.py`.
Not here: which fields are scanned (`redact_ocds.py`, `redact_pdn.py`: all that they publish).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from pipelines.standards.identity import PERSONAL_ID_HINT, find_personal_ids
from pipelines.standards.privacy import Kind, PseudonymKey

CURP_MARK = "[CURP reservada]"
RFC_MARK = "[RFC reservado]"
EMAIL_MARK = "[correo reservado]"
PHONE_MARK = "[teléfono reservado]"

# The scan repeats until nothing changes; a second pass is needed when one replacement uncovers another (two
# telephones after one word). More than this would be a defect of the patterns.
MAX_PASSES = 12

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_URL = re.compile(r"(?:https?|ftp)://\S+$|www\.\S+$", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}\s?(?:@|%40)\s?(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z])"
)
_PHONE_WORD = (
    r"(?:tel(?:[eé]fonos?|[eé]fonic[oa]s?|s|f)?|cel(?:ular(?:es)?|s)?|whats\s?app|wa|m[oó]vil(?:es)?|fax"
    r"|conmutador|lada|phone|mobile|llam(?:ar|e)\s+al)"
)
_PHONE = re.compile(
    # A word that announces a number, another one after a number, or Mexico's prefix.
    rf"(?P<before>(?<![^\W\d_]){_PHONE_WORD}(?![^\W\d_])[^\d+\n]{{0,20}}?"
    r"|\[teléfono reservado\][\s,;/]{0,3}(?:(?:y|o|u)\s)?|telefono-reservado[,;/]|(?<!\d)(?=\+\s?52))"
    # Seven digits or more, with an extension; a date isn't one.
    r"(?P<number>(?!\d{4}-\d{2}-\d{2})(?:\+\s?)?\(?\d(?:[\s().–-]{0,2}\d){6,14}"
    r"(?:\s*(?:ext|extensi[oó]n)\b\.?:?\s*\d+)?)(?!\d)",
    re.IGNORECASE,
)
# What a CURP, an RFC and a telephone have in common: six digits near one another. Made so that the search only
# stops at digits, because it runs over every text; a date isn't personal.
_SIX_NEAR = re.compile(r"[0-9](?:[\s().–-]{0,2}[0-9]){5}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+Z-]{4,25})?$")
_SIX_DIGITS = re.compile(r"\d{6}")
_MEXICO = re.compile(r"\+\s?52")
# How the words begin that announce a telephone; looked for as plain text first, which costs a tenth.
_PHONE_BEGINNINGS = [
    "tel",
    "cel",
    "whats",
    "wa",
    "movil",
    "móvil",
    "fax",
    "conm",
    "lada",
    "phone",
    "mobile",
    "llam",
]
_PHONE_HINT = re.compile(
    rf"(?<![^\W\d_])(?:{'|'.join(_PHONE_BEGINNINGS)})|\[tel|telefono-r",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Marks:
    """What stands where something was removed; `person` makes it of a found CURP or RFC and whether it is a
    URL.
    """

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


def is_url(text: str) -> bool:
    """Whether the whole text is a web address."""
    return _URL.match(text) is not None


def scrub(text: str, marks: Marks) -> tuple[str, list[Kind]]:
    """`text` without personal data, and the kind of each thing removed (empty: the text is untouched)."""
    plain = text if text.isascii() else _plain(text)
    if not may_be_personal(plain):
        return text, []
    url = is_url(plain)
    if url and "%" in plain:
        decoded = unquote(plain)
        cleaned, kinds = _scrub_plain(decoded, marks, url=True)
        if kinds:
            return quote(cleaned, safe="/:?#[]@!$&'()*+,;=~"), kinds
        return text, []
    cleaned, kinds = _scrub_plain(plain, marks, url=url)
    return (cleaned, kinds) if kinds else (text, [])


def may_be_personal(plain: str) -> bool:
    """Whether a text without invisible characters holds anything the scan could act on; most don't, and this is what
    it costs to know.
    """
    if "@" in plain or "%" in plain:
        return True
    if _SIX_NEAR.search(plain) is None or _DATE.match(plain):
        return False
    if _SIX_DIGITS.search(plain) is not None and PERSONAL_ID_HINT.search(plain) is not None:
        return True
    if "+" in plain and _MEXICO.search(plain) is not None:
        return True
    folded = plain.casefold()
    return any(word in folded for word in _PHONE_BEGINNINGS) and _PHONE_HINT.search(plain) is not None


def _plain(text: str) -> str:
    """The text as a reader sees it: no invisible characters, no full-width letters, no split accents."""
    visible = _INVISIBLE.sub("", text)
    return visible if unicodedata.is_normalized("NFKC", visible) else unicodedata.normalize("NFKC", visible)


def _scrub_plain(text: str, marks: Marks, *, url: bool) -> tuple[str, list[Kind]]:
    kinds: list[Kind] = []
    for _ in range(MAX_PASSES):
        before = text
        text = _scrub_ids(text, marks, kinds, url=url)
        text, mails = _EMAIL.subn(_in_url(EMAIL_MARK) if url else EMAIL_MARK, text)
        phone = _in_url(PHONE_MARK) if url else PHONE_MARK
        text, phones = _PHONE.subn(rf"\g<before>{phone}", text)
        kinds.extend(["email"] * mails)
        kinds.extend(["phone"] * phones)
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
