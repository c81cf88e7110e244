"""A demand of the main job: refused for its limit, explained, and ordered as it says then."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from marketplace.demo.client import Client, JobFailed

LEAD: Final = timedelta(hours=2)
DECIDED_SECONDS: Final = 60
LOW_MINOR: Final = 1  # a limit that nothing meets: a fen a standard hour


def post_and_follow(clients: Mapping[str, Client], *, now: datetime) -> dict[str, Any]:
    """
    Post a demand with too low a limit, read why it was refused, and order the change that would do.

    The order that comes of it is cancelled: it begins later.

    :raises JobFailed: if it is not refused, not explained, or the change is not filled
    """
    buyer = clients["BUYER"]
    option = {
        "need": {"resource_class": "AI"},
        "units_milli": 1000,
        "starts_at": (now + LEAD).replace(microsecond=0).isoformat(),
        "seconds": 3600,
        "limit": {"max_price_per_standard_hour_minor": LOW_MINOR},
    }
    refused = _decided(buyer, buyer.post("demands", {"options": [option]}), "REFUSED")
    why = buyer.get(f"demands/{refused['id']}/why")
    change = next((each for each in why["changes"] if each["kind"] == "price"), None)
    if change is None:
        message = f"demand {refused['number']} was refused, and no price would have filled it"
        raise JobFailed(message)
    filled = _decided(buyer, buyer.post("demands", change["body"]), "FILLED")
    (lot,) = filled["lots"]
    buyer.post(f"orders/{lot['order_id']}/cancel")
    return {
        "refused": refused["number"],
        "code": refused["refusal_code"],
        "considered": why["judgements"][0]["considered"],
        "limit_minor": change["value"]["max_price_per_standard_hour_minor"],
        "filled": filled["number"],
        "order": lot["order_number"],
        "amount_minor": lot["amount_minor"],
    }


def _decided(buyer: Client, posted: Mapping[str, Any], state: str) -> dict[str, Any]:
    """Wait until a demand is decided, as it should be."""
    found: dict[str, Any] = buyer.wait_for(
        f"demands/{posted['id']}",
        lambda seen: seen["state"] != "WAITING",
        seconds=DECIDED_SECONDS,
    )
    if found["state"] != state:
        message = f"demand {found['number']} is {found['state']} {found['refusal_code']}"
        raise JobFailed(message)
    return found
