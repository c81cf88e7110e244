"""The work of measuring that can be set aside."""

from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.reviews import Closing, ReviewKind
from metering import services
from metering.contracts import Verdict, WindowState
from metering.models import Window


def _windows() -> QuerySet[Window]:
    return Window.objects.filter(state=WindowState.SET_ASIDE)


def _discard(pk: str, closing: Closing) -> object:
    return services.decide_window(
        window_id=int(pk),
        decided_by=closing.organization_id,
        decided_by_person=closing.person_id,
        verdict=Verdict.DISCARD,
        reason=closing.reason,
        now=closing.now,
    )


KINDS: Final = (
    ReviewKind(
        "window",
        _("Window"),
        _("Its readings are discarded: nobody pays for them, and nobody is paid."),
        _windows,
        retry=lambda pk: services.measure_again(window_id=int(pk)),
        close=_discard,
        since="closed_at",
        code="set_aside_reason",
        detail="",
        number=lambda window: f"{window.meter_id} {window.starts_at:%Y-%m-%dT%H:%M:%SZ}",
    ),
)
