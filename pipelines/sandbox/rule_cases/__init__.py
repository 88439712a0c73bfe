"""Each quality rule's case: the record that fails it, made by one change of a sound one.

Read by the contract tests, which build each case (`tests/contract/test_quality_rules.py`), and by the sandbox,
which plants it. Not here: defects at the rates real sources have them (`pipelines/sandbox/defects.py`).
"""
