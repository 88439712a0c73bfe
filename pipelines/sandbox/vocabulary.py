"""The words the sample data are made of: names, streets, institutions, goods and works, codelists.

Here: plain lists. Not here: how they are combined (`people.py`, `procurement.py`, `pdn.py`).
Institutions and municipalities exist; the persons, companies, amounts and sanctions don't.
"""

from typing import NamedTuple

WOMEN = (
    "María",
    "Guadalupe",
    "Ana",
    "Rosa",
    "Leticia",
    "Verónica",
    "Patricia",
    "Gabriela",
    "Claudia",
    "Alejandra",
    "Itzel",
    "Xóchitl",
    "Fernanda",
    "Lucía",
    "Beatriz",
    "Silvia",
    "Norma",
    "Elvia",
    "Citlali",
    "Daniela",
)
MEN = (
    "José",
    "Juan",
    "Luis",
    "Carlos",
    "Jorge",
    "Miguel",
    "Francisco",
    "Eduardo",
    "Ricardo",
    "Alejandro",
    "Raúl",
    "Héctor",
    "Óscar",
    "Arturo",
    "Fernando",
    "Sergio",
    "Tomás",
    "Emiliano",
    "Iván",
    "Cuauhtémoc",
)
SURNAMES = (
    "Hernández",
    "García",
    "Martínez",
    "López",
    "González",
    "Pérez",
    "Rodríguez",
    "Sánchez",
    "Ramírez",
    "Cruz",
    "Flores",
    "Gómez",
    "Morales",
    "Vázquez",
    "Reyes",
    "Jiménez",
    "Torres",
    "Díaz",
    "Gutiérrez",
    "Ruiz",
    "Mendoza",
    "Aguilar",
    "Ortiz",
    "Castillo",
    "Moreno",
    "Chávez",
    "Rivera",
    "Juárez",
    "Ramos",
    "Domínguez",
    "Herrera",
    "Medina",
    "Núñez",
    "Peña",
    "Cauich",
    "Pech",
    "Canul",
    "Tamez",
    "Treviño",
    "Villarreal",
)
COMPANY_STEMS = (
    "Constructora",
    "Comercializadora",
    "Grupo",
    "Servicios",
    "Distribuidora",
    "Proyectos",
    "Consultores",
    "Suministros",
    "Edificaciones",
    "Soluciones",
    "Tecnologías",
    "Ingeniería",
    "Transportes",
    "Laboratorios",
    "Papelería",
    "Urbanizadora",
    "Mantenimiento",
    "Arrendadora",
    "Imprenta",
    "Equipos",
)
COMPANY_NAMES = (
    "Ceiba",
    "del Sureste",
    "Tarahumara",
    "Regia",
    "Chapala",
    "del Bajío",
    "Mitla",
    "Papaloapan",
    "Cerro Azul",
    "Quetzal",
    "Nopal",
    "Santa Lucía",
    "Peninsular",
    "Anáhuac",
    "Jacaranda",
    "Tecolote",
    "Rosales",
    "El Águila",
    "Monte Albán",
    "Colibrí",
    "Ahuehuete",
    "Valle Verde",
    "Obsidiana",
    "Istmo",
    "Cenote",
    "La Barranca",
    "Vía Corta",
    "Rielera",
    "Huasteca",
    "Mezquite",
    "Turquesa",
    "Tres Ríos",
    "Zapote",
    "Copal",
    "San Felipe",
)
COMPANY_FIELDS = (
    "Integral",
    "y Asociados",
    "Industrial",
    "Médica",
    "de México",
    "Hidráulica",
    "Eléctrica",
    "Civil",
    "en Sistemas",
    "Ambiental",
    "Automotriz",
    "Escolar",
    "Logística",
    "de Occidente",
    "del Norte",
    "Nacional",
)
COMPANY_FORMS = (
    "S.A. de C.V.",
    "S.A. de C.V.",
    "S.A. de C.V.",
    "S. de R.L. de C.V.",
    "S.C.",
    "S.A.P.I. de C.V.",
    "A.C.",
)
STREETS = (
    "Benito Juárez",
    "Miguel Hidalgo",
    "5 de Mayo",
    "Independencia",
    "Francisco I. Madero",
    "Emiliano Zapata",
    "Constitución",
    "16 de Septiembre",
    "Niños Héroes",
    "Vicente Guerrero",
    "Reforma",
    "Morelos",
    "Allende",
    "20 de Noviembre",
    "Lázaro Cárdenas",
    "Venustiano Carranza",
    "La Paz",
    "Las Flores",
    "Ferrocarril",
    "Del Trabajo",
)
NEIGHBOURHOODS = (
    "Centro",
    "San Juan",
    "La Esperanza",
    "Jardines del Sur",
    "Lomas Altas",
    "Santa Cecilia",
    "Industrial",
    "Obrera",
    "Las Palmas",
    "Emiliano Zapata",
    "El Porvenir",
    "San Miguel",
    "Buenos Aires",
    "Mirador",
    "Progreso",
)


class Entity(NamedTuple):
    """A state: its INEGI name, its CURP letters, its ISO 3166-2:MX suffix and a telephone prefix."""

    name: str
    curp: str
    iso: str
    dialling: str


ENTITIES = {
    "01": Entity("Aguascalientes", "AS", "AGU", "449"),
    "02": Entity("Baja California", "BC", "BCN", "686"),
    "03": Entity("Baja California Sur", "BS", "BCS", "612"),
    "04": Entity("Campeche", "CC", "CAM", "981"),
    "05": Entity("Coahuila de Zaragoza", "CL", "COA", "844"),
    "06": Entity("Colima", "CM", "COL", "312"),
    "07": Entity("Chiapas", "CS", "CHP", "961"),
    "08": Entity("Chihuahua", "CH", "CHH", "614"),
    "09": Entity("Ciudad de México", "DF", "CMX", "55"),
    "10": Entity("Durango", "DG", "DUR", "618"),
    "11": Entity("Guanajuato", "GT", "GUA", "473"),
    "12": Entity("Guerrero", "GR", "GRO", "747"),
    "13": Entity("Hidalgo", "HG", "HID", "771"),
    "14": Entity("Jalisco", "JC", "JAL", "33"),
    "15": Entity("México", "MC", "MEX", "722"),
    "16": Entity("Michoacán de Ocampo", "MN", "MIC", "443"),
    "17": Entity("Morelos", "MS", "MOR", "777"),
    "18": Entity("Nayarit", "NT", "NAY", "311"),
    "19": Entity("Nuevo León", "NL", "NLE", "81"),
    "20": Entity("Oaxaca", "OC", "OAX", "951"),
    "21": Entity("Puebla", "PL", "PUE", "222"),
    "22": Entity("Querétaro", "QT", "QUE", "442"),
    "23": Entity("Quintana Roo", "QR", "ROO", "983"),
    "24": Entity("San Luis Potosí", "SP", "SLP", "444"),
    "25": Entity("Sinaloa", "SL", "SIN", "667"),
    "26": Entity("Sonora", "SR", "SON", "662"),
    "27": Entity("Tabasco", "TC", "TAB", "993"),
    "28": Entity("Tamaulipas", "TS", "TAM", "834"),
    "29": Entity("Tlaxcala", "TL", "TLA", "246"),
    "30": Entity("Veracruz de Ignacio de la Llave", "VZ", "VER", "228"),
    "31": Entity("Yucatán", "YN", "YUC", "999"),
    "32": Entity("Zacatecas", "ZS", "ZAC", "492"),
}

# Entity key -> (INEGI's municipality key, name): the capital, and more where a declared source is.
MUNICIPALITIES = {
    "08": (
        ("019", "Chihuahua"),
        ("037", "Juárez"),
        ("017", "Cuauhtémoc"),
        ("021", "Delicias"),
        ("032", "Hidalgo del Parral"),
    ),
    "09": (
        ("007", "Iztapalapa"),
        ("010", "Álvaro Obregón"),
        ("014", "Benito Juárez"),
        ("015", "Cuauhtémoc"),
        ("012", "Tlalpan"),
    ),
    "14": (
        ("039", "Guadalajara"),
        ("120", "Zapopan"),
        ("097", "Tlajomulco de Zúñiga"),
        ("101", "Tonalá"),
        ("067", "Puerto Vallarta"),
    ),
    "15": (
        ("106", "Toluca"),
        ("033", "Ecatepec de Morelos"),
        ("058", "Nezahualcóyotl"),
        ("057", "Naucalpan de Juárez"),
    ),
    "19": (
        ("039", "Monterrey"),
        ("006", "Apodaca"),
        ("026", "Guadalupe"),
        ("046", "San Nicolás de los Garza"),
        ("048", "Santa Catarina"),
    ),
    "20": (
        ("067", "Oaxaca de Juárez"),
        ("079", "Salina Cruz"),
        ("385", "Santa Cruz Xoxocotlán"),
        ("413", "Santa María Huatulco"),
    ),
    "31": (
        ("050", "Mérida"),
        ("041", "Kanasín"),
        ("102", "Valladolid"),
        ("096", "Tizimín"),
        ("059", "Progreso"),
    ),
    "01": (("001", "Aguascalientes"),),
    "02": (("002", "Mexicali"),),
    "03": (("003", "La Paz"),),
    "04": (("002", "Campeche"),),
    "05": (("030", "Saltillo"),),
    "06": (("002", "Colima"),),
    "07": (("101", "Tuxtla Gutiérrez"),),
    "10": (("005", "Durango"),),
    "11": (("015", "Guanajuato"),),
    "12": (("029", "Chilpancingo de los Bravo"),),
    "13": (("048", "Pachuca de Soto"),),
    "16": (("053", "Morelia"),),
    "17": (("007", "Cuernavaca"),),
    "18": (("017", "Tepic"),),
    "21": (("114", "Puebla"),),
    "22": (("014", "Querétaro"),),
    "23": (("004", "Othón P. Blanco"),),
    "24": (("028", "San Luis Potosí"),),
    "25": (("006", "Culiacán"),),
    "26": (("030", "Hermosillo"),),
    "27": (("004", "Centro"),),
    "28": (("041", "Victoria"),),
    "29": (("033", "Tlaxcala"),),
    "30": (("087", "Xalapa"),),
    "32": (("056", "Zacatecas"),),
}


class Good(NamedTuple):
    """What is bought: expense item (COG, 5 digits), CUCoP key (8 digits), noun, unit of measure."""

    cog: str
    cucop: str
    noun: str
    unit: str


GOODS = (
    Good("21101", "21100026", "papelería y útiles de oficina", "Pieza"),
    Good("21401", "21400009", "consumibles de cómputo", "Pieza"),
    Good("21601", "21600008", "material de limpieza", "Caja"),
    Good("22104", "22100014", "víveres para comedores", "Kilogramo"),
    Good("24601", "24600036", "material eléctrico", "Pieza"),
    Good("25301", "25301002", "medicamentos del cuadro básico", "Envase"),
    Good("25401", "25400077", "material de curación", "Paquete"),
    Good("26102", "26100011", "combustible para vehículos oficiales", "Litro"),
    Good("27101", "27100012", "uniformes para personal operativo", "Juego"),
    Good("29401", "29400003", "refacciones para equipo de cómputo", "Pieza"),
    Good("29601", "29600010", "refacciones y llantas para el parque vehicular", "Pieza"),
    Good("51101", "51100045", "mobiliario de oficina", "Pieza"),
    Good("51501", "51500033", "equipo de cómputo", "Equipo"),
    Good("53101", "53100091", "equipo médico y de laboratorio", "Equipo"),
    Good("54101", "54100006", "vehículos tipo pick-up", "Unidad"),
    Good("56501", "56500018", "equipo de radiocomunicación", "Equipo"),
)
SERVICES = (
    Good("31701", "31700004", "servicio de internet y enlaces dedicados", "Mes"),
    Good("32201", "32201001", "arrendamiento de edificios y locales", "Mes"),
    Good("32503", "32500006", "arrendamiento de vehículos", "Mes"),
    Good("33301", "33300005", "servicio de desarrollo de sistemas informáticos", "Servicio"),
    Good("33401", "33400002", "capacitación a servidores públicos", "Curso"),
    Good("33602", "33600011", "servicio de fotocopiado e impresión", "Servicio"),
    Good("33801", "33800001", "servicio de vigilancia", "Turno"),
    Good("34501", "34500002", "seguro de bienes patrimoniales", "Póliza"),
    Good("35101", "35100014", "mantenimiento y conservación de inmuebles", "Servicio"),
    Good("35501", "35500003", "mantenimiento de vehículos", "Servicio"),
    Good("35801", "35800001", "servicio de lavandería, limpieza e higiene", "Mes"),
    Good("35901", "35900002", "servicio de jardinería y fumigación", "Servicio"),
    Good("36101", "36100007", "difusión de campañas institucionales", "Servicio"),
    Good("38301", "38300002", "organización de congresos y convenciones", "Evento"),
)
WORKS = (
    Good("61401", "61400005", "construcción de pavimento hidráulico", "Metro cuadrado"),
    Good("61301", "61300002", "ampliación de la red de agua potable", "Metro"),
    Good("61301", "61300007", "construcción de drenaje sanitario", "Metro"),
    Good("61501", "61500003", "rehabilitación de vialidades", "Metro cuadrado"),
    Good("61201", "61200009", "construcción de aulas en escuela primaria", "Obra"),
    Good("61201", "61200011", "rehabilitación de unidad deportiva", "Obra"),
    Good("61601", "61600001", "mejoras a la red de alumbrado público", "Luminaria"),
    Good("62201", "62200004", "remodelación de centro de salud", "Obra"),
)
AREAS = (
    "las oficinas centrales",
    "las áreas administrativas",
    "los centros de atención ciudadana",
    "el parque vehicular",
    "la Dirección de Servicios Generales",
    "las unidades médicas",
    "las delegaciones regionales",
    "el almacén general",
    "los talleres municipales",
    "la Secretaría Técnica",
)

# Municipal and state bodies: (name with {place}, acronym).
MUNICIPAL_BODIES = (
    ("Dirección de Adquisiciones de {place}", "DA"),
    ("Dirección de Obras Públicas de {place}", "DOP"),
    ("Coordinación General de Servicios Municipales de {place}", "CGSM"),
    ("Tesorería Municipal de {place}", "TM"),
    ("Comisaría de la Policía de {place}", "CP"),
    ("Sistema DIF {place}", "DIF"),
    ("Dirección de Innovación Gubernamental de {place}", "DIG"),
)
STATE_BODIES = (
    ("Secretaría de Finanzas de {place}", "SEFIN"),
    ("Secretaría de Salud de {place}", "SSA"),
    ("Secretaría de Educación de {place}", "SE"),
    ("Secretaría de Obras Públicas de {place}", "SOP"),
    ("Fiscalía General del Estado de {place}", "FGE"),
    ("Secretaría de Administración de {place}", "SA"),
    ("Comisión Estatal del Agua de {place}", "CEA"),
    ("Instituto de Infraestructura Física Educativa de {place}", "IIFE"),
    ("Secretaría de Seguridad Pública de {place}", "SSP"),
    ("Colegio de Bachilleres de {place}", "COBACH"),
    ("Auditoría Superior de {place}", "ASE"),
    ("Tribunal de Justicia Administrativa de {place}", "TJA"),
)


class FederalBody(NamedTuple):
    """A federal institution: name, acronym, branch key, offices that buy."""

    name: str
    acronym: str
    branch: str
    offices: tuple[str, ...]


FEDERAL_BODIES = (
    FederalBody(
        "Instituto Mexicano del Seguro Social",
        "IMSS",
        "050GYR",
        (
            "Coordinación de Abastecimiento y Equipamiento",
            "Departamento de Adquisición de Bienes y Contratación de Servicios",
            "Jefatura de Servicios Administrativos",
        ),
    ),
    FederalBody(
        "Comisión Federal de Electricidad",
        "CFE",
        "018TOQ",
        ("Gerencia Regional de Transmisión", "Departamento Regional de Adquisiciones"),
    ),
    FederalBody(
        "Comisión Nacional del Agua",
        "CONAGUA",
        "016B00",
        (
            "Organismo de Cuenca Península de Yucatán",
            "Dirección Local Oaxaca",
            "Organismo de Cuenca Río Bravo",
        ),
    ),
    FederalBody(
        "Secretaría de Cultura",
        "CULTURA",
        "048410",
        ("Dirección de Recursos Materiales y Servicios Generales",),
    ),
    FederalBody("Secretaría de la Defensa Nacional", "SEDENA", "007000", ("Jefatura de Adquisiciones",)),
    FederalBody("Secretaría de Salud", "SSA", "012000", ("Dirección General de Recursos Materiales",)),
    FederalBody(
        "Instituto de Seguridad y Servicios Sociales de los Trabajadores del Estado",
        "ISSSTE",
        "051GYN",
        ("Subdirección de Infraestructura", "Departamento de Adquisiciones del Hospital Regional"),
    ),
    FederalBody("Universidad Autónoma Metropolitana", "UAM", "011A2M", ("Dirección de Adquisiciones",)),
    FederalBody("Caminos y Puentes Federales", "CAPUFE", "009J0U", ("Subdirección de Recursos Materiales",)),
    FederalBody(
        "Instituto Nacional de Antropología e Historia",
        "INAH",
        "048D00",
        ("Coordinación de Recursos Materiales",),
    ),
    FederalBody(
        "Servicio de Administración Tributaria", "SAT", "006E00", ("Administración de Recursos Materiales",)
    ),
    FederalBody("Petróleos Mexicanos", "PEMEX", "018T4I", ("Gerencia de Contrataciones",)),
)

POSITIONS = (
    ("Director de Área", "M32"),
    ("Jefe de Departamento", "O21"),
    ("Subdirector de Adquisiciones", "N22"),
    ("Coordinador Administrativo", "N11"),
    ("Analista de Contratos", "P13"),
    ("Director General", "K31"),
    ("Supervisor de Obra", "O31"),
    ("Enlace de Compras", "P11"),
)
BRANCHES = (
    (10, "Economía"),
    (11, "Educación Pública"),
    (12, "Salud"),
    (28, "Participaciones a Entidades Federativas y Municipios"),
    (33, "Aportaciones Federales para Entidades Federativas y Municipios"),
)
PROCEDURES_S2 = (
    (1, "CONTRATACIONES PÚBLICAS"),
    (2, "CONCESIONES, LICENCIAS, PERMISOS, AUTORIZACIONES Y SUS PRÓRROGAS"),
    (3, "ENAJENACIÓN DE BIENES MUEBLES"),
    (4, "ASIGNACIÓN Y EMISIÓN DE DICTÁMENES DE AVALÚOS NACIONALES"),
    (5, "OTRO"),
)
AREAS_S2 = (
    ("T", "TÉCNICA"),
    ("RE", "RESPONSABLE DE LA EJECUCIÓN DE LOS TRABAJOS"),
    ("RC", "RESPONSABLE DE LA CONTRATACIÓN"),
    ("O", "OTRA"),
    ("C", "CONTRATANTE"),
    ("R", "REQUIRENTE"),
)
RESPONSIBILITIES_S2 = (("A", "ATENCIÓN"), ("T", "TRAMITACIÓN"), ("R", "RESOLUCIÓN"), ("O", "OTRO"))
FAULTS_S3 = (
    ("NAD", "NEGLIGENCIA ADMINISTRATIVA"),
    ("VPC", "VIOLACIÓN PROCEDIMIENTOS DE CONTRATACIÓN"),
    ("VLNP", "VIOLACIÓN LEYES Y NORMATIVIDAD PRESUPUESTAL"),
    ("AUT", "ABUSO DE AUTORIDAD"),
    ("CEX", "COHECHO O EXTORSIÓN"),
    ("IDSP", "INCUMPLIMIENTO EN DECLARACIÓN DE SITUACIÓN PATRIMONIAL"),
    ("AG", "ADMINISTRATIVA GRAVE"),
    ("ANG", "ADMINISTRATIVA NO GRAVE"),
    ("DRP", "DESVÍO DE RECURSOS PÚBLICOS"),
    ("UII", "UTILIZACIÓN INDEBIDA DE INFORMACIÓN"),
    ("AFN", "ABUSO DE FUNCIONES"),
    ("TINF", "TRÁFICO DE INFLUENCIAS"),
    ("DSCT", "DESACATO"),
    ("OTRO", "OTRO"),
)
SANCTIONS_S3S = (
    ("I", "INHABILITADO"),
    ("M", "MULTADO"),
    ("S", "SUSPENSIÓN DEL EMPLEO, CARGO O COMISIÓN"),
    ("D", "DESTITUCIÓN DEL EMPLEO, CARGO O COMISIÓN"),
    ("IRSC", "INDEMNIZACIÓN RESARCITORIA"),
    ("SE", "SANCIÓN ECONÓMICA"),
    ("O", "OTRO"),
)
SANCTIONS_S3P = (
    ("I", "INHABILITADO"),
    ("M", "MULTADO"),
    ("S", "SUSPENSIÓN DE ACTIVIDADES"),
    ("D", "DISOLUCIÓN DE LA SOCIEDAD"),
    ("A", "AMONESTACIÓN"),
    ("IND", "INDEMNIZACIÓN POR LOS DAÑOS Y PERJUICIOS"),
    ("SE", "SANCIÓN ECONÓMICA"),
    ("O", "OTRO"),
)
FACTS_S3S = (
    "NO PRESENTÓ EN TIEMPO LA DECLARACIÓN DE SITUACIÓN PATRIMONIAL",
    "AUTORIZÓ PAGOS SIN LA DOCUMENTACIÓN COMPROBATORIA",
    "OMITIÓ SUPERVISAR LA EJECUCIÓN DE LOS TRABAJOS CONTRATADOS",
    "FRACCIONÓ LA ADQUISICIÓN PARA EVITAR LA LICITACIÓN PÚBLICA",
    "UTILIZÓ VEHÍCULOS OFICIALES PARA FINES PARTICULARES",
)
FACTS_S3P = (
    "LA EMPRESA PROPORCIONÓ INFORMACIÓN NO VERAZ EN EL PROCEDIMIENTO",
    "INCUMPLIÓ LAS OBLIGACIONES DEL CONTRATO POR CAUSAS IMPUTABLES A ELLA",
    "PRESENTÓ DOCUMENTACIÓN APÓCRIFA EN SU PROPUESTA",
    "NO FORMALIZÓ EL CONTRATO ADJUDICADO",
)
