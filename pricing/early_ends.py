"""What a plan says of ending its contracts early, as data: its strict form, a sentence a fault."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from common.canonical import decimal_text
from pricing.contracts import UNIT_PRICE_MAX
from pricing.plan_models import EarlyEndTerms, PlanModel

NOTICE_HOURS_MAX: Final = 720
_FEE: Final = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?", re.ASCII)
_SHARE: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?", re.ASCII)


def parsed(data: Mapping[str, Any] | None) -> EarlyEndTerms | None:
    """Return what sound data says; None where a plan is silent."""
    if data is None:
        return None
    figures = {name: Decimal(data[name]) for name in ("fee", "gives_back") if name in data}
    return EarlyEndTerms(data["notice_hours"], **figures)


def as_member(said: EarlyEndTerms | None) -> dict[str, Any]:
    """Return the member of a plan's terms, each figure without zeros; none where it is silent."""
    if said is None:
        return {}
    figures = {"fee": said.fee, "gives_back": said.gives_back}
    told = {name: decimal_text(figure) for name, figure in figures.items() if figure}
    return {"early_end": {"notice_hours": said.notice_hours, **told}}


def faults(said: Any) -> Iterator[str]:
    """Yield what is wrong with an early end by itself, a sentence a fault."""
    if not isinstance(said, Mapping) or not {"notice_hours"} <= set(said) <= {
        "notice_hours", "fee", "gives_back"
    }:  # fmt: skip
        yield _("An early end has notice_hours, and may have fee and gives_back.")
        return
    hours = said["notice_hours"]
    if isinstance(hours, bool) or not isinstance(hours, int) or not 0 <= hours <= NOTICE_HOURS_MAX:
        told = _("The notice of an early end is whole hours from 0 to %(most)s.")
        yield told % {"most": NOTICE_HOURS_MAX}
    if not _is_number(said.get("fee", "0"), _FEE, most=UNIT_PRICE_MAX):
        yield _("The fee of an early end is an amount as text, such as 50, of at most six digits.")
    if not _is_number(said.get("gives_back", "0"), _SHARE, most=Decimal(1)):
        yield _("What an early end gives back is a share from 0 to 1, as text.")


def faults_beside(said: Any, models: Sequence[str]) -> Iterator[str]:
    """Yield what of a sound early end does not go with the models of its plan's components."""
    if any(faults(said)) or not Decimal(said.get("gives_back", 0)):
        return
    if PlanModel.PREPAID not in models:
        yield _("An early end gives back of prepaid hours, and nothing is prepaid.")
    elif PlanModel.MINIMUM in models:
        yield _("Beside a minimum nothing is given back: the minimum would ask for it again.")


def _is_number(value: Any, form: re.Pattern[str], *, most: Decimal) -> bool:
    return isinstance(value, str) and bool(form.fullmatch(value)) and Decimal(value) <= most
