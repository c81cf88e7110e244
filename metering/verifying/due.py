"""The work of verification that is due."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.due import Due, DueWork, count_rows
from metering.verifying.contracts import ChallengeState
from metering.verifying.models import Challenge, LevelStanding
from metering.verifying.services.standing import to_remind


def _levels(now: datetime) -> Due:
    due = LevelStanding.objects.filter(changes_at__lte=now)
    return count_rows(due.order_by("changes_at", "pk"), "changes_at")


def _reminders(now: datetime) -> Due:
    return count_rows(to_remind(now).order_by("ends_at", "pk"), "since")


def _to_open(now: datetime) -> Due:
    due = Challenge.objects.filter(state=ChallengeState.DRAWN, opens_at__lte=now)
    return count_rows(due.order_by("opens_at", "id"), "opens_at")


def _to_settle(now: datetime) -> Due:
    due = Challenge.objects.filter(state=ChallengeState.OPEN, deadline_at__lte=now)
    return count_rows(due.order_by("deadline_at", "id"), "deadline_at")


WORK: Final = (
    DueWork("levels", _("Levels whose certificates expired"), _levels),
    DueWork("level_reminders", _("Levels to remind of"), _reminders, late_after=None),
    DueWork("challenges_to_open", _("Challenges to open"), _to_open),
    DueWork("challenges_to_settle", _("Challenges past their deadline"), _to_settle),
)
