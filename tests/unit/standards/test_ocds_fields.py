"""The fields of a release are those of its schema, and what dbt reads of them is what the module makes."""

from pipelines.standards import ocds_fields
from pipelines.standards.ocds_fields import Field, extension_fields, release_fields


def test_the_release_schema_has_as_many_fields_as_pelican_looks_at() -> None:
    fields = release_fields()
    assert len(fields) == len({field.path for field in fields}) == 559
    assert len({field.object_number for field in fields}) == 100
    # A code of an object holds its members below its number.
    assert max(field.member_number for field in fields) < 32


def test_fields_stand_in_objects_lists_of_objects_and_nowhere_else() -> None:
    by_path = {field.path: field for field in release_fields()}
    assert by_path["/ocid"] == Field("/ocid", "", 0, 0, None, is_public=True)
    unit = by_path["/awards/items/unit/value/amount"]
    assert (unit.parent, unit.member_number, unit.deprecated) == ("/awards/items/unit/value", 0, None)
    assert by_path["/tender/amendment"].deprecated == "1.1"
    assert not by_path["/parties/contactPoint/email"].is_public
    assert "/parties/details" in by_path
    assert not [path for path in by_path if path.startswith("/parties/details/")]
    # A list of texts has no members.
    assert not [path for path in by_path if path.startswith("/tag/")]


def test_fields_of_extensions_are_known_besides() -> None:
    added = {field.path for field in extension_fields()}
    assert {"/contracts/guarantees/value/amount", "/contracts/implementation/status"} <= added
    assert added.isdisjoint(field.path for field in release_fields())


def test_what_dbt_reads_is_made_of_the_schema() -> None:
    advice = "run python -m pipelines.standards.ocds_fields"
    assert ocds_fields.SEED.read_text(encoding="utf-8") == ocds_fields.seed_text(), advice
    assert ocds_fields.MACROS.read_text(encoding="utf-8") == ocds_fields.macro_text(), advice
