"""An agent whose batches a test sends one at a time, and sees acknowledged one at a time."""

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.demo.client import Client


class Signing:
    """Signs for the meters of an agent with a key of its own, in place of the agent's."""

    def __init__(self, client: Client, agent_id: str) -> None:
        self.client, self.key = client, Ed25519PrivateKey.generate()
        public_key = self.key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        named = {"public_key": base64.b64encode(public_key).decode()}
        self.key_id = client.post(f"metering-agents/{agent_id}/key", named)["key_id"]

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
        # The bytes that are signed are the bytes that are sent.
        body = json.dumps([event]).encode()
        headers = {
            "Content-Type": "application/cloudevents-batch+json",
            "Suanpan-Agent": self.key_id,
            "Suanpan-Signature": base64.b64encode(self.key.sign(body)).decode(),
        }
        return self.client._answer("POST", "metering/events", data=body, headers=headers).json()
