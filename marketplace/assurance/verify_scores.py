"""
Makes scores again from their export, with nothing but Python's own library.

    python3 verify_scores.py scores.json

The export is that of a provider, or the quality of one resource by month from its passport. The
script checks the hash of each resource's inputs, makes every part and score anew, and then the
provider's. It trusts none of them.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

WHOLE, FLOOR, WEEK = 1_000, 950_000, 7 * 24 * 3_600 * 1_000_000
LEVELS = {0: 0, 1: 400, 2: 800, 3: 1_000}
WEIGHTS = {
    "credibility": {"coverage": 40, "certificate": 30, "corrections": 15, "disputes": 15},
    "stability": {"availability": 60, "starts": 25, "promises": 15},
}


def rest(bad: int, of: int) -> int | None:
    """Return the share that was good, in thousandths; none of nothing."""
    return WHOLE - bad * WHOLE // of if of else None


def values(given: dict[str, Any]) -> dict[str, int | None]:
    """Return every part by name."""
    level, age = LEVELS[given["certificate_level"]], given["certificate_age_days"]
    available = given["availability_ppm"]
    contracts = given["contracts"]
    share = given["disputes"] * 100 // contracts if contracts else 0
    above = None if available is None else max(0, available - FLOOR)
    return {
        "coverage": min(WHOLE, given["told_us"] * WHOLE // given["total_us"]),
        "certificate": 0 if age is None else max(0, level - level * (age // 90) // 10),
        "corrections": rest(given["revised"], given["records"]),
        "disputes": max(0, WHOLE - 50 * share) if contracts else None,
        "availability": None if above is None else above * WHOLE // (1_000_000 - FLOOR),
        "starts": rest(given["failed_starts"], given["deliveries"]),
        "promises": rest(given["missed_months"], given["months"]),
    }


def made(given: dict[str, Any], name: str) -> tuple[int | None, list[dict[str, Any]]]:
    """Return a score and its parts."""
    found = values(given)
    weights = WEIGHTS[name]
    parts: list[dict[str, Any]] = [
        {"name": part, "weight": weight, "value": found[part]} for part, weight in weights.items()
    ]
    known: list[tuple[int, int]] = []
    for part, weight in weights.items():
        value = found[part]
        if value is not None:
            known.append((weight, value))
    if given["told_us"] < WEEK or not known:
        return None, parts
    return sum(a * b for a, b in known) // sum(a for a, _ in known), parts


def mean(found: list[int | None]) -> int | None:
    """Return the mean of what is known, rounded down."""
    known = [each for each in found if each is not None]
    return sum(known) // len(known) if known else None


def problems(export: dict[str, Any]) -> list[str]:
    """Return what does not add up, in words; nothing if all does."""
    found = []
    for each in export["resources"]:
        name = each["identifier"]
        if each["rule"] != "score-1":
            found.append(f"{name}: the formula {each['rule']} is not known here")
            continue
        said = {"resource": each["resource"], "day": export["day"], "rule": each["rule"]}
        text = json.dumps(
            said | each["inputs"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        if hashlib.sha256(text.encode()).hexdigest() != each["content_hash"]:
            found.append(f"{name}: the hash is not that of the inputs")
        for kind in WEIGHTS:
            score, parts = made(each["inputs"], kind)
            if (score, parts) != (each[kind], each["parts"][kind]):
                found.append(f"{name}: {kind} is {score}, the export says {each[kind]}")
    for kind in WEIGHTS:
        whole = mean([each[kind] for each in export["resources"]])
        if whole != export[kind]:
            found.append(f"{kind} of the provider is {whole}, the export says {export[kind]}")
    return found


def main(path: str) -> int:
    """Check one export; return the exit status."""
    export = json.loads(Path(path).read_text(encoding="utf-8"))
    parts = export.get("months", [export])
    found = [f"{part['day']}: {each}" for part in parts for each in problems(part)]
    count = sum(len(part["resources"]) for part in parts)
    days = ", ".join(part["day"] for part in parts) or "no record yet"
    said = "differs" if found else f"adds up: {count} resources, {days}"
    sys.stdout.write("\n".join([*found, said]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
