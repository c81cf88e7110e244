"""
Stripe as a channel: the one file that knows its library.

Its client sends by the market's one door out, so that no call waits for Stripe inside a
transaction. Each call bears the movement's identifier: as its idempotency key, and as metadata by
which it is found again however old the key is.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import stripe

from common import outbound
from marketplace.payments.channels import (
    ChannelRefused,
    ChannelUnavailable,
    EventRefused,
    Instruction,
    Known,
    News,
    NewsKind,
    Sent,
)

MOVEMENT: Final = "suanpan_movement"
KEYS_LAST: Final = timedelta(hours=23)  # Stripe forgets an idempotency key after a day.
PAGE_LASTS: Final = timedelta(hours=23)  # How long somebody may pay, from the asking on.
TOLERANCE: Final = timedelta(minutes=5)  # of a webhook's time, either way
METHODS: Final = ("card", "alipay", "wechat_pay")
PAGE: Final = 100
# What an object in a state says of money.
STATES: Final = {
    ("payment_intent", "succeeded"): NewsKind.PAID,
    ("payment_intent", "canceled"): NewsKind.CANCELLED,
    ("checkout.session", "expired"): NewsKind.CANCELLED,
    ("refund", "succeeded"): NewsKind.REFUNDED,
    ("refund", "failed"): NewsKind.RETURNED,
    ("refund", "canceled"): NewsKind.RETURNED,
    ("payout", "paid"): NewsKind.TO_BANK,
}
LIMITS: Final = outbound.Limits(total_seconds=20, read_seconds=15)


class _ByTheDoor(stripe.HTTPClient):
    """Sends what the library asks for through `common.outbound`."""

    name = "suanpan"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """
        Send one request.

        :raises stripe.APIConnectionError: if there was no whole answer
        """
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        asked = outbound.Request(method.upper(), url, headers or {}, body)
        try:
            reply = outbound.ask(asked, limits=LIMITS)
        except outbound.OutboundRefused as refused:
            told: Any = stripe.APIConnectionError
            raise told(refused.code) from refused
        return reply.body.decode(), reply.status, reply.headers

    def close(self) -> None:
        """Keep nothing open."""


class StripeChannel:
    """Card and wallet payments by Stripe."""

    def __init__(
        self,
        key: str,
        *,
        secrets: tuple[str, ...],
        is_live: bool,
        account: str = "",
        base: str = "",
    ) -> None:
        addresses: Any = {"api": base} if base else None
        self._client = stripe.StripeClient(
            key, http_client=_ByTheDoor(), base_addresses=addresses, max_network_retries=0
        )
        self._secrets, self._is_live, self._account = secrets, is_live, account

    # --- What is sent ----------------------------------------------------------------------
    def open_top_up(self, order: Instruction) -> Sent:
        """Open a page on which somebody pays."""
        if found := self._found(order, self._sessions):
            return _sent(found)
        metadata = {MOVEMENT: str(order.id)}
        line = {
            "quantity": 1,
            "price_data": {
                "currency": order.currency.lower(),
                "unit_amount": order.amount_minor,
                "product_data": {"name": order.number},
            },
        }
        params: Any = {
            "mode": "payment",
            "client_reference_id": str(order.id),
            "payment_method_types": list(METHODS),
            "payment_method_options": {"wechat_pay": {"client": "web"}},
            "line_items": [line],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "success_url": order.return_to,
            "cancel_url": order.return_to,
            "expires_at": int((order.asked_at + PAGE_LASTS).timestamp()),
        }
        with _worded():
            return _sent(self._client.v1.checkout.sessions.create(params, _once("top-up", order)))

    def refund(self, order: Instruction) -> Sent:
        """Send money back to the payment that it came by."""
        if found := self._found(order, self._refunds):
            return _sent(found)
        params: Any = {
            "payment_intent": order.source_reference,
            "amount": order.amount_minor,
            "metadata": {MOVEMENT: str(order.id)},
        }
        with _worded():
            return _sent(self._client.v1.refunds.create(params, _once("refund", order)))

    def transfer(self, order: Instruction) -> Sent:
        """Send money to a provider's connected account."""
        if found := self._found(order, self._transfers):
            return _sent(found)
        params: Any = {
            "amount": order.amount_minor,
            "currency": order.currency.lower(),
            "destination": order.payee_reference,
            "metadata": {MOVEMENT: str(order.id)},
        }
        with _worded():
            return _sent(self._client.v1.transfers.create(params, _once("transfer", order)))

    # --- What is known ---------------------------------------------------------------------
    def look(self, known: Known) -> list[News]:
        """Return how what was sent stands there now."""
        with _worded():
            if known.reference.startswith("cs_"):
                session = self._client.v1.checkout.sessions.retrieve(known.reference)
                return self._news([_plain(session)], "")
            if known.reference.startswith("re_"):
                refund = self._client.v1.refunds.retrieve(known.reference)
                return self._news([_plain(refund)], "")
            if known.reference.startswith("tr_"):
                transfer = self._client.v1.transfers.retrieve(known.reference)
                return self._news([_plain(transfer)], "")
        return []

    def since(self, moment: datetime) -> Iterator[News]:
        """Yield what Stripe knows of payments, refunds, transfers and payouts since a moment."""
        asked: Any = {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}
        with _worded():
            for listed in (
                self._client.v1.payment_intents.list(asked),
                self._client.v1.refunds.list(asked),
                self._client.v1.transfers.list(asked),
                self._client.v1.payouts.list(asked),
                self._client.v1.disputes.list(asked),
            ):
                yield from self._news((_plain(each) for each in listed.auto_paging_iter()), "")

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> tuple[str, str, News]:
        """
        Return an event's identifier, its type, and what it tells.

        :raises EventRefused: if nobody who may has signed it, or not at about this time
        """
        if not any(self._is_signed(body, signature, secret) for secret in self._secrets):
            raise EventRefused("signature")
        moment = _signed_at(signature)
        if abs(now - moment) > TOLERANCE:
            raise EventRefused("time")
        try:
            event = json.loads(body)
            about = event["data"]["object"]
            found = self._news([about | {"livemode": event["livemode"]}], event.get("account"))
            told = found[0] if found else News(kind=NewsKind.NOTHING, reference=about["id"])
            return str(event["id"]), str(event["type"]), told
        except (KeyError, TypeError, ValueError) as error:
            raise EventRefused("form") from error

    @staticmethod
    def _is_signed(body: bytes, signature: str, secret: str) -> bool:
        try:
            return bool(stripe.WebhookSignature.verify_header(body, signature, secret))
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            return False

    def _news(self, objects: Any, account: str | None) -> list[News]:
        made = []
        for about in objects:
            kind = _kind(about)
            if kind is NewsKind.NOTHING:
                continue
            made.append(
                News(
                    kind=kind,
                    reference=about["id"],
                    movement_id=_movement(about),
                    payment=_payment(about),
                    amount_minor=_amount(about),
                    currency=str(about.get("currency") or "").upper(),
                    is_ours=bool(about.get("livemode")) == self._is_live
                    and (account or "") in ("", self._account),
                )
            )
        return made

    def _found(self, order: Instruction, listed: Any) -> Any:
        """Return what an earlier try made, where its key may be forgotten meanwhile."""
        if not order.is_again or order.now - order.asked_at < KEYS_LAST:
            return None
        with _worded():
            for each in listed(order).auto_paging_iter():
                if _movement(_plain(each)) == order.id:
                    return each
        return None

    def _sessions(self, order: Instruction) -> Any:
        return self._client.v1.checkout.sessions.list(_made_since(order))

    def _refunds(self, order: Instruction) -> Any:
        return self._client.v1.refunds.list(
            {"payment_intent": order.source_reference} | _made_since(order)
        )

    def _transfers(self, order: Instruction) -> Any:
        return self._client.v1.transfers.list(_made_since(order))


def _made_since(order: Instruction) -> Any:
    return {"created": {"gte": int(order.asked_at.timestamp()) - 60}, "limit": PAGE}


def _once(act: str, order: Instruction) -> Any:
    return {"idempotency_key": f"{act}-{order.id}"}


def _sent(made: Any) -> Sent:
    return Sent(reference=made["id"], address=_plain(made).get("url") or "")


def _plain(made: Any) -> dict[str, Any]:
    return dict(made.to_dict()) if isinstance(made, stripe.StripeObject) else dict(made)


def _kind(about: Mapping[str, Any]) -> NewsKind:
    """Return what an object says of money, whatever event told it."""
    name, status = str(about.get("object")), str(about.get("status"))
    if name == "checkout.session" and about.get("payment_status") == "paid":
        return NewsKind.PAID
    if name == "dispute":
        return NewsKind.DISPUTED
    if name == "transfer":
        return NewsKind.REVERSED if about.get("amount_reversed") else NewsKind.TRANSFERRED
    return STATES.get((name, status), NewsKind.NOTHING)


def _movement(about: Mapping[str, Any]) -> UUID | None:
    named = (about.get("metadata") or {}).get(MOVEMENT) or about.get("client_reference_id")
    try:
        return UUID(str(named))
    except ValueError:
        return None


def _payment(about: Mapping[str, Any]) -> str:
    """Return the name of the payment that something is about."""
    if about.get("object") == "payment_intent":
        return str(about["id"])
    return str(about.get("payment_intent") or "")


def _amount(about: Mapping[str, Any]) -> int:
    # Of a transfer that came back in part, that part: it is not what our order says.
    for name in ("amount_reversed", "amount_received", "amount_total", "amount"):
        if isinstance(about.get(name), int) and about[name]:
            return int(about[name])
    return 0


def _signed_at(signature: str) -> datetime:
    """
    Return the moment that a signature names.

    :raises EventRefused: if it names none
    """
    try:
        stamps = [each[2:] for each in signature.split(",") if each.startswith("t=")]
        return datetime.fromtimestamp(int(stamps[0]), tz=UTC)
    except (IndexError, ValueError, OverflowError, OSError) as error:
        raise EventRefused("time") from error


@contextmanager
def _worded() -> Iterator[None]:
    """Tell what may be tried again from what never will be."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.IdempotencyError) as error:
        raise ChannelUnavailable(str(error.code or type(error).__name__)) from error
    except stripe.StripeError as error:
        status = error.http_status or 500
        if status >= 500 or status in (401, 403, 409):  # A key may be mended.
            raise ChannelUnavailable(str(status)) from error
        raise ChannelRefused(str(error.code or "refused")[:60]) from error
