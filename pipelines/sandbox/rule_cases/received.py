"""Cases of the rules that need a record as it was received: schema, merge, identities, repairs, reserved data.

They are evaluated record by record in Python (`pipelines/standards/view_ocds.py`, `view_pdn.py`,
`view_repairs.py`), before anything is redacted. Not here: rules evaluated in SQL (`cases.py`), rules about
spreadsheets (`tables.py`).
"""

from collections.abc import Mapping

from pipelines.sandbox.rule_cases.cases import WEALTH
from pipelines.sandbox.rule_cases.changes import DELETE, Case, Record, add, both, put, same

# Made up; their check digits agree.
RFC_OF_A_COMPANY = "CUN040531EI9"
RFC_OF_A_PERSON = "PEAA800115KF4"
CURP_OF_A_PERSON = "PEAA800115MOCRNN02"


def rfc(number: str) -> dict[str, str]:
    """An identifier that says it is an RFC."""
    return {"scheme": "MX-RFC", "id": number, "legalName": "Constructora Uno"}


def _described(name: str, number: str, address: Mapping[str, str] | None = None) -> Record:
    """An organization as OCDS 1.0 has it: described where it acts."""
    described: Record = {"name": name, "identifier": {"scheme": "X-PADRON", "id": number, "legalName": name}}
    return {**described, "address": dict(address)} if address else described


def _as_1_0(record: Record) -> None:
    """The process without parties."""
    del record["parties"]
    office = _described("Secretaría de Obras", "B", {"region": "Jalisco", "countryName": "México"})
    one, two = _described("Constructora Uno", "S1"), _described("Constructora Dos", "S2")
    record["buyer"] = office
    record["tender"]["procuringEntity"] = office
    record["tender"]["tenderers"] = [one, two]
    record["awards"][0]["suppliers"] = [one]
    payment = record["contracts"][0]["implementation"]["transactions"][0]
    payment.update(payer=office, payee=one)


def _id_of_the_database(record: Record) -> None:
    """The id under the name that MongoDB gives it."""
    record["_id"] = record.pop("id")


IDENTIFIER = "/parties/1/identifier"
CONTACT = "/parties/0/contactPoint"
NAMED_COMPANY = put(IDENTIFIER, rfc(RFC_OF_A_COMPANY))

OCDS_RECEIVED: tuple[Case, ...] = (
    # --- schema ---
    Case(
        "OCDS-S01",
        put("/tender/hasEnquiries", "a veces"),
        "/tender/hasEnquiries",
        "debe ser verdadero/falso o nulo; es texto «A AAAAA»",
        na=None,
    ),
    Case(
        "OCDS-S02",
        put("/contracts/0/guarantees", [{"id": "G1", "type": ["fianza"]}]),
        "/contracts/0/guarantees/0/type",
        "debe ser texto o nulo; es lista",
        passes=put("/contracts/0/guarantees", [{"id": "G1", "type": "fianza"}]),
    ),
    Case("OCDS-S03", put("/language", "Español"), "/language", "Español"),
    Case(
        "OCDS-S05",
        put("/tender/documents/0/url", "https://ejemplo.gob.mx/acta de fallo.pdf"),
        "/tender/documents/0/url",
        "la dirección web tiene espacios; deben escribirse como %20",
        na=None,
    ),
    # --- merge ---
    Case(
        "OCDS-I10", put("/date", DELETE), "/date", None, na=None, also={"OCDS-S01": "the schema demands it"}
    ),
    Case("OCDS-I11", same, "/date", "2026-03-31T12:00:00-06:00", twin=put("/id", "otra-i11")),
    Case(
        "OCDS-I12",
        add("/tender/items", {"id": "1", "description": "Tóner", "quantity": 2}),
        "/tender/items/1/id",
        "1",
        na=None,
    ),
    Case(
        "OCDS-I13",
        put("/x_avance", "10 %"),
        "/x_avance",
        None,
        twin=both(
            put("/id", "otra-i13"),
            put("/date", "2026-04-01T12:00:00-06:00"),
            put("/x_avance", {"fisico": 10}),
        ),
        also={"OCDS-V12": "what changes its form is no field of the standard: those are repaired"},
    ),
    # --- identities ---
    Case("OCDS-P10", put(IDENTIFIER, rfc("CUN04")), f"{IDENTIFIER}/id", "AAA99", passes=NAMED_COMPANY),
    Case(
        "OCDS-P11",
        put(IDENTIFIER, rfc("PEAA801315KF3")),
        f"{IDENTIFIER}/id",
        "AAAA999999AA9",
        passes=put(IDENTIFIER, rfc(RFC_OF_A_PERSON)),
    ),
    Case("OCDS-P12", put(IDENTIFIER, rfc("SIN DATO")), f"{IDENTIFIER}/id", "SIN DATO", passes=NAMED_COMPANY),
    Case("OCDS-P13", put(IDENTIFIER, rfc("CUN040531EI2")), f"{IDENTIFIER}/id", "CUN040531EI2"),
    # --- contact points ---
    Case(
        "OCDS-V07",
        put(CONTACT, {"email": "compras@obras"}),
        f"{CONTACT}/email",
        "AAAAAAA@AAAAA",
        passes=put(CONTACT, {"email": "compras@obras.example.mx"}),
    ),
    Case(
        "OCDS-V08",
        put(CONTACT, {"telephone": "33 1234 5678 y 79"}),
        f"{CONTACT}/telephone",
        "99 9999 9999 A 99",
        passes=put(CONTACT, {"telephone": "33 1234 5678 ext. 79"}),
    ),
    # --- repairs ---
    Case("TEQ-R01", put("/tender/title", "AdquisiciÃ³n de papel"), "/tender/title", "AdquisiciÃ³n de papel"),
    Case("TEQ-R02", put("/tender/title", "PAPELERÃ¿A"), "/tender/title", "PAPELERÃ¿A"),
    Case(
        "TEQ-R03",
        put("/tender/milestones/0/dueDate", "01/03/2026"),
        "/tender/milestones/0/dueDate",
        "01/03/2026",
    ),
    Case("TEQ-R04", put("/tender/value/amount", "$1,000.00"), "/tender/value/amount", "$1,000.00"),
    Case("TEQ-R05", put(IDENTIFIER, rfc("CUN-040531-EI9")), f"{IDENTIFIER}/id", "CUN-040531-EI9"),
    Case("TEQ-R06", put("/tender/description", "SIN DATO"), "/tender/description", "SIN DATO"),
    Case("TEQ-R08", _as_1_0, "/buyer", "Secretaría de Obras", failures=7),
    Case("TEQ-R09", put("/ocid", "defecto-teq-r09"), "/ocid", "defecto-teq-r09"),
    # --- reserved data ---
    Case(
        "TEQ-P01", put("/tender/description", f"Firma: {CURP_OF_A_PERSON}"), "/tender/description", "una CURP"
    ),
    Case(
        "TEQ-P02",
        put("/tender/description", f"Se factura a {RFC_OF_A_PERSON}"),
        "/tender/description",
        "un RFC de persona física",
    ),
    Case(
        "TEQ-P03",
        put("/tender/description", "Informes: tel. 951 123 4567"),
        "/tender/description",
        "un teléfono",
    ),
)

PDN_RECEIVED: Mapping[str, tuple[Case, ...]] = {
    "s1": (
        Case(
            "PDN-M10",
            put(f"{WEALTH}/ingresos/remuneracionMensualCargoPublico/valor", 10000),
            f"{WEALTH}/ingresos/ingresoMensualNetoDeclarante",
            "20000 ≠ 10000",
        ),
        Case("PDN-F10", put(f"{WEALTH}/adeudos", DELETE), f"{WEALTH}/adeudos", None),
        Case(
            "PDN-F11",
            put(f"{WEALTH}/experienciaLaboral/ninguno", True),
            f"{WEALTH}/experienciaLaboral/ninguno",
            "3",
        ),
    ),
    "s2": (
        Case("PDN-S01", put("/genero", "F"), "/genero", "debe ser objeto; es texto «A»"),
        Case(
            "PDN-S02",
            put("/fechaCaptura", "2026-05-20"),
            "/fechaCaptura",
            "debe ser una fecha con hora y zona (AAAA-MM-DDThh:mm:ss-06:00); es «9999-99-99»",
        ),
        Case("PDN-I10", _id_of_the_database, "/id", None),
        Case("PDN-P10", put("/rfc", "PEAA80"), "/rfc", "AAAA99", passes=put("/rfc", RFC_OF_A_PERSON)),
        Case(
            "PDN-P11",
            put("/curp", "PEAA800115MOCRNN09"),
            "/curp",
            "AAAA999999AAAAAA99",
            passes=put("/curp", CURP_OF_A_PERSON),
        ),
        Case(
            "PDN-P13",
            both(put("/rfc", "GOMA800115AB7"), put("/curp", CURP_OF_A_PERSON)),
            "/rfc",
            "AAAA999999AA9",
        ),
    ),
    "s3p": (
        Case(
            "PDN-P12",
            put("/particularSancionado/rfc", RFC_OF_A_PERSON),
            "/particularSancionado/rfc",
            "AAAA999999AA9",
            passes=put("/particularSancionado/rfc", RFC_OF_A_COMPANY),
        ),
    ),
}
