"""Text encoded twice: what comes back, what is guessed, and that correct text is never touched."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pipelines.standards.repairs.encoding import HINTS, lexicon_words, repair_record, repair_text
from pipelines.standards.repairs.repair import Repair

SPANISH = "abcdefghijklmnñopqrstuvwxyzáéíóúüABCDEFGHIJKLMNÑOPQRSTUVWXYZÁÉÍÓÚÜ"
FOREIGN = "àâãäåæçèêëìîïðòôõöøùûýþßÀÂÃÄÅÆÇÈÊËÌÎÏÐÒÔÕÖØÙÛÝÞ"
# Signs as Spanish texts use them, beside letters and digits.
SIGNS = " .,;:()/-0123456789\"'°ºª¿¡«»“”‘’–—…•®©€™§´½²³±·"


def as_cp1252(text: str) -> str:
    """`text` in UTF-8, read as Windows-1252; what that has no sign for becomes a control character."""
    return "".join(
        chr(byte) if byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else bytes([byte]).decode("cp1252")
        for byte in text.encode("utf-8")
    )


def as_latin_1(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")


def sequences(text: str) -> Iterator[str]:
    """All pieces of a text that are UTF-8 of one sign if its signs are bytes of Windows-1252."""
    for at in range(len(text)):
        for size in (2, 3):
            piece = text[at : at + size]
            try:
                data = b"".join(bytes([ord(c)]) if ord(c) < 0x100 else c.encode("cp1252") for c in piece)
                if len(data) == size and len(data.decode("utf-8")) == 1:
                    yield piece
            except UnicodeError:
                continue


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("AUTORIZACIÃ“N PRESUPUESTAL", "AUTORIZACIÓN PRESUPUESTAL"),
        ("MÃ‰XICO D. F.", "MÉXICO D. F."),
        ("JESÃšS", "JESÚS"),
        ("MEDALLA POR 50 AÃ‘OS", "MEDALLA POR 50 AÑOS"),
        ("Edo. MÃ©x", "Edo. Méx"),
        # A soft hyphen and a control character are the second bytes of í and Á.
        ("DÃ\xadaz", "Díaz"),
        ("GEOGRÃ\x81FICA", "GEOGRÁFICA"),
        # Latin-1 instead of Windows-1252, and both in one text.
        ("AÃ\x91O", "AÑO"),
        ("AÃ\x91O Y AÃ‘O", "AÑO Y AÑO"),
        ("â€œLA CAÃ‘ADAâ€\x9d â€“ 2Âº PISO", "“LA CAÑADA” – 2º PISO"),
        ("Â¿CuÃ¡ndo?", "¿Cuándo?"),
        ("AÃ‘O Ó MÉS", "AÑO Ó MÉS"),
        # Twice.
        ("MÃƒÂ©xico", "México"),
        ("AÃƒâ€˜O, JESÃƒÅ¡S", "AÑO, JESÚS"),
        ("AÃ\x83Â\x91O", "AÑO"),
    ],
)
def test_double_encoding_is_undone(given_text: str, expected: str) -> None:
    repaired = repair_text(given_text)

    assert repaired == (expected, expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PIÑATA",
        "Ãngel",
        "SÃO PAULO",
        "IRMÃ MARIA",
        "CÂMARA",
        "château",
        "ÂÃâ",
        # A capital letter before a closing sign is UTF-8 of Cyrillic, Arabic or a combining mark.
        "“CAFÉ”",
        "AVÑ°",
        "PERÚ…",
        "AQUÍ–ALLÁ",
        "CAFÉ½",
        # The sign alone: nothing says that it was `°`.
        "Â°",
        "de 5 Â° a 7",
        # Half of a pair, a pair that decodes to no text, quotes lost to question marks.
        "aÃ",
        "Ã",
        "LÂ’OREAL",
        "?trébol?",
        "AÃ?O",
    ],
)
def test_correct_and_hopeless_text_stays(text: str) -> None:
    assert repair_text(text) == (text, text)


@given(st.text(SPANISH + SIGNS))
def test_spanish_is_never_touched(text: str) -> None:
    assert repair_text(text) == (text, text)


@given(st.text(SPANISH + FOREIGN + SIGNS))
def test_other_latin_text_is_touched_only_where_it_could_be_encoded_twice(text: str) -> None:
    assume(not list(sequences(text)) and "Ã¿" not in text)

    assert repair_text(text) == (text, text)


@pytest.mark.parametrize("damage", [as_cp1252, as_latin_1])
@given(
    text=st.text(SPANISH + FOREIGN.replace("ÿ", "") + " .,;:()/-0123456789“”‘’–—…•€™"),
    times=st.integers(min_value=1, max_value=3),
)
@example(text="“SECRETARÍA” – ÁNGEL MUÑOZ Y PEÑA, ñandú…", times=3)
def test_what_was_encoded_again_comes_back(damage: Callable[[str], str], text: str, times: int) -> None:
    assume(not list(sequences(text)) and "Ã¿" not in text)
    damaged = text
    for _ in range(times):
        damaged = damage(damaged)

    assert repair_text(damaged).text == text


@given(st.text(SPANISH + FOREIGN + SIGNS + "\x81\x8d\x8f\x90\x9dƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸÿ"))
def test_a_second_repair_finds_nothing(text: str) -> None:
    once = repair_text(text).text

    assert repair_text(once).text == once


@pytest.mark.parametrize(
    ("damaged", "decoded", "guessed"),
    [
        ("SECRETARÃ¿A DE FINANZAS", "SECRETARÃ¿A DE FINANZAS", "SECRETARÍA DE FINANZAS"),
        ("MIGUEL Ã¿NGEL", "MIGUEL Ã¿NGEL", "MIGUEL ÁNGEL"),
        ("COMPAÃ‘Ã¿A", "COMPAÑÃ¿A", "COMPAÑÍA"),
        ("¿Ã¿ngel GarcÃ¿a?", "¿Ã¿ngel GarcÃ¿a?", "¿Ángel García?"),
        ("SÃ¿NCHEZ Y XQÃ¿Z", "SÃ¿NCHEZ Y XQÃ¿Z", "SÁNCHEZ Y XQÃ¿Z"),
        # Two words, none, and more lost letters than anybody could guess.
        ("MORÃ¿N", "MORÃ¿N", "MORÃ¿N"),
        ("Ã¿", "Ã¿", "Ã¿"),
        ("Ã¿" * 9, "Ã¿" * 9, "Ã¿" * 9),
    ],
)
def test_lost_letters_are_guessed_by_words(damaged: str, decoded: str, guessed: str) -> None:
    assert repair_text(damaged) == (decoded, guessed)


def test_the_lexicon_can_be_another() -> None:
    assert repair_text("XÃ¿", lexicon=frozenset({"XÍ"})).text == "XÍ"


def test_lexicon_words_hold_a_letter_that_can_be_lost() -> None:
    words = lexicon_words()

    assert len(words) > 1000
    assert [word for word in words if word != word.upper() or not {"Á", "Í"} & set(word)] == []


def test_record_keeps_all_but_the_repaired_strings() -> None:
    record = (
        '{ "a" :1.50,"NÃºmero":"AÃ‘O", "n": [12345678901234567890, {"x": "SECRETARÃ¿A DE LA COMPAÃ‘Ã¿A"}],\n'
        '"e": "M\\u00c3\\u00a9xico\\n", "ok":"Ñ \\/", "t": true}'
    )

    repaired = repair_record(record)

    assert repaired is not None
    assert repaired[0] == (
        '{ "a" :1.50,"Número":"AÑO", "n": [12345678901234567890, {"x": "SECRETARÍA DE LA COMPAÑÍA"}],\n'
        '"e": "M\\u00e9xico\\n", "ok":"Ñ \\/", "t": true}'
    )
    assert repaired[1] == [
        Repair("double_encoding", "/Número", "NÃºmero", "Número"),
        Repair("double_encoding", "/Número", "AÃ‘O", "AÑO"),
        Repair("double_encoding", "/n/1/x", "SECRETARÃ¿A DE LA COMPAÃ‘Ã¿A", "SECRETARÃ¿A DE LA COMPAÑÃ¿A"),
        Repair(
            "lossy_character",
            "/n/1/x",
            "SECRETARÃ¿A DE LA COMPAÑÃ¿A",
            "SECRETARÍA DE LA COMPAÑÍA",
            guess=True,
        ),
        Repair("double_encoding", "/e", "MÃ©xico\n", "México\n"),
    ]


@pytest.mark.parametrize("record", ['{"a": "Ñ", "b": [1]}', '{"a": "Ãngel"}', '{"a": "XQÃ¿Z"}', "{}"])
def test_record_without_repairs(record: str) -> None:
    assert repair_record(record) is None


@pytest.mark.parametrize(
    "record",
    ['{"AÑO": 1, "AÃ‘O": 2}', '{"AÃ‘O": 2, "AÑO": 1}'],
)
def test_a_key_never_becomes_one_that_is_taken(record: str) -> None:
    assert repair_record(record) is None


def test_two_keys_that_become_one_stay_two() -> None:
    repaired = repair_record('{"AÃ‘O": 1, "AÃƒâ€˜O": 2}')

    assert repaired is not None
    assert json.loads(repaired[0]) == {"AÑO": 1, "AÃƒâ€˜O": 2}


STRINGS = st.text(SPANISH + SIGNS + '\\"/\n\t')
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=12,
)


def damaged(value: Any) -> Any:
    if isinstance(value, dict):
        return {as_cp1252(key): damaged(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [damaged(inner) for inner in value]
    return as_cp1252(value) if isinstance(value, str) else value


def undone(value: Any) -> Any:
    if isinstance(value, dict):
        return {repair_text(key).text: undone(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [undone(inner) for inner in value]
    return repair_text(value).text if isinstance(value, str) else value


@given(record=st.dictionaries(STRINGS, VALUES, max_size=4), escaped=st.booleans())
def test_a_record_is_repaired_as_its_texts_are(record: dict[str, Any], escaped: bool) -> None:
    text = json.dumps(damaged(record), ensure_ascii=escaped)

    repaired = repair_record(text)

    if repaired is None:
        assert undone(json.loads(text)) == json.loads(text)
    else:
        assert json.loads(repaired[0]) == undone(json.loads(text)) != json.loads(text)
        assert any(hint in text for hint in HINTS)
        assert repaired[0].isascii() or not escaped
        for repair in repaired[1]:
            assert at(json.loads(repaired[0]), repair.path) == repair.repaired or repair.path.endswith(
                "/" + (repair.repaired or "").replace("~", "~0").replace("/", "~1")
            )


def at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document
