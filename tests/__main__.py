"""`bin/test [--all] [pytest arguments]`: provide a browser, then run everything in parallel."""

import os
import sys

from tests import chromium

FAST = ["-m", "not slow"]


def main(arguments: list[str]) -> None:
    """Replace this process by pytest."""
    everything = "--all" in arguments
    rest = [argument for argument in arguments if argument != "--all"]
    os.environ.setdefault("SUANPAN_CHROMIUM", chromium.provide() or "")
    processes = [] if any(part.startswith("-n") for part in rest) else ["-n", "2"]
    chosen = [] if everything or "-m" in rest else FAST
    command = [sys.executable, "-m", "pytest", *processes, "--dist=loadfile", *chosen, *rest]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main(sys.argv[1:])
