"""Every lock of the vouchers room: an application first, then its programme; vouchers alone."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from common.reviews import NOT_SET_ASIDE
from marketplace.vouchers.contracts import (
    ApplicationNotFound,
    ObjectionNotFound,
    ProgrammeNotFound,
    VoucherNotFound,
)
from marketplace.vouchers.control_contracts import FindingNotFound
from marketplace.vouchers.models import (
    Application,
    ControlFinding,
    Objection,
    Programme,
    ProgrammeDraft,
    Voucher,
)


def application(*, application_id: UUID, issuer_id: UUID) -> Application:
    """
    Lock an application for one of an issuer's programmes.

    :raises ApplicationNotFound: if it does not exist or is for another issuer's programme
    """
    found = (
        Application.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme_version__programme", "applicant")
        .filter(pk=application_id, programme_version__programme__issuer_id=issuer_id)
        .first()
    )
    if found is None:
        raise ApplicationNotFound
    return found


def applications(*, application_ids: Collection[UUID], issuer_id: UUID) -> list[Application]:
    """Lock applications for an issuer's programmes in id order, before any programme."""
    found = Application.objects.filter(
        pk__in=application_ids, programme_version__programme__issuer_id=issuer_id
    )
    return list(
        found.select_related("programme_version__programme", "applicant")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def draft(*, draft_id: UUID, issuer_id: UUID) -> ProgrammeDraft:
    """
    Lock an issuer's draft: who saves it takes turns.

    :raises ProgrammeNotFound: if it does not exist or is another issuer's
    """
    mine = ProgrammeDraft.objects.filter(pk=draft_id, issuer_id=issuer_id)
    found = mine.select_for_update(no_key=True).first()
    if found is None:
        raise ProgrammeNotFound
    return found


def own_application(*, application_id: UUID, applicant_id: UUID) -> Application:
    """
    Lock an applicant's own application.

    :raises ApplicationNotFound: if it does not exist or is another organisation's
    """
    found = (
        Application.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme_version__programme")
        .filter(pk=application_id, applicant_id=applicant_id)
        .first()
    )
    if found is None:
        raise ApplicationNotFound
    return found


def applications_of_batch(*, batch_id: UUID, issuer_id: UUID) -> list[Application]:
    """Lock the applications of a batch, in the order of their numbers."""
    return list(
        Application.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme_version__programme", "applicant")
        .filter(batch_line__batch_id=batch_id, programme_version__programme__issuer_id=issuer_id)
        .order_by("id")
    )


def applications_due(found: QuerySet[Application], *, limit: int) -> list[Application]:
    """Lock the applications that time has come for and that nobody else is sweeping."""
    return list(
        found.select_related("programme_version__programme").select_for_update(
            skip_locked=True, of=("self",), no_key=True
        )[:limit]
    )


def objection(*, objection_id: UUID, issuer_id: UUID) -> Objection:
    """
    Lock an objection to an application for one of an issuer's programmes, its application first.

    :raises ObjectionNotFound: if it does not exist or another issuer answers it
    """
    mine = Objection.objects.filter(
        pk=objection_id, application__programme_version__programme__issuer_id=issuer_id
    )
    known = mine.values_list("application_id", flat=True).first()
    if known is None:
        raise ObjectionNotFound
    held = application(application_id=known, issuer_id=issuer_id)
    found = mine.select_for_update(of=("self",), no_key=True).get()
    found.application = held
    return found


def finding(*, finding_id: UUID, issuer_id: UUID) -> ControlFinding:
    """
    Lock what control found for one of an issuer's programmes.

    :raises FindingNotFound: if there is none, or it is for another issuer's programme
    """
    mine = ControlFinding.objects.filter(pk=finding_id, issuer_id=issuer_id)
    found = (
        mine.select_related("application__programme_version__programme")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if found is None:
        raise FindingNotFound
    return found


def programme(*, programme_id: UUID, issuer_id: UUID) -> Programme:
    """
    Lock an issuer's programme: its decisions and its money take turns.

    :raises ProgrammeNotFound: if it does not exist or is another issuer's
    """
    mine = Programme.objects.filter(pk=programme_id, issuer_id=issuer_id)
    found = mine.select_for_update(no_key=True).first()
    if found is None:
        raise ProgrammeNotFound
    return found


def voucher(*, voucher_id: UUID, issuer_id: UUID) -> Voucher:
    """
    Lock a voucher of one of an issuer's programmes.

    :raises VoucherNotFound: if it does not exist or is of another issuer's programme
    """
    mine = Voucher.objects.filter(pk=voucher_id, programme_version__programme__issuer_id=issuer_id)
    found = _with_programme(mine).select_for_update(of=("self",), no_key=True).first()
    if found is None:
        raise VoucherNotFound
    return found


def due_vouchers(*, now: datetime, limit: int) -> list[Voucher]:
    """Lock vouchers whose rest is to be returned and that nobody else is sweeping."""
    due = Voucher.objects.filter(NOT_SET_ASIDE, sweep_at__lte=now).order_by("sweep_at", "id")
    return list(
        _with_programme(due).select_for_update(skip_locked=True, of=("self",), no_key=True)[:limit]
    )


def _with_programme(found: QuerySet[Voucher]) -> QuerySet[Voucher]:
    return found.select_related("programme_version__programme")
