"""JSON text keeps every digit."""

from decimal import Decimal
from typing import Any

import pytest

from pipelines.standards import json_text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"a": Decimal("1234.50"), "b": [1, None, True, "ñ"]}, '{"a":1234.50,"b":[1,null,true,"ñ"]}'),
        ({"a": Decimal("123456789012345678.91")}, '{"a":123456789012345678.91}'),
        ({"a": Decimal("1E+3"), "b": Decimal("-1E-9")}, '{"a":1000,"b":-0.000000001}'),
        (
            {"a": 12345678901234567890123, "b": [Decimal("0.10"), {"c": '\n"x"'}]},
            '{"a":12345678901234567890123,"b":[0.10,{"c":"\\n\\"x\\""}]}',
        ),
    ],
)
def test_numbers_are_written_with_the_digits_they_have(document: Any, text: str) -> None:
    assert json_text.dumps(document) == text


@pytest.mark.parametrize("number", ["12345678901234567890123", "9223372036854775808", "-9223372036854775809"])
def test_integers_beyond_64_bits_come_back(number: str) -> None:
    text = f'{{"a":{number},"ñ":1}}'
    assert json_text.dumps(json_text.loads(text)) == text


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        json_text.dumps({"a": object()})
