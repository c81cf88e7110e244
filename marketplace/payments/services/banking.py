"""Bank statements: each line is booked once, and matched by rules, or by two people."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity import selectors as identity_selectors
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from ledger import services as ledger_services
from ledger.contracts import Transfer, derived_id
from marketplace import accounts, limits
from marketplace.payments import references, telling
from marketplace.payments.contracts import (
    MATCH_KIND,
    DifferenceKind,
    LineMatched,
    LineNotFound,
    LineState,
    MovementDraft,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.event_names import DeskEvent
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    MoneyDifference,
    Movement,
    PaymentSource,
)
from marketplace.payments.services.moving import ask_money, move_money
from marketplace.payments.services.noting import settle_difference
from marketplace.payments.statements import ReadLine, ReadStatement, read_statement

BY_REFERENCE, BY_NUMBER, BY_GATEWAY, BY_HAND = "reference", "number", "gateway", "hand"
TURNS: Final = "payments.bank"
LEAVING: Final = (MovementKind.WITHDRAWAL, MovementKind.PAYOUT)


@transaction.atomic
def import_statement(*, raw: bytes, file_name: str, by: Person, now: datetime) -> BankStatement:
    """
    Take a file of the bank, once.

    The same file again is the same statement, and lines that another file brought are known.

    :raises StatementRefused: if it cannot be read whole, or its sums do not agree
    """
    found = read_statement(raw)
    digest = sha256(raw).hexdigest()
    with tenancy.acting_as_platform():
        limits.take_turns(TURNS)
        known = BankStatement.objects.filter(file_hash=digest).first()
        if known is not None:
            return known
        statement = BankStatement(
            form=found.form,
            file_name=file_name[:200],
            file_hash=digest,
            account=found.account,
            opening_minor=found.opening_minor,
            closing_minor=found.closing_minor,
            lines_count=len(found.lines),
            imported_at=now,
            imported_by_id=by.id,
        )
        fresh = _fresh(found, statement, now=now)
        matches = [_rule(line) for line in fresh]
        statement.new_count, statement.matched_count = len(fresh), sum(map(bool, matches))
        statement.save(force_insert=True)
        BankLine.objects.bulk_create(fresh, batch_size=1_000)
        _book(fresh, matches, now=now)
        for line, match in zip(fresh, matches, strict=True):
            if match:
                _match(line, match, now=now)
        telling.of_statement(DeskEvent.STATEMENT_IMPORTED, statement)
        return statement


def _fresh(found: ReadStatement, statement: BankStatement, *, now: datetime) -> list[BankLine]:
    identities = found.identities()
    known = set(BankLine.objects.filter(identity__in=identities).values_list("identity", flat=True))
    return [
        _line(read, identity, statement, now=now)
        for read, identity in zip(found.lines, identities, strict=True)
        if identity not in known
    ]


def _line(read: ReadLine, identity: str, statement: BankStatement, *, now: datetime) -> BankLine:
    return BankLine(
        statement=statement,
        line=read.line,
        identity=identity,
        amount_minor=read.amount_minor,
        booked_on=read.booked_on,
        reference=read.reference,
        text=read.text,
        party=read.party,
        party_account=read.party_account,
        found_at=now,
    )


# --- Rules ---------------------------------------------------------------------------------
Match = tuple[str, UUID]


def _rule(line: BankLine) -> Match | None:
    """Return by which rule a line is matched, and to what: an organisation, or a movement."""
    if moved := _moved(line):
        return (BY_NUMBER, moved)
    if line.amount_minor < 0:
        return None
    if (difference := _from_gateway(line)) is not None:
        return (BY_GATEWAY, difference)
    payers = {
        organization.pk
        for code in references.codes_in(f"{line.text} {line.reference}")
        if (organization := identity_selectors.organization_by_uscc(code)) is not None
    }
    return (BY_REFERENCE, payers.pop()) if len(payers) == 1 else None


def _moved(line: BankLine) -> UUID | None:
    """Return what left by the bank, and whose number and amount a line bears: out, or back."""
    is_out = line.amount_minor < 0
    states = (
        (MovementState.APPROVED, MovementState.SENT)
        if is_out
        else (MovementState.SENT, MovementState.APPROVED, MovementState.DONE)
    )
    found = Movement.objects.filter(
        number__in=references.numbers_in(line.text),
        amount_minor=abs(line.amount_minor),
        channel=PayChannel.BANK,
        kind__in=LEAVING,
        state__in=states,
    )
    ids = list(found.values_list("pk", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None


def _from_gateway(line: BankLine) -> UUID | None:
    """Return what the gateway said that it sent to the bank, where a line is that."""
    found = MoneyDifference.objects.filter(
        kind=DifferenceKind.TO_BANK, settled_at=None, theirs_minor=line.amount_minor
    )
    for each in found:
        if each.reference and each.reference in f"{line.text} {line.reference}":
            return each.pk
    return None


# --- Booking -------------------------------------------------------------------------------
def _book(lines: Sequence[BankLine], matches: Sequence[Match | None], *, now: datetime) -> None:
    """Book what arrived into clearing; what is a movement's step is posted by that."""
    arrived = [
        Transfer(
            id=derived_id(now, line.identity),
            debit=accounts.bank(),
            credit=accounts.clearing_in(),
            asset=accounts.CNY,
            amount=line.amount_minor,
            reason=accounts.TransferReason.STATEMENT,
            reference=line.reference,
            effective_at=now,
        )
        for line, match in zip(lines, matches, strict=True)
        if line.amount_minor > 0 and not (match and match[0] == BY_NUMBER)
    ]
    if arrived:
        ledger_services.post(transfers=arrived)


def _match(line: BankLine, match: Match, *, now: datetime, proposal_id: UUID | None = None) -> None:
    rule, about = match
    movement: Movement | None = None
    if rule == BY_NUMBER:
        to = MovementState.DONE if line.amount_minor < 0 else MovementState.RETURNED
        [movement] = move_money([about], to, now=now)
    elif rule == BY_GATEWAY:
        _settle_gateway(line, about, now=now)
    else:
        movement = _credit(line, about, now=now)
    line.state, line.rule, line.matched_at, line.movement = LineState.MATCHED, rule, now, movement
    line.proposal_id = proposal_id
    line.save(update_fields=["state", "rule", "matched_at", "movement", "proposal"])
    telling.of_line(DeskEvent.LINE_MATCHED, line)


def _settle_gateway(line: BankLine, difference_id: UUID, *, now: datetime) -> None:
    transfer = Transfer(
        id=derived_id(now, line.identity, "gateway"),
        debit=accounts.clearing_in(),
        credit=accounts.gateway(),
        asset=accounts.CNY,
        amount=line.amount_minor,
        reason=accounts.TransferReason.STATEMENT,
        reference=line.reference,
        effective_at=now,
    )
    ledger_services.post(transfers=[transfer])
    settle_difference(
        difference_id=difference_id, resolution="arrived at the bank", person_id=None, now=now
    )


def _credit(line: BankLine, organization_id: UUID, *, now: datetime) -> Movement:
    """Credit a buyer with what arrived; the account that it came from is its source."""
    source, _is_new = PaymentSource.objects.get_or_create(
        organization_id=organization_id,
        channel=PayChannel.BANK,
        reference=line.party_account,
        defaults={"first_seen_at": now, "holder": line.party},
    )
    draft = MovementDraft(
        kind=MovementKind.TOP_UP,
        channel=PayChannel.BANK,
        organization_id=organization_id,
        amount_minor=line.amount_minor,
        key=f"line:{line.identity}",
        source_id=source.pk,
    )
    [movement] = ask_money([draft], now=now)
    [movement] = move_money([movement.pk], MovementState.DONE, now=now)
    return movement


# --- By hand -------------------------------------------------------------------------------
def propose_match(*, line_id: UUID, organization_id: UUID, by: Person, now: datetime) -> Proposed:
    """
    Say whose money a line is; another person of finance decides.

    :raises LineNotFound, LineMatched: if there is nothing to match
    :raises ProposalWaits: if somebody else said otherwise, and that waits
    """
    with tenancy.acting_as_platform():
        line = _unmatched(line_id)
        organization = identity_selectors.organization(organization_id)
        content = {
            "line_id": str(line.pk),
            "organization_id": str(organization.pk),
            "amount_minor": line.amount_minor,
            "booked_on": line.booked_on.isoformat(),
            "party": line.party,
            "text": line.text,
        }
    draft = Draft(
        kind=MATCH_KIND,
        reference=str(line.pk),
        label=line.reference or line.party or f"{line.booked_on}",
        content=content,
        amount_minor=line.amount_minor,
        role=Role.FINANCE,
        barred_organization_id=organization.pk,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def confirm_match(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> BankLine:
    """
    Credit a buyer with a line as somebody else proposed.

    :raises LineMatched: if it was matched meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=MATCH_KIND,
        by=Person(person_id, organization_id),
        result_id=uuid7(),
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        limits.take_turns(TURNS)
        line = _unmatched(UUID(agreed.content["line_id"]))
        match = (BY_HAND, UUID(agreed.content["organization_id"]))
        _match(line, match, now=now, proposal_id=agreed.id)
        return line


def _unmatched(line_id: UUID) -> BankLine:
    rows = BankLine.objects.filter(pk=line_id)
    line = rows.select_for_update(no_key=True, of=("self",)).first()
    if line is None or line.amount_minor < 0:
        raise LineNotFound
    if line.state != LineState.UNMATCHED:
        raise LineMatched
    return line
