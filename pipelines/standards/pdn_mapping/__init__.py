"""S2 and S3 of the PDN from one generation to the other: records of v1 in the shape of v2, and back.

Here: what a name, a term, an amount, a date and a code of one generation are in the other (`persons.py`, `values.py`,
`codes.py`), and the documents made of them (`sanctioned.py` for S3, `officials.py` for S2). Input and output are public
records; what a mapping needs to know of a private one comes in as a result of classification (`Facts`). Not here: what
may be published (`redact_pdn.py`), tables (`dbt_project/models/standard/pdn`), pages (`packages.py`). For people:
`docs/mapping/pdn_v1.md`.
"""
