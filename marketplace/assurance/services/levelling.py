"""
Service levels, month by month: measured once a month of a contract is over, credited by itself.

One run takes many months at once: contracts that are new, charges that came later, and what is
due. What it finds, and the money that it moves, are one transaction; a second run finds nothing
left to do. Whoever changes a figure later (a correction) has the month counted again, and the
difference moves.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, Sum

from common import canonical, moments, sets, tenancy
from common.ids import uuid7
from common.recorded import NIL, RecordedPlace, recorded_after
from marketplace import accounts
from marketplace.assurance import (
    level_documents,
    level_facts,
    level_rules,
    level_selectors,
    locks,
    telling,
)
from marketplace.assurance.dispute_contracts import DisputeState
from marketplace.assurance.level_contracts import (
    LevelFacts,
    LevelPromise,
    LevelResult,
    LevelRun,
    promise_of,
)
from marketplace.assurance.level_documents import LevelSubject
from marketplace.assurance.models import (
    LevelCredit,
    LevelEvaluation,
    LevelMonth,
    LevelReader,
    ListingLevel,
)
from marketplace.assurance.services import level_rows
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement import services as settlement_services
from marketplace.settlement.contracts import ContractState, Party, RuleCredit

LEVELS_BATCH_MAX: Final = 2_000
AFTER: Final = timedelta(minutes=10)  # so long after a month is over it is counted
REFUSED_AGAIN: Final = timedelta(hours=1)
GIVEN_BACK_ALREADY: Final = "given_back_already"


@dataclass(frozen=True, slots=True)
class _Move:
    """What is to move of a month in an asset; negative: back to the provider."""

    month: LevelMonth
    evaluation: LevelEvaluation
    asset: str
    missing: int

    @property
    def paid(self) -> tuple[UUID, str]:
        return self.month.contract_id, self.asset

    def is_booked(self) -> bool:
        """Return whether this evaluation gave something back before: it does so once."""
        found = LevelCredit.objects.filter(evaluation=self.evaluation, asset=self.asset)
        return found.exists()


@transaction.atomic
def evaluate_levels(*, now: datetime, limit: int = LEVELS_BATCH_MAX) -> LevelRun:
    """
    Count the months of contracts that are due, and book what they give back.

    Of two runs at once the second does nothing. Done again, it moves nothing.
    """
    with tenancy.acting_as_platform():
        reader = locks.level_reader()
        if reader is None:
            return LevelRun()
        begun = _begin(reader, limit=limit)
        _follow_charges(reader, now=now, limit=limit)
        reader.save()
        # What was counted waits for its own time: what was refused, and vouchers until it settles.
        ended = LevelMonth.objects.filter(
            Q(revision=0) | Q(refusal_code="", contract__state=ContractState.SETTLED),
            due_at__gt=now,
            contract__ends_at__lte=now - AFTER,
        )
        ended.update(due_at=now)
        months = locks.level_months_due(now, limit=limit)
        evaluated = _evaluate(months, now=now) if months else LevelRun()
    return replace(evaluated, begun=begun)


def _begin(reader: LevelReader, *, limit: int) -> int:
    """Note the months of new contracts, under the level in force when each was ordered."""
    rows = list(
        settlement_selectors.contracts_after(reader.contract_sequence, limit=limit).values(
            *("id", "sequence", "listing_id", "buyer_id", "provider_id", "starts_at", "ends_at"),
            "order__placed_at",
        )
    )
    if not rows:
        return 0
    reader.contract_sequence = rows[-1]["sequence"]
    levels: dict[UUID, list[ListingLevel]] = defaultdict(list)
    wanted = ListingLevel.objects.filter(listing_id__in={row["listing_id"] for row in rows})
    for each in wanted.order_by("-version"):
        levels[each.listing_id].append(each)
    made = []
    for row in rows:
        placed_at = row["order__placed_at"]
        level = next((x for x in levels[row["listing_id"]] if x.starts_at <= placed_at), None)
        if level is None or promise_of(level).is_empty:
            continue
        made += [
            LevelMonth(
                contract_id=row["id"],
                level=level,
                buyer_id=row["buyer_id"],
                provider_id=row["provider_id"],
                month=month,
                due_at=min(moments.month_period(month).ends_at, row["ends_at"]) + AFTER,
            )
            for month in _months(row["starts_at"], row["ends_at"])
        ]
    LevelMonth.objects.bulk_create(made, batch_size=1_000, ignore_conflicts=True)
    return len(made)


def _months(starts_at: datetime, ends_at: datetime) -> Iterable[date]:
    month = moments.market_date(starts_at).replace(day=1)
    while moments.start_of_day(month) < ends_at:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def _follow_charges(reader: LevelReader, *, now: datetime, limit: int) -> None:
    """Have months counted again of which something was charged since."""
    place = RecordedPlace(reader.charge_transaction, reader.charge_id or NIL)
    found = recorded_after(settlement_selectors.charges(), place, limit=limit)
    rows = list(found.values_list("contract_id", "starts_at", "recorded_in", "id"))
    if not rows:
        return
    reader.charge_transaction, reader.charge_id = rows[-1][2:]
    moved = {(row[0], moments.market_date(row[1]).replace(day=1)) for row in rows}
    counted = LevelMonth.objects.filter(
        contract_id__in={row[0] for row in rows}, revision__gt=0, due_at__isnull=True
    ).values_list("pk", "contract_id", "month")
    again = [pk for pk, contract_id, month in counted if (contract_id, month) in moved]
    LevelMonth.objects.filter(pk__in=again).update(due_at=now)


def _evaluate(months: Sequence[LevelMonth], *, now: datetime) -> LevelRun:
    latest = _latest(months)
    made: list[tuple[LevelEvaluation, bytes]] = []
    news: list[LevelEvaluation] = []
    for month, facts in level_facts.facts_of(months):
        if facts is None:
            continue
        evaluation, written_down = _evaluation(month, facts, now=now)
        before = latest.get(month.pk)
        if before is not None and before.content_hash == evaluation.content_hash:
            continue
        evaluation.revision = before.revision + 1 if before else 1
        month.revision = evaluation.revision
        made.append((evaluation, written_down))
        latest[month.pk] = evaluation
        if evaluation.is_missed or (before is not None and before.is_missed):
            news.append(evaluation)
    level_rows.insert_evaluations(made)
    telling.of_evaluations(news)
    booked, refused = _credit(months, latest, now=now)
    sets.update(
        "assurance_levelmonth",
        {"id": "uuid", "due_at": "timestamptz", "revision": "int", "refusal_code": "text"},
        [(each.pk, each.due_at, each.revision, each.refusal_code) for each in months],
        key=["id"],
        changes={
            "due_at": "given.due_at",
            "revision": "given.revision",
            "refusal_code": "given.refusal_code",
        },
    )
    return LevelRun(
        evaluated=len(made),
        missed=sum(each.is_missed for each, _written in made),
        booked=booked,
        refused=refused,
    )


def _latest(months: Sequence[LevelMonth]) -> dict[UUID, LevelEvaluation]:
    found = LevelEvaluation.objects.filter(month_id__in=[each.pk for each in months])
    return {each.month_id: each for each in found.defer("document").order_by("revision")}


def _evaluation(
    month: LevelMonth, facts: LevelFacts, *, now: datetime
) -> tuple[LevelEvaluation, bytes]:
    """Return what a month measured, and the canonical bytes of its document."""
    rule = level_rules.LEVELS.rule(month.level.rule)
    promise: LevelPromise = promise_of(month.level)
    result: LevelResult = rule.count(promise, facts)
    contract: Any = month.contract
    subject = LevelSubject(
        contract=contract.number,
        listing=contract.listing.number,
        month=f"{month.month:%Y-%m}",
        version=month.level.version,
    )
    document = level_documents.document_of(subject, rule, promise, facts, result)
    written_down = canonical.written(document)
    evaluation = LevelEvaluation(
        month=month,
        buyer_id=month.buyer_id,
        provider_id=month.provider_id,
        contract_number=contract.number,
        listing_id=contract.listing_id,
        rule=rule.name,
        starts_at=facts.period.starts_at,
        ends_at=facts.period.ends_at,
        availability_ppm=result.availability_ppm,
        network_ppm=result.network_ppm,
        ready_seconds=result.ready_seconds,
        response_bp=result.response_bp,
        is_missed=bool(result.missed),
        missed=level_documents.missed_facts(result.missed),
        credit_bp=result.credit_bp,
        charged=dict(facts.charged),
        credits=dict(result.credits),
        credited_minor=sum(result.credits.values()),
        document=document,
        content_hash=hashlib.sha256(written_down).hexdigest(),
        evaluated_at=now,
    )
    return evaluation, written_down


def _credit(
    months: Sequence[LevelMonth], latest: Mapping[UUID, LevelEvaluation], *, now: datetime
) -> tuple[int, int]:
    """Book what was not given back yet, or too much of it; say when to look again."""
    given = _given([each.pk for each in months])
    moves: list[_Move] = []
    for month in months:
        month.due_at, month.refusal_code = None, ""
        evaluation = latest.get(month.pk)
        for asset, missing in _missing(evaluation, given[month.pk]).items():
            is_settled = month.contract.state == ContractState.SETTLED
            if asset != accounts.CNY and not is_settled:
                month.due_at = max(month.contract.settles_at, now) + AFTER
                continue
            assert evaluation is not None
            moves.append(_Move(month, evaluation, asset, missing))
    wanted: list[RuleCredit] = []
    whose: dict[UUID, _Move] = {}
    for move in _within_what_is_left(moves, now=now):
        credit = _rule_credit(move)
        wanted.append(credit)
        whose[credit.id] = move
    refused = settlement_services.book_by_rule(wanted=wanted, now=now) if wanted else {}
    booked = []
    for credit in wanted:
        move = whose[credit.id]
        if credit.id in refused:
            move.month.refusal_code = refused[credit.id]
            move.month.due_at = now + REFUSED_AGAIN
            continue
        booked.append(
            LevelCredit(
                id=credit.id,
                evaluation=move.evaluation,
                buyer_id=credit.buyer_id,
                provider_id=credit.provider_id,
                asset=credit.asset,
                signed_minor=move.missing,
                booked_at=now,
            )
        )
    LevelCredit.objects.bulk_create(booked, batch_size=1_000)
    if booked:
        _check_now()
    return len(booked), len(refused)


def _check_now() -> None:
    """Have the database compare credits and adjustments now, while it may see both."""
    with connection.cursor() as cursor:
        for when in ("IMMEDIATE", "DEFERRED"):
            cursor.execute(f"SET CONSTRAINTS adjustment_by_rule_was_computed {when}")


def _given(month_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Return what was given back already, by month and asset."""
    given: dict[UUID, dict[str, int]] = {each: {} for each in month_ids}
    found = LevelCredit.objects.filter(evaluation__month_id__in=month_ids).order_by()
    sums = found.values("evaluation__month_id", "asset").annotate(minor=Sum("signed_minor"))
    for row in sums:
        given[row["evaluation__month_id"]][row["asset"]] = int(row["minor"])
    return given


def _missing(evaluation: LevelEvaluation | None, given: Mapping[str, int]) -> dict[str, int]:
    """Return what is to move by asset, what is to be taken back as negative."""
    said = evaluation.credits if evaluation else {}
    moves = {asset: said.get(asset, 0) - given.get(asset, 0) for asset in {*said, *given}}
    return {asset: minor for asset, minor in sorted(moves.items()) if minor}


def _within_what_is_left(moves: Sequence[_Move], *, now: datetime) -> list[_Move]:
    """
    Return the moves, none of which gives back what a dispute or people gave back already.

    What is too much waits where that may change: a decision may be appealed against, or another
    month of the contract gives way now.
    """
    back = [each for each in moves if each.missing > 0]
    if not back:
        return list(moves)
    # Locked before any account is: a decision of this moment waits, or is seen here.
    under_way = locks.disputes_under_way({each.month.contract_id for each in back})
    moving = {each.contract_id for each in under_way if each.state == DisputeState.DECIDED}
    moving |= {each.month.contract_id for each in moves if each.missing < 0}
    left = level_selectors.left_of({each.paid for each in back})
    found: list[_Move] = []
    for move in moves:
        if move.missing < 0 or move.paid not in left:
            found.append(move)
            continue
        minor = min(move.missing, max(0, left[move.paid]))
        if minor < move.missing:
            move.month.refusal_code = GIVEN_BACK_ALREADY
            if move.month.contract_id in moving:
                move.month.due_at = now + REFUSED_AGAIN
                continue
        if minor and (minor == move.missing or not move.is_booked()):
            left[move.paid] -= minor
            found.append(replace(move, missing=minor))
    return found


def _rule_credit(move: _Move) -> RuleCredit:
    month, evaluation, asset = move.month, move.evaluation, move.asset
    is_back = move.missing > 0
    place = sorted({*evaluation.charged, asset}).index(asset)
    return RuleCredit(
        id=uuid7(),
        payer=Party.PROVIDER if is_back else Party.BUYER,
        payee=Party.BUYER if is_back else Party.PROVIDER,
        amount_minor=abs(move.missing),
        asset=asset,
        by_rule=evaluation.rule,
        reference=f"{evaluation.contract_number} {month.month:%Y-%m} {evaluation.revision}.{place}",
        evidence=f"{evaluation.rule} {evaluation.content_hash}",
        contract_id=month.contract_id,
        buyer_id=month.buyer_id,
        provider_id=month.provider_id,
        is_settled=month.contract.state == ContractState.SETTLED,
    )
