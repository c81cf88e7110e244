"""
The main job's tokens: an API is listed by tokens, an enterprise commits some, and they are charged.

Tokens read, generated and read from a cache are three units of one meter, each at its own price.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from marketplace.demo.client import Client, JobFailed

RULE: Final = "api-tokens-kinds-10s"
NAME: Final = "大模型推理接口"
NAME_EN: Final = "Inference API by tokens"
TOKENS_A_SECOND: Final = 8_000
PRICES: Final = {"in": "20", "out": "65", "cached": "4"}  # yuan a million
TOKENS_IN: Final = 30_000
TOKENS_OUT: Final = 5_000
TOKENS_CACHED: Final = 20_000
USED: Final = {"api-token": 24_000, "api-token-out": 4_000, "api-token-cached": 16_000}
LASTS: Final = timedelta(seconds=10)
LEAD: Final = timedelta(seconds=10)
BATCH: Final = "application/cloudevents-batch+json"
CLEARING_SECONDS: Final = 60
SETTLING_SECONDS: Final = 120


class TokensJob:
    """Tokens from the listing to the charge, over HTTP; `facts` gains what was seen."""

    def __init__(self, clients: dict[str, Client], facts: dict[str, Any]) -> None:
        self.clients, self.facts = clients, facts
        self.seen: dict[str, Any] = {}
        self.starts_at = datetime.now(UTC)

    def list_api(self) -> None:
        """Register an API, meter it by tokens, price and list it."""
        provider = self.clients["PROVIDER"]
        for listing in provider.get("listings", q=NAME)["results"]:
            provider.post(f"listings/{listing['id']}/close")
        resource = provider.post(
            "resources",
            {
                "name": NAME,
                "name_en": NAME_EN,
                "region": "520100",
                "resource_class": "AI",
                "form": "API",
                "specification": {"nodes": 1, "tps": TOKENS_A_SECOND},
                "capacity_unit": "tps",
                "total_milli": TOKENS_A_SECOND * 1000,
            },
        )
        rules = provider.get("measurement-rules")["results"]
        rule = next(each for each in rules if each["code"] == RULE)
        meter = provider.post(
            "meters",
            {"resource_id": resource["id"], "name": "main", "rule_version_id": rule["id"]},
        )
        code = f"tokens-{resource['id'][-8:]}"
        plan = provider.post("rate-plans", {"code": code, "name": NAME, "name_en": NAME_EN})
        parts = [
            {"code": kind, "model": "unit", "unit": f"mtoken_{kind}", "unit_price": price}
            for kind, price in PRICES.items()
        ]
        terms = {"zone": "Asia/Shanghai", "components": parts}
        published = provider.post(f"rate-plans/{plan['id']}/versions", {"terms": terms})
        listing = provider.post(
            "listings",
            {
                "resource_id": resource["id"],
                "plan_version_id": published["versions"][0]["id"],
                "rule_version_id": rule["id"],
                "title": NAME,
                "title_en": NAME_EN,
            },
        )
        self.seen = {"meter_id": meter["id"], "listing_id": listing["id"]}

    def commit(self) -> None:
        """Order tokens, and let the API be ready before its time begins."""
        seconds = int(LASTS.total_seconds())
        first = int((datetime.now(UTC) + LEAD).timestamp()) // seconds + 1
        self.starts_at = datetime.fromtimestamp(first * seconds, tz=UTC)
        buyer = self.clients["BUYER"]
        order = buyer.post(
            "orders",
            {
                "listing_id": self.seen["listing_id"],
                "tokens_in": TOKENS_IN,
                "tokens_out": TOKENS_OUT,
                "tokens_cached": TOKENS_CACHED,
                "starts_at": self.starts_at.isoformat(),
                "ends_at": (self.starts_at + LASTS).isoformat(),
                "use_vouchers": False,
            },
        )
        cleared = self._order(order["id"], lambda seen: seen["state"] != "PLACED")
        if cleared["state"] != "CLEARED":
            message = f"the tokens were not committed: {cleared['state']} {cleared['refusal_code']}"
            raise JobFailed(message)
        self.seen |= {"order_id": order["id"], "order": order["number"]}
        self.seen["committed_a_minute"] = order["units_milli"] * 60 // 1000

    def use(self) -> None:
        """Send what was read and generated once its time is over, and wait for the charge."""
        self._say_ready()
        ends_at = self.starts_at + LASTS
        time.sleep(max(0, (ends_at - datetime.now(UTC)).total_seconds()))
        events = [self._event(unit, quantity) for unit, quantity in USED.items()]
        raw = json.dumps(events).encode()
        self.clients["PROVIDER"].upload("metering/events", raw, content_type=BATCH)
        self._order(self.seen["order_id"], lambda seen: seen["state"] == "SETTLED")
        address = "trade-records"
        found = self.clients["BUYER"].get(address, order_id=self.seen["order_id"])["results"]
        self.facts["tokens"] = {
            "order": self.seen["order"],
            "committed_a_minute": self.seen["committed_a_minute"],
            "used": dict(USED),
            "gross_minor": found[0]["gross_minor"],
        }

    def _say_ready(self) -> None:
        """Say, as the provider, that the interface is connected and answers."""
        provider = self.clients["PROVIDER"]
        asked = provider.wait_for(
            f"deliveries?order={self.seen['order_id']}",
            lambda seen: bool(seen["results"]),
            seconds=CLEARING_SECONDS,
        )
        for move in ("CONNECT", "READY"):
            provider.post(f"deliveries/{asked['results'][0]['id']}/moves", {"move": move})

    def _event(self, unit: str, quantity: int) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "type": "org.suanpan.reading.v1",
            "source": f"/meters/{self.seen['meter_id']}",
            "id": uuid4().hex,
            "subject": self.seen["order_id"],
            "data": {
                "meter": self.seen["meter_id"],
                "starts_at": self.starts_at.isoformat(),
                "ends_at": (self.starts_at + LASTS).isoformat(),
                "quantity": str(quantity),
                "unit": unit,
            },
        }

    def _order(self, order_id: str, is_done: Callable[[Any], bool]) -> Any:
        seconds = max(CLEARING_SECONDS, SETTLING_SECONDS)
        return self.clients["BUYER"].wait_for(f"orders/{order_id}", is_done, seconds=seconds)
