"""Made-up purchases, before any portal's layout: who buys what from whom, how, when and for how much.

Here: the market (suppliers that all procurement sources share, so that they can be resolved across
sources), the buyers and the purchases. Not here: layouts (`edca.py`, `compranet.py`,
`nuevo_leon.py`, `comprasmx.py`) and planted defects (`defects.py`).
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pipelines.sandbox.people import (
    Address,
    Person,
    Supplier,
    make_address,
    make_company,
    make_person,
    make_sole_trader,
    organization_rfc,
)
from pipelines.sandbox.vocabulary import (
    AREAS,
    ENTITIES,
    GOODS,
    NEIGHBOURHOODS,
    SERVICES,
    STREETS,
    WORKS,
    Good,
)

# The data end here whatever the clock says: the same seed gives the same bytes on any day.
ANCHOR = datetime(2026, 11, 15, 18, 0, 0)
COMPANIES = 1400
SOLE_TRADERS = 500
VAT = 0.16
CATEGORY_GOODS = {"goods": GOODS, "services": SERVICES, "works": WORKS}


@dataclass(frozen=True)
class Method:
    """A kind of procedure: OCDS code, the text Mexican portals show, typical size and days to tender."""

    code: str
    details: str
    log_amount: float
    days: tuple[int, int]
    tenderers: tuple[int, int]


DIRECT = Method("direct", "Adjudicación directa", 11.7, (0, 4), (1, 1))
INVITATION = Method("selective", "Invitación a cuando menos tres personas", 13.6, (7, 15), (3, 5))
OPEN = Method("open", "Licitación pública", 14.9, (15, 32), (2, 7))
# Share of each method by category: works are tendered more often.
METHOD_WEIGHTS = {"goods": (58, 17, 25), "services": (60, 16, 24), "works": (25, 35, 40)}
# Works cost about 2.2 times a purchase of the same method (median of the real files).
WORKS_FACTOR = 2.2


@dataclass(frozen=True)
class Buyer:
    """A buying institution with its requesting areas; `number` is its key within the source."""

    number: int
    name: str
    acronym: str
    rfc: str
    address: Address
    contact: Person
    email: str
    telephone: str
    areas: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One line of a purchase; prices are net of VAT, in pesos."""

    description: str
    good: Good
    quantity: int
    unit_price: float


@dataclass(frozen=True)
class Purchase:
    """One contracting process; moments are local time, `net` is in pesos without VAT."""

    number: int
    year: int
    method: Method
    category: str
    title: str
    good: Good
    buyer: Buyer
    area: str
    supplier: Supplier
    tenderers: tuple[Supplier, ...]
    lines: tuple[Line, ...]
    net: float
    published: datetime
    opened: datetime
    awarded: datetime
    signed: datetime
    starts: datetime
    ends: datetime

    @property
    def gross(self) -> float:
        """The amount with VAT."""
        return round(self.net * (1 + VAT), 2)


class Market:
    """Who sells: the same companies and persons for every source made with one seed."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(f"market:{seed}")
        entities = sorted(ENTITIES)
        self._suppliers = [make_company(rng, rng.choice(entities)) for _ in range(COMPANIES)]
        self._suppliers += [make_sole_trader(rng, rng.choice(entities)) for _ in range(SOLE_TRADERS)]
        rng.shuffle(self._suppliers)

    def stall(self, rng: random.Random, entity: str | None) -> "Stall":
        """The sellers one source deals with: a third of the market, mostly re-homed to `entity`."""
        return Stall(rng.sample(self._suppliers, len(self._suppliers) // 3), entity)


class Stall:
    """A source's sellers; few sell much and many sell little (weights 1/rank)."""

    def __init__(self, suppliers: Sequence[Supplier], entity: str | None) -> None:
        near = [supplier for supplier in suppliers if supplier.address.entity == entity]
        self._suppliers = near + [supplier for supplier in suppliers if supplier.address.entity != entity]
        self._weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(self._suppliers))))

    def pick(self, rng: random.Random, count: int) -> tuple[Supplier, ...]:
        """`count` different sellers."""
        chosen: dict[str, Supplier] = {}
        while len(chosen) < count:
            supplier = rng.choices(self._suppliers, cum_weights=self._weights)[0]
            chosen[supplier.rfc] = supplier
        return tuple(chosen.values())


class Body(NamedTuple):
    """What is known of an institution before it gets an address."""

    name: str
    acronym: str
    areas: tuple[str, ...]
    rfc: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Scene:
    """Who buys from whom, and the weights of goods, services and works."""

    buyers: Sequence[Buyer]
    stall: Stall
    weights: tuple[int, int, int]


def make_buyer(rng: random.Random, body: Body, *, entity: str, number: int) -> Buyer:
    """An institution with an address in `entity`; it gets a valid RFC unless its own is known."""
    contact = make_person(rng, entity)
    founded = date(1990, 1, 1) + timedelta(days=rng.randint(0, 9000))
    return Buyer(
        number=number,
        name=body.name,
        acronym=body.acronym,
        rfc=body.rfc or organization_rfc(rng, body.name, founded=founded),
        address=make_address(rng, entity, body.place),
        contact=contact,
        email=f"contrataciones.{body.acronym.lower()}@ejemplo.gob.mx",
        telephone=contact.telephone,
        areas=body.areas,
    )


def make_purchase(rng: random.Random, scene: Scene, *, number: int, year: int) -> Purchase:
    """A purchase published in `year`."""
    category = rng.choices(("goods", "services", "works"), weights=scene.weights)[0]
    method = rng.choices((DIRECT, INVITATION, OPEN), weights=METHOD_WEIGHTS[category])[0]
    good = rng.choice(CATEGORY_GOODS[category])
    buyer = rng.choice(scene.buyers)
    tenderers = scene.stall.pick(rng, rng.randint(*method.tenderers))
    net = _amount(rng, method, category)
    lines = _lines(rng, good, net)
    published, opened, awarded, signed, starts, ends = _moments(rng, year, method, category)
    return Purchase(
        number=number,
        year=year,
        method=method,
        category=category,
        title=_title(rng, category, good, buyer),
        good=good,
        buyer=buyer,
        area=rng.choice(buyer.areas),
        supplier=tenderers[0],
        tenderers=tenderers,
        lines=lines,
        net=net,
        published=published,
        opened=opened,
        awarded=awarded,
        signed=signed,
        starts=starts,
        ends=ends,
    )


def make_document_id(rng: random.Random) -> str:
    """32 hexadecimal characters."""
    return f"{rng.getrandbits(128):032x}"


def _amount(rng: random.Random, method: Method, category: str) -> float:
    factor = WORKS_FACTOR if category == "works" else 1.0
    amount = min(rng.lognormvariate(method.log_amount, 0.95) * factor, 480_000_000.0)
    # People round: one purchase in eight is a round number of thousands.
    return float(round(amount, -3)) + 1000.0 if rng.random() < 0.125 else round(amount, 2)


def _lines(rng: random.Random, good: Good, net: float) -> tuple[Line, ...]:
    count = rng.choice((1, 1, 1, 2, 2, 3))
    shares = [rng.uniform(0.4, 1.0) for _ in range(count)]
    total = sum(shares)
    lines = []
    for position, share in enumerate(shares, start=1):
        quantity = rng.choice((1, 1, 1, 2, 5, 10, 12, 50, 100))
        suffix = "" if count == 1 else f", partida {position}"
        price = round(net * share / total / quantity, 2)
        lines.append(Line(f"{good.noun.capitalize()}{suffix}", good, quantity, price))
    return tuple(lines)


def _title(rng: random.Random, category: str, good: Good, buyer: Buyer) -> str:
    place = buyer.address.locality
    if category == "works":
        where = f"la calle {rng.choice(STREETS)}, colonia {rng.choice(NEIGHBOURHOODS)}"
        return f"{good.noun.capitalize()} en {where}, municipio de {place}"
    verb = "Adquisición de" if category == "goods" else "Contratación de"
    return f"{verb} {good.noun} para {rng.choice(AREAS)}"


def _moments(
    rng: random.Random, year: int, method: Method, category: str
) -> tuple[datetime, datetime, datetime, datetime, datetime, datetime]:
    first = datetime(year, 1, 2, 9, 0, 0)
    last = min(datetime(year, 12, 12), ANCHOR - timedelta(days=2))
    days = rng.randint(0, max((last - first).days, 0))
    published = first + timedelta(days=days, minutes=rng.randint(0, 540))
    opened = published + timedelta(days=rng.randint(*method.days), hours=2)
    awarded = opened + timedelta(days=rng.randint(1, 12))
    signed = awarded + timedelta(days=rng.randint(1, 14))
    starts = datetime.combine(signed.date() + timedelta(days=rng.randint(1, 10)), datetime.min.time())
    duration = rng.randint(45, 240) if category == "works" else rng.choice((15, 30, 60, 90, 180, 300))
    return published, opened, awarded, signed, starts, starts + timedelta(days=duration)
