"""Text encoded twice, brought back: UTF-8 that somebody read as Windows-1252 or Latin-1 (`AÃ‘O` → `AÑO`).

Here: one text, and all texts and keys of one JSON record. The damage that leaves no trace of the letter
(`SECRETARÃ¿A`) is undone by a lexicon and says that it is a guess. Not here: the encoding of a body's bytes
(`pipelines/portals/bodies.py`); letters that became `?` (nothing tells which they were).

A run is repaired only where it decodes as a whole into signs that Spanish texts hold, so correct text stays as
it is: `Ãngel`, `PIÑATA`, `CAFÉ”`. That is why this is no work for ftfy (6.3.1, measured): it has no closed list
of what may come out and makes Cyrillic, Syriac or combining marks of 686 of 4,956 correct texts such as `AVÑ°`
or `CAFÉ½`, a `ÿ` of each lossy letter, and repairs other things besides (Mac Roman, C1 controls).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import yaml

from pipelines.standards.repairs.repair import Repair
from pipelines.standards.validation import json_pointer

Lexicon = frozenset[str]

LEXICON = Path(__file__).with_name("lexicon.yaml")
# What a letter became whose second byte has no sign in Windows-1252 (Oracle writes `¿` for what it can't
# convert), and the letters of Spanish that this happens to: their second bytes are 0x81 and 0x8D.
LOSSY = "Ã¿"
LOST_LETTERS = "ÁÍ"
# More lost letters in one word would be combinations without end.
MAX_LOST = 4
# How often one text may have been encoded again.
MAX_TIMES = 3

# Any text that needs a repair holds one of these, written out or escaped as JSON.
HINTS = ("Ã", "Â", "â", r"\u00c3", r"\u00C3", r"\u00c2", r"\u00C2", r"\u00e2", r"\u00E2")
_HINT = re.compile("[ÃÂâ]")
_JSON_HINT = re.compile("|".join(re.escape(hint) for hint in HINTS))


class RepairedText(NamedTuple):
    """A text as it was once encoded (`decoded`) and with the letters guessed that were lost (`text`).

    Both equal the given text where nothing was to be done.
    """

    decoded: str
    text: str


def repair_text(text: str, *, lexicon: Lexicon | None = None) -> RepairedText:
    """`text` without double encoding; `lexicon` holds upper-case words, by default those of this package."""
    if _HINT.search(text) is None:
        return RepairedText(text, text)
    decoded = _decode(text)
    if LOSSY not in decoded:
        return RepairedText(decoded, decoded)
    words = lexicon_words() if lexicon is None else lexicon
    return RepairedText(decoded, _WORD.sub(lambda word: _guess(word.group(), words), decoded))


def repair_record(text: str, *, lexicon: Lexicon | None = None) -> tuple[str, list[Repair]] | None:
    """The JSON text of one record with every string and key repaired; None when there is nothing to do.

    `text` is valid JSON without repeated keys, as all landed records are. All but the repaired strings stays as
    published, byte for byte. `path` of a repair is a JSON pointer into the repaired record; a repaired key
    has the pointer of its member. A key stays when its repair is the name of another member.
    """
    if _JSON_HINT.search(text) is None:
        return None
    parts: list[str] = []
    repairs: list[Repair] = []
    reached = 0
    for start, end, pointer, found, fixed in _repaired_strings(text, lexicon):
        # A text that its publisher wrote in ASCII with escapes stays so.
        token = json.dumps(fixed.text, ensure_ascii=text[start:end].isascii())
        parts += [text[reached:start], token]
        reached = end
        if fixed.decoded != found:
            repairs.append(Repair("double_encoding", pointer, found, fixed.decoded))
        if fixed.text != fixed.decoded:
            repairs.append(Repair("lossy_character", pointer, fixed.decoded, fixed.text, guess=True))
    return ("".join([*parts, text[reached:]]), repairs) if repairs else None


@cache
def lexicon_words() -> Lexicon:
    """The words of `lexicon.yaml`, upper case."""
    groups: dict[str, str] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    return frozenset(word for words in groups.values() for word in words.split())


# -- decoding ---------------------------------------------------------------------------------------------


def _reads(byte: int) -> Iterator[str]:
    """A byte above ASCII as it may be read: a sign of Windows-1252 and, in Latin-1 or where Windows-1252 has
    none, a control character."""
    yield chr(byte)
    try:
        yield bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return


_BYTES = {sign: byte for byte in range(0x80, 0x100) for sign in _reads(byte)}
# What may come out: letters and signs of Latin-1 but `ÿ`, which is `Ã¿`, and the punctuation of Windows-1252.
_TEXT = frozenset(map(chr, range(0xA0, 0xFF))) | frozenset("‘’‚“”„†‡•…‰‹›€™–—")
# UTF-8 of that and, for what was encoded three times over, of all that a byte is read as.
_TAIL = "".join(re.escape(sign) for sign, byte in _BYTES.items() if byte < 0xC0)
_RUN = re.compile(f"(?:(?!{LOSSY})[ÂÃÅÆË][{_TAIL}]|â[{_TAIL}][{_TAIL}])+")
# `Â` before a sign (°, º, ¿, a blank) may be meant where no letter or digit touches the two.
_LONE_SIGN = re.compile(r"(?<!\w)Â.(?!\w)", re.DOTALL)


def _decode(text: str) -> str:
    return _RUN.sub(_decoded, text)


def _decoded(found: re.Match[str]) -> str:
    run = found.group()
    if len(run) == 2 and _LONE_SIGN.match(found.string, found.start()):
        return run
    decoded = run
    for _ in range(MAX_TIMES):
        once = _RUN.sub(_decoded_once, decoded)
        if once == decoded:
            break
        decoded = once
    return decoded if _TEXT.issuperset(decoded) else run


def _decoded_once(found: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[sign] for sign in found.group()).decode("utf-8")
    except UnicodeDecodeError:
        return found.group()


# -- lost letters -----------------------------------------------------------------------------------------

_WORD = re.compile(rf"(?:{LOSSY}|[^\W\d_])+")


def _guess(word: str, lexicon: Lexicon) -> str:
    """`word` with its lost letters, where exactly one choice of them makes a known word."""
    pieces = word.split(LOSSY)
    lost = len(pieces) - 1
    if not 0 < lost <= MAX_LOST:
        return word
    spellings = {
        letters
        for letters in product(LOST_LETTERS, repeat=lost)
        if _joined(pieces, letters).upper() in lexicon
    }
    return _joined(pieces, spellings.pop()) if len(spellings) == 1 else word


def _joined(pieces: Sequence[str], letters: Sequence[str]) -> str:
    """The pieces with the letters between them, lower case after a lower-case letter."""
    word = pieces[0]
    for letter, piece in zip(letters, pieces[1:], strict=True):
        word += (letter.lower() if word[-1:].islower() else letter) + piece
    return word


# -- JSON -------------------------------------------------------------------------------------------------

# A string, which is a key where a colon follows, or a mark of the structure.
_TOKEN = re.compile(r'("(?:[^"\\]++|\\.)*+")(\s*:)?|[{}\[\],]', re.DOTALL)


@dataclass(slots=True)
class _Container:
    """An object or list on the way to a string: where it starts, the key or index where one stands in it."""

    start: int
    at: str | int


def _repaired_strings(
    text: str, lexicon: Lexicon | None
) -> Iterator[tuple[int, int, str, str, RepairedText]]:
    """Strings and keys that need a repair: start, end, JSON pointer, the text as found and its repair."""
    way: list[_Container] = []
    taken: dict[int, set[str]] = {}
    for match in _TOKEN.finditer(text):
        string, is_key = match.groups()
        if string is None:
            mark = match.group()
            if mark in "{[":
                way.append(_Container(match.start(), "" if mark == "{" else 0))
            elif mark in "}]":
                way.pop()
            elif isinstance(inside := way[-1].at, int):
                way[-1].at = inside + 1
            continue
        if is_key:
            way[-1].at = _string(string)
        if _JSON_HINT.search(string) is None:
            continue
        found = _string(string)
        fixed = repair_text(found, lexicon=lexicon)
        if fixed.text == found:
            continue
        if is_key:
            names = taken.setdefault(way[-1].start, _names(text, way[-1].start))
            if fixed.text in names:
                continue
            names.add(fixed.text)
            way[-1].at = fixed.text
        pointer = json_pointer([container.at for container in way])
        yield match.start(), match.end(1), pointer, found, fixed


def _names(text: str, start: int) -> set[str]:
    """The keys of the object that starts there."""
    names: set[str] = set()
    depth = 0
    for match in _TOKEN.finditer(text, start):
        string, is_key = match.groups()
        if string is None:
            depth += (match.group() in "{[") - (match.group() in "}]")
            if depth == 0:
                break
        elif is_key and depth == 1:
            names.add(_string(string))
    return names


def _string(token: str) -> str:
    """The text of a JSON string token."""
    return json.loads(token) if "\\" in token else token[1:-1]
