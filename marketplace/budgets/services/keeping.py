"""Setting caps and ending them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from common.money import Money
from identity.events import services as events
from identity.projects import selectors as projects_selectors
from marketplace.budgets import selectors
from marketplace.budgets.contracts import (
    CAP_MINOR_MAX,
    CAPS_MAX,
    BudgetKeeperRequired,
    CapBelowUse,
    CapNotFound,
    CapPeriod,
    CapScope,
    InvalidCap,
    TooManyCaps,
)
from marketplace.budgets.event_names import BudgetEvent
from marketplace.budgets.models import Cap, CapUse
from marketplace.limits import take_turns

AMOUNTS: Final = ("amount_minor", "approve_from_minor", "set_by", "set_at")


@transaction.atomic
def set_cap(
    *,
    organization_id: UUID,
    scope: str,
    period: str,
    amount_minor: int,
    by_id: int,
    now: datetime,
    project_id: UUID | None = None,
    person_id: int | None = None,
    approve_from_minor: int | None = None,
) -> Cap:
    """
    Bound what is spent, or say another amount of a cap that is there.

    It counts what is held from then on. Who is bounded by a cap of their own sets none, and one
    buyer of an organisation stays without.

    :raises InvalidCap: naming the field that breaks its form
    :raises ProjectNotFound: if the project is not the organisation's
    :raises CapBelowUse: if more is in use in this period
    :raises BudgetKeeperRequired: if the person has a cap of their own
    :raises TooManyCaps: if the organisation keeps as many as it may
    """
    take_turns(f"budgets.{organization_id}")
    _require_keeper(organization_id, by_id)
    _require_amounts(amount_minor, approve_from_minor)
    _require_subject(organization_id, scope, project_id, person_id)
    live = Cap.objects.filter(organization_id=organization_id, ended_at__isnull=True)
    subject = {"scope": scope, "period": period, "project_id": project_id, "person_id": person_id}
    changed: Sequence[str] | None = AMOUNTS
    row = live.filter(**subject).select_for_update(no_key=True).first()
    if row is None:
        if live.count() >= CAPS_MAX:
            raise TooManyCaps(most=CAPS_MAX)
        row = Cap(id=uuid7(), organization_id=organization_id, **subject)
        changed = None
    row.amount_minor, row.approve_from_minor = amount_minor, approve_from_minor
    row.set_by_id, row.set_at = by_id, now
    row.save(update_fields=changed)
    _limit_use(row, now=now)
    _record(BudgetEvent.CAP_SET, row, amount_minor=amount_minor)
    return row


@transaction.atomic
def end_cap(*, cap_id: UUID, organization_id: UUID, by_id: int, now: datetime) -> Cap:
    """
    Let a cap bound nothing any more; what was counted stays.

    :raises CapNotFound: if there is none in force, or it is someone else's
    :raises BudgetKeeperRequired: if the person has a cap of their own
    """
    take_turns(f"budgets.{organization_id}")
    _require_keeper(organization_id, by_id)
    live = Cap.objects.filter(organization_id=organization_id, ended_at__isnull=True)
    row = live.filter(pk=cap_id).select_for_update(no_key=True).first()
    if row is None:
        raise CapNotFound
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    _record(BudgetEvent.CAP_ENDED, row)
    return row


def _require_keeper(organization_id: UUID, person_id: int) -> None:
    if person_id in _bounded(organization_id):
        raise BudgetKeeperRequired


def _bounded(organization_id: UUID) -> set[int | None]:
    caps = Cap.objects.filter(
        organization_id=organization_id, scope=CapScope.MEMBER, ended_at__isnull=True
    )
    return set(caps.values_list("person_id", flat=True))


def _require_amounts(amount_minor: int, approve_from_minor: int | None) -> None:
    for field, minor in (
        ("amount_minor", amount_minor),
        ("approve_from_minor", approve_from_minor or 1),
    ):
        if not 1 <= minor <= CAP_MINOR_MAX:
            problem = _("more than nothing, and at most %(most)s") % {"most": Money(CAP_MINOR_MAX)}
            raise InvalidCap(field=field, problem=problem)


def _require_subject(
    organization_id: UUID, scope: str, project_id: UUID | None, person_id: int | None
) -> None:
    for field, given, wanted in (
        ("project_id", project_id, scope == CapScope.PROJECT),
        ("person_id", person_id, scope == CapScope.MEMBER),
    ):
        if (given is not None) != wanted:
            raise InvalidCap(field=field, problem=_("say whom it bounds, and nobody else"))
    if project_id is not None:
        projects_selectors.project(project_id, organization_id=organization_id)
    if person_id is not None:
        _require_member(organization_id, person_id)


def _require_member(organization_id: UUID, person_id: int) -> None:
    buyers = projects_selectors.buyers_of(organization_id).keys()
    if person_id not in buyers:
        raise InvalidCap(field="person_id", problem=_("a member buys for the organisation"))
    if not buyers - _bounded(organization_id) - {person_id}:
        problem = _("one buyer stays without a limit, to set budgets")
        raise InvalidCap(field="person_id", problem=problem)


def _limit_use(row: Cap, *, now: datetime) -> None:
    """
    Let the current period have the new amount; periods that are over keep theirs.

    :raises CapBelowUse: if more is in use
    """
    room = selectors.rooms_by_id([row.pk], on=market_date(now))[row.pk]
    with tenancy.acting_as_platform():
        use = CapUse.objects.filter(cap=row, starts_on=room.starts_on)
        try:
            with transaction.atomic():
                use.update(limit_minor=row.amount_minor)
        except IntegrityError as error:
            used = CapUse.objects.values_list("used_minor", flat=True).get(pk__in=use)
            raise CapBelowUse(
                field="amount_minor", used=str(Money(used)), used_minor=used
            ) from error


def _record(name: BudgetEvent, row: Cap, **facts: object) -> None:
    event = events.Event(
        name=name,
        object_kind="cap",
        object_id=row.pk,
        object_label=str(CapScope(row.scope).value),
        concerns=[row.organization_id],
        facts={"scope": row.scope, "period": CapPeriod(row.period).value, **facts},
    )
    events.record([event])
