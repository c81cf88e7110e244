"""What ending a contract early asks, in words: by its plan, or by the market's rule."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from marketplace.portal import figures
from marketplace.settlement import rules as settlement_rules
from marketplace.settlement.contracts import Ending
from marketplace.settlement.services.ending import EndMoments
from pricing import plan_terms, wording
from pricing.plan_models import EarlyEndTerms


def asked_by(rule: Ending) -> str:
    """Return the notice, fee and what comes back of an ending, in a sentence."""
    notice = figures.duration(rule.notice_seconds)
    if not rule.fee_minor:
        told = _("The notice is %(notice)s; ending costs no fee.") % {"notice": notice}
    else:
        told = _("The notice is %(notice)s, and ending costs %(fee)s, within what is held.")
        told %= {"notice": notice, "fee": figures.money(rule.fee_minor)}
    if not rule.gives_back:
        return told
    back = _("%(share)s of the price of prepaid hours that are not used comes back.")
    return f"{told} {back % {'share': f'{figures.grouped(rule.gives_back * 100)}%'}}"


def of_terms(terms: Any, *, window_seconds: int) -> str:
    """
    Return what ending early asks under a plan's terms as they are stored, before ordering.

    `window_seconds` is how long a window of the listing's measurement rule is.
    """
    asked = told(plan_terms.parse(terms).early_end if terms else None)
    after = _(
        "After the notice it goes on until the window of its measurement rule that runs then is"
        " over; a window is %(window)s long."
    )
    return f"{asked} {after % {'window': figures.duration(window_seconds)}}"


def draft_told(said: EarlyEndTerms | None) -> str:
    """Return what ending early asks by a plan whose listings, and so whose rules, may differ."""
    after = _(
        "After the notice a contract goes on until the window of its measurement rule that runs"
        " then is over: by a rule that measures by the day, up to a day."
    )
    return f"{told(said)} {after}"


def when_told(moments: EndMoments, ends_at: datetime) -> str:
    """Return when the notice is over that is given now, when the contract ends, and why then."""
    words = {
        "notice": figures.moment(moments.notice_over_at),
        "rule": f"{moments.measured_by.code} v{moments.measured_by.version}",
        "window": figures.duration(moments.measured_by.window_seconds),
        "ends": figures.moment(ends_at),
    }
    if ends_at < moments.window_ends_at:
        told = _("Nothing is held for it from %(ends)s on: it ends then.")
    elif ends_at == moments.notice_over_at:
        told = _("The notice is over at %(notice)s, as a window of %(rule)s is: it ends then.")
    else:
        told = _(
            "The notice is over at %(notice)s. It is measured by %(rule)s in windows of %(window)s,"
            " and ends with the one that runs then: at %(ends)s."
        )
    return told % words


def too_late_told(moments: EndMoments, until: datetime) -> str:
    """Return why a contract that ends at `until` is not to be ended early any more."""
    told = _("It runs until %(until)s and ends then by itself: an early end would come no sooner.")
    told %= {"until": figures.moment(until)}
    return f"{told} {when_told(moments, moments.window_ends_at)}"


def told(said: EarlyEndTerms | None) -> str:
    """Return what ending early asks by what a plan says, or by the market's rule."""
    if said is not None:
        return wording.early_end(said)
    rule = settlement_rules.ENDINGS.rule(settlement_rules.ENDINGS.newest)
    words = _("To end early, by the market's rule %(rule)s: %(asked)s")
    return words % {"rule": rule.name, "asked": asked_by(rule)}
