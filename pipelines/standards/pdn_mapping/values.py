"""Single values of the PDN from one generation to the other: terms, amounts, currencies, dates, federal entities.

Nothing is guessed: what can't be read is None, and the mapped document leaves the field out. PDN's own migration reads
"1 (UN) AÑO 3 (TRES) MESES" as one year, "90 DÍAS" as none, and rounds amounts to pesos ("10.000,50" to 10). Not here:
codes (`codes.py`).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation


def folded(text: str) -> str:
    """Upper case, without accents (ñ included), single blanks."""
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return " ".join(plain.upper().split())


def filled(value: object) -> str | None:
    """The text of a value that says something, trimmed; None for nothing, blanks and no text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value).strip()
    return text or None


# -- terms ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """A length of time as it was resolved; nothing is converted (18 months stay 18 months)."""

    anios: int = 0
    meses: int = 0
    dias: int = 0

    @property
    def text(self) -> str:
        """In words and figures of v1: `1 año 3 meses`; empty for no time at all."""
        parts = (
            (self.anios, "año", "años"),
            (self.meses, "mes", "meses"),
            (self.dias, "día", "días"),
        )
        return " ".join(f"{count} {one if count == 1 else many}" for count, one, many in parts if count)


_UNITS = {"ANO": "anios", "ANIO": "anios", "MES": "meses", "DIA": "dias", "SEMANA": "semanas"}
_NUMBERS = {
    "CERO": 0,
    "UN": 1,
    "DOS": 2,
    "TRES": 3,
    "CUATRO": 4,
    "CINCO": 5,
    "SEIS": 6,
    "SIETE": 7,
    "OCHO": 8,
    "NUEVE": 9,
    "DIEZ": 10,
    "ONCE": 11,
    "DOCE": 12,
    "TRECE": 13,
    "CATORCE": 14,
    "QUINCE": 15,
    "DIECISEIS": 16,
    "DIECISIETE": 17,
    "DIECIOCHO": 18,
    "DIECINUEVE": 19,
    "VEINTE": 20,
    "UNO": 1,
    "UNA": 1,
    "VEINTICUATRO": 24,
    "VEINTICINCO": 25,
    "TREINTA": 30,
    "CUARENTA": 40,
    "CUARENTA Y CINCO": 45,
    "SESENTA": 60,
    "NOVENTA": 90,
    "CIEN": 100,
}
_NUMBER_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_AMOUNT_OF_TIME = re.compile(
    rf"(?<![\w.,])(?:(?P<figure>\d{{1,5}})|(?P<word>{_NUMBER_WORDS}))"
    # The same number in words or figures behind it, and what kind of days they are.
    r"\s*(?:\([^)]{0,40}\)\s*)?(?P<unit>ANIO|ANO|MES|SEMANA|DIA)(?:E?S)?\b"
    r"(?:\s*(?:NATURALES|HABILES|CALENDARIO))?"
)
_FILLING = re.compile(r"^(?:[\s,;.:()]|\bY\b|\bCON\b|\bDE\b|\bPOR\b|\bPLAZO\b|\bEL\b|\bTERMINO\b|\bUN\b)*$")


def parse_term(text: object) -> Term | None:
    """The years, months and days of a text such as `1 (UN) AÑO 3 (TRES) MESES` or `90 DÍAS`; None if it says no term.

    A text with anything else in it ("4 años o 3 meses", "2.5 años") isn't read: half a term would be another one.
    """
    given = filled(text)
    if given is None:
        return None
    plain = folded(given)
    total = {"anios": 0, "meses": 0, "dias": 0}
    reached, rest, seen = 0, [], set()
    for found in _AMOUNT_OF_TIME.finditer(plain):
        rest.append(plain[reached : found.start()])
        reached = found.end()
        count = int(found["figure"]) if found["figure"] else _NUMBERS[found["word"]]
        unit = _UNITS[found["unit"]]
        if unit in seen:
            return None
        seen.add(unit)
        if unit == "semanas":
            total["dias"] += 7 * count
        else:
            total[unit] += count
    rest.append(plain[reached:])
    if not seen or any(_FILLING.match(part) is None for part in rest):
        return None
    return Term(**total)


# -- amounts --------------------------------------------------------------------------------------------

_AMOUNT = re.compile(r"^[+-]?\d+(?:\.\d+)?$")
_MEXICAN = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_EUROPEAN = re.compile(r"^\d{1,3}(?:\.\d{3})+,\d+$|^\d+,\d{1,2}$|^\d{1,3}(?:\.\d{3}){2,}$")
_AROUND = re.compile(
    r"^(?:MXN|USD|EUR|M\.?N\.?|\$)?\s*|\s*(?:MXN|USD|EUR|M\.?\s?N\.?|PESOS)?$", re.IGNORECASE
)


def parse_amount(value: object) -> Decimal | None:
    """An amount with all its decimals, never rounded: `10.000,50`, `10,000.50`, `$ 21577.6 M.N.`; None if unreadable.

    `10.000` alone stays ten: with one group it can't be told from three decimals, and JSON numbers mean it so.
    """
    given = filled(value)
    if given is None:
        return None
    text = _AROUND.sub("", given)
    if _MEXICAN.match(text):
        text = text.replace(",", "")
    elif _EUROPEAN.match(text):
        text = text.replace(".", "").replace(",", ".")
    elif _AMOUNT.match(text) is None and not isinstance(value, float):
        # A number of JSON may come in scientific notation; a text may not.
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def json_amount(amount: Decimal) -> int | float:
    """An amount as a JSON number: whole ones without a point, as v2 defines them."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


# -- currencies, dates, entities ------------------------------------------------------------------------

_CURRENCIES = {
    "PESO": "MXN",
    "PESOS": "MXN",
    "PESO MEXICANO": "MXN",
    "PESOS MEXICANOS": "MXN",
    "MONEDA NACIONAL": "MXN",
    "M.N.": "MXN",
    "MN": "MXN",
    "DOLAR": "USD",
    "DOLARES": "USD",
    "DOLAR ESTADOUNIDENSE": "USD",
    "DOLAR AMERICANO": "USD",
    "DOLARES AMERICANOS": "USD",
    "EURO": "EUR",
    "EUROS": "EUR",
}
_ISO_CODE = re.compile(r"^[A-Z]{3}$")
CURRENCY_NAMES = {"MXN": "Peso mexicano", "USD": "Dólar estadounidense", "EUR": "Euro"}


def currency_code(*values: object) -> str | None:
    """The ISO 4217 code among a currency's key and name; None if none of them is known."""
    for value in values:
        text = folded(filled(value) or "")
        if _ISO_CODE.match(text):
            return text
        if text in _CURRENCIES:
            return _CURRENCIES[text]
    return None


_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")


def iso_date(value: object) -> str | None:
    """A day as `YYYY-MM-DD`, from that, an instant or `DD-MM-YYYY` (`/` and `.` too); None if it is none."""
    text = filled(value) or ""
    if found := _ISO_DATE.match(text):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.match(text):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


_ENTITY = re.compile(r"^\d{1,2}$")


def entity_code(value: object) -> str | None:
    """A federal entity's INEGI code, `01` to `32`; None for "No especificado", 00, 33 and names."""
    text = filled(value) or ""
    if _ENTITY.match(text) is None:
        return None
    return f"{int(text):02d}" if 1 <= int(text) <= 32 else None
