"""What other rooms see of the policy room: runs of the workbench, and figures of a programme."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

TITLE_LENGTH_MAX: Final = 120
RULES_LENGTH_MAX: Final = 200_000  # characters of the JSON text of rules
YEARS_LATER_MAX: Final = 10
PERIOD_DAYS_MAX: Final = 366


class WorkbenchState(TextChoices):
    """How far a run is."""

    QUEUED = "QUEUED", _("Queued")
    RUNNING = "RUNNING", _("Running")
    READY = "READY", _("Ready")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


class WorkbenchBasis(TextChoices):
    """Who takes part in a run."""

    TRADES = "TRADES", _("Everybody whose trades meet the rules")
    APPLICATIONS = "APPLICATIONS", _("Those who applied, with what they asked for")


class PerformanceFigure(TextChoices):
    """What a report counts of a programme's money."""

    FUNDED = "FUNDED", _("Funded")
    ISSUED = "ISSUED", _("Issued")
    USED = "USED", _("Used")
    EXPIRED = "EXPIRED", _("Expired")
    CLAWED_BACK = "CLAWED_BACK", _("Clawed back")
    PAID = "PAID", _("Paid by payers")
    REIMBURSED = "REIMBURSED", _("Reimbursed to buyers")
    REPAID = "REPAID", _("Paid back for claw-backs")


@dataclass(frozen=True, slots=True)
class WorkbenchWish:
    """What a run is to try: rules, what they are compared with, on which trades and money."""

    title: str
    code: str
    rules: dict[str, Any]
    base_rules: dict[str, Any] | None
    basis: WorkbenchBasis
    starts_at: datetime
    ends_at: datetime
    years_later: int
    budget_minor: int


class PolicyRunNotFound(NotFound):
    """No such run, or another organisation's."""


class PolicyRunOver(Refusal):
    """A run that has ended is neither cancelled nor changed."""

    code = "policy_run_over"
    sentence = _("The run is over: it is “%(state)s”.")


class PolicyRunNotReady(Refusal):
    """A run without a result has no file and cannot be published."""

    code = "policy_run_not_ready"
    sentence = _("The run has no result: it is “%(state)s”.")


class PolicyRunTooLarge(Refusal):
    """There is more to decide than a run takes."""

    code = "policy_run_too_large"
    status = 422
    sentence = _(
        "A run decides at most %(applications)s applications and %(charges)s charges; choose a"
        " shorter period."
    )


class TooManyPolicyRuns(Refusal):
    """Enough runs of the organisation wait."""

    code = "too_many_policy_runs"
    sentence = _("%(limit)s runs wait already; wait until one is ready, or cancel one.")


class InvalidPolicyPeriod(InvalidInput):
    """A run or a report is about no time, or about too much of it."""

    code = "invalid_policy_period"
    sentence = _("A period begins before it ends and has at most %(days)s days.")


class InvalidPolicyRun(InvalidInput):
    """A member of what a run is to try is out of its limits."""

    code = "invalid_policy_run"
    sentence = _("A run cannot be asked for like this: %(problem)s")
