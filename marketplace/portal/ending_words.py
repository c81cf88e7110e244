"""What ending a contract early asks, in words: by its plan, or by the market's rule."""

from typing import Any

from django.utils.translation import gettext as _

from marketplace.portal import figures
from marketplace.settlement import rules as settlement_rules
from marketplace.settlement.contracts import Ending
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


def of_terms(terms: Any) -> str:
    """Return what ending early asks under a plan's terms as they are stored, before ordering."""
    return told(plan_terms.parse(terms).early_end if terms else None)


def told(said: EarlyEndTerms | None) -> str:
    """Return what ending early asks by what a plan says, or by the market's rule."""
    if said is not None:
        return wording.early_end(said)
    rule = settlement_rules.ENDINGS.rule(settlement_rules.ENDINGS.newest)
    words = _("To end early, by the market's rule %(rule)s: %(asked)s")
    return words % {"rule": rule.name, "asked": asked_by(rule)}
