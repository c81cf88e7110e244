"""What other rooms see of notices."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput
from identity.contracts import Role

READ_MAX: Final = 200  # notices that one request may name as read


class Topic(TextChoices):
    """What a notice is about; letters are chosen by it."""

    ORDERS = "ORDERS", _("Orders")
    SUPPLY = "SUPPLY", _("Listings and prices")
    METERING = "METERING", _("Metering")
    MONEY = "MONEY", _("Money")
    VOUCHERS = "VOUCHERS", _("Vouchers")
    DECISIONS = "DECISIONS", _("Decisions that wait for you")
    PEOPLE = "PEOPLE", _("Members, keys and access")
    OPERATION = "OPERATION", _("Operation of the market")


class Letters(TextChoices):
    """When notices of a topic are sent by e-mail, too."""

    AT_ONCE = "AT_ONCE", _("At once")
    DAILY = "DAILY", _("Once a day")
    NEVER = "NEVER", _("Never")


class LetterState(TextChoices):
    """Where the letter of a notice stands."""

    NONE = "NONE", _("No letter")
    DUE = "DUE", _("To be sent")
    SENT = "SENT", _("Sent")
    FAILED = "FAILED", _("Given up")


# What is chosen for somebody who chose nothing: what waits for a person is told at once.
LETTERS_UNLESS_CHOSEN: Final = dict.fromkeys(Topic, Letters.DAILY) | {
    Topic.DECISIONS: Letters.AT_ONCE,
    Topic.PEOPLE: Letters.AT_ONCE,
    Topic.OPERATION: Letters.AT_ONCE,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Who is told of an event: the holders of some roles in the organisations that it concerns.

    Whoever did it themselves is not told. With `everywhere` the holders of the roles are told
    wherever they hold them, unless the fact named by `desk_fact` says that one organisation
    decides; `roles_fact` names the fact of the event that names one role or several. What is
    `bundled` comes often: one notice counts those of ten minutes. What `asks` waits for an act,
    and is called to mind until an event answers it. Where the event has the fact named by
    `unless_fact`, nobody is told: another event says more.
    """

    topic: Topic
    roles: Collection[Role] = ()
    everywhere: bool = False
    desk_fact: str = ""
    roles_fact: str = ""
    unless_fact: str = ""
    bundled: bool = False
    asks: bool = False
    answers: Collection[str] = field(default=())  # names of events that this one answers


class UnknownNotice(InvalidInput):
    """A notice that was named is not one of this person's."""

    code = "unknown_notice"
    sentence = _("This is no notice of yours.")
