"""Names and codes of Mexican places become INEGI's keys: the seeds, and the spellings of real data."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.scratch import Scratch

CASES = [
    ("Ciudad de México", "Coyoacán", "09", "09003"),
    ("MX-CMX", "ALVARO OBREGON", "09", "09010"),
    ("DISTRITO FEDERAL", "GUSTAVO A. MADERO", "09", "09005"),
    ("D.F.", "Deleg. Cuauhtémoc ", "09", "09015"),
    ("EDO. DE MEXICO", "TLALNEPANTLA DE BAZ", "15", "15104"),
    ("México", "Naucalpan de Juárez", "15", "15057"),
    ("JALISCO", "SALTO, EL", "14", "14070"),
    ("14", "039", "14", "14039"),
    ("Nuevo León", "19019", "19", "19019"),
    ("Veracruz de Ignacio de la Llave", "Xalapa", "30", "30087"),
    # Named Solidaridad until 2023: both catalogues count.
    ("Quintana Roo", "Solidaridad", "23", "23008"),
    ("Quintana Roo", "Playa del Carmen", "23", "23008"),
    # New since the catalogue of the 2010s.
    ("Baja California", "San Quintín", "02", "02006"),
    # Two municipalities of Oaxaca have this name.
    ("Oaxaca", "San Pedro Mixtepec", "20", None),
    ("No Capturado", "No Capturado", None, None),
    ("US-TX", "Houston", None, None),
]


def built(scratch: Scratch, parties: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """The rows of ocds_parties for these addresses, in their order."""
    compiled = {"parties": [{"id": str(at), "address": address} for at, address in enumerate(parties)]}
    scratch.insert(
        "public_view.ocds_compiled",
        [{"slice_id": "s@g", "source_id": "s", "ocid": "o-1", "compiled": json.dumps(compiled)}],
    )
    scratch.dbt(
        "build",
        "--select",
        "+ocds_parties",
        "--exclude-resource-type",
        "unit_test",
    )
    return scratch.rows(
        "select region, locality, entity, municipality from standard.ocds_parties order by cast(party_id as integer)"
    )


def test_each_spelling_has_its_key(new_scratch: Callable[[], Scratch]) -> None:
    parties = [
        {"region": region, "locality": locality, "countryName": "MÉXICO"}
        for region, locality, _, _ in CASES
        if region != "US-TX"
    ]
    parties.append({"region": "US-TX", "locality": "Houston", "countryName": "ESTADOS UNIDOS"})

    found = built(new_scratch(), parties)

    assert [(row["region"], row["locality"], row["entity"], row["municipality"]) for row in found] == [
        (region, locality, entity, municipality) for region, locality, entity, municipality in CASES
    ]


def test_the_seeds_hold_both_catalogues(new_scratch: Callable[[], Scratch]) -> None:
    scratch = new_scratch()
    built(scratch, [])

    [counts] = scratch.rows(
        "select count(*) as all, count(*) filter (catalogue = '2010') as first, count(distinct entity) as entities,"
        " count(earlier_name) as renamed from seeds.municipalities"
    )

    assert counts == {"all": 2478, "first": 2458, "entities": 32, "renamed": 11}


@pytest.fixture(scope="module")
def compranet_addresses(shared_data: Path) -> Counter[tuple[str | None, str | None, str | None]]:
    path = shared_data / "ocds/compranet_edca/release_packages.ndjson.gz"
    found: Counter[tuple[str | None, str | None, str | None]] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            for release in json.loads(line)["releases"]:
                for party in release.get("parties", []):
                    address = party.get("address") or {}
                    found[(address.get("region"), address.get("locality"), address.get("countryName"))] += 1
    return found


def test_eighty_spellings_of_region_are_the_32_states(
    new_scratch: Callable[[], Scratch],
    compranet_addresses: Counter[tuple[str | None, str | None, str | None]],
) -> None:
    regions = {region for region, _, _ in compranet_addresses if region is not None}
    found = built(
        new_scratch(),
        [
            {"region": region, "locality": locality, "countryName": country}
            for region, locality, country in compranet_addresses
        ],
    )
    by_region = {row["region"]: row["entity"] for row in found if row["region"] is not None}

    assert len(regions) == 80
    assert {entity for entity in by_region.values() if entity is not None} == {
        f"{n:02}" for n in range(1, 33)
    }
    # What isn't a state is a place abroad, written as ISO 3166-2 writes it.
    assert all(
        entity is not None or (region is not None and region[:3] != "MX-" and region[2] == "-")
        for region, entity in by_region.items()
    )
    # Of the parties whose locality is given, all but those with a misspelt one or with a town's name.
    named = {
        address: row["municipality"]
        for address, row in zip(compranet_addresses, found, strict=True)
        if row["entity"] is not None and row["locality"] is not None
    }
    parties = sum(compranet_addresses[address] for address in named)
    placed = sum(compranet_addresses[address] for address, key in named.items() if key is not None)
    assert (parties, placed > 6_880) == (7_241, True)
