"""Control and shareholding between organisations, as dated facts that somebody recorded."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from identity.contracts import TieKind
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.models import Organization, OrganizationTie


class InvalidTie(InvalidInput):
    """The tie between two organisations breaks its form."""

    code = "invalid_tie"
    sentence = _("Name two organisations, a share above 0 and up to 1, and days in order.")


class TieOverlaps(Refusal):
    """The same tie is known for a part of that time."""

    code = "tie_overlaps"
    sentence = _("This tie is recorded for a part of that time already; end that one first.")


@transaction.atomic
def record_tie(
    *,
    holder_id: UUID,
    held_id: UUID,
    kind: TieKind,
    valid_from: date,
    source: str,
    recorded_by_id: int,
    now: datetime,
    share: Decimal | None = None,
    valid_to: date | None = None,
) -> OrganizationTie:
    """
    Record that one organisation controls another, or holds a share of it.

    :raises NotFound: if one of them does not exist
    :raises InvalidTie: naming what breaks the form
    :raises TieOverlaps: if the same kind of tie between them is known for a part of the time
    """
    _require_form(holder_id, held_id, kind, share, valid_from, valid_to, source)
    with tenancy.acting_as_platform():
        both = Organization.objects.filter(pk__in=[holder_id, held_id]).order_by("pk")
        # Ties between the same two take turns.
        found = {row.pk for row in both.select_for_update(no_key=True)}
        for name, wanted in (("holder_id", holder_id), ("held_id", held_id)):
            if wanted not in found:
                raise NotFound(field=name)
        same = OrganizationTie.objects.filter(holder=holder_id, held=held_id, kind=kind)
        ends = Q() if valid_to is None else Q(valid_from__lt=valid_to)
        if same.filter(ends, Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)).exists():
            raise TieOverlaps(field="valid_from")
        tie = OrganizationTie.objects.create(
            holder_id=holder_id,
            held_id=held_id,
            kind=kind,
            share=share,
            valid_from=valid_from,
            valid_to=valid_to,
            source=source,
            recorded_by_id=recorded_by_id,
            recorded_at=now,
            ended_by_id=None if valid_to is None else recorded_by_id,
        )
        _record(IdentityEvent.TIE_RECORDED, tie)
        return tie


def _record(name: IdentityEvent, tie: OrganizationTie) -> None:
    event = events.Event(
        name=name,
        object_kind="tie",
        object_id=tie.pk,
        concerns=[tie.holder_id, tie.held_id],
        facts={
            "kind": tie.kind,
            "holder_id": tie.holder_id,
            "held_id": tie.held_id,
            "valid_from": tie.valid_from,
            "valid_to": tie.valid_to,
        },
    )
    events.record([event])


@transaction.atomic
def end_tie(*, tie_id: UUID, on: date, ended_by_id: int) -> OrganizationTie:
    """
    Let a tie end on a day, the first on which it is over. What was recorded stays.

    :raises NotFound: if there is none that lasts
    :raises InvalidTie: if it would end before it began
    """
    with tenancy.acting_as_platform():
        valid = OrganizationTie.objects.filter(pk=tie_id, valid_to__isnull=True)
        tie = valid.select_for_update(no_key=True).first()
        if tie is None:
            raise NotFound
        tie.valid_to, tie.ended_by_id = on, ended_by_id
        try:
            with transaction.atomic():
                tie.save(update_fields=["valid_to", "ended_by"])
        except IntegrityError as error:
            raise InvalidTie(field="valid_to") from error
        _record(IdentityEvent.TIE_ENDED, tie)
        return tie


def _require_form(
    holder_id: UUID,
    held_id: UUID,
    kind: TieKind,
    share: Decimal | None,
    valid_from: date,
    valid_to: date | None,
    source: str,
) -> None:
    tests = (
        ("held_id", holder_id == held_id),
        ("share", kind == TieKind.SHARE and share is None),
        ("share", share is not None and not 0 < share <= 1),
        ("valid_to", valid_to is not None and valid_to <= valid_from),
        ("source", not source.strip()),
    )
    for field, is_wrong in tests:
        if is_wrong:
            raise InvalidTie(field=field)
