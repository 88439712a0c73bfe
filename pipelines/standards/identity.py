"""RFC and CURP: what a text that stands for a person is, and how it is shown without saying who.

Here: the forms (SAT for the RFC, RENAPO for the CURP), their check digits through python-stdnum,
placeholders and generic RFCs, the masked shape of a value, and finding personal ids inside any text. Not
here: removing them (`privacy.py`), the rules about them (`public_view.py` emits,
`pipelines/quality/rules/` explains).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import stdnum.mx.curp
import stdnum.mx.rfc
from stdnum.exceptions import ValidationError

IdentityKind = Literal[
    "empty",
    "placeholder",
    "pseudonym",
    "hash",
    "curp",
    "rfc_legal",
    "rfc_natural",
    "rfc_natural_malformed",
    "rfc_generic_national",
    "rfc_generic_foreign",
    "invalid",
]

PSEUDONYM_SCHEME = "MX-TEQUIO"
PSEUDONYM_HEX_DIGITS = 20

# SAT, Resolución Miscelánea Fiscal 2.7.1.23: RFCs for operations with the public in general and with
# foreigners.
GENERIC_NATIONAL_RFC = "XAXX010101000"
GENERIC_FOREIGN_RFC = "XEXX010101000"
_GENERIC: Mapping[str, IdentityKind] = {
    GENERIC_NATIONAL_RFC: "rfc_generic_national",
    GENERIC_FOREIGN_RFC: "rfc_generic_foreign",
}

# Schemes under which Mexican publishers give an RFC (EDCA says MX-RFC; Nuevo León says RFC).
RFC_SCHEMES = frozenset({"MX-RFC", "RFC", "MX-SAT", "SAT"})
CURP_SCHEMES = frozenset({"MX-CURP", "CURP", "MX-RENAPO"})

_PREFIX = re.compile(r"^(?:MX[-_ ])?RFC[-_: ]+|^(?:MX[-_ ])?CURP[-_: ]+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s\-_.]+")
_TEXT_SEPARATORS = re.compile(r"[\s._/-]+")
_LEGAL = re.compile(r"^[A-ZÑ&]{3}\d{6}[A-Z0-9]{3}$")
# CompraNet writes <RFC of the institution>-<number of its purchasing unit>.
_LEGAL_WITH_UNIT = re.compile(r"^([A-ZÑ&]{3}\d{6}[A-Z0-9]{3})-[A-Z0-9]{3,}$")
_NATURAL_LIKE = re.compile(r"^[A-ZÑ&]{4}\d{6}[A-Z0-9]{0,6}$")
# What somebody typed for a person's RFC: its four letters with digits behind them, or anything of its length
# that is half digits. A letter O for a zero or a missing digit doesn't make it anybody else's; a number without any
# letter (a foreign company's) does.
_TYPED_NATURAL = re.compile(
    r"^(?:(?=(?:[A-ZÑ&]*\d){3})[A-ZÑ&]{4}[A-Z0-9]{4,12}|(?=(?:[A-ZÑ&]*\d){6})(?=\d*[A-ZÑ&])[A-ZÑ&0-9]{13})$"
)
_CURP_LIKE = re.compile(r"^[A-ZÑ]{4}\d{6}[A-ZÑ]{5,7}[A-Z0-9]{1,2}$")
_HASH = re.compile(r"^(?:[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64})$")
_PSEUDONYM = re.compile(rf"^{PSEUDONYM_SCHEME}-[0-9a-f]{{{PSEUDONYM_HEX_DIGITS}}}$")
# What publishers write where they have no identifier, as seen in Nuevo León, Chihuahua and INAI's indicators.
_PLACEHOLDER = re.compile(
    r"^(?:[-.,*_/#?X0\s]+"
    r"|S[/. ]?[DNC]\.?"
    r"|N[/. ]?[ADE]\.?|NO APLICA.*|NINGUN[OA]|NULL|NONE|NAN|UNDEFINED|PENDIENTE.*|TEST.*|REDACTED"
    r"|SIN[\s_-]*(?:DATOS?|RFC|INFORMACI[OÓ]N|REGISTRO|ID).*"
    r"|NO[\s_-]*(?:DISPONIBLE|IDENTIFICADO|ESPECIFICAD[OA]|PROPORCIONAD[OA]|CUENTA.*|EXISTE|SE\s.*)"
    r"|DATO NO PROPORCIONADO|RESERVADO|CONFIDENCIAL|VERSI[OÓ]N P[UÚ]BLICA|PROTEGIDO)$",
    re.IGNORECASE,
)

# -- personal ids inside text ------------------------------------------------------------------------
# Bounded by anything that isn't a letter or a digit, upper or lower case. The shape that `mask` makes is
# left alone.
_START = r"(?<![A-Za-z0-9ÁÉÍÓÚÜÑáéíóúüñ])"
_END = r"(?![A-Za-z0-9ÁÉÍÓÚÜÑáéíóúüñ])"
_NOT_MASKED = r"(?!AAAA[\s._/-]?999999)"
_DATE = r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
# Numbers of procedures may look like it: 4 letters, a year, a month and a running number (LPNE201201001). As
# an RFC that would be somebody born in 1920 with a homoclave that SAT doesn't give (it has no 0), so it is
# left alone. Others of digits only do exist: RFCs typed by hand.
_NOT_A_NUMBER = r"(?!20[0-3]\d{3}0\d\d)"
_HOMOCLAVE = r"[A-Z0-9]{2}[0-9A]"
# A natural person's RFC has no & at its start; there it separates the parameters of a URL.
_RFC_LETTERS = r"[A-ZÑ][A-ZÑ&]{3}"
# RENAPO's form and what people make of it: the letter of the sex or the homoclave missing or doubled.
_CURP_TEXT = re.compile(
    rf"{_START}(?:CURP)?(?P<curp>{_NOT_MASKED}(?:[A-ZÑ]{{4}}\d{{6}}[A-ZÑ]{{5,7}}[A-Z0-9]{{1,2}}"
    rf"|[A-ZÑ]{{4}}[\s._/-]?\d{{6}}[\s._/-]?[HMX][A-ZÑ]{{5}}[\s._/-]?[A-Z0-9]\d)){_END}",
    re.IGNORECASE,
)
_RFC_TEXT = re.compile(
    rf"{_START}(?:(?:MX[-_])?RFC[-_]?)?(?P<rfc>{_RFC_LETTERS}{_NOT_A_NUMBER}{_DATE}{_HOMOCLAVE}){_END}",
    re.IGNORECASE,
)
# Written with separators, the same shape also appears in contract numbers (ADQS-201203-001): it counts
# if its check digit agrees or its homoclave holds a letter.
_RFC_SEPARATED = re.compile(
    rf"{_START}(?:(?:MX[-_])?RFC[-_])?(?P<rfc>{_RFC_LETTERS}(?:[\s._/-]{{1,2}}{_DATE}[\s._/-]{{0,2}}"
    rf"|{_DATE}[\s._/-]{{1,2}}){_HOMOCLAVE}){_END}",
    re.IGNORECASE,
)
# After the word RFC even an impossible date or a missing homoclave belongs to a person.
_RFC_LABELLED = re.compile(
    rf"(?P<label>{_START}(?:MX[-_])?R\.?\s?F\.?\s?C\.?[\s:.#=_-]{{0,4}})"
    rf"(?P<rfc>{_NOT_MASKED}{_RFC_LETTERS}[\s-]?\d{{6}}(?:-?[A-Z0-9]{{3}}|\s(?=[A-Z]*\d)[A-Z0-9]{{3}})?){_END}",
    re.IGNORECASE,
)
_ID_PREFIX = re.compile(r"(?:MX[-_])?RFC[-_]", re.IGNORECASE)
_CHECK_DIGITS = frozenset("0123456789A")
_REAL_HOMOCLAVE = re.compile(r"[1-9A-V][1-9A-Z][0-9A]")

# What any of the above holds; most texts don't, and this is what it costs to know.
PERSONAL_ID_HINT = re.compile(r"[A-Za-zÑñ&]{4}[\s._/-]{0,2}\d{6}")

_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Identity:
    """What one identifier is.

    `normalised` has no prefix, blanks or hyphens and is upper case (a hash and a placeholder stay as given);
    `check_digit_agrees` is None where the kind has no check digit.
    """

    kind: IdentityKind
    normalised: str
    check_digit_agrees: bool | None = None

    @property
    def is_natural_person(self) -> bool:
        """Whether the identifier itself says that it belongs to a natural person."""
        return self.kind in {"curp", "rfc_natural", "rfc_natural_malformed"}


def classify(text: object) -> Identity:
    """What `text` is as an identifier of a person: RFC, CURP, hash, pseudonym, placeholder or nothing known.

    A natural person's RFC is 4 letters, a date and a 3-character homoclave; a legal person's has 3 letters.
    The form of a well-formed one is checked, its check digit only reported: SAT issued about 1.5 % with a
    wrong one.
    """
    return _classified("" if text is None else str(text).strip())


# Buyers and suppliers repeat through a source.
@lru_cache(maxsize=32_768)
def _classified(given: str) -> Identity:
    if not given:
        return Identity("empty", "")
    if _PSEUDONYM.match(given):
        return Identity("pseudonym", given)
    bare = _PREFIX.sub("", given).strip()
    if _PLACEHOLDER.match(bare):
        return Identity("placeholder", given)
    upper = bare.upper()
    return Identity("hash", upper) if _HASH.match(upper) else _official(upper)


def _official(upper: str) -> Identity:
    """What SAT or RENAPO would call it."""
    with_unit = _LEGAL_WITH_UNIT.match(upper)
    compact = with_unit.group(1) if with_unit else _SEPARATORS.sub("", upper)
    if compact in _GENERIC:
        return Identity(_GENERIC[compact], compact)
    if _LEGAL.match(compact):
        kind: IdentityKind = "rfc_legal" if rfc_is_well_formed(compact) else "invalid"
        return Identity(kind, compact, _rfc_digit_agrees(compact) if kind == "rfc_legal" else None)
    if _CURP_LIKE.match(compact):
        return Identity("curp", compact, curp_is_well_formed(compact))
    if len(compact) == 13 and _NATURAL_LIKE.match(compact) and rfc_is_well_formed(compact):
        return Identity("rfc_natural", compact, _rfc_digit_agrees(compact))
    return Identity("rfc_natural_malformed" if _NATURAL_LIKE.match(compact) else "invalid", compact)


def may_be_natural_rfc(compact: str) -> bool:
    """Whether a text that is declared to be an RFC may be a natural person's, however badly typed.

    `compact` is a `normalised` one. Of a text that nobody calls an RFC this says nothing (SIASI000009).
    """
    return compact not in _GENERIC and _TYPED_NATURAL.match(compact) is not None


@dataclass(frozen=True)
class PersonalId:
    """A CURP or natural person's RFC found in a text: `start` and `end` bound what has to go, prefix
    included.

    `kind` is `curp` or `rfc_natural`; `compact` is the id without separators, upper case.
    """

    kind: Literal["curp", "rfc_natural"]
    start: int
    end: int
    compact: str

    @property
    def masked(self) -> str:
        """The shape, safe to show."""
        return mask(self.compact)


def find_personal_ids(text: str) -> Iterator[PersonalId]:
    """CURPs and RFCs of natural persons in `text`, well formed or nearly so, in the order in which they
    stand.

    Generic RFCs (XAXX010101000, XEXX010101000) belong to nobody. Does not decode anything: percent-encoded or
    escaped text is decoded by the caller.
    """
    if PERSONAL_ID_HINT.search(text) is None:
        return
    found = sorted(_candidates(text), key=lambda personal: (personal.start, -personal.end))
    reached = 0
    for personal in found:
        if personal.start >= reached:
            yield personal
            reached = personal.end


def _candidates(text: str) -> Iterator[PersonalId]:
    for match in _CURP_TEXT.finditer(text):
        yield PersonalId("curp", match.start(), match.end(), _compact(match["curp"]))
    for match in _RFC_TEXT.finditer(text):
        compact = _compact(match["rfc"])
        if compact not in _GENERIC:
            yield PersonalId("rfc_natural", match.start(), match.end(), compact)
    for match in _RFC_SEPARATED.finditer(text):
        compact = _compact(match["rfc"])
        homoclave = compact[10:]
        has_letter = not homoclave.isdigit() and _REAL_HOMOCLAVE.fullmatch(homoclave) is not None
        if compact not in _GENERIC and (has_letter or _rfc_digit_agrees(compact)):
            yield PersonalId("rfc_natural", match.start(), match.end(), compact)
    for match in _RFC_LABELLED.finditer(text):
        compact = _compact(match["rfc"])
        if compact in _GENERIC:
            continue
        # A label that is part of an id (MX-RFC-…) goes with it; a word of the sentence stays.
        start = match.start() if _ID_PREFIX.fullmatch(match["label"]) else match.start("rfc")
        yield PersonalId("rfc_natural", start, match.end(), compact)


def _compact(text: str) -> str:
    return _TEXT_SEPARATORS.sub("", text).upper()


def curp_is_well_formed(compact: str) -> bool:
    """Whether a CURP has RENAPO's form, with a real date, a state and an agreeing check digit."""
    try:
        return bool(stdnum.mx.curp.validate(compact.replace("Ñ", "X")))
    except ValidationError:
        return False


def mask(value: object, *, limit: int = 60) -> str:
    """The shape of a value: letters become `A`, digits `9`, the rest stays; at most `limit` characters."""
    text = str(value)
    shape = _DIGIT.sub("9", _LETTER.sub("A", text[:limit]))
    return f"{shape}…" if len(text) > limit else shape


def rfc_is_well_formed(compact: str) -> bool:
    """Whether an RFC without separators has the SAT's form: the letters, a date that exists, a homoclave.

    The homoclave ends in a check digit, 0 to 9 or A: a letter O typed for the zero isn't one. Whether it is the
    right digit is another question.
    """
    try:
        # stdnum also takes a person's RFC without homoclave.
        return len(stdnum.mx.rfc.validate(compact)) in {12, 13} and compact[-1] in _CHECK_DIGITS
    except ValidationError:
        return False


def _rfc_digit_agrees(compact: str) -> bool:
    try:
        return bool(stdnum.mx.rfc.validate(compact, validate_check_digits=True))
    except ValidationError:
        return False
