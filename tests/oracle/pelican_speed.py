"""How many compiled releases Pelican's own functions check in a second. Runs in the oracle's own environment.

    PYTHON_OF_THE_ORACLE tests/oracle/pelican_speed.py CHECKOUT_OF_PELICAN FILE [ITEMS]

FILE holds compiled releases, one a line; the first ITEMS (300) are read, repeated if there are fewer. Run are the
field-level and the compiled-release checks as Pelican's processor runs them, in one process, without its database and
queue: what it would store is thrown away. Prints one JSON line: items, their mean size in bytes, seconds of each level
and items_per_second over both.
"""

import itertools
import json
import sys
import time
from pathlib import Path

from pelican_worker import load

ITEMS = 300
# In place of a list that Pelican downloads: it only asks whether a code is in it.
IDENTIFIER_SCHEMES = ("MX-RFC", "MX-CR", "MX-SAT")


def main() -> None:
    """Time the checks on the items of a file."""
    checkout, name, *rest = sys.argv[1:]
    _, processor = load(Path(checkout), IDENTIFIER_SCHEMES)
    lines = [line for line in Path(name).read_text(encoding="utf-8").splitlines() if line]
    texts = list(itertools.islice(itertools.cycle(lines), int(rest[0]) if rest else ITEMS))
    items = [json.loads(text) for text in texts]
    # Definitions and codelists are read when they are asked for first.
    processor.field_level_checks(items[0], 0, 0)
    seconds = {}
    for level, check in (
        ("field", processor.field_level_checks),
        ("compiled_release", processor.resource_level_checks),
    ):
        started = time.process_time()
        for number, item in enumerate(items):
            check(item, number, 0)
        seconds[level] = round(time.process_time() - started, 3)
    told = {
        "items": len(items),
        "bytes": sum(len(text.encode()) for text in texts) // len(texts),
        "seconds": seconds,
        "items_per_second": round(len(items) / sum(seconds.values()), 1),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
