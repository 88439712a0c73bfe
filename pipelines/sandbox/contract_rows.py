"""A purchase as one row of a contract table, before any publisher's headers, and what breaks such rows.

Here: the values of a row by canonical field (the names of `pipelines/standards/layouts`), and the defects of
tabular sources: blanks, RFCs in other forms, money and dates as text, placeholders, apostrophes, formulas as
text, line breaks, double encoding (reference: sources.md §4, Q2 to Q15). Not here: headers and sheets (one
module for each layout), how cells are written (`sheets.py`).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pipelines.sandbox.defects import Defect, Record, personal_note
from pipelines.sandbox.procurement import ANCHOR, Purchase
from pipelines.sandbox.sheets import month_named, pesos, slashed

CODES = {"direct": "AD", "selective": "IR", "open": "LP"}
PROCEDURES = {
    "direct": "Adjudicación directa",
    "selective": "Invitación restringida",
    "open": "Licitación pública",
}
CONTRACTING = {"goods": "Adquisiciones", "services": "Servicios", "works": "Obra pública"}
FUNDS = ("Recurso Municipal", "Recurso Estatal", "Recurso Propio", "Participaciones Federales")
WAIVERS = (
    "1. El importe del contrato no excede los montos máximos establecidos en el Presupuesto de Egresos.",
    "19. Otros",
    "16. Se trate de servicios de mantenimiento de bienes en los que no sea posible precisar su alcance.",
    "8. Se haya declarado desierta una licitación pública.",
    "2. Obras de arte, patentes, derechos de autor u otros derechos exclusivos.",
)
PLACEHOLDERS = ("SIN DATO", "NA", "N/A", "-", ".", "sd")


def contract_row(purchase: Purchase, rng: random.Random) -> Record:
    """The row of a purchase: texts, amounts (float, pesos), days (datetime); None where there is none.

    Beyond canonical fields: `code` (AD, IR, LP), `tenderers` [(name, RFC, offer)] with the winner first,
    `supplier` and `purchase` themselves.
    """
    code = CODES[purchase.method.code]
    is_direct = purchase.method.code == "direct"
    offers = [purchase.gross] + [
        round(purchase.gross * rng.uniform(1.01, 1.3), 2) for _ in purchase.tenderers[1:]
    ]
    finished = _ended(purchase.ends)
    return {
        "procedure_number": f"{purchase.buyer.acronym}-{code}-{purchase.number:03d}/{purchase.year}",
        "title": purchase.title,
        "tender_description": f"{purchase.title}, {purchase.good.unit.lower()}",
        "procedure_type": PROCEDURES[purchase.method.code],
        "contracting_type": CONTRACTING[purchase.category],
        "scope": "Nacional",
        "exception_description": rng.choices(WAIVERS, weights=(88, 34, 13, 6, 3))[0] if is_direct else None,
        "published_at": None if is_direct else purchase.published,
        "clarified_at": None
        if is_direct
        else purchase.published + (purchase.opened - purchase.published) / 2,
        "opened_at": None if is_direct else purchase.opened,
        "awarded_at": None if is_direct else purchase.awarded,
        "budget_amount": round(purchase.gross * rng.uniform(1.0, 1.12), 2),
        "number_of_tenderers": None if is_direct else len(purchase.tenderers),
        "funding_source": rng.choices(FUNDS, weights=(60, 20, 14, 6))[0],
        "budget_items": purchase.good.cog,
        "institution_name": purchase.buyer.name,
        "unit_name": purchase.area,
        "rfc": purchase.supplier.rfc,
        "supplier_name": purchase.supplier.name,
        "supplier_size": purchase.supplier.size,
        "contract_number": f"{code}{purchase.number:03d}/{purchase.year % 100:02d}",
        "description": purchase.title,
        "contract_status": "Activo" if finished is None else "Terminado",
        "amount": purchase.gross,
        "net_amount": purchase.net,
        "currency": "MXN",
        "signed_at": purchase.signed,
        "starts_at": purchase.starts,
        "ends_at": purchase.ends,
        "final_amount": None if finished is None else _settled(rng, purchase.gross),
        "finished_at": finished,
        "updated_at": purchase.signed,
        "code": code,
        "tenderers": [
            (tenderer.name, tenderer.rfc, offer)
            for tenderer, offer in zip(purchase.tenderers, offers, strict=True)
        ],
        "supplier": purchase.supplier,
        "purchase": purchase,
    }


def with_rates(defects: Sequence[Defect], **rates: float) -> tuple[Defect, ...]:
    """The defects named in `rates`, as often as they say and in their own order; the others stay out.

    Raises:
        KeyError: for a name that no defect has.
    """
    unknown = set(rates) - {defect.name for defect in defects}
    if unknown:
        raise KeyError(*sorted(unknown))
    return tuple(replace(defect, rate=rates[defect.name]) for defect in defects if defect.name in rates)


def _ended(ends: datetime) -> datetime | None:
    return ends if ends < ANCHOR else None


def _settled(rng: random.Random, amount: float) -> float:
    # Four in five contracts of Chihuahua end with the amount they began with.
    return amount if rng.random() < 0.83 else round(amount * rng.uniform(0.7, 1.05), 2)


# --- defects: each changes one row in place and says whether it found something to break ------------------
# A row may lack a field that its publisher's file lacks; a value is broken in one way at most.


def _change_text(row: Record, names: Sequence[str], rng: random.Random, change: Callable[[str], str]) -> bool:
    found = [name for name in names if isinstance(row.get(name), str) and row[name]]
    if not found:
        return False
    name = rng.choice(found)
    row[name] = change(row[name])
    return True


def _outer_blank(row: Record, rng: random.Random) -> bool:
    form = rng.choice(("{} ", " {}", "{}  ", "{}\u00a0"))
    return _change_text(row, ("supplier_name", "title", "contract_number"), rng, form.format)


def _inner_blanks(row: Record, rng: random.Random) -> bool:
    return _change_text(row, ("supplier_name", "title"), rng, lambda text: text.replace(" ", "  ", 1))


def _change_rfc(row: Record, change: Callable[[str], str]) -> bool:
    number = row.get("rfc")
    if not isinstance(number, str) or not number.isalnum() or len(number) not in {12, 13}:
        return False
    row["rfc"] = change(number)
    return True


def _rfc_blank(row: Record, rng: random.Random) -> bool:
    return _change_rfc(row, rng.choice(("{} ", " {}")).format)


def _rfc_hyphens(row: Record, rng: random.Random) -> bool:
    return _change_rfc(row, lambda number: f"{number[:-9]}-{number[-9:-3]}-{number[-3:]}")


def _rfc_hopeless(row: Record, rng: random.Random) -> bool:
    """Truncated, an O for a zero, or a day that is none: nobody can say which RFC was meant."""
    kind = rng.choice(("truncated", "truncated", "letter", "day"))

    def spoil(number: str) -> str:
        letters, day, key = number[:-9], number[-9:-3], number[-3:]
        if kind == "letter" and "0" in day:
            return letters + day.replace("0", "O", 1) + key
        return f"{letters}{day[:2]}1332{key}" if kind == "day" else number[:-1]

    return _change_rfc(row, spoil)


def _no_rfc(row: Record, rng: random.Random) -> bool:
    return _change_rfc(row, lambda _: rng.choice(("SIN DATO", "NA", "-")))


def _change_amount(row: Record, change: Callable[[float], Any]) -> bool:
    amount = row.get("amount")
    if not isinstance(amount, float) or amount == 0:
        return False
    row["amount"] = change(amount)
    return True


def _money_text(row: Record, rng: random.Random) -> bool:
    form = rng.choice((pesos, pesos, "{:>23,.2f}".format, "{:,.2f} M.N.".format))
    return _change_amount(row, form)


def _money_unreadable(row: Record, rng: random.Random) -> bool:
    # Decimal comma: nobody can say whether 10.000,50 is ten or ten thousand.
    return _change_amount(row, lambda amount: f"{amount:,.2f}".translate(str.maketrans(",.", ".,")))


def _zero_amount(row: Record, rng: random.Random) -> bool:
    return _change_amount(row, lambda _: 0.0)


def _change_day(row: Record, change: Callable[[datetime], str]) -> bool:
    name = next((name for name in ("signed_at", "starts_at") if name in row), None)
    if name is None or not isinstance(row[name], datetime):
        return False
    row[name] = change(row[name])
    return True


def _date_text(row: Record, rng: random.Random) -> bool:
    return _change_day(row, rng.choice((slashed, month_named)))


def _date_unreadable(row: Record, rng: random.Random) -> bool:
    return _change_day(row, lambda _: rng.choice(("0000-00-00", "31/02/2018", "por definir el día")))


def _end_before_start(row: Record, rng: random.Random) -> bool:
    if not all(isinstance(row.get(name), datetime) for name in ("starts_at", "ends_at")):
        return False
    row["starts_at"], row["ends_at"] = row["ends_at"], row["starts_at"]
    return True


def _placeholder(row: Record, rng: random.Random) -> bool:
    word = rng.choice(PLACEHOLDERS)
    return _change_text(row, ("funding_source", "exception_description", "unit_name"), rng, lambda _: word)


def _change_number(row: Record, change: Callable[[str], str]) -> bool:
    number = row.get("contract_number")
    if not isinstance(number, str) or not number[:1].isalnum():
        return False
    row["contract_number"] = change(number)
    return True


def _apostrophe(row: Record, rng: random.Random) -> bool:
    return _change_number(row, "'{}".format)


def _formula_text(row: Record, rng: random.Random) -> bool:
    return _change_number(row, '="{}"'.format)


def _line_break(row: Record, rng: random.Random) -> bool:
    return _change_text(
        row, ("title",), rng, lambda text: f"{text}\n".replace(" para ", " \npara ").replace(", ", ",\n")
    )


def _double_encoding(row: Record, rng: random.Random) -> bool:
    """UTF-8 read as Latin-1 and written again: «MÃ©xico»; whole only where no byte of it is a control."""
    names = [name for name in ("title", "supplier_name") if _is_twice_encodable(row.get(name))]
    return _change_text(row, names, rng, lambda text: text.encode().decode("latin-1"))


def _is_twice_encodable(text: str | None) -> bool:
    special = {letter for letter in text or "" if not letter.isascii()}
    return bool(special) and special <= set("áéíóúüñ")


def _upper_case(row: Record, rng: random.Random) -> bool:
    return _change_text(row, ("supplier_name",), rng, str.upper)


def _personal_data(row: Record, rng: random.Random) -> bool:
    note = personal_note(rng)
    return _change_text(row, ("title",), rng, lambda text: f"{text}. {note}")


ROW_DEFECTS = (
    Defect("double_encoding", 0.01, _double_encoding),
    Defect("outer_blank", 0.04, _outer_blank),
    Defect("inner_blanks", 0.02, _inner_blanks),
    Defect("no_rfc", 0.01, _no_rfc),
    Defect("rfc_blank", 0.03, _rfc_blank),
    Defect("rfc_hyphens", 0.05, _rfc_hyphens),
    Defect("rfc_hopeless", 0.04, _rfc_hopeless),
    Defect("zero_amount", 0.01, _zero_amount),
    Defect("money_text", 0.05, _money_text),
    Defect("money_unreadable", 0.004, _money_unreadable),
    Defect("date_text", 0.04, _date_text),
    Defect("date_unreadable", 0.006, _date_unreadable),
    Defect("end_before_start", 0.01, _end_before_start),
    Defect("placeholder", 0.03, _placeholder),
    Defect("formula_text", 0.015, _formula_text),
    Defect("apostrophe", 0.02, _apostrophe),
    Defect("line_break", 0.05, _line_break),
    Defect("upper_case", 0.05, _upper_case),
    Defect("personal_data_in_text", 0.006, _personal_data),
)
