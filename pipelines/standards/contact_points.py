"""E-mails and telephones of contact points: where they stand in a release and whether they can be ones.

Here: finding and judging them, in the release as received. They never leave `var/raw`: what is told of them is their
shape (`identity.mask`). Not here: withholding them (`redact_ocds.py`), e-mails and telephones inside other texts
(`free_text.py`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Medium = Literal["email", "telephone"]

# The member of a contact point, and what it holds.
_MEDIA: Mapping[str, Medium] = {"email": "email", "telephone": "telephone", "faxNumber": "telephone"}
# `contactPoint` of OCDS 1.1; the list of the EDCA-MX extension.
_CONTACTS = ("contactPoint", "additionalContactPoints")

# The addr-spec of RFC 5322 without quoted parts and literals, with a domain of at least two labels.
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_EMAIL_LENGTH = 254

_EXTENSION = re.compile(r"(?:[,;]\s*)?(?:ext(?:ensi[oó]n)?|x)\.?:?\s*\d{1,7}$", re.IGNORECASE)
_TELEPHONE = re.compile(r"\+?[\d\s().\-/]+")
# In Mexico ten digits since 2019 (IFT), before them perhaps 01, 044, 045 or 52; abroad 15 at most (ITU-T E.164).
_NATIONAL_DIGITS = (10, 13)
_INTERNATIONAL_DIGITS = (8, 15)

_Placed = tuple[str, dict[str, Any]]


class Contact(NamedTuple):
    """One e-mail or telephone: its JSON pointer, what it should be, and the text."""

    pointer: str
    medium: Medium
    text: str


def contacts(release: Mapping[str, Any]) -> Iterator[Contact]:
    """The e-mails and telephones of all contact points that aren't empty, in the order of the release."""
    for pointer, holder in _organizations(release):
        for name in _CONTACTS:
            found = holder.get(name)
            if isinstance(found, dict):
                yield from _of(found, f"{pointer}/{name}")
            elif isinstance(found, list):
                for at, one in enumerate(found):
                    if isinstance(one, dict):
                        yield from _of(one, f"{pointer}/{name}/{at}")


def is_right(contact: Contact) -> bool:
    """Whether the text can be an e-mail address or a telephone number."""
    return is_email(contact.text) if contact.medium == "email" else is_telephone(contact.text)


def is_email(text: str) -> bool:
    """Whether `text` has the form of one e-mail address."""
    return len(text) <= _EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None


def is_telephone(text: str) -> bool:
    """Whether `text` is one telephone number with as many digits as one has; an extension may follow.

    Pelican wants the country code of everybody; here a Mexican number is right without it.
    """
    number = _EXTENSION.sub("", text.strip()).strip()
    if _TELEPHONE.fullmatch(number) is None:
        return False
    fewest, most = _INTERNATIONAL_DIGITS if number.startswith("+") else _NATIONAL_DIGITS
    return fewest <= sum(character.isdigit() for character in number) <= most


def _of(contact: Mapping[str, Any], pointer: str) -> Iterator[Contact]:
    for name, medium in _MEDIA.items():
        value = contact.get(name)
        # A number in the place of a text is a defect of the structure (OCDS-S01), not of the telephone.
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            yield Contact(f"{pointer}/{name}", medium, str(value))


def _organizations(release: Mapping[str, Any]) -> list[_Placed]:
    """Everything that can have a contact point, with its JSON pointer."""
    # Lists, not generators: this looks into every release, and most have few of each.
    found = [*_listed(release, "parties", ""), *_single(release, "buyer", "")]
    tender = release.get("tender")
    if isinstance(tender, dict):
        found += _single(tender, "procuringEntity", "/tender")
        found += _listed(tender, "tenderers", "/tender")
    for pointer, award in _listed(release, "awards", ""):
        found += _listed(award, "suppliers", pointer)
    for pointer, contract in _listed(release, "contracts", ""):
        for place, implementation in _single(contract, "implementation", pointer):
            for at, transaction in _listed(implementation, "transactions", place):
                found += _single(transaction, "payer", at)
                found += _single(transaction, "payee", at)
    return found


def _single(holder: Mapping[str, Any], name: str, pointer: str) -> list[_Placed]:
    found = holder.get(name)
    return [(f"{pointer}/{name}", found)] if isinstance(found, dict) else []


def _listed(holder: Mapping[str, Any], name: str, pointer: str) -> list[_Placed]:
    found = holder.get(name)
    if not isinstance(found, list):
        return []
    return [(f"{pointer}/{name}/{at}", one) for at, one in enumerate(found) if isinstance(one, dict)]
