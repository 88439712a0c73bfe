"""The headers of CompraNet's yearly CSVs of contracts, 2010 to 2025.

Here: the names of each era (13, 39, 44, 45 and 73 columns; a blank first header in 2015, a column more in 2017,
repeated headers since 2023) and its encoding. Not here: the rows (`compranet_contracts.py`).

Of the 73 names most are known from public loaders of the real files; the rest are plausible (`FILLERS`), as is
the order.
"""

from dataclasses import dataclass

OLDEST = (
    "DEPENDENCIA / ENTIDAD",
    "CLAVE UC",
    "NOMBRE UC",
    "NÚMERO DE PROCEDIMIENTO",
    "TIPO DE PROCEDIMIENTO",
    "TIPO CONTRATACIÓN",
    "CARACTER",
    "NÚMERO DE CONTRATO",
    "REFERENCIA DE LA CONTRATACIÓN",
    "FECHA DE SUSCRIPCIÓN DE CONTRATO",
    "IMPORTE MN SIN IVA",
    "RAZÓN SOCIAL",
    "URL DEL CONTRATO",
)
UPPER_39 = (
    "GOBIERNO",
    "SIGLAS",
    "DEPENDENCIA",
    "CLAVEUC",
    "NOMBRE_DE_LA_UC",
    "RESPONSABLE",
    "NUMERO_EXPEDIENTE",
    "TITULO_EXPEDIENTE",
    "PLANTILLA_EXPEDIENTE",
    "NUMERO_PROCEDIMIENTO",
    "EXP_F_FALLO",
    "PROC_F_PUBLICACION",
    "FECHA_APERTURA_PROPOSICIONES",
    "CARACTER",
    "TIPO_CONTRATACION",
    "TIPO_PROCEDIMIENTO",
    "FORMA_PROCEDIMIENTO",
    "CODIGO_CONTRATO",
    "TITULO_CONTRATO",
    "FECHA_INICIO",
    "FECHA_FIN",
    "IMPORTE_CONTRATO",
    "MONEDA",
    "ESTATUS_CONTRATO",
    "ARCHIVADO",
    "RAMO",
    "CLAVE_PROGRAMA",
    "APORTACION_FEDERAL",
    "FECHA_CELEBRACION",
    "CONTRATO_MARCO",
    "COMPRA_CONSOLIDADA",
    "PLURIANUAL",
    "CLAVE_CARTERA_SHCP",
    "ESTRATIFICACION_MUC",
    "PROVEEDOR_CONTRATISTA",
    "ESTRATIFICACION_MPC",
    "ESTATUS_EMPRESA",
    "CUENTA_ADMINISTRADA_POR",
    "ANUNCIO",
)
# What became of a column of the 39 between 2012 and 2017.
LATER = {
    "NUMERO_EXPEDIENTE": ("CODIGO_EXPEDIENTE",),
    "ARCHIVADO": ("ARCHIVADO", "CONVENIO_MODIFICATORIO"),
    "ESTRATIFICACION_MUC": ("ESTRATIFICACION_MUC", "FOLIO_RUPC"),
    "ESTRATIFICACION_MPC": ("ESTRATIFICACION_MPC", "SIGLAS_PAIS"),
    "ANUNCIO": ("C_EXTERNO", "ORGANISMO", "ANUNCIO"),
}
UPPER_44 = tuple(name for earlier in UPPER_39 for name in LATER.get(earlier, (earlier,)))
MIXED_45 = (
    "Orden de gobierno",
    "Siglas de la Institución",
    "Institución",
    "Clave de la UC",
    "Nombre de la UC",
    "Responsable de la UC",
    "Código del expediente",
    "Referencia del expediente",
    "Clave CUCOP",
    "Título del expediente",
    "Plantilla del expediente",
    "Fundamento legal",
    "Número del procedimiento",
    "Fecha de fallo",
    "Fecha de publicación",
    "Fecha de apertura",
    "Carácter del procedimiento",
    "Tipo de contratación",
    "Tipo de procedimiento",
    "Forma de participación",
    "Código del contrato",
    "Núm. de control del contrato",
    "Título del contrato",
    "Descripción del contrato",
    "Fecha de inicio del contrato",
    "Fecha de fin del contrato",
    "Importe del contrato",
    "Moneda del contrato",
    "Estatus del contrato",
    "Convenio modificatorio",
    "Clave del programa federal",
    "Fecha de firma del contrato",
    "Contrato marco",
    "Compra consolidada",
    "Contrato plurianual",
    "Clave de cartera SHCP",
    "Folio en el RUPC",
    "RFC",
    "Proveedor o contratista",
    "Estratificación de la empresa",
    "Clave del país de la empresa",
    "RFC verificado en el SAT",
    "Crédito externo",
    "Organismo financiero",
    "Dirección del anuncio",
)
# A name that comes twice carries its place here and loses it in the file.
SECOND = " (2)"
WIDE_73 = (
    "Orden de gobierno",
    "Clave Ramo",
    "Descripción Ramo",
    "Tipo de Institución",
    "Clave Institución",
    "Siglas de la Institución",
    "Institución",
    "Clave de la UC",
    "Nombre de la UC",
    "Código del expediente",
    "Referencia del expediente",
    "Título del expediente",
    "Partida específica",
    "Ley",
    "Tipo Procedimiento",
    "Artículo de excepción",
    "Descripción excepción",
    "La contratación es por Caso fortuito o fuerza mayor",
    "Contrato marco",
    "Código del contrato marco",
    "Compra consolidada",
    "Proc. Consolidación",
    "Número de procedimiento",
    "Tipo de contratación",
    "Carácter del procedimiento",
    "Forma de participación",
    "Fecha de publicación",
    "Fecha de apertura",
    "Fecha de fallo",
    "Estatus DRC",
    "Código del contrato",
    "Núm. del contrato",
    "Título del contrato",
    "Descripción del contrato",
    "Tipo de contrato",
    "Contrato plurianual",
    "Clave del programa federal",
    "Clave de cartera SHCP",
    "Fecha de inicio del contrato",
    "Fecha de fin del contrato",
    "Fecha de firma del contrato",
    "Importe DRC",
    "Moneda",
    "Monto sin imp./mínimo",
    "Monto mínimo con imp.",
    "Monto sin imp./máximo",
    "Monto máximo con imp.",
    "Estatus Contrato",
    "Crédito externo",
    "Organismo financiero",
    "rfc",
    "Proveedor o contratista",
    "Folio en el RUPC",
    "País de la empresa",
    "Nacionalidad proveedor o contratista",
    "Estratificación",
    "Proveedor autorregistrado",
    "Año de fundación de la empresa",
    "Convenio modificatorio",
    "Código Ref. Contrato",
    "Código Ref. último convenio",
    f"Convenio modificatorio{SECOND}",
    "Núm. del convenio",
    "Tipo de convenio",
    "Fecha de firma del convenio",
    "Fecha de inicio del convenio",
    "Fecha de fin del convenio",
    "Importe del convenio",
    f"Moneda{SECOND}",
    "Descripción del convenio",
    "Estatus del convenio",
    "Fecha de terminación anticipada",
    "Dirección del anuncio",
)
# Names of the 73 that no public loader confirms.
FILLERS = {
    "Código del contrato marco",
    "Proc. Consolidación",
    "Proveedor autorregistrado",
    "Año de fundación de la empresa",
    "Núm. del convenio",
    "Tipo de convenio",
    "Fecha de firma del convenio",
    "Fecha de inicio del convenio",
    "Fecha de fin del convenio",
    "Importe del convenio",
    "Descripción del convenio",
    "Estatus del convenio",
    "Fecha de terminación anticipada",
}
EXTRA_2017 = "IDENTIFICADOR_CM"
BLANK_FIRST = 2015


@dataclass(frozen=True)
class Era:
    """A layout and the encoding of its file."""

    header: tuple[str, ...]
    encoding: str


def era_of(year: int) -> Era:
    """The layout of a year's file."""
    if year <= 2010:
        return Era(OLDEST, "latin-1")
    if year in {2011, BLANK_FIRST}:
        return Era(UPPER_39, "utf-8")
    if year <= 2017:
        place = UPPER_44.index("CONTRATO_MARCO") + 1
        header = (*UPPER_44[:place], EXTRA_2017, *UPPER_44[place:]) if year == 2017 else UPPER_44
        return Era(header, "utf-8")
    if year <= 2022:
        return Era(MIXED_45, "utf-8-sig" if year <= 2019 else "utf-8")
    return Era(WIDE_73, "latin-1")
