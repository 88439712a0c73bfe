"""Records in JSON bodies: kept to the letter, damaged ones set aside, cut bodies refused."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.portals.bodies import BodyFault, Lines
from pipelines.portals.items import Item
from pipelines.portals.json_text import quoted
from pipelines.portals.ocds_body import ocds_items, ocds_lines
from pipelines.portals.pdn_body import Pagination, ocds_page, pdn_items, pdn_page, sound_page

RELEASE = '{"ocid":"ocds-1","id":"r1"}'


def problems(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.position, item.problem.code) for item in items if item.problem is not None]


def test_package_record_is_the_publishers_own_text() -> None:
    release = '{ "ocid" : "ocds-1", "id":"r1",\n "value": 12345678901234567890123.10, "n": 1e5 }'
    text = f'{{"uri":"u", "releases": [{release}], "publisher": {{"name":"P"}}}}'
    (item,) = ocds_items(text)
    assert item.text == release
    assert item.collection == "releases"
    assert item.position == "/releases/0"
    assert item.identity == "ocds-1\nr1"
    assert item.package == '{"uri":"u","publisher": {"name":"P"}}'
    assert item.problem is None


@pytest.mark.parametrize(
    ("body", "positions"),
    [
        (f'{{"releases":[{RELEASE},{RELEASE}]}}', ["/releases/0", "/releases/1"]),
        (f'[{{"releases":[{RELEASE}]}},{{"releases":[{RELEASE}]}}]', ["/0/releases/0", "/1/releases/0"]),
        (
            f'{{"arrayReleasePackage":[{{"releases":[{RELEASE}]}}]}}',
            ["/arrayReleasePackage/0/releases/0"],
        ),
        ('{"arrayReleasePackage":null}', []),
        ('{"arrayReleasePackage":[]}', []),
        ('{"releases":null}', []),
        ('{"records":[{"ocid":"a","releases":[]}]}', ["/records/0"]),
        (RELEASE, ["/"]),
        (f"[{RELEASE}]", ["/0"]),
        # A list may mix what it holds.
        (
            f'[{{"releases":[{RELEASE}]}},{RELEASE},{{"ocid":"a","compiledRelease":{{"ocid":"a"}}}}]',
            ["/0/releases/0", "/1", "/2"],
        ),
        (f'{{"current_page":1,"data":[{RELEASE}],"total":88}}', ["/data/0"]),
        (f'{{"data":[{{"numberPublication":94,"releases":[{RELEASE}]}}]}}', ["/data/0/releases/0"]),
        (f'{{"pagination":{{}},"results":[{{"ocid":"o","record":{RELEASE}}}]}}', ["/results/0/record"]),
        ('{"results":[{"ocid":"o","releases":[],"compiledRelease":{"ocid":"o"}}]}', ["/results/0"]),
        ('{"pagination":{},"results":[]}', []),
        # What a release has besides doesn't make it a wrapper.
        ('{"ocid":"o","id":"1","data":[1],"results":[2]}', ["/"]),
        (f'{{"releases":[{RELEASE}],"data":[1]}}', ["/releases/0"]),
        (f"{RELEASE}{RELEASE}\n\ufeff[{RELEASE}]", ["/", "documento 2", "documento 3: /0"]),
    ],
)
def test_shapes_of_an_ocds_body(body: str, positions: list[str]) -> None:
    items = list(ocds_items(body))
    assert [item.position for item in items] == positions
    assert problems(items) == []


def test_what_a_wrapper_holds_is_kept_to_the_letter() -> None:
    release = '{ "ocid" : "ocds-1", "id":"r1" }'
    (group,) = ocds_items(f'{{"data":[{{"numberPublication": 94, "releases":[{release}]}}]}}')
    assert (group.text, group.package, group.identity) == (
        release,
        '{"numberPublication": 94}',
        "ocds-1\nr1",
    )
    (found,) = ocds_items(f'{{"results":[{{"ocid":"ocds-1","record":{release}}}]}}')
    assert (found.collection, found.text, found.identity) == ("releases", release, "ocds-1\nr1")


@pytest.mark.parametrize(
    ("entry", "place", "code"),
    [
        ('{"ocid":"o","record":7}', "/record", "not_an_object"),
        ('{"ocid":"o","record":{"ocid" "x"}}', "/record", "malformed_json"),
        ('{"ocid":"o","record":{"x":1}}', "/record", "no_releases"),
        # An envelope in an envelope is no release.
        ('{"ocid":"o","record":{"record":{"record":{}}}}', "/record", "no_releases"),
        ('{"numberPublication":1}', "", "no_releases"),
        ("null", "", "not_an_object"),
    ],
)
def test_a_damaged_entry_of_a_wrapper_costs_only_itself(entry: str, place: str, code: str) -> None:
    for wrapper in ("data", "results", "arrayReleasePackage"):
        items = list(ocds_items(f'{{"{wrapper}":[{RELEASE},{entry},{RELEASE}]}}'))
        assert problems(items) == [(f"/{wrapper}/1{place}", code)]
        assert [item.text for item in items if item.problem is None] == [RELEASE, RELEASE]


def test_a_damaged_document_among_several_costs_only_itself() -> None:
    items = list(ocds_items(f'{RELEASE} {{"uri" "x"}} {{"message":"x"}} {RELEASE}'))
    assert problems(items) == [("documento 2", "malformed_json"), ("documento 3", "no_releases")]
    assert [item.position for item in items if item.problem is None] == ["/", "documento 4"]
    first = list(ocds_items(f'{{"uri" "x"}}\n{RELEASE}'))
    assert problems(first) == [("/", "malformed_json")]


@pytest.mark.parametrize(
    "member", ['"releases":[{"id":"1"}]', '"compiledRelease":{"ocid":"o"}', '"versionedRelease":{"ocid":"o"}']
)
def test_a_record_alone_is_not_taken_for_a_package(member: str) -> None:
    (item,) = ocds_items(f'{{"ocid":"o",{member}}}')
    assert (item.collection, item.identity, item.package) == ("records", "o", None)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ('{"a":1,"a":2}', "duplicate_key"),
        ('{"a":NaN}', "not_a_number"),
        ('{"a":-Infinity}', "not_a_number"),
        ('{"a":1e999}', "number_out_of_range"),
        ('{"a":' + "9" * 5000 + "}", "number_out_of_range"),
        ('{"a":"\\ud800"}', "lone_surrogate"),
        ('{"\\udfff":1}', "lone_surrogate"),
        ('{"a":"\x00"}', "malformed_json"),
        ('{"a":"\t"}', "malformed_json"),
        ('{"a":1,}', "malformed_json"),
        ('{"a":}', "malformed_json"),
        ('{"a" 1}', "malformed_json"),
        ("null", "not_an_object"),
        ('"texto"', "not_an_object"),
        ('{"a":' * 65 + "1" + "}" * 65, "too_deep"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "too_deep"),
    ],
)
def test_a_record_that_cannot_be_used_costs_only_itself(record: str, code: str) -> None:
    text = f'{{"releases":[{RELEASE},{record},{RELEASE}]}}'
    items = list(ocds_items(text))
    assert problems(items) == [("/releases/1", code)]
    assert items[1].text == record
    assert [item.text for item in items if item.problem is None] == [RELEASE, RELEASE]


def test_64_levels_are_the_limit() -> None:
    deepest = '{"a":' * 63 + "{}" + "}" * 63
    (item,) = ocds_items(f'{{"releases":[{deepest}]}}')
    assert item.problem is None


@given(st.lists(st.sampled_from(["{", "[", "}]", "]}", "{[", "both"]), min_size=50, max_size=80))
@settings(max_examples=60, deadline=None)
def test_depth_is_that_of_the_brackets_outside_strings(marks: list[str]) -> None:
    """Objects and lists in each other, with brackets in strings before, after or on both sides of the inner one."""
    text, depth = '"x"', 0
    for mark in marks:
        aside = f'"{mark}"' if mark != "both" else '"{[}]"'
        text = f'{{{aside}:1,"in":{text},"after":{aside}}}' if depth % 2 else f"[{aside},{text},{aside}]"
        depth += 1
    (item,) = ocds_items(f'{{"releases":[{{"a":{text}}}]}}')
    assert (item.problem is not None and item.problem.code == "too_deep") == (depth + 1 > 64)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    (item,) = ocds_items('{"releases":[{"a":[' + ",".join(["[]"] * 500) + "]}]}")
    assert item.problem is None


@pytest.mark.parametrize("chars", [10, 5_000])
def test_a_wrapper_is_found_however_late_its_name_comes(chars: int) -> None:
    items = list(ocds_items(f'{{"a":"{"x" * chars}","b":1,"data":[{RELEASE}]}}'))
    assert [item.position for item in items] == ["/data/0"]
    items = list(ocds_items(f'{{"a":"{"x" * chars}","b":1,"releases":[{RELEASE}],"other":"data"}}'))
    assert [item.position for item in items] == ["/releases/0"]


def test_a_record_over_16_mib_is_set_aside() -> None:
    large = '{"a":"' + "x" * (16 << 20) + '"}'
    items = list(ocds_items(f'{{"releases":[{large},{RELEASE}]}}'))
    assert problems(items) == [("/releases/0", "too_large")]


def test_an_escaped_pair_is_one_character_and_an_escaped_null_is_allowed() -> None:
    (item,) = ocds_items('{"releases":[{"ocid":"\\ud83d\\ude00","id":"\\u0000"}]}')
    assert item.problem is None
    assert item.identity == "\U0001f600\n\x00"


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ('{"uri":"x"}', "no_releases"),
        ('{"releases":[],"releases":[]}', "duplicate_key"),
        ('{"releases":{"ocid":"a"}}', "not_a_list"),
        ('{"uri" "x"}', "malformed_json"),
        ("[1]", "not_an_object"),
        ("7", "not_an_object"),
    ],
)
def test_a_damaged_package_costs_only_itself(package: str, code: str) -> None:
    items = list(ocds_items(f'[{{"releases":[{RELEASE}]}},{package},{{"releases":[{RELEASE}]}}]'))
    assert problems(items) == [("/1", code)]
    assert [item.position for item in items if item.problem is None] == ["/0/releases/0", "/2/releases/0"]


def test_package_data_that_cannot_be_used_are_one_more_item() -> None:
    items = list(ocds_items(f'{{"uri":NaN,"releases":[{RELEASE}]}}'))
    assert problems(items) == [("/", "package_metadata")]
    assert (items[1].text, items[1].package) == (RELEASE, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ('{"releases"', "truncated"),
        ('{"releases":[', "truncated"),
        (f'{{"releases":[{RELEASE}', "truncated"),
        (f'{{"releases":[{RELEASE},', "truncated"),
        (f'{{"releases":[{RELEASE}]', "truncated"),
        (f'{{"releases":[{RELEASE},]}}', "not_json"),
        (f'{{"releases":[{RELEASE}]}} basura', "not_json"),
        ("Error interno", "not_json"),
        ("Forbidden", "not_json"),
        ('{"message":"No se ha encontrado el record"}', "wrong_shape"),
        ('{"arrayReleasePackage":{"releases":[]}}', "wrong_shape"),
        ('{"data":null}', "wrong_shape"),
        ('{"data":{"releases":[]}}', "wrong_shape"),
        (f'{{"data":[{RELEASE}],"releases":[{RELEASE}]}}', "wrong_shape"),
        (f'{RELEASE} {{"ocid":', "truncated"),
        (f"{RELEASE} {RELEASE}]", "not_json"),
        (f"{RELEASE},{RELEASE}", "not_json"),
        (f"{RELEASE} 7", "not_json"),
    ],
)
def test_bodies_refused_whole(body: str, code: str) -> None:
    with pytest.raises(BodyFault) as refused:
        list(ocds_items(body))
    assert refused.value.code == code


def test_a_wrong_shape_quotes_the_portals_message() -> None:
    with pytest.raises(BodyFault, match="el portal dice «No se ha encontrado el record»"):
        list(ocds_items('{"message":"No se ha encontrado el record"}'))


def test_every_cut_of_a_body_is_told_as_a_cut() -> None:
    text = json.dumps(
        {
            "uri": "http://x/ñ",
            "releases": [{"ocid": "o", "id": str(n), "v": [n, n * 1.5, None, True]} for n in range(5)],
            "n": -12.5e3,
        }
    )
    for cut in range(len(text)):
        with pytest.raises(BodyFault) as refused:
            list(ocds_items(text[:cut]))
        assert refused.value.code == "truncated", text[:cut]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4)
    ),
    max_leaves=20,
)


@given(
    st.lists(
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), _JSON, max_size=5),
        max_size=6,
    ),
    st.sampled_from([None, 2]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_sound_record_comes_out_as_it_stands(
    records: list[dict[str, object]], indent: int | None, ascii_only: bool
) -> None:
    texts = [json.dumps(record, indent=indent, ensure_ascii=ascii_only) for record in records]
    items = list(pdn_items('{"results":[' + " , ".join(texts) + '],"pagination":{}}', "spic"))
    assert [item.text for item in items] == texts
    assert [item.problem for item in items] == [None] * len(texts)
    assert [item.position for item in items] == [f"/results/{n}" for n in range(len(texts))]


_RECORDS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), _JSON, max_size=4)
_RELEASES = _RECORDS.map(lambda record: {"ocid": "o", **record, "id": "1"})
_ENTRIES = st.one_of(
    _RELEASES,
    st.lists(_RELEASES, max_size=3).map(lambda releases: {"uri": "u", "releases": releases}),
    st.lists(_RECORDS, max_size=2).map(lambda records: {"records": records, "version": "1.1"}),
    _RELEASES.map(lambda release: {"ocid": "o", "record": release}),
)
_DOCUMENTS = st.one_of(
    _ENTRIES,
    st.lists(_ENTRIES, max_size=3),
    st.tuples(
        st.sampled_from(["data", "results", "arrayReleasePackage"]), st.lists(_ENTRIES, max_size=3)
    ).map(lambda wrapped: {"page": 1, wrapped[0]: wrapped[1]}),
)


@given(st.lists(st.tuples(_DOCUMENTS, st.text(" \t\n\r", max_size=3)), min_size=1, max_size=5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_documents_one_after_the_other_are_those_of_ndjson(
    documents: list[tuple[object, str]], ascii_only: bool
) -> None:
    texts = [json.dumps(document, ensure_ascii=ascii_only) for document, _ in documents]
    body = "".join(text + space for text, (_, space) in zip(texts, documents, strict=True))
    together = list(ocds_items(body))
    apart = list(ocds_lines(Lines(iter([f"{text}\n" for text in texts]))))
    assert [replace(item, position="") for item in together] == [replace(item, position="") for item in apart]
    assert len({item.position for item in together}) == len(together)


@given(st.text(alphabet='{}[]",:\\ue10-+.aNtfnull \n\x00ñ', max_size=60))
@settings(max_examples=400, deadline=None)
def test_hostile_text_never_raises_anything_but_a_body_fault(text: str) -> None:
    for body in (
        text,
        f'{{"releases":[{text}]}}',
        f'[{{"releases":[]}},{text}]',
        f'{{"results":[{text}]}}',
        f'{{"results":[{{"ocid":"o","record":{text}}}]}}',
        f"{RELEASE}{text}",
        f"{text}{RELEASE}",
    ):
        for read in (ocds_items, lambda text: pdn_items(text, "spic")):
            try:
                items = list(read(body))
            except BodyFault as fault:
                assert fault.code in {"truncated", "not_json", "wrong_shape"}
            else:
                for item in items:
                    assert (item.sha256 is None) == (item.problem is not None)
                    if item.problem is None:
                        json.loads(item.text)


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=25))
@settings(deadline=None)
def test_numbers_that_differ_anywhere_are_not_duplicates(number: int | Decimal) -> None:
    nearby = number + (1 if isinstance(number, int) else Decimal("1e-25"))
    here, there = (str(n) if isinstance(n, int) else f"{n:f}" for n in (number, nearby))
    assume(here != there)
    first, second, third = pdn_items(f'[{{"n":{here}}},{{"n":{there}}},{{ "n" : {here} }}]', "spic")
    assert first.sha256 == third.sha256
    assert first.sha256 != second.sha256


def test_duplicates_are_found_across_key_order_and_spacing() -> None:
    first, second = pdn_items('[{"a":1,"b":"ñ"},{ "b":"\\u00f1", "a":1}]', "spic")
    assert first.sha256 == second.sha256


def test_ndjson_positions_and_damaged_lines() -> None:
    lines = [
        f'{{"releases":[{RELEASE}]}}\n',
        "\n",
        '{"releases":[{"ocid":]}\n',
        f'{{"releases":[{RELEASE},{RELEASE}]}}\r\n',
        '"texto"\n',
        f'{{"releases":[{RELEASE}',
    ]
    watched = Lines(iter(lines))
    items = list(ocds_lines(watched))
    assert [(item.position, item.problem and item.problem.code) for item in items] == [
        ("línea 1: /releases/0", None),
        ("línea 3", "malformed_json"),
        ("línea 4: /releases/0", None),
        ("línea 4: /releases/1", None),
        ("línea 5", "not_an_object"),
        ("línea 6", "truncated_line"),
    ]
    assert watched.is_ended is False


def test_a_line_may_hold_any_document() -> None:
    lines = [
        f"[{RELEASE},{RELEASE}]\n",
        f'{{"data":[{RELEASE}]}}\n',
        '{"message":"x"}\n',
        '{"data":[],"releases":[]}\n',
        f"{RELEASE}{RELEASE}\n",
    ]
    items = list(ocds_lines(Lines(iter(lines))))
    assert [(item.position, item.problem and item.problem.code) for item in items] == [
        ("línea 1: /0", None),
        ("línea 1: /1", None),
        ("línea 2: /data/0", None),
        ("línea 3", "no_releases"),
        ("línea 4", "no_releases"),
        ("línea 5", "malformed_json"),
    ]


def test_ndjson_without_one_sound_line_is_no_ndjson() -> None:
    with pytest.raises(BodyFault) as refused:
        list(ocds_lines(Lines(iter(["ERROR 1\n", "ERROR 2\n"]))))
    assert refused.value.code == "not_json"


@pytest.mark.parametrize(
    ("record", "identity"),
    [
        ('{"id":"a","_id":"b"}', "a"),
        ('{"_id":{"$oid":"c"}}', "c"),
        ('{"_id":"d"}', "d"),
        ('{"id":7}', "7"),
        ('{"nombres":"x"}', None),
    ],
)
def test_what_names_a_pdn_record(record: str, identity: str | None) -> None:
    (item,) = pdn_items(f"[{record}]", "spic")
    assert item.identity == identity


def test_pdn_page_digest_is_of_the_rows_alone() -> None:
    first = pdn_page(
        '{"pagination":{"page":1,"pageSize":200,"totalRows":1,"hasNextPage":false},"results":[{"id":1}]}',
        "spic",
    )
    second = pdn_page(
        '{"results":[{"id":1}],"pagination":{"pageSize":"10","totalRows":" 42","hasNextPage":"True"}}', "spic"
    )
    assert first.rows_digest == second.rows_digest
    assert (first.pagination, first.rows) == (Pagination(200, 1, has_next=False), 1)
    # Numbers and truth values as text mean what they say.
    assert second.pagination == Pagination(10, 42, has_next=True)


@pytest.mark.parametrize("body", ['{"results":[]}', '{"pagination":[],"results":[]}', "[]"])
def test_a_pdn_page_needs_its_pagination(body: str) -> None:
    with pytest.raises(BodyFault, match="pagination"):
        pdn_page(body, "spic")


PAGINATION = '"pagination":{"pageSize":200,"page":1,"totalRows":2,"hasNextPage":false}'


@pytest.mark.parametrize(
    "body",
    [
        '{%s,"results":[{"id":"a","n":[1]},{"_id":{"$oid":"b"},"t":"ñ ]} \\u00f1"}]}',
        ' { "results" : [ {"id":7} , {"id":"b","pagination":{"n":1}} ] , %s } ',
        '{%s,"results":[]}',
        # Broken where landing finds it: a name is a name all the same.
        '{%s,"results":[{"id":"a","x":1,"x":2},{"id":"b"}]}',
    ],
)
def test_a_sound_page_is_read_like_any_other(body: str) -> None:
    """The short way finds what the long one does, but for records that name themselves and can't be landed."""
    text = body.replace("%s", PAGINATION)
    short, long = sound_page(text.encode()), pdn_page(text, "spic")
    assert short is not None
    assert (short.pagination, short.rows, short.items) == (long.pagination, long.rows, long.items)
    if all(item.problem is None for item in pdn_items(text, "spic")):
        assert short.names == long.names
    # Whatever stands around the rows, the same rows have the same digest.
    other = sound_page(text.replace('"page":1', '"page": 12').encode())
    assert other is not None
    assert other.rows_digest == short.rows_digest


@pytest.mark.parametrize(
    "body",
    [
        b'{%s,"results":[{"id":"a"},{"n":1}]}',
        b'{%s,"results":[{"id":"a"},7]}',
        b'{%s,"results":[{"id":"a"}],"results":[]}',
        b'{%s,"results":[{"id":"a","results":1}]}',
        b'{%s,"results":[{"id":"a"}],"code":200}',
        b'{%s,"results":[{"id":"\\ud800"}]}',
        b'{%s,"results":[{"id":"\xf1"}]}',
        b'\xef\xbb\xbf{%s,"results":[{"id":"a"}]}',
        b'{%s,"results":[{"id":"a"}',
        b'{%s,"results":{}}',
        b'[{"id":"a"}]',
        b"<html>",
    ],
)
def test_other_pages_take_the_long_way(body: bytes) -> None:
    text = body.replace(b"%s", PAGINATION.encode())
    assert sound_page(text) is None


def test_a_page_of_system_6_counts_what_its_total_counts() -> None:
    """A package is one row of the service and as many items as it has releases."""
    rows = [
        {"ocid": "o1", "record": _release(1)},
        {"releases": [_release(2), _release(3)]},
        _release(4),
        {"ocid": "o5", "record": "nada"},
    ]
    page = ocds_page(f'{{{PAGINATION},"results":{json.dumps(rows)}}}')
    assert (page.rows, page.items, len(set(page.names))) == (4, 5, 5)
    assert page.pagination.total_rows == 2
    with pytest.raises(BodyFault, match="pagination"):
        ocds_page('{"results":[]}')
    with pytest.raises(BodyFault, match="llegaron las claves: pagination"):
        ocds_page(f"{{{PAGINATION}}}")


def _release(number: int) -> dict[str, str]:
    return {"ocid": f"o{number}", "id": f"r{number}"}


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("Usuario GOMC800101HOCMRR09 no existe", "Usuario … no existe"),
        ("El RFC GOMC-800101-AB1 se repite", "El … se repite"),
        ("RFC GOMC 800101 AB1.", "RFC …"),
        ("correo juan@x.mx no válido", "correo … no válido"),
        ("tel. 951 123 4567", "tel. …"),
        ("fecha 2026-11-21 no válida\nen la línea 4", "fecha 2026-11-21 no válida en la línea 4"),
        ("e_4001: token inválido (500)", "e_4001: token inválido (500)"),
    ],
)
def test_a_portals_words_are_repeated_without_what_may_name_a_person(said: str, repeated: str) -> None:
    """Messages are published: what somebody typed may stand in an error."""
    assert quoted(said) == repeated
