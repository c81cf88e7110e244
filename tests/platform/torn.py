"""
Half effects: what one transaction writes is there whole, whenever somebody looks.

Each query names what is torn. All are asked in one snapshot, so what runs meanwhile is no half.
"""

import time
from typing import Final

import psycopg

from tests.platform.conftest import Installation

AWAY_SECONDS_MAX: Final = 60
# A call round that is being decided keeps capacity for nobody's order, yet.
TORN: Final = {
    "order without its event": """
        SELECT o.number FROM orders_order o WHERE NOT EXISTS
            (SELECT FROM events_event e WHERE e.object_kind = 'order'
                AND e.object_id = o.id::text AND e.name = 'orders.order.placed')
    """,
    "cleared without its event": """
        SELECT o.number FROM orders_order o WHERE o.state IN ('CLEARED', 'SETTLED') AND NOT EXISTS
            (SELECT FROM events_event e WHERE e.object_kind = 'order'
                AND e.object_id = o.id::text AND e.name = 'orders.order.cleared')
    """,
    "cleared without capacity": """
        SELECT o.number FROM orders_order o WHERE o.state = 'CLEARED' AND 1 <>
            (SELECT count(*) FROM catalog_allocation a WHERE a.order_id = o.id
                AND a.state = 'HELD' AND a.listing_id = o.listing_id AND a.milli = o.units_milli)
    """,
    "capacity without an order": """
        SELECT a.order_id::text FROM catalog_allocation a WHERE a.state = 'HELD'
            AND NOT EXISTS (SELECT FROM rounds_callround r WHERE r.state = 'SOLVING')
            AND NOT EXISTS (SELECT FROM orders_order o WHERE o.id = a.order_id
                AND o.state IN ('CLEARED', 'SETTLED'))
    """,
    "cleared without its hold": """
        SELECT o.number FROM orders_order o WHERE o.state IN ('CLEARED', 'SETTLED')
            AND (o.held_minor > 0 AND NOT EXISTS (SELECT FROM ledger_hold h
                    WHERE h.id = o.cash_hold_id AND h.amount = o.held_minor)
                OR o.voucher_minor <> (SELECT coalesce(sum(h.amount), 0) FROM orders_ordercover c
                    JOIN ledger_hold h ON h.id = c.hold_id WHERE c.order_id = o.id))
    """,
    "hold without its order": """
        SELECT t.reference FROM ledger_transfer t JOIN ledger_reason r ON r.id = t.reason_id
            WHERE t.op = 1 AND r.name IN ('order_cash', 'order_voucher')
            AND NOT EXISTS (SELECT FROM orders_order o WHERE o.id = t.group_id
                AND o.state IN ('CLEARED', 'SETTLED', 'CANCELLED'))
            AND NOT EXISTS (SELECT FROM settlement_charge c WHERE c.ledger_group = t.group_id)
            AND NOT EXISTS (SELECT FROM settlement_contractfunds f WHERE f.hold_id = t.id)
    """,
    "round without its fills": """
        SELECT r.number FROM orders_clearinground r WHERE (r.order_count, r.cleared_count) <>
            (SELECT count(*), count(o.cleared_at) FROM orders_order o WHERE o.round_id = r.id)
    """,
    "hour of another size": """
        SELECT s.id::text FROM catalog_capacityslot s WHERE s.total_milli - s.free_milli <>
            (SELECT coalesce(sum(a.milli), 0) FROM catalog_allocation a
                WHERE a.listing_id = s.listing_id AND a.starts_at <= s.starts_at
                    AND a.ends_at >= s.ends_at AND (a.state = 'HELD'
                        OR a.released_at > s.starts_at))
    """,
    "contract without its funds": """
        SELECT c.number FROM settlement_contract c JOIN orders_order o ON o.id = c.order_id
            WHERE o.held_minor + o.voucher_minor > 0
            AND NOT EXISTS (SELECT FROM settlement_contractfunds f WHERE f.contract_id = c.id)
    """,
    "charge without its transfer": """
        SELECT c.id::text FROM settlement_charge c WHERE c.ledger_group IS NOT NULL
            AND NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.group_id = c.ledger_group)
    """,
    "contract of other charges": """
        SELECT c.number FROM settlement_contract c WHERE c.gross_minor <>
            (SELECT coalesce(sum(h.gross_minor), 0) FROM settlement_charge h
                WHERE h.contract_id = c.id)
    """,
    "deposit without its transfer": """
        SELECT d.reference FROM orders_deposit d WHERE NOT EXISTS
            (SELECT FROM ledger_transfer t WHERE t.id = d.transfer_id AND t.amount = d.amount_minor)
    """,
}


def torn(market: Installation) -> dict[str, list[str]]:
    """Return what is torn, by what it lacks; wait for a database that was killed just now."""
    socket_dir = (market.home / "postgres").resolve() / "socket"
    address = f"host={socket_dir} user=postgres dbname=suanpan"
    deadline = time.monotonic() + AWAY_SECONDS_MAX
    while True:
        try:
            with psycopg.connect(address) as connection:
                return found(connection)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the database stays away"
            time.sleep(0.1)


def found(connection: psycopg.Connection) -> dict[str, list[str]]:
    """Return what is torn in one snapshot of a database."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    rows = {name: connection.execute(sql.encode()).fetchall() for name, sql in TORN.items()}
    return {name: [row[0] for row in some] for name, some in rows.items() if some}
