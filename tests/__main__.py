"""
`bin/test [--all] [--coverage] [pytest arguments]`: provide a browser, then run all in parallel.

With --coverage the run ends with what was tried of each room.
"""

import os
import sys

from tests import chromium, coverage

FAST = ["-m", "not slow"]
# A file at a time, in the order of `tests/longest_first.py`.
SHARES = ["--dist=loadfile", "--no-loadscope-reorder"]
OURS = {"--all", "--coverage"}


def main(arguments: list[str]) -> int:
    """Run pytest, and return how it ended."""
    everything = "--all" in arguments
    rest = [argument for argument in arguments if argument not in OURS]
    os.environ.setdefault("SUANPAN_CHROMIUM", chromium.provide() or "")
    processes = [] if any(part.startswith("-n") for part in rest) else ["-n", "2"]
    chosen = [] if everything or "-m" in rest else FAST
    command = ["-m", "pytest", *processes, *SHARES, *chosen, *rest]
    if "--coverage" not in arguments:
        os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - no shell is meant
    return coverage.run(command, is_whole=not rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
