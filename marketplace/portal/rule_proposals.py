"""How proposals of the market's own rules read: fees, policies, rules of measurement, taxes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from common.moments import market_date
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import PolicyMode
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts.contracts import ProviderKind
from marketplace.portal import rule_words
from marketplace.portal.proposal_lines import Content, ProposalLine, holds_from, per_cent
from marketplace.settlement import selectors as settlement_selectors
from metering import selectors as metering_selectors


def of_fee(content: Content, at: datetime) -> list[ProposalLine]:
    """Return what a fee says."""
    now = settlement_selectors.fee_rules().at(at)
    return [
        ProposalLine(_("Fee"), per_cent(content["rate"]), now=per_cent(now.rate)),
        ProposalLine(_("Holds from"), holds_from(content["starts_at"])),
        ProposalLine(_("Source"), content["source"]),
    ]


def of_delivery_policy(content: Content, at: datetime) -> list[ProposalLine]:
    """Return from when on orders would be charged."""
    before = fulfilment_selectors.policy_at(fulfilment_selectors.policies(), at)
    now = PolicyMode(before.mode) if before else PolicyMode.BY_CLOCK
    starts_at = content["starts_at"]
    return [
        ProposalLine(_("Charged"), str(PolicyMode(content["mode"]).label), now=str(now.label)),
        ProposalLine(_("Holds from"), holds_from(starts_at) if starts_at else _("its approval")),
        ProposalLine(_("Source"), content["source"]),
    ]


def of_measurement_rule(content: Content, _at: datetime) -> list[ProposalLine]:
    """Return what a measurement rule says."""
    latest = metering_selectors.latest_definition(code=content["code"])
    return _versioned(content, content, rule_words.of_measurement, latest)


def of_conversion_table(content: Content, _at: datetime) -> list[ProposalLine]:
    """Return what a conversion table says."""
    latest = metering_selectors.latest_table(name=content["hour_class"])
    title = {"name": content["title"], "name_en": content["title_en"]}
    return _versioned(content, title, rule_words.of_table, latest)


def _versioned(
    content: Content,
    title: Mapping[str, Any],
    say: Callable[[Mapping[str, Any]], Mapping[str, str]],
    latest: Mapping[str, Any] | None,
) -> list[ProposalLine]:
    """Return what a version would say beside what the one before it says, where they differ."""
    changed = rule_words.told_apart(say, latest, content["definition"])
    return [
        ProposalLine(_("Name"), rule_words.titled(title)),
        ProposalLine(_("Version"), str(content["version"])),
        *(
            ProposalLine(each.label, each.after or "—", now=each.before)
            for each in changed[: rule_words.SHOWN_MAX]
        ),
        ProposalLine(_("Holds from"), holds_from(content["valid_from"])),
        ProposalLine(_("Source"), content["source"]),
    ]


def of_tax_rule(content: Content, at: datetime) -> list[ProposalLine]:
    """Return what tax would be withheld."""
    kind = ProviderKind(content["kind"])
    today = payouts_selectors.tax_in_force(kind, on=market_date(at))
    return [
        ProposalLine(_("Providers"), str(kind.label)),
        ProposalLine(
            _("Tax withheld"),
            per_cent(content["rate"]),
            now=per_cent(today.rate) if today else "",
        ),
        ProposalLine(_("From"), content["starts_on"]),
        *([ProposalLine(_("Until"), content["ends_on"])] if content["ends_on"] else []),
        ProposalLine(_("Source"), content["source"]),
    ]
