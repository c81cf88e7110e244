"""
Counts a service level again from its document, with nothing but Python's own library.

    python3 verify_level.py document.json

The document is that of an evaluation, as the market gives it. The script checks its hash, counts
the month anew from what the sources said, and compares every figure. It trusts no figure in it.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

WHOLE_PPM, WHOLE_BP, SECOND = 1_000_000, 10_000, 1_000_000
WELL = ("OK", "DEGRADED")


def moment(text: str) -> int:
    """Return a moment in microseconds."""
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)


def within(spans: list[Any], at: int) -> list[Any]:
    """Return the spans that hold a moment; one without an end goes on."""
    return [s for s in spans if moment(s[0]) <= at and (s[1] is None or at < moment(s[1]))]


def how(facts: dict[str, Any], at: int) -> tuple[str, list[str]]:
    """Return how a moment counts, and who said so."""
    if within(facts["excused"], at):
        return "excused", ["maintenance"]
    for span in within(facts["interrupted"], at)[:1]:
        return "network" if span[2] == "network_fault" else "machine", ["delivery"]
    said = {span[2]: span[3] for span in within(facts["told"], at)}
    agent, probe = said.get("AGENT"), said.get("PROBE")
    if probe == "DOWN" and agent in WELL:
        return "network", ["PROBE", "AGENT"]
    if "DOWN" in (agent, probe) and probe not in WELL:
        return "machine", sorted(source for source, health in said.items() if health == "DOWN")
    return "up", []


def counted(facts: dict[str, Any]) -> list[tuple[int, int, str, list[str]]]:
    """Return the parts of the time that counts, in order."""
    start, end = (moment(each) for each in facts["period"])
    if facts["asked_at"] is not None:
        if facts["runs_from"] is None or moment(facts["runs_from"]) >= end:
            return []
        start = max(start, moment(facts["runs_from"]))
    spans = [*facts["excused"], *facts["interrupted"], *facts["told"]]
    edges = {moment(edge) for span in spans for edge in span[:2] if edge is not None}
    cuts = sorted({start, end, *(edge for edge in edges if start < edge < end)})
    parts: list[tuple[int, int, str, list[str]]] = []
    for begins, ends in pairwise(cuts):
        count, sources = how(facts, begins)
        if parts and parts[-1][2:] == (count, sources):
            parts[-1] = (parts[-1][0], ends, count, sources)
        else:
            parts.append((begins, ends, count, sources))
    return parts


def ready_seconds(facts: dict[str, Any]) -> int | None:
    """Return how long it took to be ready, in the month in which it should have been."""
    start, end = (moment(each) for each in facts["period"])
    if facts["asked_at"] is None:
        return None
    asked = moment(facts["asked_at"])
    if not start <= asked < end:
        return None
    ready = end if facts["runs_from"] is None else min(moment(facts["runs_from"]), end)
    return max(0, -((asked - ready) // SECOND))


def recount(document: dict[str, Any]) -> dict[str, Any]:
    """Return every figure of the result, counted from the facts, the promise and the formula."""
    facts, promise, formula = document["facts"], document["promise"], document["formula"]
    parts = counted(facts)
    length = dict.fromkeys(("up", "machine", "network", "excused"), 0)
    for begins, ends, count, _sources in parts:
        length[count] += ends - begins
    total = length["up"] + length["machine"] + length["network"]
    weight, of = formula["network_weight"]
    buffer = formula["buffer_seconds"] * SECOND
    up = of * (total - length["machine"] + buffer) - weight * length["network"]
    available = max(0, min(WHOLE_PPM, up * WHOLE_PPM // (of * total))) if total else None
    reachable = (total - length["network"]) * WHOLE_PPM // total if total else None
    ready = ready_seconds(facts)
    enough = facts["probes"] >= formula["probes_min"]
    response = facts["probes_within"] * WHOLE_BP // facts["probes"] if enough else None
    missed = {}
    if below(available, promise["availability_ppm"]) and available is not None:
        missed["availability"] = max(
            (credit for limit, credit in promise["tiers"] if available < limit), default=0
        )
    if (
        promise["ready_seconds"] is not None
        and ready is not None
        and (ready > promise["ready_seconds"])
    ):
        missed["ready"] = promise["ready_credit_bp"]
    if promise["response_ms"] is not None and below(response, formula["responses_bp"]):
        missed["response"] = promise["response_credit_bp"]
    if below(reachable, promise["network_ppm"]):
        missed["network"] = promise["network_credit_bp"]
    share = max(missed.values(), default=0)
    back = {
        asset: (2 * max(0, minor) * share + WHOLE_BP) // (2 * WHOLE_BP)
        for asset, minor in facts["charged"].items()
    }
    return {
        "counted_us": total,
        "machine_us": length["machine"],
        "network_us": length["network"],
        "availability_ppm": available,
        "network_ppm": reachable,
        "ready_seconds": ready,
        "response_bp": response,
        "times": [list(part) for part in parts if part[2] != "up"],
        "missed": missed,
        "credit_bp": share,
        "credits": {asset: minor for asset, minor in back.items() if minor > 0},
    }


def below(value: int | None, target: int | None) -> bool:
    """Return whether something was measured, promised, and missed."""
    return value is not None and target is not None and value < target


def problems(document: dict[str, Any]) -> list[str]:
    """Return what does not add up, in words; nothing if all does."""
    said = dict(document)
    stated_hash = said.pop("content_hash", None)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found = []
    if stated_hash != hashlib.sha256(text.encode()).hexdigest():
        found.append("the hash is not that of the document")
    if document["rule"] != "level-1":
        return [*found, f"the formula {document['rule']} is not known here"]
    stated = dict(document["result"])
    stated["times"] = [[moment(t[0]), moment(t[1]), t[2], t[3]] for t in stated["times"]]
    for name, value in recount(document).items():
        if stated.get(name) != value:
            found.append(f"{name}: the document says {stated.get(name)}, counted {value}")
    return found


def main(path: str) -> int:
    """Check one document; return the exit status."""
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    found = problems(document)
    said = "differs" if found else f"adds up: {document['contract']} {document['month']}"
    sys.stdout.write("\n".join([*found, said]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
