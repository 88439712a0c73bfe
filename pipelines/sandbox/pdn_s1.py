"""Declarations of PDN's System 1 (v2.0), as a state's service answers them to an authority: nothing left out.

Here: the three declarations, complete and simplified, about 15 KB each, with everything that is reserved (CURP,
RFC, addresses, telephones, partner, dependants, accounts) in its place, and now and then where it doesn't belong.
Not here: what may be published of it (`pipelines/standards/allow_lists.yaml`), the REST protocol
(`pdn_services.py`).

A section is drawn from a pool made once: a declaration costs what joins it, so that a benchmark may ask for 150,000.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson

from pipelines.sandbox.dataset import Envelope
from pipelines.sandbox.defects import Defect, Planter
from pipelines.sandbox.order import JSON_TYPE, Made, Order, draft
from pipelines.sandbox.people import Address, Person, Supplier, make_address, make_company, make_person
from pipelines.sandbox.procurement import ANCHOR
from pipelines.sandbox.vocabulary import AREAS, ENTITIES, MUNICIPALITIES, POSITIONS, STATE_BODIES

RECORDS = 600
TYPES = ("INICIAL", "MODIFICACIÓN", "MODIFICACIÓN", "MODIFICACIÓN", "CONCLUSIÓN")
# The simplified form is for posts below head of department.
COMPLETE = 0.8
# Variants of each section and of each group of third parties.
VARIANTS = 48

Pair = tuple[str, str]
HOLDERS: Sequence[tuple[float, Sequence[Pair]]] = (
    (0.62, (("DEC", "DECLARANTE"),)),
    (0.14, (("CYG", "CÓNYUGE"),)),
    (0.16, (("DEC", "DECLARANTE"), ("CYG", "CÓNYUGE"))),
    (0.04, (("DEN", "DEPENDIENTE ECONÓMICO"),)),
    (0.04, (("DEC", "DECLARANTE"), ("CTER", "COPROPIEDAD CON TERCEROS"))),
)
CIVIL_STATES = (("SOL", "SOLTERO (A)"), ("CAS", "CASADO (A)"), ("DIV", "DIVORCIADO (A)"))
LEVELS = (("LIC", "LICENCIATURA"), ("MAE", "MAESTRÍA"), ("BCH", "BACHILLERATO"), ("ESP", "ESPECIALIDAD"))
SCHOOLS = (
    "Universidad Autónoma Benito Juárez de Oaxaca",
    "Universidad de Guadalajara",
    "Instituto Politécnico Nacional",
    "Universidad Autónoma de Nuevo León",
)
CAREERS = (
    "Derecho",
    "Contaduría Pública",
    "Administración",
    "Ingeniería Civil",
    "Ciencia Política",
    "Enfermería",
)
DUTIES = (
    "Revisar y validar los expedientes de contratación del área",
    "Elaborar dictámenes técnicos y dar seguimiento a los acuerdos",
    "Administrar los recursos humanos y materiales de la unidad",
    "Atender auditorías y solventar observaciones",
)
SECTORS = (
    ("CONS", "CONSTRUCCIÓN"),
    ("CMENOR", "COMERCIO AL POR MENOR"),
    ("SERVPROF", "SERVICIOS PROFESIONALES"),
    ("AGRI", "AGRICULTURA"),
)
KINSHIPS = (("HER", "HERMANO(A)"), ("PAD", "PADRE"), ("MAD", "MADRE"), ("CUN", "CUÑADO(A)"))
ACQUISITIONS = (("CPV", "COMPRAVENTA"), ("DNC", "DONACIÓN"), ("HRN", "HERENCIA"), ("CSN", "CESIÓN"))
PAYMENTS = ("CONTADO", "CRÉDITO", "NO APLICA")
BUILDINGS = (("CASA", "CASA"), ("DPTO", "DEPARTAMENTO"), ("TERR", "TERRENO"), ("LOCC", "LOCAL COMERCIAL"))
CARS = (
    ("Nissan", "Versa"),
    ("Volkswagen", "Jetta"),
    ("Chevrolet", "Aveo"),
    ("Toyota", "Hilux"),
    ("Italika", "FT150"),
)
FURNITURE = (
    ("MECA", "MENAJE DE CASA (MUEBLES Y ACCESORIOS DE CASA)", "Sala, comedor y dos recámaras"),
    ("APAE", "APARATOS ELECTRÓNICOS Y ELECTRODOMÉSTICOS", "Refrigerador, lavadora y televisor"),
    ("JOYA", "JOYAS", "Reloj y dos anillos"),
)
INVESTMENTS = (
    ("BANC", "BANCARIA", "CNOM", "CUENTA DE NÓMINA"),
    ("BANC", "BANCARIA", "CAHO", "CUENTA DE AHORRO"),
    ("AFOT", "AFORES Y OTROS", "AFOR", "AFORES"),
)
BANKS = (("Banco del Sureste, S.A.", "BSU940101AB2"), ("Banco Mercantil del Norte, S.A.", "BMN930209927"))
DEBTS = (
    ("CHIP", "CRÉDITO HIPOTECARIO"),
    ("CAUT", "CRÉDITO AUTOMOTRIZ"),
    ("TCRN", "TARJETA DE CRÉDITO BANCARIA"),
)
TRADES = ("Venta de abarrotes", "Consultoría contable", "Renta de mobiliario", "Taller mecánico")

# What is earned besides the post: the object, its list, what one entry says.
OTHER_INCOME: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    (
        "actividadIndustrialComercialEmpresarial",
        "actividades",
        {"nombreRazonSocial": "Negocio propio", "tipoNegocio": TRADES[0]},
    ),
    (
        "actividadFinanciera",
        "actividades",
        {"tipoInstrumento": {"clave": "FIN", "valor": "FONDOS DE INVERSIÓN"}},
    ),
    ("serviciosProfesionales", "servicios", {"tipoServicio": "Clases en una universidad"}),
    ("otrosIngresos", "ingresos", {"tipoIngreso": "Arrendamiento"}),
)
# The names of the amounts in each declaration: post, everything else, own, partner, all.
INCOME = {
    "INICIAL": (
        "remuneracionMensualCargoPublico",
        "otrosIngresosMensualesTotal",
        "ingresoMensualNetoDeclarante",
        "ingresoMensualNetoParejaDependiente",
        "totalIngresosMensualesNetos",
    ),
    "MODIFICACIÓN": (
        "remuneracionAnualCargoPublico",
        "otrosIngresosAnualesTotal",
        "ingresoAnualNetoDeclarante",
        "ingresoAnualNetoParejaDependiente",
        "totalIngresosAnualesNetos",
    ),
    "CONCLUSIÓN": (
        "remuneracionConclusionCargoPublico",
        "otrosIngresosConclusionTotal",
        "ingresoConclusionNetoDeclarante",
        "ingresoConclusionNetoParejaDependiente",
        "totalIngresosConclusionNetos",
    ),
}
PREVIOUS_YEAR = (
    "remuneracionNetaCargoPublico",
    "otrosIngresosTotal",
    "ingresoNetoAnualDeclarante",
    "ingresoNetoAnualParejaDependiente",
    "totalIngresosNetosAnuales",
)
BALANCES = {
    "INICIAL": ("saldoSituacionActual", "saldoInsolutoSituacionActual"),
    "MODIFICACIÓN": ("saldoDiciembreAnterior", "saldoInsolutoDiciembreAnterior"),
    "CONCLUSIÓN": ("saldoFechaConclusion", "saldoInsolutoFechaConclusion"),
}
REMARKS = {"aclaracionesObservaciones": "Se anexa comprobante; dudas al celular 55 1234 5678 o por correo."}


def make_declarations(order: Order) -> Made:
    """One draft for each declared collection; its records are declarations, deterministic for the seed."""
    rng, source = order.rng, order.source
    entity = source.entity if source.entity in ENTITIES and source.entity in MUNICIPALITIES else "09"
    planter = Planter(DEFECTS)
    drafts = []
    for collection in source.parameters["collections"]:
        count = max(round(RECORDS * order.scale * rng.uniform(0.92, 1.08)), 3)
        records = list(declarations(rng, entity, count, planter))
        drafts.append(draft(collection["path"], Envelope(b"[", b",", b"]", JSON_TYPE), records))
    return drafts, planter.planted


def declarations(rng: random.Random, entity: str, count: int, planter: Planter) -> "list[tuple[str, bytes]]":
    """`count` declarations as (id, JSON); what is planted is counted in `planter`."""
    pool = _Pool(rng, entity)
    made = []
    for _ in range(count):
        record_id, record = pool.declaration()
        drawn = planter.draw(rng)
        if drawn:
            record = orjson.dumps(planter.plant(orjson.loads(record), drawn))
        made.append((record_id, record))
    return made


class _Pool:
    """The variants of each section, as JSON text, and the people who stand in them."""

    def __init__(self, rng: random.Random, entity: str) -> None:
        self._rng = rng
        self._entity = entity
        self._people = [make_person(rng, entity) for _ in range(VARIANTS)]
        self._companies = [make_company(rng, entity) for _ in range(VARIANTS)]
        self._bodies = [name.format(place=ENTITIES[entity].name) for name, _ in STATE_BODIES]
        self._sections = {
            kind: {
                name: [orjson.dumps({name: make(kind)})[1:-1] for _ in range(VARIANTS)]
                for name, make in self._makers().items()
            }
            for kind in INCOME
        }
        self._interests = [orjson.dumps(self._interest()) for _ in range(VARIANTS)]

    def declaration(self) -> tuple[str, bytes]:
        """One declaration of somebody new."""
        rng = self._rng
        kind = rng.choice(TYPES)
        is_complete = rng.random() < COMPLETE
        record_id = f"{rng.getrandbits(96):024x}"
        presented = ANCHOR - timedelta(seconds=rng.randint(0, 4 * 365 * 86_400))
        body = rng.choice(self._bodies)
        metadata = {
            "actualizacion": f"{presented.isoformat()}Z",
            "institucion": body,
            "tipo": kind,
            "declaracionCompleta": is_complete,
            "actualizacionConflictoInteres": rng.random() < 0.1,
        }
        own = {"datosGenerales": self._general(make_person(rng, self._entity)), **self._incomes(kind)}
        sections = [orjson.dumps(own)[1:-1]]
        drawn = self._sections[kind]
        sections += [rng.choice(drawn[name]) for name in (drawn if is_complete else SIMPLIFIED)]
        interests = rng.choice(self._interests) if is_complete else None
        return record_id, b"".join(
            (
                b'{"id":"%s","metadata":' % record_id.encode(),
                orjson.dumps(metadata),
                b',"declaracion":{"situacionPatrimonial":{',
                b",".join(sections),
                b"}" if interests is None else b'},"interes":' + interests,
                b"}}",
            )
        )

    def _makers(self) -> Mapping[str, Callable[[str], dict[str, Any]]]:
        return {
            "domicilioDeclarante": lambda _: {"domicilioMexico": _address(self._address()), **REMARKS},
            "datosCurricularesDeclarante": lambda _: self._studies(),
            "datosEmpleoCargoComision": lambda _: self._post(),
            "experienciaLaboral": lambda _: self._experience(),
            "datosPareja": lambda _: self._partner(),
            "datosDependienteEconomico": lambda _: self._dependants(),
            "bienesInmuebles": lambda _: self._some("bienInmueble", self._building),
            "vehiculos": lambda _: self._some("vehiculo", self._car),
            "bienesMuebles": lambda _: self._some("bienMueble", self._furniture),
            "inversiones": lambda kind: self._some("inversion", lambda: self._investment(kind)),
            "adeudos": lambda kind: self._some("adeudo", lambda: self._debt(kind)),
            "prestamoOComodato": lambda _: self._some("prestamo", self._loan, most=1),
        }

    # -- the declarant ---------------------------------------------------------------------------------

    def _general(self, person: Person) -> dict[str, Any]:
        return {
            **_name(person),
            "curp": person.curp,
            "rfc": {"rfc": person.rfc[:10], "homoClave": person.rfc[10:]},
            "correoElectronico": {"institucional": person.email, "personal": person.email},
            "telefono": {"casa": person.telephone, "celularPersonal": person.telephone},
            "situacionPersonalEstadoCivil": _code(self._rng.choice(CIVIL_STATES)),
            "paisNacimiento": "MX",
            "nacionalidad": "MX",
            **REMARKS,
        }

    def _studies(self) -> dict[str, Any]:
        rng = self._rng
        return {
            "escolaridad": [
                {
                    "tipoOperacion": "AGREGAR",
                    "nivel": _code(rng.choice(LEVELS)),
                    "institucionEducativa": {"nombre": rng.choice(SCHOOLS), "ubicacion": "MX"},
                    "carreraAreaConocimiento": rng.choice(CAREERS),
                    "estatus": "FINALIZADO",
                    "documentoObtenido": "TITULO",
                    "fechaObtencion": self._day(30),
                }
                for _ in range(rng.choice((1, 1, 2)))
            ],
            **REMARKS,
        }

    def _post(self) -> dict[str, Any]:
        rng = self._rng
        post, level = rng.choice(POSITIONS)
        return {
            "tipoOperacion": "AGREGAR",
            "nivelOrdenGobierno": "ESTATAL",
            "ambitoPublico": "EJECUTIVO",
            "nombreEntePublico": rng.choice(self._bodies),
            "areaAdscripcion": rng.choice(AREAS),
            "empleoCargoComision": post,
            "contratadoPorHonorarios": rng.random() < 0.1,
            "nivelEmpleoCargoComision": level,
            "funcionPrincipal": rng.choice(DUTIES),
            "fechaTomaPosesion": self._day(10),
            "telefonoOficina": {"telefono": rng.choice(self._people).telephone, "extension": "1234"},
            "domicilioMexico": _address(self._address()),
            **REMARKS,
        }

    def _experience(self) -> dict[str, Any]:
        rng = self._rng

        def public() -> dict[str, Any]:
            return {
                "tipoOperacion": "AGREGAR",
                "ambitoSector": _code(("PUB", "Público")),
                "nivelOrdenGobierno": "ESTATAL",
                "ambitoPublico": "EJECUTIVO",
                "nombreEntePublico": rng.choice(self._bodies),
                "areaAdscripcion": rng.choice(AREAS),
                "empleoCargoComision": rng.choice(POSITIONS)[0],
                "funcionPrincipal": rng.choice(DUTIES),
            }

        def private() -> dict[str, Any]:
            company = rng.choice(self._companies)
            return {
                "tipoOperacion": "AGREGAR",
                "ambitoSector": _code(("PRV", "Privado")),
                "nombreEmpresaSociedadAsociacion": company.name,
                "rfc": company.rfc,
                "area": "Administración",
                "puesto": "Auxiliar administrativo",
                "sector": _code(rng.choice(SECTORS)),
            }

        def job() -> dict[str, Any]:
            years = rng.randint(5, 15)
            span = {
                "fechaIngreso": _past(years * 365 + 700),
                "fechaEgreso": _past(years * 365),
                "ubicacion": "MX",
            }
            return {**(public() if rng.random() < 0.6 else private()), **span}

        return self._some("experiencia", job)

    # -- other people ----------------------------------------------------------------------------------

    def _partner(self) -> dict[str, Any]:
        rng = self._rng
        if rng.random() < 0.35:
            return {"ninguno": True, **REMARKS}
        person = rng.choice(self._people)
        return {
            "ninguno": False,
            "tipoOperacion": "AGREGAR",
            **_name(person),
            "fechaNacimiento": self._day(50),
            "rfc": person.rfc,
            "relacionConDeclarante": "CONYUGE",
            "ciudadanoExtranjero": False,
            "curp": person.curp,
            "esDependienteEconomico": False,
            "habitaDomicilioDeclarante": True,
            "lugarDondeReside": "MEXICO",
            "domicilioMexico": _address(person.address),
            **self._work(),
            **REMARKS,
        }

    def _dependants(self) -> dict[str, Any]:
        def dependant() -> dict[str, Any]:
            person = self._rng.choice(self._people)
            return {
                "tipoOperacion": "AGREGAR",
                **_name(person),
                "fechaNacimiento": self._day(18),
                "rfc": person.rfc,
                "parentescoRelacion": _code(("HIJ", "HIJO(A)")),
                "extranjero": False,
                "curp": person.curp,
                "habitaDomicilioDeclarante": True,
                "lugarDondeReside": "MEXICO",
                "domicilioMexico": _address(person.address),
                "actividadLaboral": _code(("NIN", "NINGUNO")),
            }

        return self._some("dependienteEconomico", dependant, most=2)

    def _work(self) -> dict[str, Any]:
        company = self._rng.choice(self._companies)
        return {
            "actividadLaboral": _code(("PRI", "PRIVADO")),
            "actividadLaboralSectorPrivadoOtro": {
                "nombreEmpresaSociedadAsociacion": company.name,
                "empleoCargoComision": "Contadora",
                "rfc": company.rfc,
                "fechaIngreso": self._day(8),
                "sector": _code(self._rng.choice(SECTORS)),
                "salarioMensualNeto": self._money(22_000),
                "proveedorContratistaGobierno": False,
            },
        }

    def _third_party(self, name: str = "nombreRazonSocial") -> dict[str, Any]:
        party: Person | Supplier
        if self._rng.random() < 0.5:
            party = self._rng.choice(self._companies)
            return {"tipoPersona": "MORAL", name: party.name, "rfc": party.rfc}
        party = self._rng.choice(self._people)
        return {"tipoPersona": "FISICA", name: party.full_name, "rfc": party.rfc}

    # -- wealth ----------------------------------------------------------------------------------------

    def _some(self, key: str, make: Callable[[], dict[str, Any]], *, most: int = 4) -> dict[str, Any]:
        rng = self._rng
        if rng.random() < 0.25:
            return {"ninguno": True, **REMARKS}
        return {"ninguno": False, key: [make() for _ in range(rng.randint(1, most))], **REMARKS}

    def _held(self) -> dict[str, Any]:
        (holders,) = self._rng.choices([one for _, one in HOLDERS], [weight for weight, _ in HOLDERS])
        third = [self._third_party()] if any(code == "CTER" for code, _ in holders) else []
        return {"titular": [_code(pair) for pair in holders], "tercero": third}

    def _acquired(self, value: int) -> dict[str, Any]:
        rng = self._rng
        return {
            "transmisor": [{**self._third_party(), "relacion": _code(rng.choice(KINSHIPS))}],
            "formaAdquisicion": _code(rng.choice(ACQUISITIONS)),
            "formaPago": rng.choice(PAYMENTS),
            "valorAdquisicion": self._money(value),
            "fechaAdquisicion": self._day(20),
        }

    def _building(self) -> dict[str, Any]:
        rng = self._rng
        return {
            "tipoOperacion": "SIN_CAMBIOS",
            "tipoInmueble": _code(rng.choice(BUILDINGS)),
            **self._held(),
            "porcentajePropiedad": rng.choice((50, 100)),
            "superficieTerreno": {"valor": rng.randint(80, 900), "unidad": "m2"},
            "superficieConstruccion": {"valor": rng.randint(40, 300), "unidad": "m2"},
            **self._acquired(900_000),
            "datoIdentificacion": f"F{rng.randint(10**6, 10**7)}",
            "valorConformeA": "ESCRITURA PÚBLICA",
            "domicilioMexico": _address(self._address()),
        }

    def _car(self) -> dict[str, Any]:
        return {
            "tipoOperacion": "SIN_CAMBIOS",
            **self._vehicle("tipoVehiculo"),
            **self._held(),
            **self._acquired(180_000),
        }

    def _vehicle(self, kind: str) -> dict[str, Any]:
        rng = self._rng
        make, model = rng.choice(CARS)
        return {
            kind: _code(("AUMOT", "AUTOMÓVIL/MOTOCICLETA")),
            "marca": make,
            "modelo": model,
            "anio": rng.randint(2004, 2025),
            "numeroSerieRegistro": f"3N1{rng.getrandbits(52):013X}",
            "lugarRegistro": {"pais": "MX", "entidadFederativa": self._state()},
        }

    def _furniture(self) -> dict[str, Any]:
        key, label, text = self._rng.choice(FURNITURE)
        return {
            "tipoOperacion": "AGREGAR",
            **self._held(),
            "tipoBien": _code((key, label)),
            "descripcionGeneralBien": text,
            **self._acquired(35_000),
        }

    def _investment(self, kind: str) -> dict[str, Any]:
        rng = self._rng
        key, label, sub, sub_label = rng.choice(INVESTMENTS)
        bank, rfc = rng.choice(BANKS)
        return {
            "tipoOperacion": "SIN_CAMBIOS",
            "tipoInversion": _code((key, label)),
            "subTipoInversion": _code((sub, sub_label)),
            **self._held(),
            "numeroCuentaContrato": f"{rng.randint(10**9, 10**10)}",
            "localizacionInversion": {"pais": "MX", "institucionRazonSocial": bank, "rfc": rfc},
            BALANCES[kind][0]: self._money(60_000),
        }

    def _debt(self, kind: str) -> dict[str, Any]:
        rng = self._rng
        bank, rfc = rng.choice(BANKS)
        lender = {"tipoPersona": "MORAL", "nombreInstitucion": bank, "rfc": rfc}
        return {
            "tipoOperacion": "SIN_CAMBIOS",
            **self._held(),
            "tipoAdeudo": _code(rng.choice(DEBTS)),
            "numeroCuentaContrato": f"{rng.randint(10**9, 10**10)}",
            "fechaAdquisicion": self._day(6),
            "montoOriginal": self._money(250_000),
            BALANCES[kind][1]: self._money(120_000),
            "otorganteCredito": lender if rng.random() < 0.8 else self._third_party("nombreInstitucion"),
            "localizacionAdeudo": {"pais": "MX"},
        }

    def _loan(self) -> dict[str, Any]:
        owner = self._rng.choice(self._people)
        return {
            "tipoOperacion": "AGREGAR",
            "tipoBien": {"vehiculo": self._vehicle("tipo")},
            "duenoTitular": {
                "tipoDuenoTitular": "FISICA",
                "nombreTitular": owner.full_name,
                "rfc": owner.rfc,
                "relacionConTitular": "Amigo",
            },
        }

    # -- income and interests --------------------------------------------------------------------------

    def _incomes(self, kind: str) -> dict[str, Any]:
        months = 1 if kind == "INICIAL" else 12
        made = {"ingresos": self._income(INCOME[kind], months)}
        if kind != "MODIFICACIÓN":
            served = {
                "servidorPublicoAnioAnterior": True,
                "fechaIngreso": "2024-01-01",
                "fechaConclusion": "2024-12-31",
            }
            made["actividadAnualAnterior"] = {**served, **self._income(PREVIOUS_YEAR, 12)}
        return made

    def _income(self, names: Sequence[str], months: int) -> dict[str, Any]:
        rng = self._rng
        post, other, own, partner, total = names
        salary = rng.randint(9_000, 60_000) * months
        extra = rng.randint(500, 9_000) * months if rng.random() < 0.4 else 0
        theirs = rng.randint(4_000, 30_000) * months if rng.random() < 0.5 else 0
        income: dict[str, Any] = {post: _pesos(salary), other: _pesos(extra)}
        if extra:
            name, items, entry = rng.choice(OTHER_INCOME)
            income[name] = {
                "remuneracionTotal": _pesos(extra),
                items: [{"remuneracion": _pesos(extra), **entry}],
            }
        return {
            **income,
            own: _pesos(salary + extra),
            partner: _pesos(theirs),
            total: _pesos(salary + extra + theirs),
            **REMARKS,
        }

    def _interest(self) -> dict[str, Any]:
        return {
            "participacion": self._some("participacion", self._share, most=2),
            "participacionTomaDecisiones": self._some("participacion", self._decision, most=1),
            "apoyos": self._some("apoyo", self._support, most=1),
            "representacion": self._some("representacion", self._representation, most=1),
            "clientesPrincipales": self._some("cliente", self._client, most=1),
            "beneficiosPrivados": self._some("beneficio", self._benefit, most=1),
            "fideicomisos": self._some("fideicomiso", self._trust, most=1),
        }

    def _own(self) -> dict[str, Any]:
        relation = self._rng.choice(
            ("DECLARANTE", "DECLARANTE", "DECLARANTE", "PAREJA", "DEPENDIENTE_ECONOMICO")
        )
        return {"tipoOperacion": "AGREGAR", "tipoRelacion": relation}

    def _place(self) -> dict[str, Any]:
        return {
            "ubicacion": {"pais": "MX", "entidadFederativa": self._state()},
            "sector": _code(self._rng.choice(SECTORS)),
        }

    def _share(self) -> dict[str, Any]:
        company = self._rng.choice(self._companies)
        return {
            **self._own(),
            "nombreEmpresaSociedadAsociacion": company.name,
            "rfc": company.rfc,
            "porcentajeParticipacion": self._rng.randint(1, 60),
            "tipoParticipacion": _code(("SCIO", "SOCIO")),
            "recibeRemuneracion": True,
            "montoMensual": self._money(8_000),
            **self._place(),
        }

    def _decision(self) -> dict[str, Any]:
        company = self._rng.choice(self._companies)
        return {
            **self._own(),
            "tipoInstitucion": _code(("OSC", "ORGANIZACIONES DE LA SOCIEDAD CIVIL")),
            "nombreInstitucion": company.name,
            "rfc": company.rfc,
            "puestoRol": "Tesorera",
            "fechaInicioParticipacion": self._day(5),
            "recibeRemuneracion": False,
            "ubicacion": self._place()["ubicacion"],
        }

    def _support(self) -> dict[str, Any]:
        return {
            "tipoOperacion": "AGREGAR",
            "tipoPersona": "FISICA",
            "beneficiarioPrograma": _code(self._rng.choice((("DC", "DECLARANTE"), ("HIJ", "HIJO(A)")))),
            "nombrePrograma": "Becas para el Bienestar",
            "institucionOtorgante": self._rng.choice(self._bodies),
            "nivelOrdenGobierno": "ESTATAL",
            "tipoApoyo": _code(("SUB", "SUBSIDIO")),
            "formaRecepcion": "MONETARIO",
            "montoApoyoMensual": self._money(1_500),
            "especifiqueApoyo": "Transferencia bimestral",
        }

    def _representation(self) -> dict[str, Any]:
        return {
            **self._own(),
            "tipoRepresentacion": "REPRESENTANTE",
            "fechaInicioRepresentacion": self._day(5),
            **self._third_party(),
            "recibeRemuneracion": False,
            **self._place(),
        }

    def _client(self) -> dict[str, Any]:
        company = self._rng.choice(self._companies)
        return {
            **self._own(),
            "realizaActividadLucrativa": True,
            "empresa": {"nombreEmpresaServicio": company.name, "rfc": company.rfc},
            "clientePrincipal": self._third_party(),
            "montoAproximadoGanancia": self._money(40_000),
            **self._place(),
        }

    def _benefit(self) -> dict[str, Any]:
        return {
            "tipoOperacion": "AGREGAR",
            "tipoPersona": "FISICA",
            "tipoBeneficio": _code(("D", "DONACIÓN")),
            "beneficiario": [_code(self._rng.choice((("DC", "DECLARANTE"), ("HER", "HERMANO(A)"))))],
            "otorgante": self._third_party(),
            "formaRecepcion": "ESPECIE",
            "especifiqueBeneficio": "Equipo de cómputo",
            "montoMensualAproximado": self._money(3_000),
            "sector": _code(self._rng.choice(SECTORS)),
        }

    def _trust(self) -> dict[str, Any]:
        bank, rfc = self._rng.choice(BANKS)
        return {
            **self._own(),
            "tipoFideicomiso": "PRIVADO",
            "tipoParticipacion": "FIDEICOMISARIO",
            "rfcFideicomiso": rfc,
            "fideicomitente": self._third_party(),
            "fiduciario": {"nombreRazonSocial": bank, "rfc": rfc},
            "fideicomisario": self._third_party(),
            "sector": _code(self._rng.choice(SECTORS)),
            "extranjero": "MX",
        }

    # -- values ----------------------------------------------------------------------------------------

    def _address(self) -> Address:
        return make_address(self._rng, self._entity)

    def _state(self) -> dict[str, str]:
        return {"clave": self._entity, "valor": ENTITIES[self._entity].name}

    def _day(self, years: int) -> str:
        return _past(self._rng.randint(90, years * 365))

    def _money(self, usual: int) -> dict[str, Any]:
        return _pesos(round(self._rng.uniform(0.4, 2.2) * usual))


SIMPLIFIED = (
    "domicilioDeclarante",
    "datosCurricularesDeclarante",
    "datosEmpleoCargoComision",
    "experienciaLaboral",
)


def _code(pair: Pair) -> dict[str, str]:
    return {"clave": pair[0], "valor": pair[1]}


def _pesos(amount: int) -> dict[str, Any]:
    return {"valor": amount, "moneda": "MXN"}


def _past(days: int) -> str:
    day: date = (ANCHOR - timedelta(days=days)).date()
    return f"{day:%Y-%m-%d}"


def _name(person: Person) -> dict[str, str]:
    return {
        "nombre": person.names,
        "primerApellido": person.first_surname,
        "segundoApellido": person.second_surname,
    }


def _address(address: Address) -> dict[str, Any]:
    return {
        "calle": address.street,
        "numeroExterior": address.number,
        "numeroInterior": "2",
        "coloniaLocalidad": address.neighbourhood,
        "municipioAlcaldia": {"clave": address.municipality, "valor": address.locality},
        "entidadFederativa": {"clave": address.entity, "valor": address.region},
        "codigoPostal": address.postal_code,
    }


# -- defects ------------------------------------------------------------------------------------------------

Record = dict[str, Any]


def _wealth(record: Record) -> dict[str, Any]:
    wealth: dict[str, Any] = record["declaracion"]["situacionPatrimonial"]
    return wealth


def _plain_type(record: Record, rng: random.Random) -> bool:
    before = record["metadata"]["tipo"]
    record["metadata"]["tipo"] = before.replace("Ó", "O")
    return bool(record["metadata"]["tipo"] != before)


def _missing_section(record: Record, rng: random.Random) -> bool:
    return _wealth(record).pop("vehiculos", None) is not None


def _none_with_items(record: Record, rng: random.Random) -> bool:
    section = _wealth(record).get("bienesMuebles", {})
    section["ninguno"] = True
    return "bienMueble" in section


def _wrong_sum(record: Record, rng: random.Random) -> bool:
    income = _wealth(record)["ingresos"]
    (own,) = (name for name in income if name.endswith("NetoDeclarante"))
    income[own]["valor"] += rng.randint(100, 5_000)
    return True


def _unknown_code(record: Record, rng: random.Random) -> bool:
    for study in _wealth(record)["datosCurricularesDeclarante"]["escolaridad"][:1]:
        study["nivel"] = _code(("UNI", "UNIVERSIDAD"))
    return True


def _other_label(record: Record, rng: random.Random) -> bool:
    for study in _wealth(record)["datosCurricularesDeclarante"]["escolaridad"][:1]:
        study["nivel"] = _code(("DOC", "LICENCIATURA"))
    return True


def _future_post(record: Record, rng: random.Random) -> bool:
    _wealth(record)["datosEmpleoCargoComision"]["fechaTomaPosesion"] = "2062-01-01"
    return True


def _no_currency(record: Record, rng: random.Random) -> bool:
    income = _wealth(record)["ingresos"]
    (own,) = (name for name in income if name.endswith("NetoDeclarante"))
    income[own]["moneda"] = "PESOS"
    return True


def _mongo_id(record: Record, rng: random.Random) -> bool:
    record["_id"] = record.pop("id")
    return True


def _in_text(kind: str) -> Callable[[Record, random.Random], bool]:
    """Plant what doesn't belong there into a text that is public."""

    def plant(record: Record, rng: random.Random) -> bool:
        person = make_person(rng, "20")
        value = {
            "curp": person.curp,
            "rfc": person.rfc,
            "email": person.email,
            "phone": f"tel. {person.telephone}",
        }[kind]
        post = _wealth(record)["datosEmpleoCargoComision"]
        post["funcionPrincipal"] = f"{post['funcionPrincipal']} ({value})"
        return True

    return plant


def _in_key(record: Record, rng: random.Random) -> bool:
    person = make_person(rng, "20")
    _wealth(record)["datosGenerales"][f"nota {person.curp}"] = person.full_name
    return True


def _partner_in_text(record: Record, rng: random.Random) -> bool:
    partner = _wealth(record).get("datosPareja", {})
    things = _wealth(record).get("bienesMuebles", {}).get("bienMueble", [])
    if "nombre" not in partner:
        return False
    for thing in things[:1]:
        thing["titular"] = [_code(("DEC", "DECLARANTE"))]
        name = f"{partner['nombre']} {partner['primerApellido']} {partner['segundoApellido']}"
        thing["descripcionGeneralBien"] = f"Regalo de {name}"
    return bool(things)


DEFECTS = (
    Defect("plain_type", 0.01, _plain_type),
    Defect("missing_section", 0.012, _missing_section),
    Defect("none_with_items", 0.012, _none_with_items),
    Defect("wrong_sum", 0.02, _wrong_sum),
    Defect("unknown_code", 0.01, _unknown_code),
    Defect("other_label", 0.01, _other_label),
    Defect("future_post", 0.008, _future_post),
    Defect("no_currency", 0.008, _no_currency),
    Defect("object_id", 0.006, _mongo_id),
    Defect("curp_in_text", 0.006, _in_text("curp")),
    Defect("rfc_in_text", 0.006, _in_text("rfc")),
    Defect("email_in_text", 0.006, _in_text("email")),
    Defect("phone_in_text", 0.006, _in_text("phone")),
    Defect("curp_in_key", 0.006, _in_key),
    Defect("partner_in_text", 0.02, _partner_in_text),
)
