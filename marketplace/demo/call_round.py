"""A small call round of the main job: scheduled, entered, decided while other things go on."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from marketplace import rounds
from marketplace.demo.client import Client, JobFailed

VERIFIER: Final = Path(rounds.__file__).with_name("verify_round.py")
PHASE: Final = timedelta(seconds=10)
DECIDED_SECONDS: Final = 120
SOLVE_SECONDS: Final = 2
LIMIT_MINOR: Final = 500
LOW_MINOR: Final = 1


def schedule_small_round(
    clients: Mapping[str, Client], *, hub: str, now: datetime
) -> dict[str, Any]:
    """Let the operator schedule a round that opens at once; the enterprise enters two orders."""
    now = now.replace(microsecond=0)
    names = ("opens_at", "first_at", "no_cancel_at", "second_at", "ends_at")
    moments = {name: (now + place * PHASE).isoformat() for place, name in enumerate(names)}
    delivers = (now + timedelta(hours=2)).replace(minute=0, second=0)
    made = clients["OPERATOR"].post(
        "call-rounds",
        {
            "resource_class": "AI",
            "hubs": [hub],
            "delivers_from": delivers.isoformat(),
            "delivers_until": (delivers + timedelta(hours=4)).isoformat(),
            "solve_seconds": SOLVE_SECONDS,
            **moments,
        },
    )
    for limit in (LIMIT_MINOR, LOW_MINOR):
        clients["BUYER"].post(
            f"call-rounds/{made['id']}/orders",
            {
                "limit_minor": limit,
                "options": [
                    {
                        "units_milli": 4_000,
                        "least_milli": 1_000,
                        "hours": 1,
                        "starts_at": delivers.isoformat(),
                        "latest_start_at": (delivers + timedelta(hours=2)).isoformat(),
                    }
                ],
            },
        )
    found: dict[str, Any] = made
    return found


def read_round(clients: Mapping[str, Client], round_id: str) -> dict[str, Any]:
    """
    Wait until the round is published and check it with the script that anybody may run.

    :raises JobFailed: if it is not published, or the script does not agree
    """
    buyer = clients["BUYER"]
    done = buyer.wait_for(
        f"call-rounds/{round_id}",
        lambda seen: seen["state"] in ("PUBLISHED", "CALLED_OFF"),
        seconds=DECIDED_SECONDS,
    )
    if done["state"] != "PUBLISHED":
        message = f"the round was not published: {done['reason']}"
        raise JobFailed(message)
    status, said = _verified(buyer.get(f"call-rounds/{round_id}/result"))
    if status != 0:
        message = f"the round's verifier does not agree (exit {status}): {said}"
        raise JobFailed(message)
    orders = buyer.get(f"call-rounds/{round_id}/orders")["results"]
    return {
        "number": done["number"],
        "price_minor": done["price_minor"],
        "filled": done["filled_count"],
        "orders": done["order_count"],
        "bound_permille": done["bound_permille"],
        "why": [each["why"] for each in orders],
        "verifier": said.strip().splitlines(),
    }


def _verified(document: Any) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "round.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        ran = subprocess.run(  # noqa: S603 - our own script, no shell
            [sys.executable, str(VERIFIER), str(file)], capture_output=True, text=True, check=False
        )
    return ran.returncode, ran.stdout + ran.stderr
