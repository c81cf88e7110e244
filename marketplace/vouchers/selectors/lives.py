"""Applications by where they stand: what time has come for, and what everybody sees."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from common import reminders
from marketplace.vouchers.contracts import (
    ApplicationNotFound,
    ApplicationState,
    LifeStep,
    ObjectionNotFound,
    ObjectionState,
    VoucherState,
)
from marketplace.vouchers.life import OVER
from marketplace.vouchers.models import Application, ApplicationStep, Objection, Voucher

_OPEN_OBJECTION: Final = Exists(
    Objection.objects.filter(application_id=OuterRef("pk"), state=ObjectionState.OPEN)
)


def publicity_over(now: datetime) -> QuerySet[Application]:
    """Return what was open to objections long enough, and against which none waits."""
    return Application.objects.filter(
        ~Q(_OPEN_OBJECTION), state=ApplicationState.PUBLISHED, publicity_until__lte=now
    ).order_by("publicity_until", "id")


def applications_ended(now: datetime) -> QuerySet[Application]:
    """Return the applications whose next step did not come in time."""
    return (
        Application.objects.filter(ends_at__lte=now)
        .exclude(state__in=OVER)
        .order_by("ends_at", "id")
    )


def applications_to_remind(now: datetime) -> QuerySet[Application]:
    """Return the applications whose applicants or issuers are to be reminded of their end."""
    return (
        Application.objects.filter(
            reminders.due("ends_at", "reminded_days", now), ends_at__isnull=False
        )
        .exclude(state__in=OVER)
        .order_by("ends_at", "id")
    )


def vouchers_to_remind(now: datetime) -> QuerySet[Voucher]:
    """Return the vouchers whose holders are to be reminded of their end."""
    return (
        Voucher.objects.filter(
            reminders.due("expires_at", "reminded_days", now), state=VoucherState.ACTIVE
        )
        .select_related("programme_version__programme")
        .order_by("expires_at", "id")
    )


def open_to_objections(at: datetime) -> QuerySet[Application]:
    """Return what everybody may object to; asked for as the platform, since it is public."""
    return (
        Application.objects.filter(state=ApplicationState.PUBLISHED, publicity_until__gt=at)
        .select_related("programme_version__programme", "applicant")
        .order_by("publicity_until", "id")
    )


def published(*, application_id: UUID, at: datetime) -> Application:
    """
    Return an application that is open to objections.

    :raises ApplicationNotFound: if it is not
    """
    found = open_to_objections(at).filter(pk=application_id).first()
    if found is None:
        raise ApplicationNotFound
    return found


def steps_of(application_id: UUID) -> QuerySet[ApplicationStep]:
    """Return what happened to an application, oldest first."""
    return (
        ApplicationStep.objects.filter(application_id=application_id)
        .select_related("person")
        .order_by("id")
    )


def told_steps(application_id: UUID) -> list[ApplicationStep]:
    """Return the same for the applicant: what officers wrote to each other is left out."""
    found = list(steps_of(application_id))
    for each in found:
        if each.step in (LifeStep.REVIEW, LifeStep.RETURN):
            each.note = ""
    return found


def objection(*, objection_id: UUID, issuer_id: UUID) -> Objection:
    """
    Return an objection to an application for one of an issuer's programmes.

    :raises ObjectionNotFound: if it does not exist or another issuer answers it
    """
    found = (
        Objection.objects.select_related(
            "application__programme_version__programme", "application__applicant"
        )
        .filter(pk=objection_id, application__programme_version__programme__issuer_id=issuer_id)
        .first()
    )
    if found is None:
        raise ObjectionNotFound
    return found


def objections_to(application_id: UUID) -> QuerySet[Objection]:
    """Return the objections to an application that the actor may see, oldest first."""
    return (
        Objection.objects.filter(application_id=application_id)
        .select_related("made_for")
        .order_by("id")
    )
