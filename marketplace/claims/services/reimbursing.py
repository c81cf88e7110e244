"""A buyer asks to be reimbursed for what it paid itself, and may take that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from common.numbers import take_numbers
from identity import evidence
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role
from identity.events import services as events
from identity.files import services as files_services
from identity.files.contracts import Grant
from marketplace.claims.contracts import ClaimKind
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import (
    Reimbursement,
    ReimbursementLine,
    ReimbursementMove,
    ReimbursementObjection,
    VoucherClaim,
)
from marketplace.claims.reimbursement_contracts import (
    KNOWN_HERE,
    REIMBURSEMENT_DAYS_MAX,
    REIMBURSEMENT_STEPS,
    UNDECIDED,
    EvidenceMissing,
    InvalidReimbursementPeriod,
    LineRefusal,
    NothingToReimburse,
    PayeeRefused,
    ReimbursedTrade,
    ReimbursementClosed,
    ReimbursementMoved,
    ReimbursementNotFound,
    ReimbursementState,
    ReimbursementStep,
    ReimbursementWish,
)
from marketplace.claims.reimbursing import ReimbursedBuyer, decided_trades
from marketplace.claims.selectors.reimbursements import paid_contracts
from marketplace.vouchers import checks, life, programme_rules
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import Unfit
from marketplace.vouchers.terms import EvidenceKind, Payee

RELIES: Final = "claims.reimbursement"
REIMBURSEMENT_EVENTS: Final = {
    ReimbursementStep.SUBMIT: ClaimEvent.REIMBURSEMENT_SUBMITTED,
    ReimbursementStep.REVIEW: ClaimEvent.REIMBURSEMENT_REVIEWED,
    ReimbursementStep.SEND_BACK: ClaimEvent.REIMBURSEMENT_SENT_BACK,
    ReimbursementStep.PUBLISH: ClaimEvent.REIMBURSEMENT_PUBLISHED,
    ReimbursementStep.APPROVE: ClaimEvent.REIMBURSEMENT_APPROVED,
    ReimbursementStep.REJECT: ClaimEvent.REIMBURSEMENT_REJECTED,
    ReimbursementStep.WITHDRAW: ClaimEvent.REIMBURSEMENT_WITHDRAWN,
    ReimbursementStep.PAY: ClaimEvent.REIMBURSEMENT_PAID,
    ReimbursementStep.GIVE_BACK: ClaimEvent.REIMBURSEMENT_GIVEN_BACK,
}


@dataclass(frozen=True, slots=True)
class ReimbursementDecision:
    """What a request comes to at a moment, and on what that rests."""

    lines: list[ReimbursedTrade]
    beneficiary: str
    facts: dict[str, Any]

    @property
    def amount_minor(self) -> int:
        """Return what the lines add up to."""
        return sum(each.amount_minor for each in self.lines)


@transaction.atomic
def submit_reimbursement(
    *, applicant_id: UUID, person_id: int, wish: ReimbursementWish, now: datetime
) -> Reimbursement:
    """
    Ask a programme for its part of trades that ended on some days; each trade is taken once.

    :raises ProgrammeNotFound: if there is no such programme
    :raises ReimbursementClosed: if it does not reimburse, or not now
    :raises PayeeRefused: if its rules pay the provider
    :raises InvalidReimbursementPeriod, EvidenceMissing: if days or evidence are wrong
    :raises NothingToReimburse: if nothing is granted, or a request is being decided
    :raises FileNotFound: if a file is not one of the applicant's
    :raises OrganizationSuspended: while the applicant is suspended
    """
    identity_services.require_standing(applicant_id)
    with tenancy.acting_as_platform():
        version = vouchers_selectors.version_in_force(programme_id=wish.programme_id, at=now)
        _require_wish(version, wish, applicant_id=applicant_id, at=now)
        # Grants and requests of a programme take turns: of two, the second sees the first.
        programme = vouchers_services.hold_programme(
            programme_id=wish.programme_id, issuer_id=version.programme.issuer_id
        )
        if Reimbursement.objects.filter(
            programme=programme, applicant_id=applicant_id, state__in=UNDECIDED
        ).exists():
            why = _("a request of yours is being decided")
            raise NothingToReimburse(why=why, field="programme_id")
        (number,) = take_numbers("claims_reimbursement_number", prefix="E", at=now)
        made = Reimbursement(
            id=uuid7(),
            number=number,
            programme=programme,
            programme_version=version,
            issuer_id=programme.issuer_id,
            applicant_id=applicant_id,
            since=wish.since,
            until=wish.until,
            files={kind: str(file_id) for kind, file_id in sorted(wish.files.items())},
            asked_at=now,
            asked_by_id=person_id,
        )
        found = decision_of(made, at=now)
        _require_something(found)
        made.beneficiary, made.facts = found.beneficiary, found.facts
        made.amount_minor = found.amount_minor
        made.save(force_insert=True)
        write_lines(made, found.lines)
        _rely_on(made, wish, person_id=person_id, now=now)
        note_move(made, ReimbursementStep.SUBMIT, person_id=person_id, now=now)
    return made


@transaction.atomic
def withdraw_reimbursement(
    *, reimbursement_id: UUID, applicant_id: UUID, person_id: int, now: datetime
) -> Reimbursement:
    """
    Take a request back before it is granted; its trades can be asked for anew.

    :raises ReimbursementNotFound: if it is another organisation's
    :raises ReimbursementMoved: if it is granted or over
    """
    with tenancy.acting_as_platform():
        row = locked_reimbursement(reimbursement_id)
        if row.applicant_id != applicant_id:
            raise ReimbursementNotFound
        move_reimbursement(row, ReimbursementStep.WITHDRAW, person_id=person_id, now=now)
    return row


def decision_of(row: Reimbursement, *, at: datetime) -> ReimbursementDecision:
    """Decide a request as things stand: facts, history and what the caps leave."""
    version = row.programme_version
    known = evidence.facts_of(row.applicant_id, at)
    beneficiary = checks.beneficiary(known)
    room = vouchers_selectors.reimbursing_room(
        version,
        request_id=row.pk,
        number=row.number,
        holder_id=row.applicant_id,
        beneficiary=beneficiary,
        asked_at=row.asked_at,
        at=at,
    )
    ids = [row.applicant_id]
    certified = identity_selectors.sme_standing(organization_ids=ids, on=market_date(at))
    facts = vouchers_selectors.holder_facts(
        {row.applicant_id: [room.purse]}, certified=certified, at=at
    )
    contracts = paid_contracts(
        programme_id=row.programme_id,
        asset=row.programme.asset,
        applicant_id=row.applicant_id,
        since=row.since,
        until=row.until,
        mine=row.pk,
    )
    buyer = ReimbursedBuyer(
        row.applicant_id,
        bool(certified),
        facts.get(row.applicant_id),
        vouchers_selectors.supplier_facts({each.contract.provider_id for each in contracts}, at=at),
    )
    return ReimbursementDecision(
        decided_trades(contracts, buyer, room, at=at), beneficiary, known.data
    )


def _require_wish(
    version: Any, wish: ReimbursementWish, *, applicant_id: UUID, at: datetime
) -> None:
    _require_open(version, at=at)
    _require_days(wish, at=at)
    terms = programme_rules.parse(version.rules).terms
    asked = set() if terms is None else set(terms.evidence) - KNOWN_HERE
    missing = sorted(asked - wish.files.keys())
    if missing:
        kinds = ", ".join(str(EvidenceKind(each).label) for each in missing)
        clause = life.clause(version.rules, "evidence")
        raise EvidenceMissing(kinds=kinds, clause=clause, field=f"file_{missing[0].lower()}")
    if version.programme.issuer_id == applicant_id:
        raise ReimbursementClosed(clause="", field="programme_id")


def _require_open(version: Any, *, at: datetime) -> None:
    parsed = programme_rules.parse(version.rules)
    if parsed.terms is not None and parsed.terms.payee == Payee.PROVIDER:
        raise PayeeRefused(
            payee=str(Payee.PROVIDER.label),
            clause=life.clause(version.rules, "payee"),
            field="programme_id",
        )
    if not vouchers_rules.reimburses(parsed, at=at):
        clause = life.clause(version.rules, "mode")
        raise ReimbursementClosed(clause=clause, field="programme_id")


def _require_days(wish: ReimbursementWish, *, at: datetime) -> None:
    days = (wish.until - wish.since).days + 1
    if not 1 <= days <= REIMBURSEMENT_DAYS_MAX or wish.until > market_date(at):
        raise InvalidReimbursementPeriod(days=REIMBURSEMENT_DAYS_MAX, field="until")


def _require_something(found: ReimbursementDecision) -> None:
    if found.amount_minor <= 0:
        raise NothingToReimburse(why=why_nothing(found.lines), field="since")


def why_nothing(lines: Sequence[ReimbursedTrade]) -> str:
    """Return in words why the first trades are granted nothing."""
    reasons = [refusal_words(each.explained) for each in lines]
    told = list(dict.fromkeys(each for each in reasons if each))
    return " ".join(told[:3]) or _("there is none.")


def refusal_words(said: dict[str, Any]) -> str:
    """Return why a line is granted nothing, in words; empty where it is granted something."""
    if said.get("refused"):
        return str(LineRefusal(said["refused"]).label)
    if said.get("unfit"):
        unmet = [each for each in said.get("findings", ()) if each["verdict"] != "MET"]
        cited = f" ({unmet[0]['clause'].strip()})" if unmet and unmet[0]["clause"] else ""
        return f"{Unfit(said['unfit']).label}{cited}"
    return ""


def _rely_on(row: Reimbursement, wish: ReimbursementWish, *, person_id: int, now: datetime) -> None:
    """Let files of the applicant be part of the record, and let its issuer see them."""
    for file_id in wish.files.values():
        file = files_services.rely_on(
            organization_id=row.applicant_id, file_id=file_id, by=RELIES, now=now
        )
        grants = [Grant(row.issuer_id, Role.ISSUER), Grant(role=Role.AUDITOR)]
        files_services.share(file=file, grants=grants, person_id=person_id, now=now)


# --- Steps ---------------------------------------------------------------------------------
def locked_reimbursement(reimbursement_id: UUID) -> Reimbursement:
    """
    Lock a request, so that what is done with it takes turns.

    :raises ReimbursementNotFound: if there is none
    """
    found = Reimbursement.objects.select_for_update(no_key=True, of=("self",))
    row = (
        found.select_related("programme", "programme_version__programme")
        .filter(pk=reimbursement_id)
        .first()
    )
    if row is None:
        raise ReimbursementNotFound
    return row


def move_reimbursement(
    row: Reimbursement,
    step: ReimbursementStep,
    *,
    person_id: int | None,
    now: datetime,
    note: str = "",
    **changes: Any,
) -> None:
    """
    Take a step with a request that is locked; one that is over lets its trades go.

    :raises ReimbursementMoved: if the step leads nowhere from where it stands
    """
    before, then = REIMBURSEMENT_STEPS[step]
    if row.state not in before:
        raise ReimbursementMoved(state=ReimbursementState(row.state).label)
    row.state = then
    if note:
        row.note = note
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    if then in (
        ReimbursementState.REJECTED,
        ReimbursementState.WITHDRAWN,
        ReimbursementState.RETURNED,
    ):
        row.lines.filter(is_live=True, amount_minor__lt=0).update(amount_minor=0)
        row.lines.filter(is_live=True).update(is_live=False)
    note_move(row, step, person_id=person_id, now=now, note=note)


def close_reimbursement(
    claim: VoucherClaim,
    step: ReimbursementStep,
    *,
    person_id: int,
    now: datetime,
    note: str = "",
) -> None:
    """Let the request of a claim that is locked follow it: paid, or given back to pool and caps."""
    if claim.kind != ClaimKind.REIMBURSEMENT:
        return
    row = locked_reimbursement(claim.reimbursement.pk)
    if step == ReimbursementStep.GIVE_BACK:
        vouchers_services.uncount_reimbursed(request_id=row.pk)
    move_reimbursement(row, step, person_id=person_id, now=now, note=note)


def note_move(
    row: Reimbursement,
    step: ReimbursementStep,
    *,
    person_id: int | None,
    now: datetime,
    note: str = "",
) -> None:
    """Write a step down, and tell the record of it."""
    ReimbursementMove.objects.create(
        reimbursement=row,
        applicant_id=row.applicant_id,
        issuer_id=row.issuer_id,
        step=step,
        person_id=person_id,
        at=now,
        note=note,
    )
    event = events.Event(
        name=REIMBURSEMENT_EVENTS[step],
        object_kind="reimbursement",
        object_id=row.pk,
        object_label=row.number,
        concerns=[row.applicant_id, row.issuer_id],
        facts={"amount_minor": row.amount_minor, "reason": note},
        at=now,
    )
    events.record([event])


def note_objection(
    name: ClaimEvent, row: Reimbursement, objection: ReimbursementObjection, *, at: datetime
) -> None:
    """Tell the record of an objection; who objected is told the answer."""
    event = events.Event(
        name=name,
        object_kind="reimbursement",
        object_id=row.pk,
        object_label=row.number,
        concerns=[objection.organization_id, row.issuer_id],
        facts={"reason": objection.reason, "answer": objection.answer},
        at=at,
    )
    events.record([event])


def write_lines(row: Reimbursement, lines: Sequence[ReimbursedTrade]) -> None:
    """Write what a decision came to; what was decided before of the same trades is replaced."""
    known = {each.trade_record_id: each for each in row.lines.all()}
    fresh = []
    for each in lines:
        line = known.pop(each.trade_record_id, None) or ReimbursementLine(
            reimbursement=row,
            programme_id=row.programme_id,
            issuer_id=row.issuer_id,
            applicant_id=row.applicant_id,
            trade_record_id=each.trade_record_id,
            contract_id=each.contract_id,
        )
        line.base_minor, line.amount_minor = each.base_minor, each.amount_minor
        line.is_live, line.explained = each.is_live, each.explained
        fresh.append(line)
    ReimbursementLine.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["reimbursement", "trade_record"],
        update_fields=["base_minor", "amount_minor", "is_live", "explained"],
    )
    row.lines.filter(pk__in=[each.pk for each in known.values()]).update(
        is_live=False, amount_minor=0
    )
