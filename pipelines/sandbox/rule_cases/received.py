"""Cases of the rules that need a record as it was received: schema, merge, identities, repairs, reserved data.

They are evaluated record by record in Python (`pipelines/standards/view_ocds.py`, `view_pdn.py`,
`view_repairs.py`), before anything is redacted. Not here: rules evaluated in SQL (`cases.py`), rules about
spreadsheets (`tables.py`).
"""

from collections.abc import Mapping

from pipelines.sandbox.rule_cases.cases import WEALTH
from pipelines.sandbox.rule_cases.changes import DELETE, Case, Change, Record, add, both, put, same

# Made up; their check digits agree.
RFC_OF_A_COMPANY = "CUN040531EI9"
RFC_OF_A_PERSON = "PEAA800115KF4"
CURP_OF_A_PERSON = "PEAA800115MOCRNN02"


def identified(name: str, number: str) -> Change:
    """Call the second tenderer so and give it this RFC: nobody else has the one or the other."""
    return both(
        put("/parties/2/name", name),
        put("/tender/tenderers/1/name", name),
        put("/parties/2/identifier", {"scheme": "MX-RFC", "id": number, "legalName": name}),
    )


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


NUMBER = "/parties/2/identifier/id"
CONTACT = "/parties/0/contactPoint"
NAMED_COMPANY = identified("Constructora Diez", RFC_OF_A_COMPANY)

OCDS_RECEIVED: tuple[Case, ...] = (
    # --- schema ---
    Case(
        "OCDS-S01",
        put("/planning/rationale", {"motivo": "Reposición"}),
        "/planning/rationale",
        "debe ser texto o nulo; es objeto",
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
    Case(
        "OCDS-E12",
        both(
            put("/tag", ["contract", "implementation"]),
            put("/contracts/0/implementation", DELETE),
            # Nobody pays or is paid.
            put("/parties/0/roles", ["buyer", "procuringEntity"]),
            put("/parties/1/roles", ["tenderer", "supplier"]),
        ),
        "/tag/1",
        "implementation",
        passes=put("/tag", ["contract", "implementation"]),
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
    Case("OCDS-P10", identified("Constructora Diez", "CUN04"), NUMBER, "AAA99", passes=NAMED_COMPANY),
    Case(
        "OCDS-P11",
        identified("Ana Prueba Once", "PEAA801315KF3"),
        NUMBER,
        "AAAA999999AA9",
        passes=identified("Ana Prueba Once", RFC_OF_A_PERSON),
    ),
    Case(
        "OCDS-P12",
        identified("Constructora Doce", "SIN DATO"),
        NUMBER,
        "SIN DATO",
        passes=NAMED_COMPANY,
        also={"OCDS-E01": "a text that stands for nothing is no identifier"},
    ),
    Case(
        "OCDS-P13",
        identified("Constructora Trece", "CUN040531EI2"),
        NUMBER,
        "CUN040531EI2",
        passes=NAMED_COMPANY,
    ),
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
    Case(
        "TEQ-R05",
        identified("Constructora Diez", "CUN-040531-EI9"),
        NUMBER,
        "CUN-040531-EI9",
        passes=NAMED_COMPANY,
    ),
    Case("TEQ-R06", put("/planning/rationale", "SIN DATO"), "/planning/rationale", "SIN DATO"),
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
            "2",
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
