"""Entering buyers into price groups, and ending that with notice."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext

from common import notice
from identity import selectors as identity_selectors
from identity.events import services as events
from identity.uscc import InvalidUscc, is_uscc
from pricing.event_names import PricingEvent
from pricing.group_contracts import (
    GROUP_ENTRIES_MAX,
    PROJECT_CODE_MAX,
    GroupEntryNotFound,
    GroupOverlaps,
    GroupRefused,
    PriceGroup,
)
from pricing.models import PriceGroupEntry


@transaction.atomic
def enter_price_group(
    *,
    provider_id: UUID,
    uscc: str,
    group: PriceGroup,
    reason: str,
    now: datetime,
    project_code: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    recorded_by_id: int | None = None,
) -> PriceGroupEntry:
    """
    Let a buyer pay the prices of a group from a moment on, by default at once; it is told.

    Without a code of an organisation the entry is about whoever is related to the provider when it
    orders. With a project's code it is about what the buyer orders for that project.

    :raises GroupRefused: if it names nobody, the provider itself, no reason, or a time that is none
    :raises GroupOverlaps: if the buyer is in a group at that time already
    """
    buyer_id = _buyer_id(uscc, provider_id, project_code)
    starts_at = starts_at or now
    if not reason.strip():
        raise GroupRefused(field="reason", problem=gettext("Say why, in a sentence."))
    if starts_at < now:
        raise GroupRefused(field="starts_at", problem=gettext("It holds from now on, or later."))
    if ends_at is not None and ends_at <= starts_at:
        raise GroupRefused(field="ends_at", problem=gettext("It ends before it begins."))
    with connection.cursor() as cursor:
        # A provider's entries are counted one after the other.
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 17))"
        cursor.execute(lock, [f"price groups {provider_id}"])
    lasting = PriceGroupEntry.objects.filter(provider_id=provider_id).filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    )
    if lasting.count() >= GROUP_ENTRIES_MAX:
        told = gettext("There are %(most)s entries already.") % {"most": GROUP_ENTRIES_MAX}
        raise GroupRefused(field="uscc", problem=told)
    try:
        with transaction.atomic():
            entry = PriceGroupEntry.objects.create(
                provider_id=provider_id,
                buyer_id=buyer_id,
                project_code=project_code,
                price_group=group,
                reason=reason.strip(),
                starts_at=starts_at,
                ends_at=ends_at,
                recorded_at=now,
                recorded_by_id=recorded_by_id,
            )
    except IntegrityError as error:
        if "price_groups_never_overlap" not in str(error):
            raise
        raise GroupOverlaps(field="uscc") from error
    _tell(PricingEvent.GROUP_ENTERED, entry)
    return entry


def _buyer_id(uscc: str, provider_id: UUID, project_code: str) -> UUID | None:
    if len(project_code) > PROJECT_CODE_MAX:
        raise GroupRefused(field="project_code", problem=gettext("No project has such a code."))
    if not uscc:
        if project_code:
            told = gettext("A project is somebody's: say whose.")
            raise GroupRefused(field="uscc", problem=told)
        return None
    if not is_uscc(code := uscc.strip().upper()):
        raise GroupRefused(field="uscc", problem=str(InvalidUscc.sentence))
    buyer = identity_selectors.organization_by_uscc(code)
    if buyer is None or buyer.pk == provider_id:
        told = gettext("No other organisation has this unified social credit code.")
        raise GroupRefused(field="uscc", problem=told)
    return buyer.pk


@transaction.atomic
def leave_price_group(
    *, provider_id: UUID, entry_id: UUID, now: datetime, ends_at: datetime | None = None
) -> PriceGroupEntry:
    """
    Say when a buyer leaves a group: seven days later at the earliest, which is the default.

    What was ordered before keeps the group's prices until it is settled.

    :raises GroupEntryNotFound: if there is none, or it is someone else's
    :raises GroupRefused: if it is over
    :raises NoticeTooShort: if it would end sooner
    """
    entry = (
        PriceGroupEntry.objects.select_for_update(no_key=True)
        .filter(pk=entry_id, provider_id=provider_id)
        .first()
    )
    if entry is None:
        raise GroupEntryNotFound(field="entry_id")
    if entry.ends_at is not None and entry.ends_at <= now:
        raise GroupRefused(field="ends_at", problem=gettext("It is over."))
    ends_at = ends_at or now + notice.NOTICE
    if ends_at <= entry.starts_at:
        ends_at = entry.starts_at + notice.NOTICE
    if ends_at < now + notice.NOTICE and (entry.ends_at is None or ends_at < entry.ends_at):
        raise notice.too_short(now=now, field="ends_at")
    try:
        with transaction.atomic():
            entry.ends_at = ends_at
            entry.save(update_fields=["ends_at"])
    except IntegrityError as error:
        if "price_groups_never_overlap" not in str(error):
            raise
        raise GroupOverlaps(field="ends_at") from error
    _tell(PricingEvent.GROUP_ENDS, entry)
    return entry


def _tell(name: PricingEvent, entry: PriceGroupEntry) -> None:
    # Whom it is about is known to the two of them alone: others read neither row nor event.
    event = events.Event(
        name=name,
        object_kind="price_group",
        object_id=entry.pk,
        object_label=PriceGroup(entry.price_group).value,
        concerns=[entry.provider_id, *([entry.buyer_id] if entry.buyer_id else [])],
        facts={
            "group": entry.price_group,
            "starts_at": entry.starts_at,
            **({"ends_at": entry.ends_at} if entry.ends_at else {}),
            **({"project": entry.project_code} if entry.project_code else {}),
        },
    )
    events.record([event])
