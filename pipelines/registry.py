"""The declared sources: `sources/<entity>/<id>.yaml` as typed, checked records.

Here: reading, validation against the closed `sources/source.schema.json`, and which sources a run
pulls. Not here: how a portal is spoken to (`pipelines/portals/`), what a threshold does
(`pipelines/quality/gate.py`).
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from pipelines.home import read_json
from pipelines.mistakes import Mistake, MistakesError
from pipelines.standards.layouts.recognise import LayoutError, source_layouts

SCHEMA_FILE = "source.schema.json"
# A declaration is a page of text; a file beyond this is a mistake or an attack on the YAML reader.
MAX_FILE_BYTES = 1 << 20

# What the schema says of these in another place than where it asks for them.
EXPECTED_WHERE_MISSING = {
    "url": "the public address, or url_env with the name of the variable that holds it",
    "rfc": "the agency's RFC or its uri",
    "parameters": "the parameters of the protocol (sources/README.md)",
    "auth": "names of the variables with the credentials of the protocol (sources/README.md)",
    "token": "name of the variable with the static token",
}

# Formats of files whose rows become records; what they hold needs a tabular family.
TABULAR_FORMATS = ("csv", "xlsx")
# What a declaration may say of a file for its reader (sources/README.md), and for which formats.
FORMATS_OF_OPTION = {
    "collection": TABULAR_FORMATS,
    "header": TABULAR_FORMATS,
    "sheets": ("xlsx",),
    "delimiter": ("csv",),
    "encoding": ("csv",),
}

# Protocols of the PDN, and the collections that the records of a family come in.
PDN_PROTOCOLS = ("pdn_rest", "pdn_directus", "pdn_public", "pdn_bulk")
COLLECTIONS_OF_FAMILY = {
    "pdn_s1": ("declaraciones",),
    "pdn_v1": ("spic", "ssancionados", "psancionados"),
    "pdn_v2": (
        "faltas_administrativas_graves",
        "faltas_administrativas_no_graves",
        "faltas_graves_personas_fisicas",
        "faltas_graves_personas_morales",
        "servidores_intervengan_procedimientos_contrataciones",
    ),
    "ocds_packages": ("records", "releases"),
}
# PDN's public services: the family that each one answers with, and where.
PUBLIC_SERVICES = {
    "pdn_s1": r"/s1/v1/search",
    "pdn_v1": r"/s2/api/v1/search",
    "pdn_v2": r"/s3-wrapper/api/v1/[a-z_]+",
    "ocds_packages": r"/s6/api/v1/search",
}

PortalMode = Literal["sandbox", "recordings", "live"]


@dataclass(frozen=True)
class Agency:
    """Who publishes a source and answers for it."""

    id: str
    name: str
    email: str
    rfc: str | None
    uri: str | None


@dataclass(frozen=True)
class Assertion:
    """A threshold of the gate: below `min` the source is held back, above `max` it warns."""

    metric: str
    min: float | None
    max: float | None
    reason: str


@dataclass(frozen=True)
class Source:
    """One declared source; the field meanings stand in `sources/source.schema.json`."""

    id: str
    title: str
    entity: str
    publisher: Agency
    system: str
    family: str
    protocol: str
    parameters: Mapping[str, Any]
    url: str | None
    url_env: str | None
    auth: Mapping[str, str]
    ocid_prefix: str | None
    cadence: str
    licence: str
    status: str
    assertions: tuple[Assertion, ...]
    notes: str | None
    path: Path
    # Of spreadsheets: id of a shared layout, or the layout itself; None when recognised by its headers.
    layout: Mapping[str, Any] | str | None = None
    # Whether a sample of the documents it names is asked for, a hundred requests for each new delivery.
    ask_documents: bool = False

    @property
    def is_procurement(self) -> bool:
        """Whether the source becomes OCDS releases."""
        return self.system == "s6-ocds"

    @property
    def required_env(self) -> tuple[str, ...]:
        """Names of the environment variables that live pulling needs."""
        address = (self.url_env,) if self.url_env is not None else ()
        return (*address, *self.auth.values())

    def assertion(self, metric: str) -> Assertion | None:
        """The declared threshold of `metric`, if there is one."""
        return next((found for found in self.assertions if found.metric == metric), None)


class RegistryError(MistakesError):
    """Declarations that can't be used."""


class _UniqueKeyLoader(yaml.CSafeLoader):
    """Safe YAML that refuses repeated keys (one would silently win); in C, for 140 declarations take 2 s without."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.YAMLError(f"repeated field {', '.join(repeated)}")
        return super().construct_mapping(node, deep=deep)


def load_sources(directory: Path) -> tuple[Source, ...]:
    """Read every declaration below `directory`, ordered by path.

    The order is the order of Dagster's partitions: add files, never rename or remove them; a source
    that ended gets `status: retired`.

    Raises:
        RegistryError: with every mistake of every file.
    """
    schema_path = directory / SCHEMA_FILE
    if not schema_path.is_file():
        raise RegistryError(
            [Mistake(str(schema_path), "(file)", "is missing", "the closed JSON Schema of a source")]
        )
    validator = Draft202012Validator(read_json(schema_path))
    mistakes: list[Mistake] = []
    sources: list[Source] = []
    for path in sorted(directory.rglob("*.y*ml")):
        shown = path.relative_to(directory.parent).as_posix()
        document = _read_document(path, shown, mistakes)
        if document is None:
            continue
        found = [mistake for error in validator.iter_errors(document) for mistake in _explain(shown, error)]
        if not found:
            found = list(_cross_checks(shown, path, document))
        mistakes.extend(found)
        if not found:
            sources.append(_source(document, path))
    mistakes.extend(_repeated_ids(sources, directory))
    mistakes.extend(_conflicting_agencies(sources, directory))
    if not sources and not mistakes:
        mistakes.append(
            Mistake(str(directory), "(folder)", "holds no declaration", "<entity>/<id>.yaml files")
        )
    if mistakes:
        raise RegistryError(tuple(dict.fromkeys(mistakes)))
    return tuple(sources)


def partitions(
    sources: Sequence[Source], *, mode: PortalMode, env: Mapping[str, str] | None = None
) -> tuple[Source, ...]:
    """The sources a run pulls, in declared order.

    Live: those with status `live`, and `credentials-needed` ones whose variables are all set.
    Sandbox and recordings: the local portal has the credentials, so those two statuses are alike.
    """
    environment = os.environ if env is None else env
    return tuple(source for source in sources if _is_pulled(source, mode, environment))


def chosen(sources: Sequence[Source], only: Sequence[str], *, mode: PortalMode) -> tuple[Source, ...]:
    """Those of the sources a run pulls that have the ids in `only`, in declared order; all where it names none.

    Raises:
        ValueError: it names one that isn't pulled.
    """
    pulled = partitions(sources, mode=mode)
    known = [source.id for source in pulled]
    for source in sources:
        if source.id in only and source.id not in known:
            needs = (
                ", ".join(source.required_env) if source.status == "credentials-needed" else "status: live"
            )
            message = (
                f"{source.id} is declared ({source.status}) but not pulled in mode {mode}; it needs {needs}"
            )
            raise ValueError(message)
    unknown = sorted(set(only) - set(known))
    if unknown:
        message = f"no such source to pull: {', '.join(unknown)}; declared are {', '.join(known)}"
        raise ValueError(message)
    return tuple(source for source in pulled if not only or source.id in only)


def _is_pulled(source: Source, mode: PortalMode, env: Mapping[str, str]) -> bool:
    if source.status == "live":
        return True
    if source.status != "credentials-needed":
        return False
    return mode != "live" or all(env.get(name) for name in source.required_env)


def _read_document(path: Path, shown: str, mistakes: list[Mistake]) -> dict[str, Any] | None:
    if path.stat().st_size > MAX_FILE_BYTES:
        mistakes.append(Mistake(shown, "(file)", "is larger than 1 MiB", "one short declaration"))
        return None
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            # A known bomb.
            raise yaml.YAMLError("aliases are not allowed in a declaration")
        document = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        mistakes.append(
            Mistake(shown, "(file)", f"is not readable YAML: {problem}", "UTF-8 YAML without aliases")
        )
        return None
    if not isinstance(document, dict):
        mistakes.append(Mistake(shown, "(file)", "is not a mapping", "fields such as id, title, entity"))
        return None
    return document


def _explain(shown: str, error: ValidationError) -> Iterator[Mistake]:
    """One JSON Schema error as mistakes that name the field and what is allowed there."""
    field = ".".join(str(part) for part in error.absolute_path) or "(file)"
    prefix = "" if field == "(file)" else f"{field}."
    # jsonschema types these for errors that no schema made yet; ours come from a validator.
    schema: Any = error.schema
    rule_value: Any = error.validator_value
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = sorted(schema.get("properties", {}))
        # YAML's names may be numbers or dates.
        for name in sorted(set(error.instance) - set(known), key=str):
            yield Mistake(shown, f"{prefix}{name}", "is not a known field", f"one of {', '.join(known)}")
    elif error.validator == "required" and isinstance(error.instance, dict):
        for name in sorted(set(rule_value) - set(error.instance)):
            rule = schema.get("properties", {}).get(name, {})
            expected = rule.get("description", EXPECTED_WHERE_MISSING.get(name, "a value"))
            yield Mistake(shown, f"{prefix}{name}", "is missing", expected)
    elif error.validator == "enum":
        allowed = ", ".join(str(value) for value in rule_value)
        yield Mistake(shown, field, f"is {error.instance!r}", f"one of {allowed}")
    elif error.validator in {"oneOf", "anyOf"} and error.context:
        branch = min(
            {context.schema_path[0] for context in error.context}, key=lambda at: _branch_errors(error, at)
        )
        for context in error.context:
            if context.schema_path[0] == branch:
                yield from _explain(shown, context)
    else:
        expected = schema.get("description") or f"{error.validator} {rule_value}"
        # Somebody who wrote a password here must not find it again in a log.
        problem = "is not a variable's name" if field.startswith("auth.") else f"is {error.instance!r}"
        yield Mistake(shown, field, problem, expected)


def _branch_errors(error: ValidationError, branch: Any) -> int:
    return sum(context.schema_path[0] == branch for context in error.context or ())


def _cross_checks(shown: str, path: Path, document: Mapping[str, Any]) -> Iterator[Mistake]:
    """What a JSON Schema can't say."""
    if document["id"] != path.stem:
        yield Mistake(shown, "id", f"is {document['id']!r}", f"the file's name, {path.stem!r}")
    if not re.match(rf"^{document['entity']}_|^nacional$", path.parent.name):
        expected = "the entity key that starts the folder's name (nacional for 00)"
        yield Mistake(shown, "entity", f"is {document['entity']!r} in folder {path.parent.name!r}", expected)
    if path.parent.name == "nacional" and document["entity"] != "00":
        yield Mistake(
            shown, "entity", f"is {document['entity']!r} in folder 'nacional'", "00, the federation"
        )
    if document.get("url_env") and document["status"] == "live":
        yield Mistake(
            shown,
            "status",
            "is 'live' though its address is in an environment variable",
            "credentials-needed",
        )
    if document["protocol"] == "bulk_files":
        for number, file in enumerate(document["parameters"]["files"]):
            field = f"parameters.files.{number}"
            yield from _file_checks(shown, field, document["family"], file)
            yield from _encoding_checks(shown, field, file)
        yield from _encoding_checks(shown, "parameters", document["parameters"])
    if document["protocol"] in PDN_PROTOCOLS:
        yield from _pdn_checks(shown, document)
    if "layout" in document and document["family"] != "contract_sheets":
        yield Mistake(
            shown,
            "layout",
            f"is given for family {document['family']!r}",
            "family contract_sheets, or no layout",
        )
    elif "layout" in document:
        yield from _layout_checks(shown, document)
    for number, threshold in enumerate(document.get("assertions", [])):
        low, high = threshold.get("min"), threshold.get("max")
        if low is not None and high is not None and low > high:
            yield Mistake(shown, f"assertions.{number}", f"has min {low} above max {high}", "min <= max")


def _pdn_checks(shown: str, document: Mapping[str, Any]) -> Iterator[Mistake]:
    """Whether the collections are those of the family, and the paths those of the service that has it."""
    family, parameters = document["family"], document["parameters"]
    names = COLLECTIONS_OF_FAMILY[family]
    for number, collection in enumerate(parameters.get("collections", ())):
        at = f"parameters.collections.{number}"
        name, path = collection["name"], collection["path"]
        if name not in names:
            yield Mistake(
                shown, f"{at}.name", f"is {name!r} in family {family!r}", f"one of {', '.join(names)}"
            )
        if document["protocol"] == "pdn_public" and not re.fullmatch(PUBLIC_SERVICES[family], path):
            example = PUBLIC_SERVICES[family].replace("[a-z_]+", name)
            expected = f"{example}, the service's path without the provider"
            yield Mistake(shown, f"{at}.path", f"is {path!r} in family {family!r}", expected)
    if document["protocol"] == "pdn_bulk":
        for number, file in enumerate(parameters["files"]):
            if file["collection"] not in names:
                at, problem = (
                    f"parameters.files.{number}.collection",
                    f"is {file['collection']!r} in family {family!r}",
                )
                yield Mistake(shown, at, problem, f"one of {', '.join(names)}")


def _layout_checks(shown: str, document: Mapping[str, Any]) -> Iterator[Mistake]:
    try:
        source_layouts(
            document["family"], document["layout"], source_id=document["id"], title=document["title"]
        )
    except LayoutError as error:
        for mistake in error.mistakes:
            yield replace(mistake, file=shown)


def _file_checks(shown: str, field: str, family: str, file: Mapping[str, Any]) -> Iterator[Mistake]:
    """What a schema can't say of a file of `bulk_files`."""
    is_tabular = family != "ocds_packages"
    if (file["format"] in TABULAR_FORMATS) != is_tabular:
        allowed = "csv, xlsx" if is_tabular else "json, ndjson"
        yield Mistake(
            shown, f"{field}.format", f"is {file['format']!r} in family {family!r}", f"one of {allowed}"
        )
    if "url" in file and "path" in file:
        yield Mistake(shown, f"{field}.path", "stands beside url", "either url or path")
    for option, formats in FORMATS_OF_OPTION.items():
        if option in file and file["format"] not in formats:
            problem = f"is given for a file of format {file['format']!r}"
            yield Mistake(
                shown, f"{field}.{option}", problem, f"format {' or '.join(formats)}, or no {option}"
            )
    if "sheets" not in file:
        return
    for option in ("collection", "header"):
        if option in file:
            yield Mistake(shown, f"{field}.{option}", "stands beside sheets", f"{option} in each of sheets")
    for number, sheet in enumerate(file["sheets"]):
        at = f"{field}.sheets.{number}"
        try:
            groups = re.compile(sheet["sheet"]).groups
        except re.error as error:
            yield Mistake(shown, f"{at}.sheet", f"can't be read ({error})", "a regular expression")
            continue
        references = re.findall(r"\\(\d+)", sheet.get("collection", ""))
        for reference in references:
            if not 1 <= int(reference) <= groups:
                problem = f"names group {reference} of {groups} in sheet"
                yield Mistake(shown, f"{at}.collection", problem, "a group (…) that sheet has")


def _encoding_checks(shown: str, field: str, options: Mapping[str, Any]) -> Iterator[Mistake]:
    try:
        "a".encode(options.get("encoding", "utf-8"))
    except LookupError:
        problem = f"is {options['encoding']!r}"
        yield Mistake(shown, f"{field}.encoding", problem, "an encoding such as utf-8, cp1252, latin-1")


def _repeated_ids(sources: Sequence[Source], directory: Path) -> Iterator[Mistake]:
    first: dict[str, Source] = {}
    for source in sources:
        known = first.setdefault(source.id, source)
        if known is not source:
            shown = source.path.relative_to(directory.parent).as_posix()
            yield Mistake(
                shown, "id", f"{source.id!r} is also declared in {known.path.name}", "an id of its own"
            )


def _conflicting_agencies(sources: Sequence[Source], directory: Path) -> Iterator[Mistake]:
    first: dict[str, Source] = {}
    for source in sources:
        known = first.setdefault(source.publisher.id, source)
        if known.publisher != source.publisher:
            shown = source.path.relative_to(directory.parent).as_posix()
            problem = f"{source.publisher.id!r} differs from the agency of that id in {known.path.name}"
            yield Mistake(shown, "publisher", problem, "the same name, email, rfc and uri for one agency id")


def _source(document: Mapping[str, Any], path: Path) -> Source:
    agency = document["publisher"]
    return Source(
        id=document["id"],
        title=document["title"],
        entity=document["entity"],
        publisher=Agency(
            id=agency["id"],
            name=agency["name"],
            email=agency["email"],
            rfc=agency.get("rfc"),
            uri=agency.get("uri"),
        ),
        system=document["system"],
        family=document["family"],
        protocol=document["protocol"],
        parameters=document.get("parameters", {}),
        url=document.get("url"),
        url_env=document.get("url_env"),
        auth=document.get("auth", {}),
        ocid_prefix=document.get("ocid_prefix"),
        cadence=document["cadence"],
        licence=document["licence"],
        status=document["status"],
        assertions=tuple(
            Assertion(
                metric=threshold["metric"],
                min=threshold.get("min"),
                max=threshold.get("max"),
                reason=threshold["reason"],
            )
            for threshold in document.get("assertions", [])
        ),
        notes=document.get("notes"),
        path=path,
        layout=document.get("layout"),
        ask_documents=document.get("ask_documents", False),
    )
