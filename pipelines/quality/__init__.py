"""Judging what a source published: rule catalogue, gate, receipts and the reading of results.

Here: the texts of the rules, the verdict on one source at a time and its receipt. Not here: the SQL
of the rules (`dbt_project/models/quality/`), rules found record by record (`pipelines/standards/`),
publishing (`pipelines/publication/`), the pages agencies read (`pipelines/reports/`).
"""
