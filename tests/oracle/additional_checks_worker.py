"""What libcoveocds says of compiled releases besides structural errors. Runs in the oracle's own environment.

Arguments: the zip of the standard's schemas, so that nothing is asked of the network; a JSON file of the release
schema with the extensions applied; one of the codes of its codelists by name. Reads names of JSON lines files from
standard input, one a line; writes one JSON line for each compiled release in them: check: [pass or fail, 1, places
that fail, the first of them].

libcoveocds is asked what it asks of a package with that release alone. It is given the extensions as one schema, since
their own addresses can't be asked.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonref
from libcove.lib import common
from libcoveocds.common_checks import get_bad_ocid_prefixes
from libcoveocds.config import LibCoveOCDSConfig
from libcoveocds.lib.additional_checks import CHECKS, run_additional_checks
from libcoveocds.schema import SchemaOCDS


class Extended:
    """The schema of the standard with the extensions, as libcoveocds asks it."""

    def __init__(self, standard_zip: Path, schema: Path, codelists: Path) -> None:
        config = LibCoveOCDSConfig()
        config.config["context"] = "api"
        config.config["standard_zip"] = standard_zip.resolve().as_uri()
        self.standard = SchemaOCDS(None, {"releases": [], "version": "1.1"}, config, record_pkg=False)
        self.standard.process_codelists()
        release = jsonref.replace_refs(json.loads(schema.read_text(encoding="utf-8")), lazy_load=True)
        package = {"properties": {"releases": {"type": "array", "items": release}}}
        self.fields = self.standard.get_pkg_schema_fields() | set(
            common.schema_dict_fields_generator(package)
        )
        self.standard.extended_codelist_schema_paths = common.get_schema_codelist_paths(None, package)
        for name, codes in json.loads(codelists.read_text(encoding="utf-8")).items():
            self.standard.extended_codelists.setdefault(name, set()).update(codes)
        # Both are worked out anew for each package: once is enough for one schema.
        self.standard.process_codelists = lambda: None
        deprecated = common._get_schema_deprecated_paths(self.standard)
        common._get_schema_deprecated_paths = lambda _: deprecated

    def judge(self, release: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Every check on a compiled release."""
        package = {"releases": [release]}
        codes = common.get_additional_codelist_values(self.standard, package)
        paths = common.get_json_data_generic_paths(package, {})
        deprecated = common.get_json_data_deprecated_fields(paths, self.standard)
        additional = common.get_additional_fields_info(package, self.fields, {}, fields_regex=True)
        empty = run_additional_checks(package, CHECKS["all"]).get("empty_field", [])
        return {
            "bad_ocid_prefix": _told(ocid for ocid, _ in get_bad_ocid_prefixes(package)),
            "deprecated_fields": _told(
                f"{path}/{name}" for name, found in deprecated.items() for path in found["paths"]
            ),
            "empty_field": _told(place["json_location"] for place in empty),
            "additional_fields": _told(additional),
            "closed_codelists": _told(_unlisted(codes, is_open=False)),
            "open_codelists": _told(_unlisted(codes, is_open=True)),
        }


def _unlisted(codes: Mapping[str, Any], *, is_open: bool) -> list[str]:
    return [
        f"{path}: {value}"
        for path, found in codes.items()
        if found["isopen"] is is_open
        for value in found["values"]
    ]


def _told(places: Iterable[str]) -> list[Any]:
    found = list(places)
    return ["fail" if found else "pass", 1, len(found), ", ".join(sorted(found)[:5]) or None]


def main() -> None:
    """Judge every compiled release of the files named on standard input."""
    schema = Extended(*map(Path, sys.argv[1:]))
    for name in sys.stdin:
        with Path(name.strip()).open(encoding="utf-8") as lines:
            for line in lines:
                print(json.dumps(schema.judge(json.loads(line)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
