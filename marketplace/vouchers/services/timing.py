"""What time does to applications and vouchers: objections close, drafts lapse, ends are told of."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import reminders, tenancy
from marketplace.vouchers import locks, moves, selectors, telling
from marketplace.vouchers.contracts import LifeStep
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Application, Voucher

APPLICATIONS_MAX: Final = 500


@transaction.atomic
def close_publicity(*, now: datetime, limit: int = APPLICATIONS_MAX) -> int:
    """Approve what nobody objects to any more once its time is over; tell how many."""
    with tenancy.acting_as_platform():
        due = locks.applications_due(selectors.publicity_over(now), limit=limit)
        for application in due:
            moves.move(
                application, LifeStep.APPROVE, person_id=None, note=application.note, now=now
            )
    return len(due)


@transaction.atomic
def expire_applications(*, now: datetime, limit: int = APPLICATIONS_MAX) -> int:
    """End applications whose next step did not come in time; tell how many."""
    with tenancy.acting_as_platform():
        due = locks.applications_due(selectors.applications_ended(now), limit=limit)
        for application in due:
            moves.move(application, LifeStep.EXPIRE, person_id=None, now=now)
    return len(due)


@transaction.atomic
def remind_of_ends(*, now: datetime, limit: int = APPLICATIONS_MAX) -> int:
    """Tell applicants and holders 30, 7 and 1 days before an application or a voucher ends."""
    with tenancy.acting_as_platform():
        ending = locks.applications_due(selectors.applications_to_remind(now), limit=limit)
        for application in ending:
            left = (application.ends_at - now).days if application.ends_at else 0
            application.reminded_days = reminders.step(left)
            telling.of_application(VoucherEvent.APPLICATION_ENDS_SOON, application, None, days=left)
        Application.objects.bulk_update(ending, ["reminded_days"])
        vouchers = list(
            selectors.vouchers_to_remind(now).select_for_update(
                skip_locked=True, of=("self",), no_key=True
            )[:limit]
        )
        for voucher in vouchers:
            left = (voucher.expires_at - now).days
            voucher.reminded_days = reminders.step(left)
            telling.of_vouchers(VoucherEvent.VOUCHER_ENDS_SOON, [voucher], days=left)
        Voucher.objects.bulk_update(vouchers, ["reminded_days"])
    return len(ending) + len(vouchers)
