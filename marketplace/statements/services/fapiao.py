"""Fapiao: asked for by buyers, exported for the tax system, its answer taken."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from common import tenancy
from common.ids import uuid7
from identity.events import services as events
from marketplace import limits
from marketplace.statements.contracts import (
    FAPIAO_LIVE,
    FAPIAO_STEPS,
    BadTaxAnswer,
    BillSide,
    FapiaoMoved,
    FapiaoNotFound,
    FapiaoRefused,
    FapiaoState,
    FapiaoWish,
    StatementNotFound,
    TaxAnswer,
    TaxAnswered,
)
from marketplace.statements.event_names import StatementEvent
from marketplace.statements.models import Fapiao, Statement
from marketplace.statements.selectors import fapiao_to_export
from marketplace.statements.wishes import checked_wish

TURN = "fapiao"
EVENTS = {
    FapiaoState.REQUESTED: StatementEvent.FAPIAO_REQUESTED,
    FapiaoState.WITHDRAWN: StatementEvent.FAPIAO_WITHDRAWN,
    FapiaoState.EXPORTED: StatementEvent.FAPIAO_EXPORTED,
    FapiaoState.ISSUED: StatementEvent.FAPIAO_ISSUED,
    FapiaoState.REFUSED: StatementEvent.FAPIAO_REFUSED,
    FapiaoState.REVERSED: StatementEvent.FAPIAO_REVERSED,
}


@transaction.atomic
def request_fapiao(
    *, statement_id: UUID, organization_id: UUID, wish: FapiaoWish, by_id: int, now: datetime
) -> Fapiao:
    """
    Ask for the fapiao of what a buyer's statement charged.

    :raises StatementNotFound: if it is not the buyer's
    :raises FapiaoRefused: if nothing was charged, it was cancelled, or one is under way
    :raises InvalidTaxpayer: if the code is none
    """
    wish = checked_wish(wish)
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        of = Statement.objects.select_for_update(no_key=True).filter(
            pk=statement_id, organization_id=organization_id, side=BillSide.BUYER
        )
        statement = of.first()
        if statement is None:
            raise StatementNotFound
        taken = Fapiao.objects.filter(statement=statement, state__in=FAPIAO_LIVE).exists()
        if taken or not statement.is_live or statement.charged_minor <= 0:
            raise FapiaoRefused
        last = Fapiao.objects.aggregate(last=Max("sequence"))["last"]
        sequence = (last or 0) + 1
        made = Fapiao.objects.create(
            id=uuid7(),
            sequence=sequence,
            number=f"FP-{sequence:06d}",
            statement=statement,
            organization_id=organization_id,
            kind=wish.kind,
            title=wish.title,
            taxpayer_code=wish.taxpayer_code,
            email=wish.email,
            amount_minor=statement.charged_minor,
            tax_minor=statement.tax_minor,
            requested_at=now,
            requested_by_id=by_id,
            moved_at=now,
        )
        _tell([made])
    return made


@transaction.atomic
def withdraw_fapiao(*, fapiao_id: UUID, organization_id: UUID, now: datetime) -> Fapiao:
    """
    Withdraw a request that the tax system does not know yet.

    :raises FapiaoNotFound: if it is not the buyer's
    :raises FapiaoMoved: if it was exported
    """
    with tenancy.acting_as_platform():
        found = Fapiao.objects.select_for_update(no_key=True)
        one = found.filter(pk=fapiao_id, organization_id=organization_id).first()
        if one is None:
            raise FapiaoNotFound
        _move(one, FapiaoState.WITHDRAWN, now=now)
        _tell([one])
    return one


@transaction.atomic
def export_fapiao(*, now: datetime) -> list[Fapiao]:
    """Return what the tax system has to be told; new requests are with it from now on."""
    with tenancy.acting_as_platform():
        found = list(fapiao_to_export().select_for_update(no_key=True, of=("self",)))
        new = [each for each in found if each.state == FapiaoState.REQUESTED]
        for each in new:
            each.state, each.moved_at = FapiaoState.EXPORTED, now
        Fapiao.objects.bulk_update(new, ["state", "moved_at"], batch_size=1_000)
        _tell(new)
    return found


@transaction.atomic
def take_tax_answers(
    *, answers: Sequence[TaxAnswer], now: datetime, is_preview: bool = False
) -> TaxAnswered:
    """
    Take what the tax system says, line by line; a line that cannot be taken spoils no other.

    A line that was taken before is known. A preview moves nothing.
    """
    with tenancy.acting_as_platform():
        wanted = [each.reference for each in answers]
        found = {
            each.number: each
            for each in Fapiao.objects.select_for_update(no_key=True)
            .filter(number__in=wanted)
            .order_by("sequence")
        }
        numbers = set(
            Fapiao.objects.filter(
                fapiao_number__in=[each.fapiao_number for each in answers if each.fapiao_number]
            ).values_list("fapiao_number", "number")
        )
        moved: dict[str, Fapiao] = {}
        known, bad = 0, []
        for answer in answers:
            one = found.get(answer.reference)
            code = _problem(one, answer, dict(numbers), moved)
            if code:
                bad.append(BadTaxAnswer(answer.line, answer.reference, code))
            elif one is not None and one.state == answer.state:
                known += 1
            elif one is not None:
                one.fapiao_number = one.fapiao_number or answer.fapiao_number
                one.answer = answer.reason
                numbers.add((one.fapiao_number, one.number))
                _move(one, answer.state, now=now, is_saved=not is_preview)
                moved[one.number] = one
        if not is_preview:
            _tell(moved.values())
    return TaxAnswered(len(moved), known, tuple(bad))


def _problem(
    one: Fapiao | None, answer: TaxAnswer, numbers: dict[str, str], moved: dict[str, Fapiao]
) -> str:
    """Return why a line cannot be taken, or nothing."""
    if one is None:
        return "unknown_request"
    if one.number in moved:
        return "twice"
    if answer.state == FapiaoState.ISSUED and not answer.fapiao_number:
        return "number_missing"
    if numbers.get(answer.fapiao_number, one.number) != one.number:
        return "number_taken"
    if one.state == answer.state:
        is_other = answer.fapiao_number and answer.fapiao_number != one.fapiao_number
        return "other_number" if is_other else ""
    return "" if answer.state in FAPIAO_STEPS[FapiaoState(one.state)] else "answered_before"


def _move(one: Fapiao, state: FapiaoState, *, now: datetime, is_saved: bool = True) -> None:
    if state not in FAPIAO_STEPS[FapiaoState(one.state)]:
        raise FapiaoMoved(state=FapiaoState(one.state).label)
    one.state, one.moved_at = state, now
    if is_saved:
        one.save(update_fields=["state", "moved_at", "fapiao_number", "answer"])


def _tell(moved: Iterable[Fapiao]) -> None:
    events.record(
        events.Event(
            name=EVENTS[FapiaoState(one.state)],
            object_kind="fapiao",
            object_id=one.pk,
            object_label=one.number,
            concerns=[one.organization_id],
            facts={"amount_minor": one.amount_minor, "fapiao_number": one.fapiao_number},
            at=one.moved_at,
        )
        for one in moved
    )
