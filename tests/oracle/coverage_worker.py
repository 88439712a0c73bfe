"""Field coverage as Cardinal counts it, file by file. Runs in the oracle's own environment.

Reads names of JSON lines files from standard input, one a line; writes one JSON line for each: `{"file": …,
"coverage": {path: count}}`.
"""

import json
import sys

import ocdscardinal


def main() -> None:
    """Count every file named on standard input."""
    for line in sys.stdin:
        name = line.strip()
        print(json.dumps({"file": name, "coverage": ocdscardinal.coverage(name)}), flush=True)


if __name__ == "__main__":
    main()
