"""Price groups as others see them: which there are, who is in one, and why one is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

PROJECT_CODE_MAX: Final = 20
REASON_MAX: Final = 200
GROUP_ENTRIES_MAX: Final = 5_000  # that hold or will hold, of one provider


class PriceGroup(TextChoices):
    """Whose prices a buyer pays; what each is multiplied by, a plan says."""

    INSIDE = "inside", _("Inside")
    PARTNER = "partner", _("Partner")
    OUTSIDE = "outside", _("Outside")


@dataclass(frozen=True, slots=True)
class GroupAsked:
    """For which order a group is looked up."""

    provider_id: UUID
    buyer_id: UUID
    at: datetime
    project_code: str = ""
    is_related: bool = False


@dataclass(frozen=True, slots=True)
class GroupKnown:
    """In which group a buyer is, and which entry says so."""

    group: str
    entry_id: UUID


GroupsKnown = Mapping[GroupAsked, GroupKnown]


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """In which group of a provider a buyer is, since when, and until when where that is told."""

    group: str
    since: datetime
    until: datetime | None = None
    project_code: str = ""  # of the one project that the entry is about


@dataclass(frozen=True, slots=True)
class MemberQuote:
    """What a quote's buyer is charged as a member of a group: it clears at the list price."""

    group: str
    since: datetime
    lines: Sequence[Mapping[str, Any]]
    gross_minor: int


class GroupEntryNotFound(NotFound):
    """There is no such entry, or it is someone else's."""

    code = "price_group_not_found"


class GroupRefused(InvalidInput):
    """An entry in a price group names nobody, itself, no reason, or a time that is none."""

    code = "price_group_refused"
    sentence = _("This entry cannot stand: %(problem)s")


class GroupOverlaps(Refusal):
    """The buyer is in a group at that time already."""

    code = "price_group_overlaps"
    sentence = _("It is in a group at that time already. End that entry first.")
