"""JSON text without loss: one value checked where it stands, and a cursor for the structure above the values.

**Numbers and text stay as published.** A record is the slice of the body's own text that holds it, never a
re-serialization: no integer passes through 64 bits, no decimal through a float. The structure above the
records (packages, pages) is walked token by token; each record is decoded once by Python's C scanner, only to
check it and to compute the canonical hash that finds duplicates. A malformed record costs itself (its end is
found by matching brackets outside strings); a body that stops before its end, or whose structure can't be
followed, is refused whole, because nobody could say how much is missing.

Not here: which keys lead to records (`ocds_body.py`, `pdn_body.py`).
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined] # its stub leaves it out
from typing import Any, NoReturn

import orjson

from pipelines.portals.bodies import BodyFault
from pipelines.portals.items import Problem

# Deeper or larger records exist in no standard published here and break readers further down (DuckDB refuses
# 128 levels).
MAX_DEPTH = 64
MAX_RECORD_CHARS = 16 << 20
# A float of more characters than this may differ from its neighbour in the text only.
EXACT_FLOAT_CHARS = 17
# An error message worth quoting is short.
MAX_MESSAGE_BODY_CHARS = 1 << 16
QUOTED_CHARS = 200
_DATE = r"\d{4}-\d{2}-\d{2}"
_TELLING = re.compile(
    rf"\S*@\S*|(?:(?<!\w)[^\W\d_]{{3,4}}[\s._/-]{{1,2}})?[^\s\d]*\d{{6}}(?:[\s._/-]{{1,2}}\w{{3}}(?!\w))?\S*"
    rf"|(?<![\d-])(?!{_DATE})\d(?:[\s().–-]{{0,2}}\d){{6,}}"
)
_SPACE = re.compile(r"[ \t\n\r]*")
_LAST_WORD = re.compile(r"[-+.\w]*\Z")
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)


class Refused(Exception):
    """A value that is JSON by syntax but can't be carried: raised from inside the C scanner."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Broken(Exception):
    """The text can't be followed further; `truncated` when it simply ends."""

    def __init__(self, at: int, *, truncated: bool) -> None:
        super().__init__(at)
        self.at = at
        self.truncated = truncated


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        names = [name for name, _ in members]
        repeated = next(name for name in names if names.count(name) > 1)
        reason = f"el objeto repite la clave «{repeated[:60]}»: no se sabe cuál valor vale"
        raise Refused(Problem("duplicate_key", reason))
    return found


def _no_constant(name: str) -> NoReturn:
    raise Refused(Problem("not_a_number", f"contiene {name}, que no es un número de JSON"))


def _number(text: str) -> float | Decimal:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise Refused(Problem("number_out_of_range", "contiene un número fuera de rango (más de 1e308)"))
    return value if len(text) <= EXACT_FLOAT_CHARS else Decimal(text)


# `scan_once` is the decoder's C scanner: value and end from a place in a text; typeshed doesn't know it.
_Scan = Callable[[str, int], tuple[Any, int]]
_STRICT: _Scan = json.JSONDecoder(  # type: ignore[attr-defined]
    object_pairs_hook=_unique_members, parse_constant=_no_constant, parse_float=_number
).scan_once
# Only finds where a value ends: any number will do.
_LENIENT: _Scan = json.JSONDecoder(parse_int=str, parse_float=str).scan_once  # type: ignore[attr-defined]
_TOO_DEEP = Problem("too_deep", f"el objeto está anidado a más de {MAX_DEPTH} niveles")


@dataclass(frozen=True, slots=True)
class Checked:
    """One decoded value and where it ended."""

    end: int
    sha256: str | None
    identity: str | None
    problem: Problem | None


Identify = Callable[[dict[str, Any]], str | None]


def check(text: str, at: int, identify: Identify) -> Checked:
    """Decode the record that starts at `at`, check it and hash it.

    Raises:
        Broken: not even its end can be found.
    """
    try:
        value, end = _STRICT(text, at)
    except Refused as refusal:
        return Checked(value_end(text, at), None, None, refusal.problem)
    except RecursionError:
        return Checked(matching_end(text, at), None, None, _TOO_DEEP)
    except (ValueError, StopIteration) as error:
        return Checked(matching_end(text, at), None, None, _malformed(error, at))
    problem = _content_problem(value, text, at, end)
    if problem is not None:
        return Checked(end, None, None, problem)
    try:
        sha256 = hashlib.sha256(canonical(value)).hexdigest()
    except UnicodeEncodeError:
        problem = Problem("lone_surrogate", "contiene medio carácter Unicode (\\uD800-\\uDFFF sin pareja)")
        return Checked(end, None, None, problem)
    return Checked(end, sha256, identify(value), None)


def _malformed(error: ValueError | StopIteration, at: int) -> Problem:
    """What the C scanner said: a syntax error, a missing value (StopIteration, at any depth), a huge
    integer."""
    if isinstance(error, JSONDecodeError):
        place = error.pos - at + 1
    elif isinstance(error, StopIteration):
        place = error.value - at + 1
    else:
        # Python refuses to convert integers of more than 4,300 digits.
        return Problem("number_out_of_range", "contiene un entero de miles de cifras")
    return Problem("malformed_json", f"el JSON está mal escrito cerca del carácter {place:,} del registro")


def _content_problem(value: Any, text: str, at: int, end: int) -> Problem | None:
    """What is wrong with a value that was written well, `text[at:end]`."""
    if type(value) is not dict:
        return Problem("not_an_object", "se esperaba un objeto JSON ({…})")
    chars = end - at
    if chars > MAX_RECORD_CHARS:
        return Problem("too_large", f"el registro ocupa {chars:,} caracteres (máximo {MAX_RECORD_CHARS:,})")
    return None if _is_surely_shallow(text, at, end) or not _is_deep(value) else _TOO_DEEP


def _is_surely_shallow(text: str, at: int, end: int) -> bool:
    """Whether few brackets tell that a value isn't deep; no answer for one with many.

    What encloses a place was opened before it and is closed after it: in the first half no place is deeper than
    the brackets opened there, in the second than those closed there. Brackets inside strings only add to both.
    """
    middle = (at + end) // 2
    opened = text.count("{", at, middle) + text.count("[", at, middle)
    return opened <= MAX_DEPTH and text.count("}", middle, end) + text.count("]", middle, end) <= MAX_DEPTH


def canonical(value: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no spaces; numbers beyond 64 bits or a double's digits keep all of theirs.

    Raises:
        UnicodeEncodeError: a string holds a lone surrogate.
    """
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # orjson knows no integer beyond 64 bits, and says the same of surrogates.
        text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()


def _is_deep(value: dict[str, Any]) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def value_end(text: str, at: int) -> int:
    """Where the value that starts at `at` ends, whatever it holds."""
    try:
        end = _LENIENT(text, at)[1]
    except (JSONDecodeError, StopIteration, RecursionError):
        return matching_end(text, at)
    return end


def matching_end(text: str, at: int) -> int:
    """The end of a damaged value, by matching brackets outside strings.

    Raises:
        Broken: it has no end, or is nothing JSON knows.
    """
    if text[at : at + 1] not in {"{", "[", '"'}:
        # A word or number that the end of the text cuts is cut, any other is wrong.
        raise Broken(at, truncated=_LAST_WORD.match(text, at) is not None)
    depth = 0
    for found in _BRACKETS.finditer(text, at):
        mark = found.group()
        if mark == '"':
            break  # a string without its end
        if mark in {"{", "["}:
            depth += 1
        elif mark in {"}", "]"}:
            depth -= 1
        if depth == 0:
            return found.end()
    raise Broken(len(text), truncated=True)


class Cursor:
    """A place in a JSON text; whoever consumes a value moves `at` behind it."""

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at
        self.skip()

    def skip(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    @property
    def mark(self) -> str:
        return self.text[self.at : self.at + 1]

    def broken(self) -> Broken:
        # The rest of a number that the end cuts may stand here; a body that is one word is no JSON at all.
        rest = _LAST_WORD.match(self.text, self.at)
        return Broken(self.at, truncated=self.at >= len(self.text) or (rest is not None and self.at > 0))

    def step(self, mark: str) -> None:
        if self.mark != mark:
            raise self.broken()
        self.at += 1
        self.skip()

    def elements(self) -> Iterator[int]:
        """Indexes of a list's elements, `at` standing on each."""
        self.step("[")
        index = 0
        while self.mark != "]" or index:
            yield index
            self.skip()
            if self.mark == "]":
                break
            self.step(",")
            index += 1
        self.at += 1

    def members(self) -> Iterator[tuple[str, int]]:
        """Keys of an object (and where each key starts), `at` standing on its value."""
        self.step("{")
        first = True
        while self.mark != "}" or not first:
            start = self.at
            if self.mark != '"':
                raise self.broken()
            try:
                key, self.at = scanstring(self.text, self.at + 1, True)
            except JSONDecodeError:
                raise Broken(self.at, truncated='"' not in self.text[self.at + 1 :]) from None
            self.skip()
            self.step(":")
            yield key, start
            self.skip()
            first = False
            if self.mark == "}":
                break
            self.step(",")
        self.at += 1

    def skip_value(self) -> None:
        self.at = value_end(self.text, self.at)

    def end_of_text(self) -> None:
        self.skip()
        if self.at != len(self.text):
            raise Broken(self.at, truncated=False)


def structure_fault(broken: Broken) -> BodyFault:
    if broken.truncated:
        return BodyFault("truncated", f"el JSON termina antes de cerrarse (carácter {broken.at + 1:,})")
    return BodyFault("not_json", f"el contenido no es JSON válido a partir del carácter {broken.at + 1:,}")


def wrong_shape(text: str, names: set[str], expected: str) -> BodyFault:
    message = json_message(text)
    said = f"; el portal dice «{message}»" if message else ""
    shown = ", ".join(sorted(name[:40] for name in names)[:8]) or "ninguna"
    return BodyFault("wrong_shape", f"se esperaba {expected}; llegaron las claves: {shown}{said}")


def json_message(text: str) -> str | None:
    """The `message` of a small JSON error answer (of its first error, where it lists `errors`), shortened; None when
    the text is no such thing."""
    if len(text) > MAX_MESSAGE_BODY_CHARS:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    errors = document.get("errors") if isinstance(document, dict) else None
    if isinstance(errors, list) and errors:
        document = errors[0]
    message = document.get("message") if isinstance(document, dict) else None
    return quoted(message) if isinstance(message, str) else None


def quoted(message: str) -> str:
    """A portal's words as a message may repeat them: one line, shortened, without what may name a person.

    Messages are published. An error may repeat what somebody typed: words with an @ or with six digits in a row (CURP,
    RFC, account), and seven digits near one another (telephone), become "…"; a date stays.
    """
    # Cut first: the search is quadratic in the length of a word.
    return _TELLING.sub("…", " ".join(message.split())[: 4 * QUOTED_CHARS])[:QUOTED_CHARS]
