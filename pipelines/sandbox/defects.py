"""The defects real sources have, planted at realistic rates and counted.

Here: what is broken in one OCDS release or PDN record, by name, and how often. What is planted is
written to `planted.json` beside the sample data: the ground truth for the quality rules.
Not here: faults of a portal (`faults.py`), and the traits every record of a source has (its layout).

Evidence for each defect: Data Registry reviews of Mexican publishers and the real files of Nuevo
León, CompraNet, Yucatán and Chihuahua. Each function changes its record in place and says whether
it found something to break.
"""

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.sandbox.people import fold, make_person

Record = dict[str, Any]
Change = Callable[[Record, random.Random], bool]


@dataclass(frozen=True)
class Defect:
    """A named defect; `rate` is the share of processes (OCDS) or records (PDN) that get it."""

    name: str
    rate: float
    apply: Change


class Planter:
    """Draws which defects a process has, breaks its records and counts what was broken."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self._defects = tuple(defects)
        self.planted: Counter[str] = Counter()

    def draw(self, rng: random.Random) -> tuple[tuple[Defect, str], ...]:
        """The defects of one process, each with the key that makes its choices repeatable."""
        return tuple((defect, f"{rng.random()}") for defect in self._defects if rng.random() < defect.rate)

    def plant(self, record: Record, drawn: Sequence[tuple[Defect, str]]) -> Record:
        """The record with its defects; every version of a process is broken in the same way."""
        if not drawn:
            return record
        broken = copy.deepcopy(record)
        for defect, key in drawn:
            if defect.apply(broken, random.Random(key)):
                self.planted[defect.name] += 1
        return broken


# --- OCDS -------------------------------------------------------------------------------------


def _awards(release: Record) -> list[Record]:
    return release.get("awards") or []


def _contracts(release: Record) -> list[Record]:
    return release.get("contracts") or []


def _parties(release: Record, role: str) -> list[Record]:
    return [party for party in release.get("parties", []) if role in party.get("roles", [])]


def _amounts(release: Record) -> Iterator[Record]:
    for section in (*_awards(release), *_contracts(release)):
        if "value" in section:
            yield section["value"]


def _dangling_award(release: Record, rng: random.Random) -> bool:
    contracts = _contracts(release)
    for contract in contracts[:1]:
        contract["awardID"] = f"{contract['awardID']}-{rng.choice(('BIS', 'A', '1'))}"
    return bool(contracts)


def _end_before_start(release: Record, rng: random.Random) -> bool:
    sections = [
        contract["period"] for contract in _contracts(release) if "endDate" in contract.get("period", {})
    ]
    for period in sections[:1]:
        period["startDate"], period["endDate"] = period["endDate"], period["startDate"]
    return bool(sections)


def _signed_after_start(release: Record, rng: random.Random) -> bool:
    contracts = [
        contract
        for contract in _contracts(release)
        if contract.get("dateSigned") and "endDate" in contract.get("period", {})
    ]
    for contract in contracts[:1]:
        contract["dateSigned"] = contract["period"]["endDate"]
    return bool(contracts)


def _awarded_before_opening(release: Record, rng: random.Random) -> bool:
    start = release.get("tender", {}).get("tenderPeriod", {}).get("startDate")
    for award in _awards(release)[:1]:
        if start and "date" in award:
            award["date"] = f"{int(start[:4]) - 1}{start[4:8]}15{start[10:]}"
            return True
    return False


def _zero_amount(release: Record, rng: random.Random) -> bool:
    values = list(_amounts(release))
    for value in values:
        value["amount"] = 0
        value.pop("netAmount", None)
    return bool(values)


def _thousandfold(release: Record, rng: random.Random) -> bool:
    values = [contract["value"] for contract in _contracts(release) if "value" in contract]
    for value in values[:1]:
        value["amount"] = round(value["amount"] * 1000, 2)
    return bool(values)


def _malformed_rfc(release: Record, rng: random.Random) -> bool:
    hyphens = rng.random() < 0.65
    for party in _parties(release, "supplier")[:1]:
        identifier = party.get("identifier", {})
        number = str(identifier.get("id", ""))
        if len(number) not in {12, 13}:
            return False
        letters = len(number) - 9
        spaced = f"{number[:letters]}-{number[letters : letters + 6]}-{number[letters + 6 :]}"
        identifier["id"] = spaced if hyphens else number[:-1]
        return True
    return False


def _trailing_blank(release: Record, rng: random.Random) -> bool:
    in_identifier = rng.random() < 0.5
    for party in _parties(release, "supplier")[:1]:
        if in_identifier and "id" in party.get("identifier", {}):
            party["identifier"]["id"] += " "
        else:
            party["name"] += " "
        return True
    return False


def _rename_organization(release: Record, old: str, new: str) -> None:
    sections = [
        *release.get("parties", []),
        *release.get("tender", {}).get("tenderers", []),
        *(supplier for award in _awards(release) for supplier in award.get("suppliers", [])),
    ]
    for reference in sections:
        if reference.get("id") == old:
            reference["id"] = new


def _placeholder_party(release: Record, rng: random.Random) -> bool:
    number = rng.randint(1, 99)
    for party in _parties(release, "supplier")[:1]:
        scheme = str(party["id"]).split("-")[0]
        stem = "MX-RFC" if str(party["id"]).startswith("MX-RFC") else scheme
        _rename_organization(release, party["id"], f"{stem}-Sin_Dato_{number:03d}")
        if "identifier" in party:
            party["identifier"]["id"] = f"Sin_Dato_{number:03d}"
        return True
    return False


def _placeholder_text(release: Record, rng: random.Random) -> bool:
    tender = release.get("tender")
    if not tender:
        return False
    tender["description"] = rng.choice(("SIN DATO", "No decription", "Pendiente.", ".", "NA", "-", "sd"))
    return True


def _closed_codelist(release: Record, rng: random.Random) -> bool:
    choice = rng.randrange(3)
    tender = release.get("tender", {})
    if choice == 0 and _awards(release):
        _awards(release)[0]["status"] = "Pending"
    elif choice == 1:
        tender["procurementMethod"] = "Adjudicación directa"
    else:
        tender["mainProcurementCategory"] = "servicios"
    return True


def _open_codelist(release: Record, rng: random.Random) -> bool:
    documents = [
        document
        for part in (*_contracts(release), *_awards(release))
        for document in part.get("documents", [])
    ]
    for document in documents[:1]:
        document["documentType"] = rng.choice(("transferReport", "Contrato firmado", "otros"))
    return bool(documents)


def _unknown_role(release: Record, rng: random.Random) -> bool:
    for party in release.get("parties", [])[-1:]:
        party["roles"] = [*party["roles"], "request"]
        return True
    return False


def _missing_id(release: Record, rng: random.Random) -> bool:
    parts = [item for part in (*_awards(release), *_contracts(release)) for item in part.get("items", [])]
    parts += [
        document
        for part in (*_awards(release), *_contracts(release))
        for document in part.get("documents", [])
    ]
    for part in parts[:1]:
        part.pop("id", None)
    return bool(parts)


def _repeated_party(release: Record, rng: random.Random) -> bool:
    buyers = _parties(release, "buyer")
    for party in buyers[:1]:
        twin = copy.deepcopy(party)
        twin["name"] = "Dirección de Administración, Finanzas y Recursos Humanos"
        twin["roles"] = ["requestingUnit"]
        release["parties"].append(twin)
    return bool(buyers)


def _unknown_currency(release: Record, rng: random.Random) -> bool:
    values = list(_amounts(release))
    for value in values[:1]:
        value["currency"] = "MNX"
    return bool(values)


def _carriage_return(release: Record, rng: random.Random) -> bool:
    tender = release.get("tender")
    if not tender:
        return False
    tender["description"] = f"{tender.get('description') or tender.get('title', '')}\r\n"
    return True


def _future_date(release: Record, rng: random.Random) -> bool:
    contracts = [contract for contract in _contracts(release) if contract.get("dateSigned")]
    for contract in contracts[:1]:
        contract["dateSigned"] = f"{int(contract['dateSigned'][:4]) + 30}{contract['dateSigned'][4:]}"
    return bool(contracts)


def _invalid_date(release: Record, rng: random.Random) -> bool:
    awards = [award for award in _awards(release) if "date" in award]
    for award in awards[:1]:
        award["date"] = f"{award['date'][:10]}T00:00:00.-06:00"
    return bool(awards)


def _nan_label(release: Record, rng: random.Random) -> bool:
    tender = release.get("tender")
    if not tender:
        return False
    tender[rng.choice(("procurementMethodDetails", "description"))] = "nan"
    return True


def _institution_spelling(release: Record, rng: random.Random) -> bool:
    kind = rng.randrange(3)
    buyer = release.get("buyer")
    if not buyer:
        return False
    name = buyer["name"]
    variant = spelling_variant(name, kind)
    buyer["name"] = variant
    for party in _parties(release, "buyer"):
        party["name"] = variant
    return variant != str(name)


def spelling_variant(name: str, kind: int) -> str:
    """The same institution as another clerk writes it: upper case, without accents, with a blank."""
    return (name.upper(), fold(name).title(), f"{name} ")[kind]


def _unreferenced_payee(release: Record, rng: random.Random) -> bool:
    for contract in _contracts(release):
        for transaction in contract.get("implementation", {}).get("transactions", [])[:1]:
            transaction["payee"] = {"id": f"PROV-{rng.randint(1000, 9999)}", "name": "SIN DATO"}
            return True
    return False


def _overpaid(release: Record, rng: random.Random) -> bool:
    for contract in _contracts(release):
        for transaction in contract.get("implementation", {}).get("transactions", [])[-1:]:
            transaction["value"]["amount"] = round(transaction["value"]["amount"] * 10, 2)
            return True
    return False


def _personal_data_in_text(release: Record, rng: random.Random) -> bool:
    tender = release.get("tender")
    if not tender:
        return False
    tender["description"] = f"{tender.get('title', '')}. {personal_note(rng)}"
    return True


def personal_note(rng: random.Random) -> str:
    """Free text as clerks write it, with a made-up person's reserved data in it."""
    person = make_person(rng, rng.choice(("08", "14", "20", "31")))
    telephone = f"{person.telephone[:3]} {person.telephone[3:6]} {person.telephone[6:]}"
    return rng.choice(
        (
            f"Contacto: {person.full_name}, tel. {telephone}",
            f"Enviar cotización a {person.email}",
            f"Responsable {person.full_name}, CURP {person.curp}",
            f"Se factura a {person.rfc}",
        )
    )


OCDS_DEFECTS = (
    Defect("dangling_award_id", 0.015, _dangling_award),
    Defect("end_before_start", 0.02, _end_before_start),
    Defect("signed_after_start", 0.05, _signed_after_start),
    Defect("awarded_before_opening", 0.015, _awarded_before_opening),
    Defect("zero_amount", 0.02, _zero_amount),
    Defect("amount_thousandfold", 0.006, _thousandfold),
    Defect("malformed_rfc", 0.015, _malformed_rfc),
    Defect("trailing_blank", 0.03, _trailing_blank),
    Defect("placeholder_party", 0.015, _placeholder_party),
    Defect("placeholder_text", 0.02, _placeholder_text),
    Defect("closed_codelist", 0.012, _closed_codelist),
    Defect("open_codelist", 0.03, _open_codelist),
    Defect("unknown_role", 0.01, _unknown_role),
    Defect("missing_id", 0.012, _missing_id),
    Defect("repeated_party", 0.03, _repeated_party),
    Defect("unknown_currency", 0.006, _unknown_currency),
    Defect("carriage_return", 0.04, _carriage_return),
    Defect("future_date", 0.008, _future_date),
    Defect("invalid_date", 0.004, _invalid_date),
    Defect("nan_label", 0.008, _nan_label),
    Defect("institution_spelling", 0.05, _institution_spelling),
    Defect("unreferenced_payee", 0.03, _unreferenced_payee),
    Defect("overpaid", 0.01, _overpaid),
    Defect("personal_data_in_text", 0.006, _personal_data_in_text),
)


def _net_date(release: Record, rng: random.Random) -> bool:
    """A moment as .NET writes it in JSON: milliseconds since 1970, with or without an offset."""
    contracts = [contract for contract in _contracts(release) if contract.get("dateSigned")]
    for contract in contracts[:1]:
        moment = datetime.fromisoformat(contract["dateSigned"].replace("Z", "+00:00"))
        offset = rng.choice(("", "-0600"))
        contract["dateSigned"] = f"/Date({int(moment.timestamp() * 1000)}{offset})/"
    return bool(contracts)


def _text_tag(release: Record, rng: random.Random) -> bool:
    if not isinstance(release.get("tag"), list):
        return False
    release["tag"] = ",".join(release["tag"])
    return True


def _language_name(release: Record, rng: random.Random) -> bool:
    release["language"] = "Spanish; Castilian"
    return True


def _amount_as_text(release: Record, rng: random.Random) -> bool:
    values = [value for value in _amounts(release) if isinstance(value["amount"], int | float)]
    for value in values[:1]:
        value["amount"] = rng.choice((f"{value['amount']}", f"${value['amount']:,.2f}"))
    return bool(values)


# What some tools write instead of the standard's form; planted where the portal's real data have it.
DIALECT_DEFECTS = (
    Defect("net_date", 0.03, _net_date),
    Defect("text_tag", 0.03, _text_tag),
    Defect("language_name", 0.04, _language_name),
    Defect("amount_as_text", 0.02, _amount_as_text),
)


# --- PDN v1 -----------------------------------------------------------------------------------


def _official(record: Record) -> Record | None:
    """Where the person of an S2 or S3S record stands; None in S3P."""
    if "particularSancionado" in record:
        return None
    person: Record = record.get("servidorPublicoSancionado", record)
    return person


def _pdn_unknown_code(record: Record, rng: random.Random) -> bool:
    if "tipoProcedimiento" in record:
        record["tipoProcedimiento"] = [{"clave": 7, "valor": "ADJUDICACIÓN DIRECTA"}]
    else:
        record["tipoSancion"][0]["clave"] = rng.choice(("X", "INH", "9"))
    return True


def _pdn_code_as_text(record: Record, rng: random.Random) -> bool:
    procedures = record.get("tipoProcedimiento", [])
    for procedure in procedures[:1]:
        procedure["clave"] = str(procedure["clave"])
    return bool(procedures)


def _pdn_long_level(record: Record, rng: random.Random) -> bool:
    person = _official(record)
    if person is None:
        return False
    if isinstance(person.get("puesto"), dict):
        person["puesto"]["nivel"] = "JEFATURA DE DEPARTAMENTO B"
    else:
        person["nivel"] = "JEFATURA DE DEPARTAMENTO B"
    return True


def _pdn_missing_required(record: Record, rng: random.Random) -> bool:
    field = "puesto" if "tipoProcedimiento" in record else "causaMotivoHechos"
    return record.pop(field, None) is not None


def _pdn_blank_surname(record: Record, rng: random.Random) -> bool:
    person = _official(record)
    if person is None:
        return False
    person["primerApellido"] = " "
    return True


def _pdn_bad_capture_date(record: Record, rng: random.Random) -> bool:
    record["fechaCaptura"] = rng.choice(("2023-13-05T10:00:00Z", "05/03/2023", ""))
    return True


def _pdn_swapped_period(record: Record, rng: random.Random) -> bool:
    period = record.get("inhabilitacion")
    if not period:
        return False
    period["fechaInicial"], period["fechaFinal"] = period["fechaFinal"], period["fechaInicial"]
    return True


def _pdn_negative_fine(record: Record, rng: random.Random) -> bool:
    fine = record.get("multa")
    if not fine:
        return False
    fine["monto"] = -fine["monto"]
    return True


def _pdn_thousandfold_fine(record: Record, rng: random.Random) -> bool:
    fine = record.get("multa")
    if not fine:
        return False
    fine["monto"] = round(fine["monto"] * 1000, 2)
    return True


def _pdn_malformed_curp(record: Record, rng: random.Random) -> bool:
    person = _official(record)
    if person is None or len(person.get("curp", "")) < 18:
        return False
    person["curp"] = person["curp"][:-1]
    return True


def _pdn_malformed_rfc(record: Record, rng: random.Random) -> bool:
    person = _official(record) or record["particularSancionado"]
    number = person.get("rfc", "")
    letters = len(number) - 9
    person["rfc"] = f"{number[:letters]}-{number[letters:-3]}-{number[-3:]}"
    return True


def _pdn_institution_spelling(record: Record, rng: random.Random) -> bool:
    institution = record["institucionDependencia"]
    name = institution["nombre"]
    variant = spelling_variant(name, rng.randrange(3))
    institution["nombre"] = variant
    return variant != str(name)


def _pdn_object_id(record: Record, rng: random.Random) -> bool:
    record["_id"] = {"$oid": record.pop("id")}
    return True


def _pdn_personal_note(record: Record, rng: random.Random) -> bool:
    record["observaciones"] = personal_note(rng)
    return True


def _pdn_placeholder(record: Record, rng: random.Random) -> bool:
    field = "observaciones" if "tipoProcedimiento" in record else "causaMotivoHechos"
    record[field] = rng.choice(("SIN DATO", "NA", "-", "nan"))
    return True


PDN_DEFECTS = (
    Defect("unknown_code", 0.012, _pdn_unknown_code),
    Defect("code_as_text", 0.01, _pdn_code_as_text),
    Defect("long_level", 0.015, _pdn_long_level),
    Defect("missing_required", 0.008, _pdn_missing_required),
    Defect("blank_surname", 0.015, _pdn_blank_surname),
    Defect("bad_capture_date", 0.008, _pdn_bad_capture_date),
    Defect("swapped_period", 0.02, _pdn_swapped_period),
    Defect("negative_fine", 0.006, _pdn_negative_fine),
    Defect("thousandfold_fine", 0.008, _pdn_thousandfold_fine),
    Defect("malformed_curp", 0.02, _pdn_malformed_curp),
    Defect("malformed_rfc", 0.02, _pdn_malformed_rfc),
    Defect("institution_spelling", 0.05, _pdn_institution_spelling),
    Defect("object_id", 0.006, _pdn_object_id),
    Defect("personal_note", 0.03, _pdn_personal_note),
    Defect("placeholder", 0.02, _pdn_placeholder),
)
