"""Contracts of CompraNet 2010-2025 as its yearly CSVs: five layouts, each with its own forms.

Here: how each era writes dates, amounts, codes and suppliers, and planted defects: empty and odd dates,
amounts as people type them, RFC with hyphens or a folio in its place, cells over several lines, rows too
long. Not here: the headers (`compranet_headers.py`), ComprasMX 2026 (`comprasmx.py`, `expedientes.py`), the
conversion (dbt, `staging/compranet`).
"""

import random
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from pipelines.sandbox.compranet_headers import BLANK_FIRST, MIXED_45, OLDEST, SECOND, WIDE_73, Era, era_of
from pipelines.sandbox.comprasmx import CONTRACTING, DIRECT_EXCEPTIONS, INVITATION_EXCEPTION, ROWS
from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.order import Made, Order, csv_line, draft, file_address
from pipelines.sandbox.people import Supplier
from pipelines.sandbox.procurement import ANCHOR, Purchase, Scene, make_document_id, make_purchase
from pipelines.sandbox.sheets import MONTHS
from pipelines.sandbox.vocabulary import FEDERAL_BODIES

NOTICE = "https://compranet.hacienda.gob.mx/esop/guest/go/opportunity/detail?opportunityId={number}"
METHODS = {
    "direct": "Adjudicación Directa Federal",
    "selective": "Invitación a Cuando Menos 3 Personas",
    "open": "Licitación Pública",
}
LETTERS = {"direct": "AA", "selective": "IA", "open": "LA"}
TEMPLATES = {
    "direct": "08. Adjudicación Directa Nacional Art. 42 LAASSP",
    "selective": "05. Invitación a Cuando Menos Tres Personas LAASSP",
    "open": "02. Licitación Pública Nacional LAASSP",
}
LEGAL_BASIS = {"direct": "LAASSP Art. 42", "selective": "LAASSP Art. 43", "open": "LAASSP Art. 26 fr. I"}
BRANCHES = {body.acronym: body.branch for body in FEDERAL_BODIES}
# Shares of one real file of the 2010s.
NO_SIGNATURE = 0.55
NO_PUBLICATION = 0.4
NO_PORTFOLIO = 0.95
# Planted.
ZERO_AMOUNT = 0.02
TYPED_AMOUNT = 0.04
DECIMAL_COMMA = 0.006
THOUSANDFOLD = 0.006
ODD_DATE = 0.04
IMPOSSIBLE_DATE = 0.008
PLACEHOLDER = 0.02
NO_PROCEDURE = 0.012
NO_RFC = 0.3
HYPHENS_IN_RFC = 0.02
FOLIO_AS_RFC = 0.01
LINE_BREAK = 0.05
INNER_QUOTES = 0.02
LONG_ROW = 0.01
RAGGED_ROW = 0.008
IDENTICAL_ROW = 0.006
FOREIGN_CURRENCY = 0.02
MULTIYEAR = 0.06
AMENDED = 0.2


def make_years(order: Order) -> Made:
    """A file for each declared year, whose name ends in it."""
    planted: Counter[str] = Counter()
    scene = order.federal_scene((38, 52, 10))
    drafts = []
    number = 0
    for place, file in enumerate(order.files):
        first, last = (order.count * step // len(order.files) for step in (place, place + 1))
        found = re.search(r"(\d{4})\.csv$", file_address(order.source, file))
        year = int(found[1]) if found else order.volume.years[place % len(order.volume.years)]
        era = era_of(year)
        rows: list[bytes] = []
        wanted = max(last - first, 1)
        while len(rows) < wanted:
            number += 1
            purchase = make_purchase(order.rng, scene, number=number, year=year)
            rows += _procedure(purchase, order.rng, scene, era, planted)
        rows = rows[:wanted]
        if year == 2017:
            planted["extra_column"] += len(rows)
        drafts.append(draft(str(place), _envelope(era, year), [(str(n), row) for n, row in enumerate(rows)]))
    return drafts, planted


def _envelope(era: Era, year: int) -> Envelope:
    names = [name.removesuffix(SECOND) for name in era.header]
    if year == BLANK_FIRST:
        names[0] = ""
    # The mark of UTF-8 stands before the header only.
    head = csv_line(names, "utf-8" if era.encoding == "utf-8-sig" else era.encoding)
    mark = b"\xef\xbb\xbf" if era.encoding == "utf-8-sig" else b""
    return Envelope(mark + head + b"\r\n", b"\r\n", b"\r\n", "text/csv")


def _procedure(
    purchase: Purchase, rng: random.Random, scene: Scene, era: Era, planted: Counter[str]
) -> list[bytes]:
    """The contracts of one procedure, a row each."""
    count = 1 if purchase.method.code == "direct" else rng.choice(ROWS)
    winners: tuple[Supplier, ...] = purchase.tenderers[:1]
    if count > 1 and rng.random() < 0.7:
        winners = scene.stall.pick(rng, rng.randint(1, count))
    writer = _Writer(purchase, rng, era, planted)
    encoding = "utf-8" if era.encoding == "utf-8-sig" else era.encoding
    rows = []
    for position in range(count):
        cells = writer.row(winners[position % len(winners)], position, count)
        row = csv_line(_shaped([cells.get(name, "") for name in era.header], rng, planted), encoding)
        rows.append(row)
        if rng.random() < IDENTICAL_ROW:
            planted["identical_row"] += 1
            rows.append(row)
    return rows


def _shaped(cells: list[str], rng: random.Random, planted: Counter[str]) -> list[str]:
    """The row, now and then with empty cells too many or with one too few."""
    chance = rng.random()
    if chance < LONG_ROW:
        planted["empty_cells_at_end"] += 1
        return [*cells, "", ""]
    if chance > 1 - RAGGED_ROW:
        planted["ragged_row"] += 1
        return cells[:-3] + cells[-1:]
    return cells


class _Writer:
    """Writes the rows of one procedure in one era's names and forms."""

    def __init__(self, purchase: Purchase, rng: random.Random, era: Era, planted: Counter[str]) -> None:
        self._purchase = purchase
        self._rng = rng
        self._era = era
        self._planted = planted
        branch = BRANCHES[purchase.buyer.acronym]
        area = purchase.buyer.areas.index(purchase.area) + 1
        self._branch = branch
        self._unit = f"{branch}{area:03d}"
        self._file_number = str(1_000_000 + purchase.number * 3)
        letters = LETTERS[purchase.method.code]
        if purchase.category == "works":
            letters = letters[0] + "O"
        is_wide = era.header == WIDE_73
        self._procedure = (
            f"{letters}-{branch[1:3]}-{branch[3:]}-{self._unit}-N-{purchase.number}-{purchase.year}"
            if is_wide
            else f"{letters}-{self._unit}-N{purchase.number % 900}-{purchase.year}"
        )
        if rng.random() < NO_PROCEDURE:
            planted["no_procedure_number"] += 1
            self._procedure = ""
        self._is_published = purchase.method.code != "direct" or rng.random() > NO_PUBLICATION
        self._is_multiyear = rng.random() < MULTIYEAR
        self._government = rng.choices(("APF", "GE", "GM"), weights=(85, 12, 3))[0]

    def row(self, supplier: Supplier, position: int, count: int) -> Mapping[str, str]:
        """The cells of one contract, by header."""
        net = self._purchase.net / count
        if self._era.header == OLDEST:
            return self._oldest(supplier, position, net)
        if self._era.header == MIXED_45:
            return self._mixed(supplier, position, net)
        if self._era.header == WIDE_73:
            return self._wide(supplier, position, net)
        return self._upper(supplier, position, net)

    def _oldest(self, supplier: Supplier, position: int, net: float) -> dict[str, str]:
        purchase = self._purchase
        signed = purchase.signed
        form = self._rng.randrange(4)
        day = (
            f"{signed:%d/%m/%Y}",
            f"{signed.day}/{signed.month}/{signed.year}",
            f"{signed.day:02d}-{MONTHS[signed.month - 1]}-{signed:%y}",
            f"{signed:%Y-%m-%d}",
        )[form]
        return {
            "DEPENDENCIA / ENTIDAD": purchase.buyer.name.upper(),
            "CLAVE UC": self._unit,
            "NOMBRE UC": purchase.area.upper(),
            "NÚMERO DE PROCEDIMIENTO": self._procedure,
            "TIPO DE PROCEDIMIENTO": METHODS[purchase.method.code].upper(),
            "TIPO CONTRATACIÓN": CONTRACTING[purchase.category],
            "CARACTER": "NACIONAL",
            "NÚMERO DE CONTRATO": (
                f"{purchase.buyer.acronym}-{purchase.number:04d}-{position + 1}/{purchase.year}"
            ),
            "REFERENCIA DE LA CONTRATACIÓN": self._subject(position).upper(),
            "FECHA DE SUSCRIPCIÓN DE CONTRATO": self._day(signed, day),
            "IMPORTE MN SIN IVA": self._amount(net),
            "RAZÓN SOCIAL": supplier.name.upper(),
            "URL DEL CONTRATO": f"http://www.compranet.gob.mx:8000/{self._unit}/{purchase.number}.html",
        }

    def _upper(self, supplier: Supplier, position: int, net: float) -> dict[str, str]:
        purchase = self._purchase
        return {
            "GOBIERNO": self._government,
            "SIGLAS": purchase.buyer.acronym,
            "DEPENDENCIA": purchase.buyer.name,
            "CLAVEUC": self._unit,
            "NOMBRE_DE_LA_UC": f"{purchase.buyer.acronym}-{purchase.area} #{self._unit}",
            "RESPONSABLE": purchase.buyer.contact.full_name,
            "NUMERO_EXPEDIENTE": self._file_number,
            "CODIGO_EXPEDIENTE": self._file_number,
            "TITULO_EXPEDIENTE": self._title(),
            "PLANTILLA_EXPEDIENTE": TEMPLATES[purchase.method.code],
            "NUMERO_PROCEDIMIENTO": self._procedure,
            "EXP_F_FALLO": self._minute(purchase.awarded) if self._is_published else "",
            "PROC_F_PUBLICACION": self._minute(purchase.published) if self._is_published else "",
            "FECHA_APERTURA_PROPOSICIONES": self._minute(purchase.opened),
            "CARACTER": "Nacional",
            "TIPO_CONTRATACION": CONTRACTING[purchase.category].capitalize(),
            "TIPO_PROCEDIMIENTO": METHODS[purchase.method.code],
            "FORMA_PROCEDIMIENTO": self._rng.choice(("Electrónica", "Mixta", "Presencial")),
            "CODIGO_CONTRATO": self._contract_code(position),
            "TITULO_CONTRATO": self._subject(position),
            "FECHA_INICIO": self._greenwich(purchase.starts),
            "FECHA_FIN": self._greenwich(purchase.ends),
            "IMPORTE_CONTRATO": self._amount(net),
            "MONEDA": self._currency(),
            "ESTATUS_CONTRATO": self._status(),
            "ARCHIVADO": "0",
            "CONVENIO_MODIFICATORIO": "1" if self._rng.random() < AMENDED else "0",
            "RAMO": self._branch[:3],
            "APORTACION_FEDERAL": "100",
            "FECHA_CELEBRACION": self._signature(f"{purchase.signed:%Y-%m-%d}"),
            "CONTRATO_MARCO": "0",
            "COMPRA_CONSOLIDADA": "0",
            "PLURIANUAL": "1" if self._is_multiyear else "0",
            "CLAVE_CARTERA_SHCP": self._portfolio(),
            "ESTRATIFICACION_MUC": supplier.size.capitalize(),
            "FOLIO_RUPC": self._folio(supplier),
            "PROVEEDOR_CONTRATISTA": self._name(supplier),
            "ESTRATIFICACION_MPC": supplier.size.capitalize(),
            "SIGLAS_PAIS": "MX",
            "ESTATUS_EMPRESA": "HABILITADO",
            "CUENTA_ADMINISTRADA_POR": "PoC",
            "ANUNCIO": NOTICE.format(number=self._file_number),
        }

    def _mixed(self, supplier: Supplier, position: int, net: float) -> dict[str, str]:
        purchase = self._purchase
        return {
            "Orden de gobierno": self._government,
            "Siglas de la Institución": purchase.buyer.acronym,
            "Institución": purchase.buyer.name,
            "Clave de la UC": self._unit,
            "Nombre de la UC": f"{purchase.area} #{self._unit}",
            "Responsable de la UC": purchase.buyer.contact.full_name,
            "Código del expediente": self._file_number,
            "Referencia del expediente": f"REF-{purchase.number}",
            "Clave CUCOP": purchase.good.cucop,
            "Título del expediente": self._title(),
            "Plantilla del expediente": TEMPLATES[purchase.method.code],
            "Fundamento legal": LEGAL_BASIS[purchase.method.code],
            "Número del procedimiento": self._procedure,
            "Fecha de fallo": self._minute(purchase.awarded) if self._is_published else "",
            "Fecha de publicación": self._minute(purchase.published) if self._is_published else "",
            "Fecha de apertura": self._minute(purchase.opened),
            "Carácter del procedimiento": "Nacional",
            "Tipo de contratación": CONTRACTING[purchase.category].capitalize(),
            "Tipo de procedimiento": METHODS[purchase.method.code],
            "Forma de participación": self._rng.choice(("Electrónica", "Mixta", "Presencial")),
            "Código del contrato": self._contract_code(position),
            "Núm. de control del contrato": f"{purchase.buyer.acronym}/{purchase.number}/{position + 1}",
            "Título del contrato": self._subject(position),
            "Descripción del contrato": self._description(position),
            "Fecha de inicio del contrato": self._greenwich(purchase.starts),
            "Fecha de fin del contrato": self._greenwich(purchase.ends),
            "Importe del contrato": self._amount(net),
            "Moneda del contrato": self._currency(),
            "Estatus del contrato": self._status(),
            "Convenio modificatorio": "1" if self._rng.random() < AMENDED else "0",
            "Fecha de firma del contrato": self._signature(f"{purchase.signed:%Y-%m-%d}"),
            "Contrato marco": "0",
            "Compra consolidada": "0",
            "Contrato plurianual": "1" if self._is_multiyear else "0",
            "Clave de cartera SHCP": self._portfolio(),
            "Folio en el RUPC": self._folio(supplier),
            "RFC": self._tax_id(supplier),
            "Proveedor o contratista": self._name(supplier),
            "Estratificación de la empresa": supplier.size.capitalize(),
            "Clave del país de la empresa": "MX",
            "RFC verificado en el SAT": "1",
            "Dirección del anuncio": NOTICE.format(number=self._file_number),
        }

    def _wide(self, supplier: Supplier, position: int, net: float) -> dict[str, str]:
        purchase = self._purchase
        waiver = self._waiver()
        cells = {
            "Orden de gobierno": self._government,
            "Clave Ramo": str(int(self._branch[:3])),
            "Descripción Ramo": purchase.buyer.name,
            "Tipo de Institución": "Organismo descentralizado",
            "Clave Institución": self._branch,
            "Siglas de la Institución": purchase.buyer.acronym,
            "Institución": purchase.buyer.name.upper(),
            "Clave de la UC": self._unit,
            "Nombre de la UC": purchase.area.upper(),
            "Código del expediente": f"E-{purchase.year}-{purchase.number:08d}",
            "Referencia del expediente": f"REF-{purchase.number}",
            "Título del expediente": self._title(),
            "Partida específica": self._expense_items(),
            "Ley": "LOPSRM" if purchase.category == "works" else "LAASSP",
            "Tipo Procedimiento": METHODS[purchase.method.code].upper(),
            "Artículo de excepción": waiver[0],
            "Descripción excepción": waiver[1],
            "La contratación es por Caso fortuito o fuerza mayor": "NO",
            "Contrato marco": "NO",
            "Compra consolidada": "SI" if purchase.number % 11 == 0 else "NO",
            "Número de procedimiento": self._procedure,
            "Tipo de contratación": CONTRACTING[purchase.category],
            "Carácter del procedimiento": "NACIONAL",
            "Forma de participación": "ELECTRÓNICA" if purchase.method.code != "direct" else "",
            "Fecha de publicación": f"{purchase.published}" if self._is_published else "",
            "Fecha de apertura": f"{purchase.opened}" if purchase.method.code != "direct" else "",
            "Fecha de fallo": f"{purchase.awarded}" if purchase.method.code != "direct" else "",
            "Estatus DRC": "PUBLICADO",
            "Código del contrato": f"C-{purchase.year}-{purchase.number * 6 + position:08d}",
            "Núm. del contrato": f"{purchase.buyer.acronym}/{purchase.number}/{position + 1}",
            "Título del contrato": self._subject(position),
            "Descripción del contrato": self._description(position),
            "Tipo de contrato": "CERRADO",
            "Contrato plurianual": "SI" if self._is_multiyear else "NO",
            "Fecha de inicio del contrato": self._day(purchase.starts, f"{purchase.starts:%d/%m/%Y}"),
            "Fecha de fin del contrato": self._day(purchase.ends, f"{purchase.ends:%d/%m/%Y}"),
            "Fecha de firma del contrato": self._signature(f"{purchase.signed}"),
            "Importe DRC": self._amount(net),
            "Moneda": self._currency(),
            "Estatus Contrato": self._status().upper(),
            "rfc": self._tax_id(supplier),
            "Proveedor o contratista": self._name(supplier),
            "Folio en el RUPC": self._folio(supplier),
            "País de la empresa": "MÉXICO",
            "Nacionalidad proveedor o contratista": "NACIONAL",
            "Estratificación": supplier.size,
            "Proveedor autorregistrado": "SI",
            "Año de fundación de la empresa": str(2000 + purchase.number % 24),
            "Convenio modificatorio": "NO",
            "Dirección del anuncio": (
                "https://comprasmx.buengobierno.gob.mx/sitiopublico/#/sitiopublico/detalle/"
                f"{make_document_id(self._rng)}/procedimiento"
            ),
        }
        if self._rng.random() < 0.1:
            # An open contract: a minimum and a maximum instead of one amount.
            cells |= {
                "Tipo de contrato": "ABIERTO",
                "Monto sin imp./mínimo": str(round(net * 0.4, 2)),
                "Monto mínimo con imp.": str(round(net * 0.4 * 1.16, 2)),
                "Monto sin imp./máximo": str(round(net, 2)),
                "Monto máximo con imp.": str(round(net * 1.16, 2)),
            }
        if self._rng.random() < AMENDED:
            cells |= self._amendment(net)
        return cells

    def _amendment(self, net: float) -> dict[str, str]:
        purchase = self._purchase
        last = purchase.ends + timedelta(days=60)
        return {
            "Convenio modificatorio": "SI",
            "Código Ref. Contrato": f"C-{purchase.year}-{purchase.number * 6:08d}",
            "Código Ref. último convenio": f"CM-{purchase.year}-{purchase.number:08d}",
            f"Convenio modificatorio{SECOND}": f"CM-{purchase.year}-{purchase.number:08d}",
            "Núm. del convenio": f"1-{purchase.number}",
            "Tipo de convenio": "AMPLIACIÓN DE MONTO Y PLAZO",
            "Fecha de firma del convenio": f"{purchase.ends:%d/%m/%Y}",
            "Fecha de inicio del convenio": f"{purchase.ends:%d/%m/%Y}",
            "Fecha de fin del convenio": f"{last:%d/%m/%Y}",
            "Importe del convenio": str(round(net * 0.2, 2)),
            f"Moneda{SECOND}": "MXN",
            "Descripción del convenio": "Se amplían el monto y el plazo",
            "Estatus del convenio": "FORMALIZADO",
        }

    def _waiver(self) -> tuple[str, str]:
        if self._purchase.method.code == "open":
            return "", ""
        if self._purchase.method.code == "selective":
            return INVITATION_EXCEPTION.article, INVITATION_EXCEPTION.description
        found = self._rng.choice(DIRECT_EXCEPTIONS)
        return found.article, found.description

    def _title(self) -> str:
        title = self._purchase.title
        if self._rng.random() < INNER_QUOTES:
            self._planted["inner_quotes"] += 1
            return f'{title} "{self._purchase.year}"'
        return title

    def _subject(self, position: int) -> str:
        if self._rng.random() < PLACEHOLDER:
            self._planted["placeholder_text"] += 1
            return self._rng.choice(("SIN DATO", "NA", "N/A", "-", "."))
        return f"{self._purchase.title}" + (f", contrato {position + 1}" if position else "")

    def _description(self, position: int) -> str:
        if self._rng.random() < LINE_BREAK:
            self._planted["line_break"] += 1
            return f"{self._purchase.title},\nconforme al anexo {position + 1}"
        return self._purchase.title

    def _contract_code(self, position: int) -> str:
        return str(2_000_000 + self._purchase.number * 6 + position)

    def _minute(self, moment: datetime) -> str:
        return self._day(moment, f"{moment:%Y-%m-%d %H:%M}")

    def _greenwich(self, moment: datetime) -> str:
        written = f"{moment:%Y-%m-%d %H:%M:%S}"
        return self._day(moment, f"{written} GMT" if self._rng.random() < 0.7 else written)

    def _day(self, moment: datetime, usual: str) -> str:
        chance = self._rng.random()
        if chance < IMPOSSIBLE_DATE:
            self._planted["impossible_date"] += 1
            return f"{moment.year}-02-30" if usual[:4].isdigit() else f"31/02/{moment.year}"
        if chance < IMPOSSIBLE_DATE + ODD_DATE:
            self._planted["odd_date"] += 1
            month = MONTHS[moment.month - 1]
            return self._rng.choice(
                (
                    f"{moment:%d-%m-%Y}",
                    f"{moment.day}-{month[:3].lower()}-{moment.year}",
                    f"{moment.day:02d} de {month.lower()} de {moment.year}",
                    f"{moment:%d/%m/%Y %H:%M}",
                )
            )
        return usual

    def _signature(self, written: str) -> str:
        if self._rng.random() < NO_SIGNATURE or self._purchase.signed > ANCHOR:
            return ""
        return written

    def _amount(self, net: float) -> str:
        chance = self._rng.random()
        amount = round(net, 2)
        if chance < ZERO_AMOUNT:
            self._planted["zero_amount"] += 1
            return "0"
        if chance < ZERO_AMOUNT + TYPED_AMOUNT:
            self._planted["typed_amount"] += 1
            return self._rng.choice(
                (
                    f"${amount:,.2f}",
                    f"             {amount:,.2f}",
                    f"MXN {amount:,.2f}",
                    f"{amount:,.2f} pesos",
                )
            )
        if chance < ZERO_AMOUNT + TYPED_AMOUNT + DECIMAL_COMMA:
            self._planted["decimal_comma"] += 1
            return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
        if chance > 1 - THOUSANDFOLD:
            self._planted["amount_thousandfold"] += 1
            return str(round(amount * 1000, 2))
        return f"{amount:.2f}".removesuffix(".00")

    def _currency(self) -> str:
        return "USD" if self._rng.random() < FOREIGN_CURRENCY else "MXN"

    def _status(self) -> str:
        if self._purchase.ends < ANCHOR and self._rng.random() < 0.9:
            return self._rng.choice(("Terminado", "Terminado", "Expirado"))
        return "Activo"

    def _portfolio(self) -> str:
        if self._rng.random() < NO_PORTFOLIO:
            return ""
        return f"{self._purchase.year % 100:02d}{self._branch}{self._purchase.number % 10_000:04d}"

    def _folio(self, supplier: Supplier) -> str:
        return str(100_000 + int(supplier.rfc[-9:-3]) % 90_000) if self._rng.random() < 0.6 else ""

    def _name(self, supplier: Supplier) -> str:
        return supplier.name.upper().replace(".", "").replace(",", "")

    def _tax_id(self, supplier: Supplier) -> str:
        chance = self._rng.random()
        if self._era.header == MIXED_45 and chance > 1 - NO_RFC:
            return ""
        if chance < HYPHENS_IN_RFC:
            self._planted["malformed_rfc"] += 1
            letters = len(supplier.rfc) - 9
            return f"{supplier.rfc[:letters]}-{supplier.rfc[letters:-3]}-{supplier.rfc[-3:]}"
        if chance < HYPHENS_IN_RFC + FOLIO_AS_RFC:
            self._planted["folio_as_rfc"] += 1
            return str(100_000 + int(supplier.rfc[-9:-3]) % 90_000)
        return supplier.rfc

    def _expense_items(self) -> str:
        cog = self._purchase.good.cog
        if self._rng.random() < 0.8:
            return cog
        self._planted["many_expense_items"] += 1
        return ", ".join(sorted({cog, f"{int(cog) + 100}"}))
