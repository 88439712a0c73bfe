"""Formats 43335 and 43336 of SIPOT (Art. 70 fr. XXVIII): their fields in order, as the national platform numbers them.

Here: number, label, kind and meaning of each field, tables with their own fields. Not here: values (`sipot.py`).
The labels are the platform's, with its outer and double blanks.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "long", "date", "catalogue", "table", "money", "url", "updated", "note"]
# Type codes of the load template.
TYPE_CODES = {
    "text": "1",
    "long": "2",
    "date": "4",
    "money": "6",
    "url": "7",
    "catalogue": "9",
    "table": "10",
    "updated": "13",
    "note": "14",
}


@dataclass(frozen=True)
class Field:
    """A field: `means` names the value that goes into it; `catalogue` its words, `fields` those of a table."""

    number: int
    label: str
    kind: Kind
    means: str
    catalogue: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True)
class Format:
    """A format of the platform."""

    number: int
    title: str
    fields: tuple[Field, ...]

    @property
    def tables(self) -> tuple[Field, ...]:
        """The fields that are tables."""
        return tuple(field for field in self.fields if field.kind == "table")

    @property
    def catalogues(self) -> tuple[Field, ...]:
        """The fields that take their words from a list."""
        return tuple(field for field in self.fields if field.kind == "catalogue")


MATTERS = (
    "Obra pública",
    "Servicios relacionados con obra pública",
    "Adquisiciones",
    "Arrendamientos",
    "Servicios",
)
YES_NO = ("Si", "No")
ROADS = (
    *(
        "Carretera",
        "Privada",
        "Eje vial",
        "Circunvalación",
        "Brecha",
        "Diagonal",
        "Calle",
        "Corredor",
        "Circuito",
    ),
    *(
        "Pasaje",
        "Vereda",
        "Calzada",
        "Viaducto",
        "Prolongación",
        "Boulevard",
        "Peatonal",
        "Retorno",
        "Camino",
    ),
    *("Callejón", "Cerrada", "Ampliación", "Continuación", "Terracería", "Andador", "Periférico", "Avenida"),
)


def _names(first: int, company: str, rfc: str, suffix: str = "") -> tuple[Field, ...]:
    """The five fields by which tables name a person or a company."""
    return (
        Field(first, f"Nombre(s){suffix}", "text", "given"),
        Field(first + 1, f"Primer apellido{suffix}", "text", "surname_1"),
        Field(first + 2, f"Segundo apellido{suffix}", "text", "surname_2"),
        Field(first + 3, company, "text", "company"),
        Field(first + 4, rfc, "text", "rfc"),
    )


def _amendments(first: int, kind: Kind) -> tuple[Field, ...]:
    return (
        Field(first, "Número de convenio modificatorio", kind, "id"),
        Field(first + 1, "Objeto del convenio modificatorio", "long", "description"),
        Field(first + 2, "Fecha de firma del convenio modificatorio", "date", "date"),
        Field(first + 3, "Hipervínculo al documento del convenio", "url", "url"),
    )


DIRECT_AWARDS = Format(
    43335,
    "Procedimientos de adjudicación directa",
    (
        Field(334233, "Ejercicio", "text", "year"),
        Field(334258, "Fecha de inicio del periodo que se informa", "date", "period_start"),
        Field(334259, "Fecha de término del periodo que se informa", "date", "period_end"),
        Field(
            334270,
            "Tipo de procedimiento (catálogo)",
            "catalogue",
            "procedure",
            ("Adjudicación directa", "Otra (especificar)"),
        ),
        Field(334269, "Materia (catálogo)", "catalogue", "matter", MATTERS),
        Field(334230, "Número de expediente, folio o nomenclatura que lo identifique", "text", "file_number"),
        Field(
            334238,
            "Motivos y fundamentos legales aplicados para realizar la adjudicación directa",
            "long",
            "reasons",
        ),
        Field(
            334250, "Hipervínculo a la autorización del ejercicio de la opción", "url", "authorization_url"
        ),
        Field(334239, "Descripción de obras, bienes o servicios", "long", "description"),
        Field(
            334271,
            "Nombre completo o razón social de las cotizaciones consideradas y monto de las mismas",
            "table",
            "quotes",
            fields=(
                *_names(43311, "Razón social", "RFC de los posibles contratantes "),
                Field(43316, "Monto total de la cotización con impuestos incluidos", "money", "amount"),
            ),
        ),
        Field(334264, "Nombre(s) del adjudicado", "long", "given"),
        Field(334260, "Primer apellido del adjudicado", "long", "surname_1"),
        Field(334265, "Segundo apellido del adjudicado", "long", "surname_2"),
        Field(334266, "Razón social del adjudicado", "long", "company"),
        Field(
            334267,
            "Registro Federal de Contribuyentes (RFC) de la persona física o moral adjudicada",
            "text",
            "rfc",
        ),
        Field(334235, "Área(s) solicitante(s) ", "long", "requesting_area"),
        Field(334236, "Área(s) responsable(s) de la ejecución del contrato ", "long", "responsible_area"),
        Field(334231, "Número que identifique al contrato", "text", "contract_number"),
        Field(334243, "Fecha del contrato", "date", "signed"),
        Field(334244, "Monto del contrato sin impuestos incluidos", "money", "net"),
        Field(
            334245,
            "Monto total del contrato con impuestos incluidos (expresado en pesos mexicanos)",
            "money",
            "gross",
        ),
        Field(334247, "Monto mínimo, en su caso", "money", "minimum"),
        Field(334248, "Monto máximo, en su caso", "money", "maximum"),
        Field(334228, "Tipo de moneda", "text", "currency"),
        Field(334229, "Tipo de cambio de referencia, en su caso", "text", "exchange_rate"),
        Field(334232, "Forma de pago", "text", "payment"),
        Field(334240, "Objeto del contrato", "long", "object"),
        Field(
            334246,
            "Monto total de garantías y/o contragarantías, en caso de que se otorgaran durante el procedimiento",
            "money",
            "guarantees",
        ),
        Field(
            334241,
            "Fecha de inicio del plazo de entrega o ejecución de servicios contratados u obra pública",
            "date",
            "starts",
        ),
        Field(
            334261,
            "Fecha de término del plazo de entrega o ejecución de servicios u obra pública",
            "date",
            "ends",
        ),
        Field(
            334254,
            "Hipervínculo al documento del contrato y anexos, versión pública si así corresponde",
            "url",
            "contract_url",
        ),
        Field(
            334253,
            "Hipervínculo al comunicado de suspensión, rescisión o terminación anticipada del contrato",
            "url",
            "suspension_url",
        ),
        Field(334234, "Origen de los recursos públicos", "text", "origin"),
        Field(334272, "Fuentes de financiamiento ", "long", "funds"),
        Field(
            334255,
            "Datos de la obra pública y/o servicios relacionados con la misma",
            "table",
            "works",
            fields=(
                Field(43303, "Lugar donde se realizará la obra pública", "long", "place"),
                Field(43304, "Hipervínculo a estudios de impacto urbano y ambiental", "url", "studies_url"),
                Field(43305, "En su caso, observaciones dirigidas a la población", "long", "remarks"),
                Field(
                    43306,
                    "Etapa de la obra pública y/o servicio de la misma (catálogo)",
                    "catalogue",
                    "stage",
                    ("en planeación", "en ejecución", "en finiquito"),
                ),
            ),
        ),
        Field(334273, "Se realizaron convenios modificatorios (catálogo)", "catalogue", "is_amended", YES_NO),
        Field(
            334268,
            "Datos de los convenios modificatorios de la contratación",
            "table",
            "amendments",
            fields=_amendments(43307, "long"),
        ),
        Field(334237, "Mecanismos de vigilancia y supervisión contratos", "long", "supervision"),
        Field(
            334274,
            "Hipervínculo, en su caso a los informes de avance físico en versión pública",
            "url",
            "progress_url",
        ),
        Field(334251, "Hipervínculo a los informes de avance financiero", "url", "spending_url"),
        Field(
            334252,
            "Hipervínculo acta de recepción física de trabajos ejecutados u homóloga",
            "url",
            "reception_url",
        ),
        Field(334249, "Hipervínculo al finiquito", "url", "settlement_url"),
        Field(
            334262,
            "Área(s) responsable(s) que genera(n), posee(n), publica(n) y actualizan la información",
            "long",
            "publishing_area",
        ),
        Field(334242, "Fecha de validación", "date", "validated"),
        Field(334257, "Fecha de actualización", "updated", "updated"),
        Field(334263, "Nota", "note", "note"),
    ),
)
TENDERS = Format(
    43336,
    "Procedimientos de licitación pública e invitación a cuando menos tres personas",
    (
        Field(334280, "Ejercicio", "text", "year"),
        Field(334314, "Fecha de inicio del periodo que se informa", "date", "period_start"),
        Field(334315, "Fecha de término del periodo que se informa", "date", "period_end"),
        Field(
            334323,
            "Tipo de procedimiento (catálogo)",
            "catalogue",
            "procedure",
            ("Licitación pública", "Invitación a cuando menos tres personas", "Otro (especificar)"),
        ),
        Field(334304, "Materia o tipo de contratación (catálogo)", "catalogue", "matter", MATTERS),
        Field(
            563637,
            "Carácter del procedimiento (catálogo)",
            "catalogue",
            "scope",
            ("Nacional", "Internacional"),
        ),
        Field(
            334277,
            "Posibles contratantes",
            "table",
            "invited",
            fields=_names(43317, "Razón Social", "RFC de los posibles contratantes"),
        ),
        Field(334278, "Número de expediente, folio o nomenclatura", "text", "file_number"),
        Field(334331, "Hipervínculo a la convocatoria o invitaciones emitidas", "url", "notice_url"),
        Field(334332, "Fecha de la convocatoria o invitación", "date", "published"),
        Field(334287, "Descripción de las obras, bienes o servicios", "long", "description"),
        Field(
            334306,
            "Personas físicas o morales con proposición u oferta",
            "table",
            "bidders",
            fields=_names(
                43322,
                "Denominación o razón social",
                "RFC de las personas físicas o morales que presentaron una proposición u oferta",
            ),
        ),
        Field(334334, "Fecha en la que se celebró la junta de aclaraciones", "date", "clarified"),
        Field(
            334307,
            "Relación de asistentes a la junta de aclaraciones",
            "table",
            "attendees",
            fields=_names(
                43327,
                "Denominación o razón social",
                "RFC de las personas físicas o morales asistentes a la junta de aclaraciones",
            ),
        ),
        Field(
            334308,
            "Relación con los datos de los servidores públicos asistentes a la junta de aclaraciones",
            "table",
            "officials",
            fields=(
                Field(43332, "Nombre(s) del Servidor Público", "text", "given"),
                Field(43333, "Primer apellido del Servidor Público", "text", "surname_1"),
                Field(43334, "Segundo apellido del Servidor Público", "text", "surname_2"),
                Field(43335, "Cargo que ocupa el Servidor Público dentro del SO", "long", "office"),
                Field(
                    43336,
                    "RFC de los servidores públicos asistentes a la junta de aclaraciones",
                    "text",
                    "rfc",
                ),
            ),
        ),
        Field(
            334279,
            "Hipervínculo al fallo de la junta de aclaraciones o al documento correspondiente",
            "url",
            "minutes_url",
        ),
        Field(
            334335,
            "Hipervínculo al documento donde conste la presentación las propuestas",
            "url",
            "proposals_url",
        ),
        Field(334275, "Hipervínculo al (los) dictámenes, en su caso", "url", "opinion_url"),
        Field(334324, "Nombre(s) del contratista o proveedor ", "long", "given"),
        Field(334316, "Primer apellido del contratista o proveedor", "long", "surname_1"),
        Field(334317, "Segundo apellido del contratista o proveedor", "long", "surname_2"),
        Field(334318, "Razón social del contratista o proveedor", "long", "company"),
        Field(334325, "RFC de la persona física o moral contratista o proveedor", "text", "rfc"),
        Field(
            563638,
            "Domicilio fiscal de la empresa  contratista o proveedor Tipo de vialidad (catálogo)",
            "catalogue",
            "road",
            ROADS,
        ),
        Field(334326, "Descripción de las razones que justifican su elección", "long", "reasons"),
        Field(334285, "Área(s) solicitante", "long", "requesting_area"),
        Field(334284, "Área(s) contratante(s)", "long", "contracting_area"),
        Field(334286, "Área(s) responsable de su ejecución", "long", "responsible_area"),
        Field(334281, "Número que identifique al contrato ", "text", "contract_number"),
        Field(334290, "Fecha del contrato", "date", "signed"),
        Field(334295, "Monto del contrato sin impuestos (en MXN)", "money", "net"),
        Field(334296, "Monto total del contrato con impuestos incluidos (MXN)", "money", "gross"),
        Field(334294, "Monto mínimo, con impuestos incluidos, en su caso", "money", "minimum"),
        Field(334297, "Monto máximo, con impuestos incluidos, en su caso", "money", "maximum"),
        Field(334283, "Tipo de moneda", "text", "currency"),
        Field(334282, "Tipo de cambio de referencia, en su caso", "text", "exchange_rate"),
        Field(334327, "Forma de pago", "text", "payment"),
        Field(334288, "Objeto del contrato", "long", "object"),
        Field(334292, "Fecha de inicio del plazo de entrega o ejecución", "date", "starts"),
        Field(334291, "Fecha de término del plazo de entrega o ejecución", "date", "ends"),
        Field(
            334301,
            "Hipervínculo al documento del contrato y anexos, en versión pública, en su caso",
            "url",
            "contract_url",
        ),
        Field(334302, "Hipervínculo al comunicado de suspensión, en su caso", "url", "suspension_url"),
        Field(
            334309,
            "Partida presupuestal de acuerdo con el COG",
            "table",
            "budget_items",
            fields=(Field(43337, "Partida Presupuestal", "text", "item"),),
        ),
        Field(
            334313,
            "Origen de los recursos públicos (catálogo)",
            "catalogue",
            "origin",
            ("Federales", "Estatales", "Municipales"),
        ),
        Field(334333, "Fuente de financiamiento", "text", "funds"),
        Field(334276, "Tipo de fondo de participación o aportación respectiva", "text", "fund_type"),
        Field(334328, "Lugar donde se realizará la obra pública, en su caso", "long", "works_place"),
        Field(334319, "Breve descripción de la obra pública, en su caso", "long", "works_description"),
        Field(
            334329,
            "Hipervínculo a los estudios de impacto urbano y ambiental, en su caso",
            "url",
            "studies_url",
        ),
        Field(
            334330,
            "Observaciones dirigidas a la población relativas a la realización de las obras públicas, en su caso",
            "long",
            "works_remarks",
        ),
        Field(
            334320,
            "Etapa de la obra pública y/o servicio de la misma (catálogo)",
            "catalogue",
            "works_stage",
            ("En planeación", "En ejecución", "En finiquito"),
        ),
        Field(334305, "Se realizaron convenios modificatorios (catálogo)", "catalogue", "is_amended", YES_NO),
        Field(334310, "Convenios modificatorios", "table", "amendments", fields=_amendments(43338, "text")),
        Field(
            334289,
            "Mecanismos de vigilancia y supervisión de la ejecución, en su caso",
            "long",
            "supervision",
        ),
        Field(334298, "Hipervínculo a informes de avances físicos, en su caso", "url", "progress_url"),
        Field(334303, "Hipervínculo a los informes de avance financiero, en su caso", "url", "spending_url"),
        Field(
            334299,
            "Hipervínculo al acta de recepción física de los trabajos ejecutados u homóloga, en su caso",
            "url",
            "reception_url",
        ),
        Field(334300, "Hipervínculo al finiquito, en su  caso ", "url", "settlement_url"),
        Field(
            334321,
            "Área(s) responsable(s) que genera(n), posee(n), publica(n) y actualizan la información",
            "long",
            "publishing_area",
        ),
        Field(334293, "Fecha de validación", "date", "validated"),
        Field(334312, "Fecha de actualización", "updated", "updated"),
        Field(334322, "Nota", "note", "note"),
    ),
)
