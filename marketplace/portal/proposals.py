"""
How each kind of proposal reads: what is proposed, line by line, beside what is so now.

A kind has one function here; what it returns are plain texts in the reader's language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common import tenancy
from common.moments import parse_moment
from identity import selectors as identity_selectors
from identity.appointments import ROLE_KIND
from identity.approvals import kinds
from identity.approvals import selectors as approvals
from identity.approvals.contracts import LIMIT
from identity.contracts import Role
from identity.uscc import masked
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.orders.contracts import DEPOSIT_KIND
from marketplace.portal import figures, names, programme_words
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import FEE_KIND
from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import (
    FUNDING_KIND,
    PROGRAMME_KIND,
    VERSION_KIND,
    ProgrammeNotFound,
)

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a proposal; `now` is what it would replace, empty where there is nothing."""

    label: str | Promise
    proposed: str
    now: str = ""
    is_effect: bool = False  # It follows from what is proposed, and says nothing once decided.

    @property
    def is_change(self) -> bool:
        """Return whether it replaces something else."""
        return bool(self.now) and self.now != self.proposed


def lines_of(kind: str, content: Content, *, is_open: bool, at: datetime) -> list[Line]:
    """Return what a proposal says; one that was decided is not compared with what is so now."""
    found = KINDS[kind](content, at)
    if is_open:
        return found
    return [replace(line, now="") for line in found if not line.is_effect]


def _deposit(content: Content, _at: datetime) -> list[Line]:
    buyer = identity_selectors.organization(UUID(content["organization_id"]))
    amount = content["amount_minor"]
    return [
        Line(_("Buyer"), names.named(buyer)),
        Line(_("Unified social credit code"), masked(buyer.uscc)),
        Line(_("Amount"), figures.money(amount)),
        Line(_("Bank reference"), content["reference"]),
        *_moves((accounts.bank(), -amount), (accounts.buyer_cash(buyer.pk), amount)),
    ]


def _funding(content: Content, _at: datetime) -> list[Line]:
    programme = vouchers_selectors.programme(programme_id=UUID(content["programme_id"]))
    amount, code = content["amount_minor"], programme.code
    return [
        Line(_("Programme"), f"{names.named(programme)} · {code}"),
        Line(_("Amount"), figures.money(amount)),
        Line(_("Reference"), content["reference"]),
        *_moves((accounts.voucher_budget(code), -amount), (accounts.voucher_pool(code), amount)),
    ]


def _moves(*moves: tuple[str, int]) -> list[Line]:
    """Return how balances would change; an account that is not open yet has nothing."""
    with tenancy.acting_as_platform():
        found = ledger_selectors.balances([code for code, _change in moves])
    result = []
    for code, change in moves:
        before = found[code].posted if code in found else 0
        label = names.ACCOUNT_KINDS[code.partition(":")[0]]
        after = figures.money(before + change)
        result.append(Line(label, after, now=figures.money(before), is_effect=True))
    return result


def _programme(content: Content, _at: datetime) -> list[Line]:
    return [
        Line(_("Code"), content["code"]),
        Line(_("Name"), content["name"]),
        *([Line(_("Name in English"), content["name_en"])] if content["name_en"] else []),
        *([Line(_("Region"), names.region(content["region"]))] if content["region"] else []),
        *_rules(content, None),
    ]


def _version(content: Content, at: datetime) -> list[Line]:
    programme = vouchers_selectors.programme(programme_id=UUID(content["programme_id"]))
    try:
        former = vouchers_selectors.version_in_force(programme_id=programme.pk, at=at)
    except ProgrammeNotFound:  # Its first rules are still to come.
        return [Line(_("Programme"), names.named(programme)), *_rules(content, None)]
    return [
        Line(_("Programme"), f"{names.named(programme)} · {programme.code}"),
        *_rules(content, former.rules),
    ]


def _rules(content: Content, former: Mapping[str, Any] | None) -> list[Line]:
    before = programme_words.told(programme_rules.parse(former)) if former is not None else {}
    told = programme_words.told(programme_rules.parse(content["rules"]))
    return [
        Line(_("Holds from"), _since(content["valid_from"])),
        *(Line(label, text, now=before.get(label, "")) for label, text in told.items()),
        Line(_("Source"), content["source"]),
    ]


def _fee(content: Content, at: datetime) -> list[Line]:
    now = settlement_selectors.fee_rules().at(at)
    return [
        Line(_("Fee"), _share(content["rate"]), now=_share(now.rate)),
        Line(_("Holds from"), _since(content["starts_at"])),
        Line(_("Source"), content["source"]),
    ]


def _since(moment: str | None) -> str:
    return (
        figures.moment(parse_moment(moment)) if moment else _("As early as it may, once approved")
    )


def _share(rate: Decimal | str) -> str:
    return f"{figures.grouped(Decimal(rate) * 100)}%"


def _role(content: Content, _at: datetime) -> list[Line]:
    organization = identity_selectors.organization(UUID(content["organization_id"]))
    person = identity_selectors.person(content["person_id"])
    called = f"{person.name} {person.email}".strip() if person else f"#{content['person_id']}"
    return [
        Line(_("Organisation"), names.named(organization)),
        Line(_("Unified social credit code"), masked(organization.uscc)),
        Line(_("Person"), called),
        Line(_("Role"), str(Role(content["role"]).label)),
    ]


def _limit(content: Content, _at: datetime) -> list[Line]:
    return [
        Line(_("What it is for"), str(kinds.kind(content["kind"]).label)),
        Line(
            _("Two people from"),
            from_amount(content["from_minor"]),
            now=from_amount(approvals.from_minor(content["kind"])),
        ),
    ]


def from_amount(minor: int) -> str:
    """Return from which amount on two people are needed, in words."""
    return figures.money(minor) if minor else _("Always")


KINDS: Final[dict[str, Callable[[Content, datetime], list[Line]]]] = {
    DEPOSIT_KIND: _deposit,
    FUNDING_KIND: _funding,
    PROGRAMME_KIND: _programme,
    VERSION_KIND: _version,
    FEE_KIND: _fee,
    ROLE_KIND: _role,
    LIMIT: _limit,
}
