"""Signed messages: an agent's Ed25519 signature over the body, byte for byte."""

from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common import base64url
from identity import selectors as identity_selectors
from identity.rows import AgentRow
from metering.cloudevents import Message, is_binary
from metering.contracts import InvalidEnvelope, SignatureRefused

AGENT_HEADER: Final = "suanpan-agent"
SIGNATURE_HEADER: Final = "suanpan-signature"


def verified_agent(*, provider_id: UUID, message: Message, now: datetime) -> AgentRow | None:
    """
    Return the agent that signed a message; None if nobody did.

    :raises SignatureRefused: if the agent is unknown, another provider's or ended, or the
        signature is not its own: these look alike
    :raises InvalidEnvelope: if attributes travel in headers, which the signature does not cover
    """
    key_id = message.headers.get(AGENT_HEADER)
    signature = message.headers.get(SIGNATURE_HEADER)
    if key_id is None and signature is None:
        return None
    if is_binary(message.content_type):
        raise InvalidEnvelope(reason="a signed message must be structured or batched")
    return signer(provider_id=provider_id, message=message, now=now)


def signer(*, provider_id: UUID, message: Message, now: datetime) -> AgentRow:
    """
    Return the agent that signed the bytes of a message, whatever they mean.

    :raises SignatureRefused: if nobody did whom the market knows as the provider's, still good
    """
    key_id = message.headers.get(AGENT_HEADER)
    signature = message.headers.get(SIGNATURE_HEADER)
    agent = identity_selectors.signing_agent(key_id=key_id or "", provider_id=provider_id, now=now)
    if agent is None or not _is_genuine(bytes(agent.public_key), signature or "", message.body):
        raise SignatureRefused
    return agent


def _is_genuine(public_key: bytes, signature: str, body: bytes) -> bool:
    try:
        raw = base64url.decoded(signature)
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, body)
    except (ValueError, InvalidSignature):
        return False
    return True
