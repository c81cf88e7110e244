"""A statement is taken back by another one that mirrors it."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from common import tenancy
from common.ids import uuid7
from marketplace import limits
from marketplace.statements.contracts import (
    FAPIAO_LIVE,
    StatementKind,
    StatementNotCancellable,
    StatementNotFound,
)
from marketplace.statements.models import Fapiao, Statement, StatementBalance, StatementLine
from marketplace.statements.services.issuing import TURN, write_statement

_MIRROR = """
    INSERT INTO statements_statementline (
        statement_id, organization_id, position, account_number, asset, transfer_id, amount_minor,
        occurred_at, day, reason, reference, contract_number, order_number, what, chip, region,
        standard_hours, corrects_id, is_live
    )
    SELECT %s, organization_id, position, account_number, asset, transfer_id, -amount_minor,
           occurred_at, day, reason, reference, contract_number, order_number, what, chip, region,
           -standard_hours, statement_id, false
    FROM statements_statementline WHERE statement_id = %s
"""


@transaction.atomic
def cancel_statement(*, statement_id: UUID, reason: str, by_id: int, now: datetime) -> Statement:
    """
    Cancel the latest statement of its subject by one that mirrors it; the month is due again.

    :raises StatementNotFound: if there is none
    :raises StatementNotCancellable: if it was cancelled, is not the latest, or has a fapiao
    """
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        found = Statement.objects.filter(pk=statement_id).first()
        if found is None:
            raise StatementNotFound
        _require_cancellable(found)
        made = _mirrored(found, reason=reason, by_id=by_id, now=now)
        Statement.objects.filter(pk=found.pk).update(is_live=False)
        StatementBalance.objects.filter(statement=found).update(is_live=False)
        StatementLine.objects.filter(statement=found).update(is_live=False)
        with connection.cursor() as cursor:
            cursor.execute(_MIRROR, [made.pk, found.pk])
        balances = [_mirror_of(each, made) for each in found.balances.all()]
        return write_statement(made, balances, cancels=found.number)


def _require_cancellable(found: Statement) -> None:
    later = Statement.objects.filter(
        side=found.side, subject=found.subject, is_live=True, sequence__gt=found.sequence
    )
    has_fapiao = Fapiao.objects.filter(statement=found, state__in=FAPIAO_LIVE)
    if not found.is_live or later.exists() or has_fapiao.exists():
        raise StatementNotCancellable


def _mirrored(found: Statement, *, reason: str, by_id: int, now: datetime) -> Statement:
    turned = [
        {key: -value if key.endswith("_minor") else value for key, value in row.items()}
        for row in found.taxes
    ]
    return Statement(
        id=uuid7(),
        kind=StatementKind.CANCELLATION,
        side=found.side,
        subject=found.subject,
        organization_id=found.organization_id,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        issued_at=now,
        issued_by_id=by_id,
        lines_count=found.lines_count,
        opening_minor=found.closing_minor,
        added_minor=-found.taken_minor,
        taken_minor=-found.added_minor,
        closing_minor=found.opening_minor,
        charged_minor=-found.charged_minor,
        voucher_minor=-found.voucher_minor,
        taxes=turned,
        tax_minor=-found.tax_minor,
        cancels=found,
        reason=reason,
        is_live=False,
    )


def _mirror_of(balance: StatementBalance, made: Statement) -> StatementBalance:
    return StatementBalance(
        statement=made,
        organization_id=balance.organization_id,
        account=balance.account,
        account_number=balance.account_number,
        kind=balance.kind,
        asset=balance.asset,
        opening_minor=balance.closing_minor,
        added_minor=-balance.taken_minor,
        taken_minor=-balance.added_minor,
        closing_minor=balance.opening_minor,
        lines_count=balance.lines_count,
        taken_through=balance.taken_through,
        is_live=False,
    )
