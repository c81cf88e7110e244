"""Writes of whole sets of running totals, one statement each."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from common.canonical import canonical_json

UPDATE_CONTRACTS: Final = """
    UPDATE settlement_contract AS contract
    SET quantity = new.quantity, standard_hours = new.standard_hours,
        rated_minor = new.rated_minor, gross_minor = new.gross_minor,
        voucher_minor = new.voucher_minor, cash_minor = new.cash_minor,
        fee_minor = new.fee_minor, beyond_quantity = new.beyond_quantity,
        watermark = new.watermark, rating = coalesce(new.rating, contract.rating)
    FROM jsonb_to_recordset(%s::jsonb) AS new(
        id uuid, quantity numeric, standard_hours numeric, rated_minor bigint, gross_minor bigint,
        voucher_minor bigint, cash_minor bigint, fee_minor bigint, beyond_quantity numeric,
        watermark bigint, rating jsonb
    )
    WHERE contract.id = new.id
"""

UPDATE_FUNDS: Final = """
    UPDATE settlement_contractfunds AS funds
    SET hold_id = new.hold_id, captured_minor = new.captured_minor,
        returned_minor = new.returned_minor, released_minor = new.released_minor
    FROM jsonb_to_recordset(%s::jsonb) AS new(
        id uuid, hold_id uuid, captured_minor bigint, returned_minor bigint, released_minor bigint
    )
    WHERE funds.id = new.id
"""

HOLD_MORE: Final = """
    UPDATE settlement_contractfunds AS funds
    SET hold_id = new.hold_id, held_minor = new.held_minor
    FROM jsonb_to_recordset(%s::jsonb) AS new(id uuid, hold_id uuid, held_minor bigint)
    WHERE funds.id = new.id
"""

MARK_REFUSED: Final = """
    UPDATE settlement_contract AS contract
    SET is_behind = true, refusal_code = new.code
    FROM jsonb_to_recordset(%s::jsonb) AS new(id uuid, code text)
    WHERE contract.id = new.id
"""


def run(statement: str, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement over rows of values."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [canonical_json(rows).decode()])
