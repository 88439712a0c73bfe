"""Made-up processes with every irregularity and much that is personal or of the dialect: what becomes of them, as a digest.

A program of its own (`python -m tests.unit.native_views`): `test_native.py` runs it with and without machine code.
"""

import hashlib
import json
import random
from typing import Any

from pipelines.standards import view_ocds
from pipelines.standards.privacy import PseudonymKey
from pipelines.standards.redact_ocds import OcdsRedactor
from pipelines.standards.view_rows import ReleaseRow
from tests.unit.standards.test_compile_properties import Maker

PROCESSES = 3_000
PERSON = "GODE561231GR8"
OF_THE_DIALECT = {
    "tag": "tender, award",
    "language": "Español",
    "date": "31/12/2024 10:00",
    "parties": [
        {
            "id": PERSON,
            "name": "Ernesto Gómez Díaz",
            "roles": ["supplier", "clarificationMeetingAttendee"],
            "identifier": {"scheme": "MX-RFC", "id": PERSON, "juridicalPersonhood": "naturalPerson"},
            "address": {"streetAddress": "Calle 1", "region": "Jalisco"},
            "contactPoint": {"email": "ernesto@example.mx", "telephone": "33 1234 5678"},
        },
        {"id": "SIN DATO", "name": "S/N", "identifier": {"scheme": "RFC", "id": "cma-980529-mw0 "}},
    ],
    "tender": {
        "id": 1,
        "value": {"amount": "$1,234.50", "currency": "MXN"},
        "description": "Tel. 33 1234 5678, correo a@b.mx, RFC GODE561231GR8",
        "x_own": {"deep": [1, None, "//"]},
        "documents": {"id": "1", "url": "https://portal.mx/a b?rfc=GODE561231GR8"},
    },
    "awards": [
        {"id": "1", "suppliers": [{"id": PERSON, "name": "Ernesto"}], "date": "/Date(1700000000000)/"}
    ],
    "contracts": None,
}


CONVERSIONS = (
    "as_published",
    "as_published",
    "compiled_in_record",
    "versioned_in_record",
    "compranet_contratos",
)
# A repair of staging, as it stands in the column.
STAGED = json.dumps(
    [{"kind": "double_encoding", "path": "/tender/x", "original": "Ã±", "repaired": "ñ", "ordinal": 3}]
)
# What stands where something else belongs.
STRANGE = (
    None,
    True,
    7,
    -1.5,
    10**30,
    "",
    " ",
    "texto",
    [],
    {},
    ["x", None],
    [{"id": 3}],
    {"id": [1]},
    {"x": {"y": None}},
)


def spoiled(value: Any, chance: random.Random) -> Any:
    """The same, with something strange in about one place of thirty."""
    if chance.random() < 1 / 30:
        return chance.choice(STRANGE)
    if isinstance(value, dict):
        return {name: spoiled(item, chance) for name, item in value.items()}
    return [spoiled(item, chance) for item in value] if isinstance(value, list) else value


def members(chance: random.Random) -> dict[str, Any]:
    """The members of a release of the dialect, spoiled one by one."""
    return {name: spoiled(value, chance) for name, value in OF_THE_DIALECT.items()}


def rows_of(number: int, maker: Maker) -> list[ReleaseRow]:
    """The releases of one process as the public view reads them."""
    releases, _, _ = maker.process()
    chance = random.Random(number)
    positions = json.dumps(
        [{"raw_sha256": "0" * 64, "page": 1, "position": f"/releases/{number}", "ordinal": number}]
    )
    return [
        ReleaseRow(
            *("s@g", "s", f"ocds-test-{number}", str(release["id"]), None),
            json.dumps({**release, **members(chance)} if (number + at) % 3 else release),
            *(positions, 1, number, CONVERSIONS[number % len(CONVERSIONS)]),
            *(STAGED if number % 5 == 0 else None, "1.0" if number % 7 == 0 else None),
        )
        for at, release in enumerate(releases)
    ]


def main() -> None:
    """Print where the code came from, and the digest of all rows."""
    maker = Maker(7)
    redactor = OcdsRedactor(PseudonymKey(b"0123456789abcdef0123456789abcdef"))
    digest = hashlib.sha256()
    for number in range(PROCESSES):
        made = view_ocds.publish_processes(rows_of(number, maker), redactor)
        made.seconds.clear()
        digest.update(repr(made).encode("utf-8", "surrogatepass"))
    print(json.dumps({"file": view_ocds.__file__, "digest": digest.hexdigest()}))


if __name__ == "__main__":
    main()
