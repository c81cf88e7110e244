"""
`python3 -m suanpan_agent.probing`: a probe with Python alone, where nothing can be installed.

NumPy and PyTorch are used where they are; nothing is signed or sent.
"""

import argparse
import json
import sys
from pathlib import Path

from suanpan_agent.probing.report import PARTS, Wish, probe


def main() -> int:
    """Measure and print the report; the exit status says whether it is good."""
    parser = argparse.ArgumentParser(prog="suanpan_agent.probing")
    parser.add_argument("--only", default="cpu,memory,gpu")
    parser.add_argument("--folder", type=Path, default=Path())
    told = parser.parse_args()
    parts = frozenset(told.only.split(",")) & frozenset(PARTS)
    report = probe(Wish(parts=parts, folder=told.folder))
    sys.stdout.write(json.dumps(report.told(), ensure_ascii=False, indent=1) + "\n")
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
