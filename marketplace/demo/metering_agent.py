"""A metering agent at a provider's site: it signs what it measures."""

import base64
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.demo.client import Client


class Agent:
    """Holds its own Ed25519 key; the market knows the public half only."""

    def __init__(self, *, client: Client) -> None:
        self.client = client
        self.key = Ed25519PrivateKey.generate()
        self.agent_id = ""
        self.key_id = ""

    def register(self, *, name: str) -> None:
        """Tell the market the public key."""
        public_key = self.key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        registered = self.client.post(
            "metering-agents", {"name": name, "public_key": base64.b64encode(public_key).decode()}
        )
        self.agent_id, self.key_id = registered["id"], registered["key_id"]

    def send(
        self,
        *,
        meter_id: str,
        order_id: str,
        starts_at: datetime,
        ends_at: datetime,
        card_seconds: int,
    ) -> Any:
        """Send one reading of an order's use; the same reading always has the same id."""
        event = {
            "specversion": "1.0",
            "type": "org.suanpan.reading.v1",
            "source": f"urn:suanpan:meter:{meter_id}",
            "id": f"{order_id}:{starts_at:%Y%m%dT%H%M%SZ}",
            "subject": order_id,
            "time": ends_at.isoformat(),
            "data": {
                "meter": meter_id,
                "starts_at": starts_at.isoformat(),
                "ends_at": ends_at.isoformat(),
                "quantity": str(card_seconds),
                "unit": "card-second",
            },
        }
        return self.client.send_events([event], agent=self.key_id, key=self.key)
