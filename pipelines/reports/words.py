"""What the codes of other packages are called on a page, as (Spanish, English) pairs.

Here: systems, families of rules, reserved data, cadences, what a rule counts.
Not here: texts of rules (``pipelines/quality/rules.yaml``), a verdict's titles and reasons
(``pipelines.quality.gate``), states (``states``), sentences (the templates). A code without words is a
mistake of ours, so look-ups raise ``KeyError``; a test walks every code.
"""

from collections.abc import Mapping

from pipelines.quality.gate import REDACTIONS_ES

Pair = tuple[str, str]

SYSTEMS: Mapping[str, Pair] = {
    "s6-ocds": ("Contrataciones (S6, OCDS)", "Contracting (S6, OCDS)"),
    "pdn-s2": ("Servidores que intervienen en contrataciones (S2)", "Officials involved in contracting (S2)"),
    "pdn-s3": ("Servidores y particulares sancionados (S3)", "Sanctioned officials and suppliers (S3)"),
}
FAMILIES: Mapping[str, Pair] = {
    "schema": ("Estructura del estándar", "Structure of the standard"),
    "ids": ("Identificadores", "Identifiers"),
    "references": ("Referencias entre secciones", "References between sections"),
    "dates": ("Fechas", "Dates"),
    "money": ("Montos y monedas", "Amounts and currencies"),
    "codelists": ("Listas de códigos", "Codelists"),
    "coherence": ("Coherencia entre campos", "Coherence between fields"),
    "fields": ("Campos que se esperan", "Expected fields"),
    "parties": ("Partes y RFC", "Parties and tax ids"),
    "arrival": ("Entrega y lectura", "Delivery and reading"),
    "reserved": ("Datos reservados", "Reserved data"),
}
SEVERITIES: Mapping[str, Pair] = {
    "error": ("grave", "serious"),
    "warning": ("advertencia", "warning"),
    "info": ("informativa", "informative"),
}
CADENCES: Mapping[str, Pair] = {
    "daily": ("diaria", "daily"),
    "weekly": ("semanal", "weekly"),
    "monthly": ("mensual", "monthly"),
    "quarterly": ("trimestral", "quarterly"),
    "yearly": ("anual", "yearly"),
    "none": ("sin compromiso de actualización", "no promise to update"),
}
# The Spanish is that of the gate's sentence.
RESERVED_KINDS_EN: Mapping[str, str] = {
    "curp": "CURP (population registry keys)",
    "rfc_natural": "tax ids of natural persons",
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "address": "private addresses",
    "contact_point": "contact details of persons",
    "name_reserved": "names reserved by law",
}
RESERVED_KINDS: Mapping[str, Pair] = {
    kind: (es, RESERVED_KINDS_EN[kind]) for kind, es in REDACTIONS_ES.items()
}
GRAINS: Mapping[str, tuple[Pair, Pair]] = {
    # grain: (singular, plural), each in both languages
    "ocid": (("proceso", "process"), ("procesos", "processes")),
    "record": (("registro", "record"), ("registros", "records")),
    "source": (("entrega", "delivery"), ("entregas", "deliveries")),
}
