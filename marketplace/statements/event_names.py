"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class BooksEvent(TextChoices):
    """What happens to the market's books."""

    PROPOSED = "statements.closing.proposed", _("Closing of a month proposed")
    CLOSED = "statements.closing.closed", _("Month closed")


@registry.register
class StatementEvent(TextChoices):
    """What happens to statements and fapiao."""

    ISSUED = "statements.statement.issued", _("Statement issued")
    CANCELLED = "statements.statement.cancelled", _("Statement cancelled")
    FAPIAO_REQUESTED = "statements.fapiao.requested", _("Fapiao requested")
    FAPIAO_WITHDRAWN = "statements.fapiao.withdrawn", _("Request for a fapiao withdrawn")
    FAPIAO_EXPORTED = "statements.fapiao.exported", _("Requests exported for the tax system")
    FAPIAO_ISSUED = "statements.fapiao.issued", _("Fapiao issued")
    FAPIAO_REFUSED = "statements.fapiao.refused", _("Fapiao refused")
    FAPIAO_REVERSED = "statements.fapiao.reversed", _("Fapiao reversed")


@registry.register
class MonitorEvent(TextChoices):
    """What monitors of accounts tell: those who watch their own, and finance."""

    RAISED = "statements.monitor.raised", _("A monitored account needs a look")
    CLEARED = "statements.monitor.cleared", _("A monitored account is as it should be again")
    DESK_RAISED = (
        "statements.desk_monitor.raised",
        _("An account that finance watches needs a look"),
    )
    DESK_CLEARED = (
        "statements.desk_monitor.cleared",
        _("An account that finance watches is as it should be again"),
    )
