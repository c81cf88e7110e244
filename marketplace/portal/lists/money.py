"""Lists of money: deposits, vouchers, applications for them, programmes."""

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.payments.selectors.filters import DepositFilter
from marketplace.portal import names, tags
from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows
from marketplace.portal.templatetags import portal as words
from marketplace.vouchers.contracts import VoucherState
from marketplace.vouchers.selectors.filters import ApplicationFilter, VoucherFilter

DEPOSITS: Final = ListTable(
    name="deposits",
    title=_("Deposits"),
    filters=DepositFilter,
    columns=(
        ListColumn("reference", _("Bank reference"), phone=Phone.KEY, is_fixed=True),
        ListColumn(
            "buyer",
            _("Buyer"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            below=lambda row: words.masked(row.organization.uscc),
        ),
        ListColumn("recorded_at", _("Booked"), Shows.TIME, sort=("id",)),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
    ),
)


VOUCHERS: Final = ListTable(
    name="vouchers",
    prefix="vouchers",
    title=_("Vouchers"),
    columns=(
        ListColumn(
            "number",
            _("Voucher"),
            below=lambda row: f"{names.named(row, 'programme_name')} · v{row.programme_version}",
            sort=("number",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("face_minor", _("Face value"), Shows.MONEY, sort=("face_minor",), total=True),
        ListColumn(
            "left",
            _("Left"),
            Shows.MONEY,
            value=lambda row: row.balance.available_minor,
            sort=("left",),
            tone="voucher",
            is_strong=True,
            total=True,
        ),
        ListColumn(
            "held",
            _("On hold"),
            Shows.MONEY,
            value=lambda row: row.balance.held_minor,
            phone=Phone.HIDDEN,
            total=True,
        ),
        ListColumn(
            "used",
            _("Used"),
            value=lambda row: f"{row.used_percent}%",
            template="portal/list/voucher_used.html",
        ),
        ListColumn("expires_at", _("Expires"), Shows.DAY, sort=("expires_at",)),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: tags.of_voucher(row.state),
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    row_id=lambda row: row.number,
)


def _applications(
    name: str, title: Any, *columns: ListColumn, prefix: str = "", filters: Any = ApplicationFilter
) -> ListTable:
    return ListTable(
        name=name,
        title=title,
        prefix=prefix,
        filters=filters,
        shown_filters=("state", "applied_from", "applied_until", "amount_from", "amount_to"),
        columns=(
            ListColumn(
                "number",
                _("Application"),
                below=lambda row: names.named(row.programme_version.programme),
                sort=("id",),
                phone=Phone.KEY,
                is_fixed=True,
            ),
            *columns,
        ),
    )


_APPLICANT: Final = ListColumn(
    "applicant",
    _("Applicant"),
    Shows.PARTY,
    value=lambda row: names.named(row.applicant),
    below=lambda row: words.masked(row.applicant.uscc),
)
_AMOUNT: Final = ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True)
_APPLIED: Final = ListColumn("applied_at", _("Applied"), Shows.TIME)
_STATE: Final = ListColumn(
    "state",
    _("State"),
    Shows.STATE,
    value=tags.of_application,
    phone=Phone.STATE,
    is_fixed=True,
)

OWN_APPLICATIONS: Final = _applications(
    "applications",
    _("Applications"),
    _AMOUNT,
    ListColumn(
        "act",
        "",
        Shows.ACT,
        value=lambda row: [
            RowLink(_("Open"), reverse("portal:application", args=[row.pk]), row.number)
        ],
        phone=Phone.ACT,
    ),
    _APPLIED,
    ListColumn("note", _("Reason"), phone=Phone.STRIP),
    _STATE,
)
WAITING: Final = _applications(
    "waiting-applications",
    _("Waiting for your decision"),
    _APPLICANT,
    _AMOUNT,
    _APPLIED,
    _STATE,
    ListColumn("act", "", Shows.ACT, template="portal/list/decide.html", phone=Phone.ACT),
    prefix="waiting",
)
DECIDED: Final = _applications(
    "decided-applications",
    _("Decided"),
    _APPLICANT,
    _AMOUNT,
    ListColumn("decided_at", _("Decided"), Shows.TIME),
    ListColumn("voucher", _("Voucher"), value=lambda row: getattr(row.voucher, "number", None)),
    _STATE,
)


PROGRAMMES: Final = ListTable(
    name="programmes",
    prefix="programmes",
    title=_("Programmes"),
    columns=(
        ListColumn(
            "name",
            _("Programme"),
            value=names.named,
            link=lambda row: reverse("portal:programme", args=[row.id]),
            below=lambda row: f"{row.code} v{row.version} · {words.shortened(row.content_hash, 4)}",
            sort=("name",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "issuer", _("Issuer"), Shows.PARTY, value=lambda row: names.named(row, "issuer_name")
        ),
        ListColumn(
            "pays",
            _("Pays"),
            value=lambda row: row.rules.mode.label,
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn("funded_minor", _("Budget"), Shows.MONEY, sort=("funded_minor",), total=True),
        ListColumn(
            "pool_minor",
            _("Left"),
            Shows.MONEY,
            sort=("pool_minor",),
            tone="voucher",
            is_strong=True,
            total=True,
        ),
        ListColumn(
            "issued_minor",
            _("What became of it"),
            Shows.MONEY,
            template="portal/list/programme_issued.html",
            phone=Phone.STRIP,
        ),
        ListColumn(
            "open",
            _("Applications"),
            Shows.STATE,
            value=lambda row: tags.OPEN if row.takes_applications else tags.CLOSED,
            phone=Phone.STATE,
        ),
        ListColumn(
            "act", "", Shows.ACT, template="portal/list/programme_acts.html", phone=Phone.ACT
        ),
    ),
    row_id=lambda row: row.code,
)


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """A voucher as its issuer sees it."""

    voucher: Any
    left_minor: int

    @property
    def pk(self) -> Any:
        """Return the voucher's identifier."""
        return self.voucher.pk

    @property
    def state(self) -> VoucherState:
        """Return what it is."""
        return VoucherState(self.voucher.state)


def _taking_back(line: IssuedLine) -> list[RowLink]:
    if line.state is not VoucherState.ACTIVE:
        return []
    address = reverse("portal:voucher-claw-back", args=[line.pk])
    return [RowLink(_("Take back"), address, line.voucher.number)]


ISSUED_VOUCHERS: Final = ListTable(
    name="issued-vouchers",
    title=_("Issued vouchers"),
    filters=VoucherFilter,
    columns=(
        ListColumn(
            "number",
            _("Voucher"),
            value=lambda line: line.voucher.number,
            below=lambda line: line.voucher.programme_version.programme.code,
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "holder",
            _("Holder"),
            Shows.PARTY,
            value=lambda line: names.named(line.voucher.holder),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "face",
            _("Face value"),
            Shows.MONEY,
            value=lambda line: line.voucher.face_minor,
            total=True,
        ),
        ListColumn(
            "left",
            _("Left"),
            Shows.MONEY,
            value=lambda line: line.left_minor,
            tone="voucher",
            is_strong=True,
            total=True,
        ),
        ListColumn("expires", _("Expires"), Shows.TIME, value=lambda line: line.voucher.expires_at),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: tags.of_voucher(line.state),
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn("act", "", Shows.ACT, value=_taking_back, phone=Phone.ACT),
    ),
    row_label=lambda line: line.voucher.number,
)
