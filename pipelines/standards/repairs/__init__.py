"""Repairs of published values: pure functions that give the repaired value and say what they changed.

Here: the record of a repair (`repair.py`) and a module for each kind of value (text, dates, money, RFC,
placeholders). Not here: the same rules as SQL for tabular layouts (`dbt_project/macros/values.sql`), names
and structure of releases (`../edca.py`, `../upgrade.py`), who may see a repair (`../public_view.py`).
"""
