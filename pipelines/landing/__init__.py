"""From bytes to records: the raw archive, the ledger, the parsers and the quarantine.

How a portal is spoken to stands in `pipelines/portals/`; renaming and casting of fields starts in dbt
staging.
"""
