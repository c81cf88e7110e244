"""What the objects of the test gateway do: payments, refunds, transfers, payouts."""

from collections.abc import Callable
from typing import Any, Final

from marketplace.demo.gateway.state import GatewayError, State, Thing

DECLINED: Final = "4000000000000002"
Body = dict[str, Any]


def _whole(body: Body, name: str) -> int:
    """
    Return a positive whole number of a request.

    :raises GatewayError: if it is none
    """
    text = str(body.get(name, ""))
    if not text.isascii() or not text.isdigit() or int(text) <= 0:
        raise GatewayError(400, f"Invalid positive integer: {name}", param=name)
    return int(text)


def open_session(state: State, body: Body, url: str) -> Thing:
    """Open a page of payment."""
    line = body.get("line_items", {}).get("0", {})
    price = line.get("price_data", {})
    made = state.make(
        "checkout.session",
        {
            "amount_total": _whole(price, "unit_amount"),
            "currency": price.get("currency", "cny"),
            "client_reference_id": body.get("client_reference_id"),
            "metadata": body.get("metadata", {}),
            "intent_metadata": body.get("payment_intent_data", {}).get("metadata", {}),
            "success_url": body.get("success_url", ""),
            "expires_at": int(body.get("expires_at", state.now() + 86_400)),
            "mode": "payment",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
        },
    )
    made["url"] = f"{url}/pay/{made['id']}"
    return made


def pay(state: State, session: Thing, card: str) -> bool:
    """Pay a page by a card; a declined one may be tried again. Return whether it was paid."""
    if session["status"] != "open":
        return bool(session["payment_status"] == "paid")
    intent = session["payment_intent"] and state.get("payment_intent", session["payment_intent"])
    if not intent:
        intent = state.make(
            "payment_intent",
            {
                "amount": session["amount_total"],
                "amount_received": 0,
                "currency": session["currency"],
                "metadata": session["intent_metadata"],
                "status": "requires_payment_method",
                "latest_charge": None,
            },
        )
        session["payment_intent"] = intent["id"]
        state.tell("payment_intent.created", intent)
    if card.replace(" ", "") == DECLINED:
        state.tell("payment_intent.payment_failed", intent)
        return False
    succeed(state, intent)
    session |= {"status": "complete", "payment_status": "paid"}
    state.tell("checkout.session.completed", session)
    return True


def succeed(state: State, intent: Thing) -> None:
    """Let the money of a payment be there."""
    charge = state.make(
        "charge",
        {
            "amount": intent["amount"],
            "amount_refunded": 0,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": intent["metadata"],
            "status": "succeeded",
        },
    )
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
    }
    _entry(state, charge, charge["amount"], "charge")
    state.tell("charge.succeeded", charge)
    state.tell("payment_intent.succeeded", intent)


def create_intent(state: State, body: Body, _url: str) -> Thing:
    """Make a payment that is not paid yet, or one that a test card pays at once."""
    made = state.make(
        "payment_intent",
        {
            "amount": _whole(body, "amount"),
            "amount_received": 0,
            "currency": body.get("currency", "cny"),
            "metadata": body.get("metadata", {}),
            "status": "requires_payment_method",
            "latest_charge": None,
        },
    )
    state.tell("payment_intent.created", made)
    if str(body.get("confirm", "")) == "true":
        succeed(state, made)
    return made


def refund(state: State, body: Body, _url: str) -> Thing:
    """Send money of a payment back, never more than it was."""
    intent = state.get("payment_intent", str(body.get("payment_intent", "")))
    charge = state.get("charge", str(intent["latest_charge"]))
    left = charge["amount"] - charge["amount_refunded"]
    amount = _whole(body, "amount") if "amount" in body else left
    if amount > left:
        told = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise GatewayError(400, told, code="charge_already_refunded")
    charge["amount_refunded"] += amount
    made = state.make(
        "refund",
        {
            "amount": amount,
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": intent["id"],
            "metadata": body.get("metadata", {}),
            "status": "succeeded",
        },
    )
    _entry(state, made, -amount, "refund")
    for name, about in (
        ("refund.created", made),
        ("charge.refunded", charge),
        ("refund.updated", made),
    ):
        state.tell(name, about)
    return made


def transfer(state: State, body: Body, _url: str) -> Thing:
    """Send money to a connected account."""
    state.get("account", str(body.get("destination", "")))
    made = state.make(
        "transfer",
        {
            "amount": _whole(body, "amount"),
            "amount_reversed": 0,
            "reversed": False,
            "currency": body.get("currency", "cny"),
            "destination": body["destination"],
            "metadata": body.get("metadata", {}),
        },
    )
    _entry(state, made, -made["amount"], "transfer")
    state.tell("transfer.created", made)
    return made


def reverse(state: State, name: str, body: Body) -> Thing:
    """Take a transfer back."""
    sent = state.get("transfer", name)
    left = sent["amount"] - sent["amount_reversed"]
    amount = _whole(body, "amount") if "amount" in body else left
    if amount > left:
        raise GatewayError(400, "Reversal amount is greater than what is left of the transfer")
    sent["amount_reversed"] += amount
    sent["reversed"] = sent["amount_reversed"] == sent["amount"]
    made = state.make(
        "transfer_reversal", {"amount": amount, "transfer": name, "currency": sent["currency"]}
    )
    state.tell("transfer.reversed", sent)
    return made


def payout(state: State, body: Body, _url: str) -> Thing:
    """Send what the gateway keeps to the market's bank."""
    made = state.make(
        "payout",
        {
            "amount": _whole(body, "amount"),
            "currency": body.get("currency", "cny"),
            "metadata": body.get("metadata", {}),
            "status": "paid",
        },
    )
    _entry(state, made, -made["amount"], "payout")
    state.tell("payout.paid", made)
    return made


def dispute(state: State, body: Body, _url: str) -> Thing:
    """Let a payer contest a payment."""
    charge = state.get("charge", str(body.get("charge", "")))
    made = state.make(
        "dispute",
        {
            "amount": charge["amount"],
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": charge["payment_intent"],
            "status": "needs_response",
        },
    )
    state.tell("charge.dispute.created", made)
    return made


def _plain(kind: str) -> Callable[[State, Body, str], Thing]:
    """Return how an object is made of which only what was sent is kept."""
    return lambda state, body, _url: state.make(kind, {"metadata": {}} | body)


def expire_session(state: State, session: Thing) -> Thing:
    """Close a page of payment that nobody paid."""
    if session["status"] == "open":
        session["status"] = "expired"
        state.tell("checkout.session.expired", session)
    return session


def _entry(state: State, about: Thing, amount: int, kind: str) -> None:
    facts = {"amount": amount, "net": amount, "fee": 0, "source": about["id"], "type": kind}
    made = state.make("balance_transaction", facts | {"currency": about["currency"]})
    about["balance_transaction"] = made["id"]


CREATE: Final[dict[str, tuple[str, Callable[[State, Body, str], Thing]]]] = {
    "customers": ("customer", _plain("customer")),
    "payment_intents": ("payment_intent", create_intent),
    "charges": ("charge", _plain("charge")),
    "refunds": ("refund", refund),
    "checkout/sessions": ("checkout.session", open_session),
    "accounts": ("account", _plain("account")),
    "transfers": ("transfer", transfer),
    "payouts": ("payout", payout),
    "disputes": ("dispute", dispute),
    "events": ("event", _plain("event")),
    "balance_transactions": ("balance_transaction", _plain("balance_transaction")),
}
