"""
Write `docs/openapi.yaml` anew: `python -m tests.api [--breaking]`.

What would break programs that call the API is told, and written only with `--breaking`; the change
then needs a fragment for the changelog that says so.
"""

import sys

from tests.api import schema
from tests.api.changes import breaking


def main() -> int:
    before, after = schema.committed(), schema.current()
    broken = breaking(before, after) if before else []
    for line in broken:
        sys.stdout.write(f"breaks: {line}\n")
    if broken and "--breaking" not in sys.argv[1:]:
        sys.stdout.write("Nothing was written.\n")
        return 1
    schema.FILE.write_text(schema.written(after), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
