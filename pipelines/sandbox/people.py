"""Made-up persons and companies, with tax and population keys that hold their own check digits.

Here: RFC and CURP by their public construction rules (SAT, RENAPO), names, contact details.
Not here: what they sell or which office they hold (`procurement.py`, `pdn.py`).
"""

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from stdnum.mx import curp as curp_rules
from stdnum.mx import rfc as rfc_rules

from pipelines.sandbox.vocabulary import (
    COMPANY_FIELDS,
    COMPANY_FORMS,
    COMPANY_NAMES,
    COMPANY_STEMS,
    ENTITIES,
    MEN,
    MUNICIPALITIES,
    NEIGHBOURHOODS,
    STREETS,
    SURNAMES,
    WOMEN,
)

# SAT's characters for the two free places of the homonym key.
FIRST_HOMONYM = "123456789ABCDEFGHIJKLMNPQRSTUV"
SECOND_HOMONYM = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VOWELS = "AEIOU"
COMMON_FIRST_NAMES = {"MARIA", "JOSE"}
OLDEST_COMPANY = date(1985, 1, 1)
OLDEST_PERSON = date(1952, 1, 1)


@dataclass(frozen=True)
class Address:
    """A postal address; `municipality` is the three-digit key of INEGI."""

    street: str
    number: str
    neighbourhood: str
    municipality: str
    locality: str
    entity: str
    postal_code: str

    @property
    def region(self) -> str:
        """The entity's name."""
        return ENTITIES[self.entity].name


@dataclass(frozen=True)
class Person:
    """A natural person."""

    names: str
    first_surname: str
    second_surname: str
    gender: str
    rfc: str
    curp: str
    email: str
    telephone: str
    address: Address

    @property
    def full_name(self) -> str:
        """Names, then surnames."""
        return f"{self.names} {self.first_surname} {self.second_surname}"


@dataclass(frozen=True)
class Supplier:
    """Who sells: a company with its representative, or a natural person who is the representative."""

    name: str
    rfc: str
    is_company: bool
    representative: Person
    address: Address
    size: str


class _Birth(NamedTuple):
    day: date
    gender: str
    entity: str


def fold(text: str) -> str:
    """Upper case without accents; Ñ becomes X, as the keys' rules ask."""
    plain = unicodedata.normalize("NFD", text.upper().replace("Ñ", "X"))
    return "".join(letter for letter in plain if "A" <= letter <= "Z" or letter == " ")


def make_address(rng: random.Random, entity: str, place: str | None = None) -> Address:
    """An address in one of the entity's municipalities, or in the one named `place`."""
    known = [found for found in MUNICIPALITIES[entity] if place in {None, found[1]}]
    municipality, locality = rng.choice(known or [("999", place or "")])
    return Address(
        street=f"Calle {rng.choice(STREETS)}",
        number=str(rng.randint(1, 2400)),
        neighbourhood=rng.choice(NEIGHBOURHOODS),
        municipality=municipality,
        locality=locality,
        entity=entity,
        postal_code=f"{int(entity) * 1000 + rng.randint(0, 999):05d}",
    )


def make_person(rng: random.Random, entity: str) -> Person:
    """A person born in `entity`, with a valid RFC (13 characters) and CURP."""
    gender = rng.choice("FM")
    names = rng.choice(WOMEN if gender == "F" else MEN)
    if rng.random() < 0.45:
        second = rng.choice(WOMEN if gender == "F" else MEN)
        names = names if second == names else f"{names} {second}"
    first, second = rng.choice(SURNAMES), rng.choice(SURNAMES)
    born = OLDEST_PERSON + timedelta(days=rng.randint(0, 52 * 365))
    letters = _person_letters(names, first, second)
    mail = f"{fold(names).split()[0]}.{fold(first)}{rng.randint(1, 99)}@correo.example".lower()
    return Person(
        names=names,
        first_surname=first,
        second_surname=second,
        gender=gender,
        rfc=_with_homonym(rng, f"{letters}{born:%y%m%d}"),
        curp=_curp(rng, letters, birth=_Birth(born, gender, entity), words=(first, second, names)),
        email=mail,
        telephone=make_telephone(rng, entity),
        address=make_address(rng, entity),
    )


def make_telephone(rng: random.Random, entity: str) -> str:
    """Ten digits that start with the entity's dialling prefix."""
    prefix = ENTITIES[entity].dialling
    return prefix + "".join(rng.choices("0123456789", k=10 - len(prefix)))


def make_company(rng: random.Random, entity: str) -> Supplier:
    """A company with a valid RFC (12 characters)."""
    stem = f"{rng.choice(COMPANY_STEMS)} {rng.choice(COMPANY_NAMES)} {rng.choice(COMPANY_FIELDS)}"
    founded = OLDEST_COMPANY + timedelta(days=rng.randint(0, 38 * 365))
    return Supplier(
        name=f"{stem}, {rng.choice(COMPANY_FORMS)}",
        rfc=organization_rfc(rng, stem, founded=founded),
        is_company=True,
        representative=make_person(rng, entity),
        address=make_address(rng, entity),
        size=rng.choice(("MICRO", "MICRO", "PEQUEÑA", "PEQUEÑA", "MEDIANA", "GRANDE", "NO MIPYME")),
    )


def make_sole_trader(rng: random.Random, entity: str) -> Supplier:
    """A natural person who sells in their own name."""
    person = make_person(rng, entity)
    return Supplier(
        name=person.full_name,
        rfc=person.rfc,
        is_company=False,
        representative=person,
        address=person.address,
        size=rng.choice(("MICRO", "MICRO", "PEQUEÑA", "NO ASIGNADO")),
    )


def organization_rfc(rng: random.Random, name: str, *, founded: date) -> str:
    """The RFC of a legal person: three letters of its name, its date, homonym key and check digit."""
    words = [
        word for word in fold(name).split() if word not in {"DE", "DEL", "LA", "LAS", "LOS", "EL", "Y", "EN"}
    ]
    initials = "".join(word[0] for word in words[:3])
    return _with_homonym(rng, f"{(initials + words[-1][1:] + 'XX')[:3]}{founded:%y%m%d}")


def _with_homonym(rng: random.Random, stem: str) -> str:
    number = stem + rng.choice(FIRST_HOMONYM) + rng.choice(SECOND_HOMONYM)
    return number + rfc_rules.calc_check_digit(number)


def _person_letters(names: str, first: str, second: str) -> str:
    """The four letters of a person's keys; the last is X when the four would make a rude word."""
    given = fold(names).split()
    name = given[1] if len(given) > 1 and given[0] in COMMON_FIRST_NAMES else given[0]
    surname = fold(first)
    vowel = next((letter for letter in surname[1:] if letter in VOWELS), "X")
    letters = surname[0] + vowel + fold(second)[0] + name[0]
    refused = not rfc_rules.is_valid(f"{letters}800101") or not _is_decent_curp(letters)
    return letters[:3] + "X" if refused else letters


def _is_decent_curp(letters: str) -> bool:
    return curp_rules.is_valid(f"{letters}800101HDFXXX00", validate_check_digits=False)


def _curp(rng: random.Random, letters: str, *, birth: _Birth, words: tuple[str, str, str]) -> str:
    inner = "".join(next((x for x in fold(word)[1:] if x not in VOWELS and x != " "), "X") for word in words)
    century = rng.choice("0123456789") if birth.day.year < 2000 else rng.choice("ABCDEFG")
    gender = "H" if birth.gender == "M" else "M"
    stem = f"{letters}{birth.day:%y%m%d}{gender}{ENTITIES[birth.entity].curp}{inner}{century}"
    return stem + curp_rules.calc_check_digit(stem)
