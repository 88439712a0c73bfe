"""JSON text in and out, without losing digits.

Here: parsing and writing records one by one. Not here: files (`pipelines/home.py`).
"""

import json
from decimal import Decimal
from typing import Any

import orjson

# An integer of 18 digits fits into 64 bits. One search for a fixed text costs a tenth of one for a pattern.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19


def loads(text: str) -> Any:
    """Parse JSON without losing digits of integers beyond 64 bits (orjson would make them floats)."""
    data = text.encode("utf-8")
    return json.loads(data) if _LONG_NUMBER in data.translate(_DIGITS) else orjson.loads(data)


def dumps(document: Any) -> str:
    """JSON text, compact; integers of any size, Decimals with the digits they have."""
    return encode(document).decode("utf-8")


def encode(document: Any) -> bytes:
    """The same as UTF-8: what is only written somewhere needs no text made of it first."""
    try:
        return orjson.dumps(document, default=_fragment)
    except TypeError:
        return _composed(document).encode("utf-8")


def _fragment(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError


def _composed(value: Any) -> str:
    """The same for a document with integers beyond 64 bits, which orjson refuses."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_composed(str(key))}:{_composed(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_composed, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)
