"""What the codes of other packages are called on a page, as (Spanish, English) pairs.

Here: systems, families of rules, reserved data, repairs, cadences, what a rule counts.
Not here: texts of rules (``pipelines/quality/rules/``), a verdict's titles and reasons
(``pipelines.quality.gate``), states (``states``), sentences (the templates). A code without words is a
mistake of ours, so look-ups raise ``KeyError``; a test walks every code.
"""

from collections.abc import Mapping

from pipelines.quality.gate import REDACTIONS_ES

Pair = tuple[str, str]

SYSTEMS: Mapping[str, Pair] = {
    "s6-ocds": ("Contrataciones (S6, OCDS)", "Contracting (S6, OCDS)"),
    "pdn-s1": (
        "Declaraciones patrimoniales y de intereses (S1)",
        "Declarations of assets and interests (S1)",
    ),
    "pdn-s2": ("Servidores que intervienen en contrataciones (S2)", "Officials involved in contracting (S2)"),
    "pdn-s3": ("Servidores y particulares sancionados (S3)", "Sanctioned officials and suppliers (S3)"),
}
# The systems of the PDN as its coverage is told.
PDN_SYSTEMS: Mapping[str, Pair] = {
    "s1": ("Declaraciones patrimoniales y de intereses (S1)", "Declarations of assets and interests (S1)"),
    "s2": ("Servidores que intervienen en contrataciones (S2)", "Officials involved in contracting (S2)"),
    "s3": ("Servidores y particulares sancionados (S3)", "Sanctioned officials and suppliers (S3)"),
    "s6": ("Contrataciones públicas (S6)", "Public contracting (S6)"),
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
    "values": ("Contenido de los campos", "Content of fields"),
    "parties": ("Partes y RFC", "Parties and tax ids"),
    "distributions": ("La fuente en conjunto", "The source as a whole"),
    "edca": ("Lo que pide EDCA-MX", "What EDCA-MX asks for"),
    "territory": ("Entidades, municipios y lugares", "States, municipalities and places"),
    "plausibility": ("Verosimilitud", "Plausibility"),
    "repairs": ("Lo que hubo que corregir", "What had to be corrected"),
    "arrival": ("Entrega y lectura", "Delivery and reading"),
    "stability": ("De una entrega a la siguiente", "From one delivery to the next"),
    "cross_source": ("Lo que dicen otras fuentes", "What other sources say"),
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
    "reserved": "other reserved data of declarations",
}
RESERVED_KINDS: Mapping[str, Pair] = {
    kind: (es, RESERVED_KINDS_EN[kind]) for kind, es in REDACTIONS_ES.items()
}
# Kinds of repair (pipelines/standards/repairs): what was repaired, as it came.
REPAIR_KINDS: Mapping[str, Pair] = {
    "double_encoding": (
        "Acentos convertidos dos veces («AUTORIZACIÃ“N»)",
        "Accents that were converted twice (“AUTORIZACIÃ“N”)",
    ),
    "lossy_character": (
        "Letras perdidas que se restituyeron por la palabra («SECRETARÃ¿A»)",
        "Lost letters, put back by the word they stand in (“SECRETARÃ¿A”)",
    ),
    "blanks": ("Espacios y saltos de línea de sobra", "Superfluous blanks and line breaks"),
    "apostrophe": (
        "Apóstrofos de la hoja de cálculo («'004E2D»)",
        "Apostrophes of the spreadsheet (“'004E2D”)",
    ),
    "formula": ("Fórmulas en lugar de su resultado", "Formulas in place of their result"),
    "date_form": ("Fechas en otra forma que AAAA-MM-DD", "Dates in another form than YYYY-MM-DD"),
    "money_form": ("Montos con signos, comas o texto", "Amounts with signs, commas or text"),
    "number_form": ("Números escritos como texto", "Numbers written as text"),
    "rfc_form": ("RFC con guiones, espacios o minúsculas", "Tax ids with hyphens, blanks or lower case"),
    "placeholder": (
        "Textos que dicen que no hay dato («SIN DATO»)",
        "Texts that say that there are no data (“SIN DATO”)",
    ),
    "alias": (
        "Campos con el nombre de la herramienta, no el del estándar",
        "Fields named as the tool does, not the standard",
    ),
    "tag_text": ("Etiquetas (tag) en un texto en lugar de una lista", "Tags in a text instead of an array"),
    "code_form": ("Códigos e idiomas escritos con otras palabras", "Codes and languages in other words"),
    "ocid_prefix": ("Procesos sin el prefijo de su ocid", "Processes without the prefix of their ocid"),
    "ocds_1_0": ("Estructura de OCDS 1.0, convertida a 1.1", "Structure of OCDS 1.0, upgraded to 1.1"),
    "child_key": ("Llaves entre tablas que no coincidían", "Keys between tables that did not match"),
}
GRAINS: Mapping[str, tuple[Pair, Pair]] = {
    # grain: (singular, plural), each in both languages
    "ocid": (("proceso", "process"), ("procesos", "processes")),
    "record": (("registro", "record"), ("registros", "records")),
    "source": (("entrega", "delivery"), ("entregas", "deliveries")),
}
