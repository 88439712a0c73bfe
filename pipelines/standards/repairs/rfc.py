"""The RFC in the form of the SAT.

Here: the form alone. Not here: whether it is a valid one (`../identity.py`; rules OCDS-P10 and P11), the same
repair as SQL (`clean_rfc` in `dbt_project/macros/values.sql`; `tests/contract/repair_cases.yaml` holds both
equal).
"""

import re

from pipelines.standards.repairs.placeholders import is_placeholder

# What people put between the parts of an RFC or around it: blanks of any kind, dots, apostrophes, hyphens.
_SEPARATORS = re.compile(r"[\s.'–—-]+")


def compact(text: str) -> str | None:
    """Upper case, without blanks, dots, apostrophes and hyphens: `cma-980529-mw0 ` → `CMA980529MW0`.

    None where nothing is left and where a placeholder stands in its place. A text that isn't an RFC comes
    back in the same form: what is in its place is for others to judge.
    """
    return None if is_placeholder(text) else _SEPARATORS.sub("", text.upper()) or None
