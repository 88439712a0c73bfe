"""Structural errors that libcoveocds finds, package by package. Runs in the oracle's own environment.

Reads names of package files from standard input, one a line; writes one JSON line for each: `{"file": …,
"errors": [[type, field, release number or null, value], …]}`. `field` is the path without positions.
Argument: the zip of the standard's schemas, so that nothing is asked of the network.
"""

import json
import re
import sys
from pathlib import Path

from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig

RELEASE = re.compile(r"^releases/(\d+)")


def main() -> None:
    """Check every file named on standard input."""
    config = LibCoveOCDSConfig()
    config.config["context"] = "api"
    config.config["standard_zip"] = Path(sys.argv[1]).resolve().as_uri()
    config.config["additional_checks"] = "none"
    config.config["skip_aggregates"] = True
    for line in sys.stdin:
        path = Path(line.strip())
        package = json.loads(path.read_text(encoding="utf-8"))
        found = ocds_json_output(json_data=package, lib_cove_ocds_config=config, record_pkg=False)
        errors = []
        for error in found["validation_errors"]:
            at = RELEASE.match(error["path"])
            errors.append(
                [
                    error["type"],
                    error["field"],
                    int(at.group(1)) if at else None,
                    str(error.get("value", ""))[:80],
                ]
            )
        print(json.dumps({"file": path.name, "errors": errors}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
