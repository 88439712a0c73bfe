"""PDN v1 as data: the schemas of a record and of a page for S2 and S3.

Here: loading and validators. Not here: what of a record may be published (`privacy.py` and
`allow_lists.yaml`), pages (`packages.py`), how the schemas were made from the OpenAPI files
(`derive_schemas.py`).
"""

from functools import cache
from typing import Any, Literal, get_args

import orjson

from pipelines.standards.derive_schemas import SCHEMAS
from pipelines.standards.validation import SchemaValidator

# s2: servidores en contrataciones; s3s: servidores sancionados; s3p: particulares sancionados.
PdnSystem = Literal["s2", "s3s", "s3p"]
PDN_SYSTEMS: tuple[PdnSystem, ...] = get_args(PdnSystem)


def page_schema(system: PdnSystem) -> dict[str, Any]:
    """The JSON Schema (draft 07) of `{pagination, results}`; the record is `#/definitions/record`."""
    loaded: dict[str, Any] = orjson.loads((SCHEMAS / "pdn" / f"{system}_v1.json").read_bytes())
    return loaded


@cache
def record_validator(system: PdnSystem) -> SchemaValidator:
    """The compiled validator of one record."""
    page = page_schema(system)
    return SchemaValidator({"$schema": page["$schema"], **page["definitions"]["record"]})
