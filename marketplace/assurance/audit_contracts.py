"""What a capacity audit is: where it stands, what it looks at, what it comes to."""

from collections.abc import Mapping
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from identity.contracts import Role

AUDIT_KIND: Final = "assurance.capacity_audit"  # What takes two people: a conclusion that costs.
AUDITING: Final = frozenset({Role.OPERATOR, Role.AUDITOR})
REASON_MAX: Final = 500
FINDINGS_MAX: Final = 100
DUE_DAYS_MAX: Final = 180
ANSWER_DAYS: Final = 14  # how long the supplier may take to answer
USE_DAYS: Final = 30  # of meters and power that an audit looks back at
CHALLENGE_DAYS: Final = 90
OVERDUE: Final = 0  # what stands for "overdue" where the days that were left are noted
DRAWN_MAX: Final = 100  # suppliers of one draw


class AuditState(TextChoices):
    """Where an audit stands."""

    OPEN = "OPEN", _("Open")
    EXAMINING = "EXAMINING", _("Being examined")
    ASKED = "ASKED", _("Supplier is asked")
    ANSWERED = "ANSWERED", _("Supplier has answered")
    CONCLUDED = "CONCLUDED", _("Concluded")
    CANCELLED = "CANCELLED", _("Cancelled")


class AuditStep(TextChoices):
    """What moves an audit on."""

    TAKE = "TAKE", _("Take it")
    ASK = "ASK", _("Send the findings")
    ANSWER = "ANSWER", _("Answer")
    CONCLUDE = "CONCLUDE", _("Conclude")
    CANCEL = "CANCEL", _("Cancel")


# The table of states: the trigger `assurance_audit_moves` keeps the same one.
AUDIT_STEPS: Final[Mapping[AuditStep, tuple[tuple[AuditState, ...], AuditState]]] = {
    AuditStep.TAKE: ((AuditState.OPEN, AuditState.EXAMINING), AuditState.EXAMINING),
    AuditStep.ASK: ((AuditState.EXAMINING,), AuditState.ASKED),
    AuditStep.ANSWER: ((AuditState.ASKED,), AuditState.ANSWERED),
    AuditStep.CONCLUDE: (
        (AuditState.EXAMINING, AuditState.ASKED, AuditState.ANSWERED),
        AuditState.CONCLUDED,
    ),
    AuditStep.CANCEL: ((AuditState.OPEN, AuditState.EXAMINING), AuditState.CANCELLED),
}
OVER: Final = (AuditState.CONCLUDED, AuditState.CANCELLED)


class AuditSource(TextChoices):
    """What a line of the checklist compares the claimed size with."""

    REGISTERED = "REGISTERED", _("Resources in the register")
    HARDWARE = "HARDWARE", _("Serial numbers of hardware")
    METERS = "METERS", _("Meters and their use")
    POWER = "POWER", _("Use beside power")
    CHALLENGES = "CHALLENGES", _("Challenges")


class LineVerdict(TextChoices):
    """What the auditor makes of a line."""

    OPEN = "OPEN", _("Not looked at")
    AGREES = "AGREES", _("Agrees")
    DIFFERS = "DIFFERS", _("Differs")
    NOT_SHOWN = "NOT_SHOWN", _("Shows nothing")


class AuditGravity(TextChoices):
    """How grave a finding of an audit is."""

    NOTE = "NOTE", _("Note")
    MINOR = "MINOR", _("Minor")
    MAJOR = "MAJOR", _("Major")


class AuditConclusion(TextChoices):
    """What an audit came to; all but the first cost the supplier, and take two people."""

    CONFIRMED = "CONFIRMED", _("Capacity confirmed")
    LOWER = "LOWER", _("Less capacity found")
    NOT_FOUND = "NOT_FOUND", _("Capacity not found")


COSTING: Final = (AuditConclusion.LOWER, AuditConclusion.NOT_FOUND)


class AuditNotFound(NotFound):
    """No such audit, or one that the supplier was not told of."""


class AuditMoved(Refusal):
    """The audit is not where the step begins."""

    code = "audit_moved"
    sentence = _("The audit is “%(state)s”: it cannot do that.")


class AuditUnderWay(Refusal):
    """A supplier is audited once at a time."""

    code = "audit_under_way"
    sentence = _("An audit of this supplier is under way.")


class SupplierSizeUnknown(Refusal):
    """There is nothing to audit: the supplier qualified with nothing."""

    code = "supplier_size_unknown"
    sentence = _("The supplier qualified with no capacity that could be audited.")


class NotTheAuditor(Refusal):
    """Whose hands the audit is in examines it."""

    code = "not_the_auditor"
    status = 403
    sentence = _("The audit is in somebody else's hands: take it first.")


class AuditUnfinished(Refusal):
    """Something has to be done before the step."""

    code = "audit_unfinished"
    sentence = _("Not yet: %(problem)s")


class InvalidAudit(InvalidInput):
    """A text, day or number of an audit breaks its limits."""

    code = "invalid_audit"
    sentence = _("This is not valid: %(problem)s")


class AuditSeedRefused(InvalidInput):
    """It is not the seed that was committed to."""

    code = "audit_seed_refused"
    sentence = _("This is not the seed that was committed to.")


class AuditsDrawn(Refusal):
    """A draw is made once."""

    code = "audits_already_drawn"
    sentence = _("These audits were drawn before.")
