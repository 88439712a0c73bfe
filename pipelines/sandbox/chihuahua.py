"""The contracts workbook of the municipality of Chihuahua: eight sheets, 197 columns in the one that counts.

Here: its sheets (two hidden), its header, the bidders side by side, `.` where an indicator has no value, and
its defects in the proportions of the real file: RFCs with hyphens, blanks around them or beyond repair,
blanks around names, contract numbers that several processes share. Not here: values and defects of a row
(`contract_rows.py`).
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipelines.sandbox.contract_rows import ROW_DEFECTS, contract_row, with_rates
from pipelines.sandbox.defects import Defect, Planter, Record
from pipelines.sandbox.order import Made, Order, draft, repeated
from pipelines.sandbox.procurement import Body, Purchase, Scene, make_buyer, make_purchase
from pipelines.sandbox.sheets import Sheet, as_cell, workbook_envelope, workbook_record

MAIN = "IMCO Base De Datos"
BIDDERS = 20
CONCATENATIONS = 39
# Columns 1 to 117; the 85th repeats the header of the 84th.
FIRST_NAMES = """
    Periodo Dependencia Número_proceso Número_contrato Fecha_contrato Monto_contrato Objeto_contrato Materia
    Tipo_proceso Emp_ganadora RFC_Emp_ganadora Fecha_constitucion_emp_ganadora Fecha_convocatoria Fecha_bases
    Fecha_propuestas Fecha_inicio Fecha_junta_aclaraciones Fecha_apertura Num_empresas_propuestas Fecha_fallo
    Num_emp_solventes Monto_presupuestado Origen_recursos Fecha_finiquito Monto_finiquito
    Fundamento_proceso_excepción Monto_excepción Indicador_favoritismo Indicador_concurso_dirigido
    Indicador_contratos_fraccionados Indicador_sobrecosto Indicador_plazos_cortos Indicador_colusion
    Indicador_empresa_fantasma Num_cont_emp Num_cont_lp Porc_tot_lp Frec_contr_lp Num_propu_lp Pr_exito_emp_lp
    Pr-ex_em_lp_st Num_cont_ir Porc_tot_ir Frec_contr_ir_ST Num_propu_ir Pr_exito_emp_ir Pr_exito_emp_ir_ST
    Num_cont_ad Porc_tot_ad Frec_contr_adST Num_propu_emp Pr_exito_emp Mont_emp Share_emp Mont_emp_lp
    Mont_emp_lpST Pr_mont_tot_lp Mont_emp_ir Mont_emp_IRST Pr_mont_tot_ir Mont_emp_ad Pr_mont_tot_ad
    Mont_emp_adST Emp_fav_lp Emp_fav_ir Emp_fav_ad Sind_Emp_Fav Emp_fav_Riesgo Comp_eli Aus_comp Sind_Req_Modo
    Req_Mod_Riesgo Num_cont_dia_ad Seman_contr Num_cont_sem_ad Cont_dia_emp_ad Cont_sem_emp_ad Mont_dia_emp_ad
    Mont_sem_emp_ad Reb_con_ad Num_obra_ad Mon_emp_obra_ad Reb_con_ad_obra Fraccionar_riesgo_ad
    Fraccionar_riesgo_ad Mon_fin_ad Mon_fin_ir Dif_con_fin Sub_fin_ad Sub_fin_ir Sobreprecio Sobreprecio_riesgo
    Aus_comp_propu Días_bases Tiemp_bases Dias_propu Tiemp_propu Cort_plaz Plazos_riesgo Dif_cont_pres
    Col_precio Col_part Colusión Colusion_riesgo Fecha_creacion Fecha_prim_cont Elecc_Duarte An_Duarte
    Elecc_Corral An_Corral Dia_prim_cont Rec_crea Crea_Duarte Crea_Corral Proc_excep EFant EF_riesgo
"""
COLUMNS = (
    *FIRST_NAMES.split(),
    *(f"{name}_emp{number}" for number in range(1, BIDDERS + 1) for name in ("Nombre", "Monto")),
    "Concatenada",
    *(f"Concatenada{number}" for number in range(1, CONCATENATIONS + 1)),
)
# What of the columns after Monto_excepción is no number: blank in every row, a risk, `.` for direct awards, `.` for
# every other procedure, `.` where the supplier never took part in an invitation.
BLANK = {"Col_part", "Colusión", "Colusion_riesgo"}
RISKS = {"Emp_fav_Riesgo", "Req_Mod_Riesgo", "Sobreprecio_riesgo", "Plazos_riesgo", "EF_riesgo"}
OF_TENDERS = {
    *("Num_propu_emp", "Pr_exito_emp", "Aus_comp", "Sind_Req_Modo", "Req_Mod_Riesgo", "Aus_comp_propu"),
    *("Tiemp_bases", "Tiemp_propu", "Cort_plaz", "Plazos_riesgo", "Col_precio"),
}
OF_DIRECT_AWARDS = {"Reb_con_ad", "Reb_con_ad_obra", "Fraccionar_riesgo_ad", "Mon_fin_ad"}
RARE = {"Pr_exito_emp_ir", "Pr_exito_emp_ir_ST", "Mon_fin_ir", "Sub_fin_ir"}
ELECTIONS = {
    "Elecc_Duarte": datetime(2010, 7, 4),
    "An_Duarte": datetime(2009, 7, 4),
    "Elecc_Corral": datetime(2016, 6, 5),
    "An_Corral": datetime(2015, 6, 5),
}
BODIES = (
    Body("Oficialía Mayor", "OM", ("Subdirección de Programación y Adquisiciones",)),
    Body("Instituto de Cultura del Municipio", "ICM-JUR", ("Dirección Jurídica",)),
    Body("Instituto Municipal de las Mujeres", "IMM", ("Administración",)),
    Body("Dirección de Desarrollo Humano y Educación", "DDHyE", ("Subdirección Administrativa",)),
    Body("Dirección de Seguridad Pública Municipal", "DSPM", ("Subdirección Administrativa",)),
)
WORKS = Body("Dirección de Obras Públicas Municipales", "OP", ("Subdirección de Costos y Concursos",))
# Shares of the 1,932 rows of the real file.
NO_SETTLEMENT = 0.016
NO_BUDGET = 0.007
NO_FUNDS = 0.087
SHARED_CONTRACT_NUMBER = 0.09


def _blank_around(name: str) -> Any:
    def change(row: Record, rng: random.Random) -> bool:
        if not isinstance(row[name], str):
            return False
        row[name] = rng.choice(("{} ", "{} ", " {}")).format(row[name])
        return True

    return change


DEFECTS = (
    *with_rates(ROW_DEFECTS, rfc_blank=0.039, rfc_hyphens=0.079, rfc_hopeless=0.069, inner_blanks=0.03),
    *with_rates(ROW_DEFECTS, upper_case=0.08, personal_data_in_text=0.004),
    Defect("blank_around_supplier", 0.3, _blank_around("supplier_name")),
    Defect("blank_around_process", 0.26, _blank_around("procedure_number")),
    Defect("blank_around_title", 0.16, _blank_around("title")),
    Defect("blank_around_contract", 0.02, _blank_around("contract_number")),
)


def make_workbook(order: Order) -> Made:
    """One workbook; a record is a contract with its line in the first report sheet."""
    rng = order.rng
    planter = Planter(DEFECTS)
    scene = order.local_scene((42, 43, 15))
    buyers = [make_buyer(rng, body, entity="08", number=number) for number, body in enumerate(BODIES)]
    works = make_buyer(rng, WORKS, entity="08", number=len(buyers))
    scene = Scene(buyers, scene.stall, scene.weights)
    records: list[tuple[str, bytes]] = []
    number, last_contract = 0, ""
    while len(records) < order.count:
        number += 1
        year = order.volume.years[number % len(order.volume.years)]
        purchase = make_purchase(rng, scene, number=number, year=year)
        if purchase.category == "works":
            purchase = replace(purchase, buyer=works, area=works.areas[0])
        row = _row(purchase, rng)
        row_id = row["procedure_number"]
        if last_contract and rng.random() < SHARED_CONTRACT_NUMBER:
            row["contract_number"] = last_contract
            planter.planted["shared_contract_number"] += 1
        last_contract = row["contract_number"]
        if number == 2:
            # Somebody typed a number where a text was meant.
            row["procedure_number"] = 10000.0
            planter.planted["number_for_process"] += 1
        row = planter.plant(row, planter.draw(rng))
        records.extend(repeated(rng, row_id, _record(row, rng), planter.planted))
    envelope = workbook_envelope(_sheets())
    return [draft("0", envelope, records)], planter.planted


def _row(purchase: Purchase, rng: random.Random) -> Record:
    row = contract_row(purchase, rng)
    acronym, code, year = purchase.buyer.acronym, row["code"], purchase.year
    row["contract_number"] = (
        f"{purchase.number:03d}/{year}"
        if acronym == "OP"
        else f"{acronym}-{purchase.number}/{year % 100}"
        if code != "AD"
        else f"AD{purchase.number:03d}/{year}"
    )
    row["procedure_number"] = f"{year}-{acronym}-{purchase.number:03d}-{code}-{purchase.title}"
    row["institution_name"] = "Municipio de Chihuahua"
    row["funding_source"] = None if rng.random() < NO_FUNDS else row["funding_source"]
    row["budget_amount"] = None if rng.random() < NO_BUDGET else row["budget_amount"]
    # Works end when they end: the settlement is some weeks after the contract.
    row["finished_at"] = purchase.signed + timedelta(days=rng.randint(7, 98))
    if rng.random() < NO_SETTLEMENT:
        row["finished_at"] = row["final_amount"] = None
    return row


def _record(row: Record, rng: random.Random) -> bytes:
    """The contract's row, and its line in the report for readers."""
    named = _named_cells(row, rng)
    cells = [_cell(header, row, named, rng) for header in COLUMNS]
    report = [
        *(named["Periodo"], named["Número_proceso"], named["Número_contrato"], named["Fecha_contrato"]),
        *(named["Monto_contrato"], named["Emp_ganadora"], named["Objeto_contrato"], row["procedure_type"]),
        *(round(rng.uniform(0, 100), 4) if rng.random() < 0.6 else "." for _ in range(5)),
    ]
    return workbook_record(
        {MAIN: [[as_cell(cell) for cell in cells]], "Reporte Contrato": [[as_cell(cell) for cell in report]]}
    )


def _named_cells(row: Record, rng: random.Random) -> Record:
    """The columns that have a name of their own and a meaning."""
    purchase: Purchase = row["purchase"]
    is_direct = row["code"] == "AD"
    matter = "Obra" if purchase.category == "works" else "Adquisición"
    founded = _founded(purchase.supplier.rfc) if rng.random() < 0.58 else None
    named = {
        "Periodo": f"{purchase.year} {matter.replace('ción', 'ciones')}",
        "Dependencia": row["institution_name"],
        "Número_proceso": row["procedure_number"],
        "Número_contrato": row["contract_number"],
        "Fecha_contrato": row["signed_at"],
        "Monto_contrato": row["amount"],
        "Objeto_contrato": row["title"],
        "Materia": matter,
        "Tipo_proceso": row["code"],
        "Emp_ganadora": row["supplier_name"],
        "RFC_Emp_ganadora": row["rfc"],
        "Fecha_constitucion_emp_ganadora": founded,
        "Fecha_convocatoria": row["published_at"],
        "Fecha_bases": row["published_at"] and row["opened_at"] - timedelta(days=3),
        "Fecha_propuestas": row["opened_at"],
        "Fecha_inicio": None if is_direct else row["starts_at"],
        "Fecha_junta_aclaraciones": row["clarified_at"],
        "Fecha_apertura": row["opened_at"],
        "Num_empresas_propuestas": row["number_of_tenderers"],
        "Fecha_fallo": row["awarded_at"],
        "Num_emp_solventes": None if is_direct else max(len(purchase.tenderers) - rng.randint(0, 1), 1),
        "Monto_presupuestado": row["budget_amount"],
        "Origen_recursos": row["funding_source"],
        "Fecha_finiquito": row["finished_at"],
        "Monto_finiquito": row["final_amount"],
        "Fundamento_proceso_excepción": row["exception_description"],
        "Monto_excepción": 1876932.2 if is_direct else None,
        "Fecha_creacion": founded or ".",
        "Fecha_prim_cont": row["signed_at"] - timedelta(days=rng.randint(0, 400)),
        **ELECTIONS,
    }
    offers = row["tenderers"][:BIDDERS]
    for number in range(1, BIDDERS + 1):
        name, amount = (
            (offers[number - 1][0], offers[number - 1][2]) if number <= len(offers) else (None, None)
        )
        named[f"Nombre_emp{number}"], named[f"Monto_emp{number}"] = name, amount
        # Keys that join the procedure with each bidder and each offer.
        first, second = 2 * number - 2, 2 * number - 1
        if number <= 7 or len(offers) > 7:
            named[f"Concatenada{first or ''}"] = f"{row['code']}{name or ''}"
            named[f"Concatenada{second}"] = f"{row['code']}{amount or 0}"
    return named


def _cell(header: str, row: Record, named: Record, rng: random.Random) -> Any:
    if header in named or header in BLANK or header.startswith("Concatenada"):
        return named.get(header)
    is_direct = row["code"] == "AD"
    if (header in OF_TENDERS and is_direct) or (header in OF_DIRECT_AWARDS and not is_direct):
        return "."
    if header in RARE and rng.random() < 0.93:
        return "."
    if header in RISKS:
        return rng.choices(("BAJO", "MEDIO", "ALTO"), weights=(80, 12, 8))[0]
    return round(rng.choices((0.0, rng.uniform(0, 100)), weights=(55, 45))[0], 6)


def _founded(rfc: str) -> datetime:
    """The day in an RFC: a company's foundation, a person's birth."""
    digits = rfc[len(rfc) - 9 : len(rfc) - 3]
    return datetime.strptime(("19" if digits >= "30" else "20") + digits, "%Y%m%d")


def _sheets() -> list[Sheet]:
    risks = ["Alto", "Medio", "Bajo"]
    groups = ["Concurso \nDirigido", "Sobrecosto", "Colusión", "Favoritismo", "Contratos \nFraccionados"]
    report = [
        *("Periodo", "Número de proceso", "Folio del\nContrato", "Fecha del\nContrato", "Monto", "Empresa"),
        *("Objeto del Contrato", "Procedimiento", *groups),
    ]
    suppliers = [
        *("Empresa", "Monto Contratos", "Contratos", "Licitación \nPública", "Invitación \nRestringida"),
        *("Adjudicación \nDirecta", *(risks * len(groups))),
    ]
    spread = [cell for group in groups for cell in (group, None, None)]
    kinds = ["Licitación Pública", "Invitación Restringida", "Adjudicación Directa", "Total"]
    return [
        Sheet("Reporte Contrato", [report]),
        Sheet(
            "Reporte Proveedor",
            [[*[None] * 6, *spread], suppliers],
            merged=("G1:I1", "J1:L1", "M1:O1", "P1:R1", "S1:U1"),
        ),
        Sheet(
            "Reporte Indicador",
            [["INDICADOR DE CONCURSO DIRIGIDO"], ["Resumen de Resultados"], ["Periodo", *risks, "Total"]],
            merged=("A1:K1", "A2:K2"),
        ),
        Sheet(
            "TD Indicadores", [["Periodo", "Totales"], [], ["Riesgo Alto", "Riesgo Medio"]], is_hidden=True
        ),
        Sheet("Busqueda", [["Seleccione \nEmpresa", {"error": "#REF!"}], ["Periodo", "Número de proceso"]]),
        Sheet("Ranking Favoritismo", [["Empresa", "Favoritismo", "Ranking"]]),
        Sheet(MAIN, [COLUMNS]),
        Sheet(
            "DATOS",
            [
                ["Número de Procedimientos"],
                [None, *kinds],
                ["2018", 196, 6, 641, {"formula": "SUM(B3:D3)", "value": 843}],
            ],
            is_hidden=True,
        ),
    ]
