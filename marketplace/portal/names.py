"""Names, in both languages, of what other rooms know by code."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from identity.contracts import CapacityUnit, ResourceClass
from identity.identifiers import regions
from ledger.contracts import Op
from marketplace.accounts import AccountKind, TransferReason
from marketplace.portal.built_in_sources import SOURCES
from pricing.contracts import RateUnit

ACCOUNT_KINDS: Final[dict[str, Promise]] = {
    AccountKind.BANK: _("Bank"),
    AccountKind.GATEWAY: _("Payment gateway"),
    AccountKind.CLEARING_IN: _("Arrived, to be matched"),
    AccountKind.CLEARING_OUT: _("Sent, to be confirmed"),
    AccountKind.BUYER_CASH: _("Prepaid cash of buyers"),
    AccountKind.PROVIDER_PAYABLE: _("Owed to providers"),
    AccountKind.PROVIDER_RECEIVABLE: _("Owed by providers"),
    AccountKind.PLATFORM_FEE: _("Platform fees"),
    AccountKind.TAX_WITHHELD: _("Tax withheld"),
    AccountKind.VOUCHER_BUDGET: _("Budgets of programmes"),
    AccountKind.VOUCHER_POOL: _("Pools of programmes"),
    AccountKind.VOUCHER: _("Vouchers"),
    AccountKind.VOUCHER_CLAIM: _("Voucher claims of providers"),
    AccountKind.VOUCHER_CLAIMED: _("Vouchers being claimed"),
}

REASONS: Final[dict[str, Promise]] = {
    TransferReason.DEPOSIT: _("Deposit"),
    TransferReason.WITHDRAWAL: _("Withdrawal"),
    TransferReason.STATEMENT: _("Line of a bank statement"),
    TransferReason.REFUND: _("Refund"),
    TransferReason.PAYOUT: _("Payout"),
    TransferReason.REMITTED: _("Confirmed as sent"),
    TransferReason.RETURNED: _("Returned"),
    TransferReason.ORDER_CASH: _("Order, in cash"),
    TransferReason.FEE: _("Fee"),
    TransferReason.BUDGET: _("Budget"),
    TransferReason.ISSUE: _("Vouchers issued"),
    TransferReason.ORDER_VOUCHER: _("Order, in vouchers"),
    TransferReason.EXPIRE: _("Voucher expired"),
    TransferReason.CLAW_BACK: _("Voucher taken back"),
    TransferReason.CORRECTION: _("Correction"),
    TransferReason.ADJUSTMENT: _("Adjustment"),
    TransferReason.CLAIM: _("Voucher claim"),
    TransferReason.CLAIM_BACK: _("Voucher claim taken back"),
    TransferReason.CLAIM_PAID: _("Voucher claim paid"),
    TransferReason.REIMBURSE: _("Reimbursement granted"),
    TransferReason.TAX: _("Tax withheld"),
    TransferReason.NETTING: _("Netting of what is owed"),
}
OPERATIONS: Final[dict[Op, Promise]] = {
    Op.POST: _("Posted"),
    Op.HOLD: _("Held"),
    Op.CAPTURE: _("Captured"),
    Op.RELEASE: _("Released"),
}
# What more than one, or a part of one, is called; Chinese has one word for both.
MANY: Final[dict[str, Promise]] = {
    CapacityUnit.CARD: _("cards"),
    CapacityUnit.NODE: _("nodes"),
    RateUnit.STANDARD_HOUR: _("standard hours"),
    RateUnit.UNIT_HOUR: _("unit-hours"),
}

BETWEEN_LANGUAGES: Final = " | "
FIRST_FEE: Final = "Suanpan's default: 3.00 % of what is collected, paid by the provider."
# Where the rules come from that a market begins with; their English is part of what they record.
BUILT_IN: Final = frozenset(
    {
        gettext_noop("installed with the market"),
        gettext_noop("Context and generated tokens, added as the request log states them."),
        gettext_noop("Tokens as the request log states them; a generated one counts as 1 read."),
        gettext_noop("Tokens as the request log states them; a generated one counts as 4 read."),
        gettext_noop(
            "Nodes are counted as they are; a capacity certificate states what one delivers."
        ),
        gettext_noop(
            "No published figure relates virtual CPUs to the standard hour; counted as they are."
        ),
        gettext_noop(
            "Cards whose model is undisclosed or has no published figure are counted as "
            "card-hours and never converted."
        ),
        gettext_noop(
            "Standard hour: one hour of 312 TFLOPS dense FP16 on the tensor path, the "
            "nameplate of one A100 80GB. Chips whose published figures disagree (Ascend 910B, "
            "MI300X), lack the dense FP16 tensor line (L40) or a source that could be found "
            "(L40S) have no factor here."
        ),
        gettext_noop(
            "Dense FP16 figure as in mikasenghaas (gist) and half of the sparse figure of "
            "jishuzhan.net"
        ),
        gettext_noop(
            "Published nameplate table, jishuzhan.net article 1872432607539499010; calculon "
            "a100_80g.json"
        ),
        gettext_noop("Published nameplate, waredb.com and fpsbench.com"),
        gettext_noop("Published nameplate, zangshuxian.com/new/674733024499207168"),
    }
)

WEEKDAYS: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
COMPONENTS: Final[dict[str, Promise]] = {
    "usage": _("Measured use"),
    "early-end": _("Early end"),
}
SPECIFICATION: Final = (
    ("card_memory_gb", "{} GB VRAM"),
    ("vcpu", "{} vCPU"),
    ("memory_gb", "{} GB RAM"),
    ("disk_tb", "{} TB NVMe"),
    ("network", "{}"),
)
PER_CARD: Final = frozenset({"vcpu", "memory_gb"})


def in_english() -> bool:
    """Return whether the reader reads English."""
    return get_language() == "en"


def named(thing: Any, field: str = "name") -> str:
    """Return a thing's name in the reader's language; English falls back to Chinese."""
    english = getattr(thing, f"{field}_en", "") if in_english() else ""
    return str(english or getattr(thing, field, ""))


def spoken(text: str) -> str:
    """
    Return a text in the reader's language if it was written in both: `中文 | English`.

    What the market itself brought along is translated; what was written in one language is read
    as it is.
    """
    chinese, bar, english = text.partition(BETWEEN_LANGUAGES)
    if bar:
        return english if in_english() else chinese
    if text == FIRST_FEE:
        return gettext("The market's first fee, paid by the provider out of what is collected.")
    return gettext(text) if text in BUILT_IN or text in SOURCES else text


def quoted(pk: UUID) -> str:
    """Return the short name of a quote."""
    return f"Q-{pk.hex[-10:].upper()}"


def recorded(record: Any, party: str) -> str:
    """
    Return the name of a party as a record bears it, in the reader's language.

    A record keeps the legal name of its day. Another language knows a name only of what is still
    called so; else the record is read as it is.
    """
    kept, now = str(getattr(record, f"{party}_name")), getattr(record, party)
    return named(now) if now.name == kept else kept


def unit(of: CapacityUnit | RateUnit, *, is_one: bool) -> str:
    """Return the name of a unit, for exactly one of it or for another quantity."""
    return str(of.label if is_one else MANY.get(of, of.label))


def region(code: str) -> str:
    """Return the name of a division of GB/T 2260."""
    found = regions.regions().get(code)
    if found is None:
        return code
    return (found.name_en if in_english() else found.name) or found.name


def hub(code: str) -> str:
    """Return the name of a hub cluster, or of the province that stands in for one."""
    for cluster in regions.hubs():
        if cluster.code == code:
            return cluster.cluster_en if in_english() else cluster.cluster
    return region(code)


def place(code: str) -> str:
    """Return a region and the hub it belongs to, for example `Qingyang · Gansu hub`."""
    cluster = regions.hub_of(code)
    if cluster is None:
        return region(code)
    return f"{region(code)} · {cluster.hub_en if in_english() else cluster.hub}"


def places_under(beginning: str) -> str:
    """Return what the beginning of a region's code covers: a province (2 digits), a city (4)."""
    if len(beginning) == len("310000"):
        return place(beginning)
    named_after = beginning.ljust(6, "0") if len(beginning) in (2, 4) else ""
    known = regions.regions().get(named_after)
    return f"{region(named_after)} ({beginning})" if known else f"{beginning}…"


def specification(spec: Mapping[str, Any]) -> list[str]:
    """Return a specification as short phrases: `1,024 × H100`, `24 vCPU / card`, `200 Gb/s`."""
    phrases = [
        f"{int(part['cards']):,} × {part['chip']}"
        for part in [spec, *spec.get("chips", ())]
        if part.get("chip") and part.get("cards")
    ]
    if spec.get("nodes"):
        phrases.append(_("%(count)s nodes") % {"count": f"{int(spec['nodes']):,}"})
    per_card = f" / {_('card')}" if phrases and not spec.get("nodes") else ""
    for name, form in SPECIFICATION:
        value = spec.get(name)
        if not value:
            continue
        shown = f"{value:,}" if isinstance(value, int) else str(value)
        phrases.append(form.format(shown) + (per_card if name in PER_CARD else ""))
    return phrases


def book_name(book: Any) -> str:
    """Return what is traded in a book, and where."""
    return traded_in(book.resource_class, book.hub)


def tone(resource_class: str) -> str:
    """Return the colour of a class of resources, the same on tags and charts."""
    return {"AI": "ai", "GENERAL": "general", "HPC": "hpc"}.get(resource_class, "neutral")


def traded_in(resource_class: str, place: str) -> str:
    """Return what the book of a class in a place trades, and where."""
    return f"{ResourceClass(resource_class).label} · {hub(place)}"
