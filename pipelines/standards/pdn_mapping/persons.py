"""Natural or legal person: what a type, an RFC and a name say.

PDN's own migration looks for the letters SA or AC anywhere in the name: ROSA MARIA PEREZ LOPEZ became a company, and
CONSTRUCTORA DEL NORTE a person. Here a suffix is a word at the end, and a name is read by what it is made of. Not
here: what an RFC is (`identity.py`).
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

from pipelines.standards.identity import classify
from pipelines.standards.pdn_mapping.values import folded

PersonKind = Literal["natural", "legal", "undetermined"]

# Forms of companies and associations (LGSM, CCF, laws of cooperatives and rural societies), and of the foreigners among
# suppliers. Letters may stand apart (S. A. DE C. V.); points and commas are gone.
_SUFFIX = re.compile(
    r"\s(?:S ?A ?P ?I|S ?A ?B|S ?A ?S|S ?A|S ?DE ?R ?L(?: ?M ?I)?|S ?C ?DE ?R ?L|S ?C ?L|S ?C ?S|S ?C ?P|S ?C"
    r"|S ?P ?R(?: ?DE ?R ?[LI])?|S ?S ?S|S ?N ?C|S ?EN ?C(?: ?POR ?A)?|S ?EN ?N ?C|A ?C|A ?R ?I ?C|A ?B ?P"
    r"|I ?A ?P|I ?B ?P|U ?S ?P ?R|LLC|L ?L ?C|INC|CORP|LTDA?|GMBH|PLC)"
    r"(?: ?DE ?(?:C ?V|R ?L|P ?R|C ?A ?P ?I ?T ?A ?L ?V ?A ?R ?I ?A ?B ?L ?E))*"
    r"(?: (?:SOFOM|SOFIPO|E ?N ?R|E ?R|EN LIQUIDACION|Y ASOCIADOS))*$"
    r"|\sSOCIEDAD (?:ANONIMA|CIVIL|COOPERATIVA|DE RESPONSABILIDAD LIMITADA|POR ACCIONES SIMPLIFICADA)\b"
    r"|\sASOCIACION CIVIL$"
)
_WORDS = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
# Words that no person is called, wherever they stand.
_BUSINESS = frozenset(_WORDS["business"])
# The commonest given names and surnames (INEGI, RENAPO): enough to tell a person's name from an invented one.
_PERSONAL = frozenset(_WORDS["personal"])
_POSTS = frozenset(_WORDS["posts"])
_MOST_WORDS = 7


def is_post(word: str) -> bool:
    """Whether a word (upper case, without accents) behind a title is a post, not a name: "la C. Directora"."""
    return word in _POSTS


@lru_cache(maxsize=16_384)
def kind_by_name(name: str) -> PersonKind:
    """What a name says of whom it names: a company suffix at its end, words of businesses, or names of people."""
    text = " ".join(re.sub(r"[^A-Z0-9&]+", " ", folded(name)).split())
    words = text.split()
    if not words:
        return "undetermined"
    if _SUFFIX.search(f" {text}") and len(words) > 1:
        return "legal"
    if _BUSINESS.intersection(words) or re.search(r"[0-9&]", text):
        return "legal"
    personal = sum(word in _PERSONAL for word in words)
    if 1 < len(words) <= _MOST_WORDS and personal:
        return "natural"
    return "undetermined"


def has_company_suffix(name: str) -> bool:
    """Whether a name ends in the form of a company or association."""
    text = " ".join(re.sub(r"[^A-Z0-9&]+", " ", folded(name)).split())
    return " " in text and _SUFFIX.search(f" {text}") is not None


def person_kind(*, declared: object, rfc: object, name: object) -> PersonKind:
    """Natural or legal, by the declared type (`F`, `M`, their words), then the form of the RFC, then the name."""
    said = {"F": "natural", "FISICA": "natural", "M": "legal", "MORAL": "legal"}.get(
        folded(str(declared or "")).removeprefix("PERSONA").strip()
    )
    if said is not None:
        return "natural" if said == "natural" else "legal"
    text = str(name or "")
    if has_company_suffix(text):
        return "legal"
    identity = classify(rfc)
    if identity.kind in {"rfc_legal", "rfc_natural"}:
        return "legal" if identity.kind == "rfc_legal" else "natural"
    return kind_by_name(text)


def may_be_natural(*, rfc: object, name: object) -> bool:
    """Whether someone said to be a legal person may be a natural one: no suffix, and the RFC or the name is a person's.

    Decides on reserved data, so the benefit of the doubt is the person's.
    """
    text = str(name or "")
    if has_company_suffix(text):
        return False
    identity = classify(rfc)
    if identity.is_natural_person:
        return True
    return identity.kind != "rfc_legal" and kind_by_name(text) == "natural"
