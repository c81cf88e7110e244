"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class AssuranceEvent(TextChoices):
    """What happens to cases, audits, disputes and rules of surveillance."""

    CASE_OPENED = "assurance.case.opened", _("Case opened")
    CASE_GREW = "assurance.case.grew", _("Case has more evidence")
    CASE_TAKEN = "assurance.case.taken", _("Case taken")
    CASE_NOTED = "assurance.case.noted", _("Note on a case")
    CASE_CLOSED = "assurance.case.closed", _("Case closed")
    AUDIT_OPENED = "assurance.audit.opened", _("Capacity audit opened")
    AUDIT_TAKEN = "assurance.audit.taken", _("Capacity audit taken")
    AUDIT_FOUND = "assurance.audit.found", _("Finding of a capacity audit")
    AUDIT_ASKED = "assurance.audit.asked", _("Supplier asked about findings")
    AUDIT_ANSWERED = "assurance.audit.answered", _("Supplier answered findings")
    AUDIT_CONFIRMED = "assurance.audit.confirmed", _("Capacity confirmed")
    AUDIT_LOWERED = "assurance.audit.lowered", _("Less capacity found")
    AUDIT_CANCELLED = "assurance.audit.cancelled", _("Capacity audit cancelled")
    AUDIT_DUE_SOON = "assurance.audit.due_soon", _("Capacity audit is due soon")
    AUDIT_OVERDUE = "assurance.audit.overdue", _("Capacity audit is overdue")
    AUDITS_COMMITTED = "assurance.audit_draw.committed", _("Draw of audits committed to")
    AUDITS_DRAWN = "assurance.audit_draw.drawn", _("Audits drawn")
    DISPUTE_OPENED = "assurance.dispute.opened", _("Dispute opened")
    DISPUTE_ANSWERED = "assurance.dispute.answered", _("Dispute answered")
    DISPUTE_LAPSED = "assurance.dispute.lapsed", _("Dispute lost for want of an answer")
    DISPUTE_DECIDED = "assurance.dispute.decided", _("Dispute decided")
    DISPUTE_APPEALED = "assurance.dispute.appealed", _("Dispute appealed against")
    DISPUTE_CLOSED = "assurance.dispute.closed", _("Dispute closed")
    DISPUTE_WITHDRAWN = "assurance.dispute.withdrawn", _("Dispute withdrawn")
    DISPUTE_ANSWER_DUE = "assurance.dispute.answer_due", _("Answer to a dispute is due soon")
    DISPUTE_UNDECIDED = "assurance.dispute.undecided", _("Dispute waits for a decision")
    DISPUTE_UNAPPROVED = (
        "assurance.dispute.unapproved",
        _("Decision of a dispute waits for a second person"),
    )
    RULE_PUBLISHED = "assurance.rule.published", _("Surveillance rule published")


@registry.register
class LevelEvent(TextChoices):
    """What happens to service levels; the parties of a contract read of theirs."""

    PUBLISHED = "assurance.level.published", _("Service level published")
    MISSED = "assurance.level.missed", _("Service level missed")
    RECOUNTED = "assurance.level.recounted", _("Service level counted again")


@registry.register
class ListingStopEvent(TextChoices):
    """What the rule of service levels does to listings; their providers are told."""

    WARNED = "assurance.listing.warned", _("Listing below its availability")
    UNLISTED = "assurance.listing.unlisted", _("Listing taken off the market by rule")
    RELISTED = "assurance.listing.relisted", _("Listing back on the market by rule")
