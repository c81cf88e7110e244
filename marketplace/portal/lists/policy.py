"""Lists of the policy room: runs, what enterprises come to by one, the lines of a figure."""

from typing import Any, Final

import django_filters
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.policy.selectors.filters import PolicyPartyFilter, PolicyRunFilter
from marketplace.portal import names, policy_words
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows
from marketplace.portal.templatetags import portal as words


def _party(row: Any) -> str:
    return names.named(row.organization) if row.organization else row.key


class WholeListFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """A list that is read whole."""


POLICY_RUNS: Final = ListTable(
    name="policy-runs",
    title=_("Workbench runs"),
    filters=PolicyRunFilter,
    columns=(
        ListColumn(
            "title",
            _("Run"),
            below=lambda row: f"{row.number} · {row.code}",
            link=lambda row: reverse("portal:workbench-run", args=[row.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "period",
            _("Period"),
            value=lambda row: f"{words.day(row.starts_at)} – {words.last_day(row.ends_at)}",
        ),
        ListColumn("budget_minor", _("Budget"), Shows.MONEY),
        ListColumn("queued_at", _("Asked for"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("published_at", _("Published"), Shows.TIME),
        ListColumn(
            "state", _("State"), Shows.STATE, value=policy_words.tag_of_run, phone=Phone.STATE
        ),
        ListColumn("run_hash", _("Hash"), Shows.IDENTIFIER, phone=Phone.STRIP, is_on=False),
    ),
)
POLICY_PARTIES: Final = ListTable(
    name="policy-parties",
    title=_("What enterprises come to"),
    filters=PolicyPartyFilter,
    columns=(
        ListColumn(
            "party",
            _("Enterprise"),
            Shows.PARTY,
            value=_party,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "district",
            _("District"),
            value=lambda row: policy_words.group("district", row.district),
        ),
        ListColumn(
            "beneficiary",
            _("Class of enterprise"),
            value=lambda row: policy_words.group("class", row.beneficiary),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "size",
            _("Size"),
            value=lambda row: policy_words.group("size", row.size),
            is_on=False,
            phone=Phone.HIDDEN,
        ),
        ListColumn("before_minor", _("Before"), Shows.MONEY),
        ListColumn("after_minor", _("After"), Shows.MONEY, sort=("after_minor",), is_strong=True),
        ListColumn("change_minor", _("Change in support"), Shows.MONEY, sort=("change_minor",)),
        ListColumn(
            "reason",
            _("Why nothing"),
            value=lambda row: policy_words.rule(row.reason) if row.reason else "",
            phone=Phone.STRIP,
        ),
    ),
)
PERFORMANCE_LINES: Final = ListTable(
    name="performance-lines",
    title=_("Lines of a figure"),
    filters=WholeListFilter,
    columns=(
        ListColumn(
            "effective_at", _("When"), Shows.TIME, value=lambda row: row.transfer.effective_at
        ),
        ListColumn(
            "voucher",
            _("Voucher"),
            value=lambda row: row.voucher_number or row.transfer.reference,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "holder",
            _("Holder"),
            Shows.PARTY,
            value=lambda row: names.named(row.holder) if row.holder else "—",
        ),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn(
            "transfer",
            _("Transfer"),
            Shows.IDENTIFIER,
            value=lambda row: str(row.transfer.id),
            phone=Phone.STRIP,
        ),
    ),
)
