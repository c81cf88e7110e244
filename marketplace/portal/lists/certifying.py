"""The list of certificates that are asked for."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.certifying.contracts import RequestState
from identity.certifying.filters import CertificateRequestFilter
from identity.contracts import CertificateKind
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows, Tag

TONES: Final = {
    RequestState.WAITING: ("brand", ""),
    RequestState.VERIFIED: ("ok", "check"),
    RequestState.REFUSED: ("bad", ""),
    RequestState.WITHDRAWN: ("neutral", ""),
}


def state_of_request(row: Any) -> Tag:
    """Return how far a request has come."""
    state = RequestState(row.state)
    return Tag(state.label, *TONES[state])


def _open(row: Any) -> list[RowLink]:
    address = reverse("portal:certificate-request", args=[row.pk])
    return [RowLink(_("Open"), address, str(CertificateKind(row.kind).label))]


CERTIFICATE_REQUESTS: Final = ListTable(
    name="certificate-requests",
    title=_("Certificates asked for"),
    filters=CertificateRequestFilter,
    quick=(
        Quick("waiting", _("Waiting"), {"state": (RequestState.WAITING,)}),
        Quick("verified", _("Verified"), {"state": (RequestState.VERIFIED,)}),
    ),
    columns=(
        ListColumn(
            "kind",
            _("Attests"),
            value=lambda row: CertificateKind(row.kind).label,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "holder",
            _("Asked by"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            phone=Phone.STRIP,
        ),
        ListColumn("asked_at", _("Asked"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("decided_at", _("Decided"), Shows.TIME, phone=Phone.FACT),
        ListColumn("note", _("Reason"), phone=Phone.STRIP),
        ListColumn("state", _("State"), Shows.STATE, value=state_of_request, phone=Phone.STATE),
        ListColumn("act", "", Shows.ACT, value=_open, phone=Phone.ACT),
    ),
)
