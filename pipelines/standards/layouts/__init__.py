"""Layouts of tabular sources: which header of a file stands for which canonical field.

Here: the layouts as data (`compranet.yaml`, `sipot.yaml`, `contract_sheets.yaml`) and how the layout of a
file is recognised by its headers (`recognise.py`). A source may bring a layout of its own in its declaration
(`sources/`). Not here: how a field's text is repaired and cast (`dbt_project/macros/readings.sql`), what it
becomes in OCDS (`dbt_project/models/staging/contracts`).
"""
