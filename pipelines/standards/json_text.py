"""JSON text in and out, without losing digits.

Here: parsing and writing records one by one. Not here: files (`pipelines/home.py`).
"""

import json
import re
from typing import Any

import orjson

_BIG_INTEGER = re.compile(r"[0-9]{19}")


def loads(text: str) -> Any:
    """Parse JSON without losing digits of integers beyond 64 bits (orjson would make them floats)."""
    return json.loads(text) if _BIG_INTEGER.search(text) else orjson.loads(text)


def dumps(document: Any) -> str:
    """JSON text, compact, UTF-8; integers of any size."""
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
