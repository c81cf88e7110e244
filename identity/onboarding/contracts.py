"""What other rooms see of how organisations come to trade."""

from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

ACTIVATION_KIND: Final = "identity.activation"
CLOSURE_KIND: Final = "identity.closure"
NOTE_MAX: Final = 500


class Life(TextChoices):
    """Where an organisation stands with the market."""

    REQUESTED = "REQUESTED", _("Access asked for")
    ONBOARDING = "ONBOARDING", _("Onboarding")
    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")
    CLOSED = "CLOSED", _("Closed")


class LifeMove(TextChoices):
    """What moves an organisation from one standing to the next."""

    ACCEPTED = "ACCEPTED", _("Accepted")
    ACTIVATED = "ACTIVATED", _("Activated")
    SUSPENDED = "SUSPENDED", _("Suspended")
    REINSTATED = "REINSTATED", _("Reinstated")
    CLOSED = "CLOSED", _("Closed")


class LineBy(TextChoices):
    """Who does a line of the checklist."""

    ORGANIZATION = "ORGANIZATION", _("The organisation")
    OPERATOR = "OPERATOR", _("An operator")


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One line of an organisation's checklist, as it is now."""

    code: str
    label: str
    by: LineBy
    is_done: bool
    note: str = ""


class ChecklistOpen(Refusal):
    """Who has lines to do is not activated."""

    code = "checklist_open"
    sentence = _("Lines of the checklist are not done: %(lines)s.")


class NotOnboarding(Refusal):
    """There is nothing to confirm or to activate."""

    code = "not_onboarding"
    sentence = _("This organisation is not being onboarded.")


class UnknownLine(InvalidInput):
    """No operator confirms this."""

    code = "unknown_line"
    sentence = _("No operator confirms this line of the checklist.")


class LineConfirmed(Refusal):
    """A line is confirmed once."""

    code = "line_confirmed"
    sentence = _("This line is confirmed already.")


@dataclass(frozen=True, slots=True)
class LeftOver:
    """
    What an organisation still has that must come to an end before it is closed.

    What `ends_with_it` stands in nobody's way: the closing ends it.
    """

    code: str
    label: str
    count: int
    ends_with_it: bool = False

    @property
    def is_in_the_way(self) -> bool:
        """Return whether the organisation cannot be closed before it is over."""
        return bool(self.count) and not self.ends_with_it


class OrganizationNotEmpty(Refusal):
    """What runs, is owed or is claimed ends before the organisation does."""

    code = "organization_not_empty"
    sentence = _("Before it is closed, this must come to an end: %(left)s.")


class AlreadyClosed(Refusal):
    """An organisation is closed once, for good."""

    code = "already_closed"
    sentence = _("This organisation was closed already.")
