"""
The conformance suite: what a node must answer, asked over HTTP as a stranger asks.

It needs an address and nothing else; with a code, the keys of an admitted peer, an API key or a
log's key, the cases run that need these. Cases are rows of a file (`suite_data`); each says what it
saw. A node that asks for patience (429) is given it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.errors import Refusal
from gateway.peering.suite_asker import Asker, CaseFailed, SuiteTarget
from gateway.peering.suite_checks import CHECKS
from gateway.peering.suite_data import INSIDE, NEEDED, NONE, SuiteCase, all_cases


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a case saw."""

    id: str
    name: str
    ok: bool
    seen: str
    ms: int


def run(target: SuiteTarget, *, only: str = "") -> dict[str, Any]:
    """Run the cases that apply, or those whose id begins with `only`; return the report."""
    given = target.gives()
    wanted = [each for each in all_cases() if each.id.startswith(only)]
    results = list(_results(target, [each for each in wanted if each.needs in given]))
    lacking = sorted({each.needs for each in wanted} - given - {INSIDE, NONE})
    return {
        "format": "suanpan-conformance/1",
        "url": target.url,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "passed": sum(each.ok for each in results),
        "failed": sum(not each.ok for each in results),
        "skipped": [
            f"{', '.join(each.id for each in wanted if each.needs == need)}: {NEEDED[need]}"
            for need in lacking
        ],
        "cases": [
            {"id": e.id, "name": e.name, "ok": e.ok, "seen": e.seen, "ms": e.ms} for e in results
        ],
    }


def _results(target: SuiteTarget, cases: Sequence[SuiteCase]) -> Iterator[CaseResult]:
    asker = Asker(target)
    for case in cases:
        began = time.monotonic()
        try:
            seen = [
                CHECKS[each.check](asker) if each.check else asker.attempt(each)
                for each in case.tries
                if target.with_slow or not each.slow
            ]
            told, ok = "; ".join(dict.fromkeys(seen)), True
        except CaseFailed as failed:
            told, ok = str(failed), False
        except Refusal as refusal:
            told, ok = refusal.code, False
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            told, ok = f"unreadable: {type(error).__name__}", False
        taken = round((time.monotonic() - began) * 1000)
        yield CaseResult(case.id, case.name, ok, told[:400], taken)
