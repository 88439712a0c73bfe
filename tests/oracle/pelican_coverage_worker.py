"""Field coverage as Pelican counts it, file by file. Runs in the oracle's own environment.

Argument: the folder of a checkout of Pelican's backend. Reads names of JSON lines files of compiled releases from
standard input, one a line; writes one JSON line for each: path of a field: [places where it can stand, places where it
is, places where it is not empty].
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from pelican_worker import load


def main() -> None:
    """Count every file named on standard input."""
    _, processor = load(Path(sys.argv[1]), ())
    for name in sys.stdin:
        counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        with Path(name.strip()).open(encoding="utf-8") as lines:
            for line in lines:
                found = processor.field_level_checks(json.loads(line), 0, 0, do_field_quality=False)
                for path, places in found["result"]["checks"].items():
                    for place in places:
                        passed = [check["result"] for check in place["coverage"]["check_results"]]
                        counts[path][0] += 1
                        counts[path][1] += passed[0]
                        counts[path][2] += all(passed)
        print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
