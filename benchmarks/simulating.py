"""
How long a month of a million charges takes under a draft: `simulate_month_s`.

`python -m benchmarks.simulating` measures it alone. BENCH_CHARGES and BENCH_RUNS take smaller ones.
"""

import os
import sys
import time
from typing import Any

from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

CHARGES = int(os.environ.get("BENCH_CHARGES", "1000000"))
CONTRACTS = 2_000
SECONDS_MAX = 15
ORDERS = """
    INSERT INTO orders_order
    SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(),
        'number', 'B-' || n, 'key', 'bench ' || n, 'cash_hold_id', gen_random_uuid()))).*
    FROM orders_order o, generate_series(1, %s) n WHERE o.id = %s
"""
HELD = """
    INSERT INTO settlement_contract
    SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(),
        'number', 'BC-' || o.number, 'order_id', o.id,
        'sequence', 1000000 + row_number() OVER ()))).*
    FROM settlement_contract c, orders_order o WHERE c.id = %s AND o.number LIKE 'B-%%'
"""
# Uses of an hour each, one contract after the other within an hour.
CHARGED = """
    INSERT INTO settlement_charge ({columns})
    SELECT {values}
    FROM settlement_charge ch, settlement_contract c, generate_series(0, %(last)s) n
    WHERE ch.id = %(charge)s AND c.number LIKE 'BC-%%'
"""
OTHERWISE = {
    "id": "gen_random_uuid()",
    "usage_id": "gen_random_uuid()",
    "contract_id": "c.id",
    "starts_at": "%(first)s::timestamptz + n * interval '1 hour'",
    "ends_at": "%(first)s::timestamptz + (n + 1) * interval '1 hour'",
    "quantity": "1000 + (n * 37 + c.sequence * 11) %% 25000",
}
TERMS = {
    "zone": "Asia/Shanghai",
    "bands": [
        {"band": "peak", "from": "10:00", "until": "15:00", "days": ["workday"]},
        {"band": "valley", "from": "00:00", "until": "08:00"},
    ],
    "components": [
        {
            "code": "usage",
            "model": "graduated",
            "unit": "unit_hour",
            "per": "month",
            "bands": {"peak": "1.5", "valley": "0.5"},
            "tiers": [
                {"from": "0", "unit_price": "3.18"},
                {"from": "100", "unit_price": "2.95"},
            ],
        },
        {"code": "least", "model": "minimum", "price": "2000", "per": "month"},
    ],
}


def cases(runs: int) -> list[Case]:
    """Fill a database with a month of charges, and rate them under a draft."""
    from django.db import connections

    from common import tenancy
    from common.moments import market_date, month_period
    from marketplace.settlement import selectors
    from marketplace.settlement.models import Charge
    from pricing import drafting, plan_terms
    from tests import databases
    from tests.pricing.timed_plans import terms, unit
    from tests.settlement.cast import NOON, Market

    connections.close_all()
    databases.ensure_template()
    databases.clone(environment.DATABASE)
    market = Market(terms=terms(unit("5")))
    order = market.order(cards=8, hours=3)
    market.use(order, "4")
    market.charge()
    month = market_date(NOON).replace(day=1)
    with tenancy.acting_as_platform():
        contract, charge = market.contract(order), Charge.objects.get()
    hours = CHARGES // CONTRACTS
    starts = month_period(month).starts_at
    with databases.admin(environment.DATABASE) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(ORDERS, [CONTRACTS, order.pk])
        owner.execute(HELD, [contract.pk])
        names = [each.column for each in Charge._meta.local_concrete_fields]
        values = ", ".join(OTHERWISE.get(name, f"ch.{name}") for name in names)
        charged = CHARGED.format(columns=", ".join(names), values=values)
        owner.execute(charged, {"first": starts, "last": hours - 1, "charge": charge.pk})
        owner.execute("ANALYZE settlement_charge, settlement_contract, orders_order")
    plan = market.listing.plan_version.plan
    seconds = []
    with tenancy.acting_as(market.provider.pk):
        card = drafting.drafted_card(plan_terms.parse(TERMS), plan=plan, version=2)
        for _ in range(runs):
            started = time.perf_counter()
            made = selectors.simulate_month(
                provider_id=market.provider.pk, plan_id=plan.pk, card=card, month=month
            )
            seconds.append(time.perf_counter() - started)
    sys.stderr.write(f"{made.charges:,} charges of {made.contracts:,} contracts\n")
    if made.charges < CHARGES or max(seconds) > SECONDS_MAX:
        message = f"{made.charges} charges in {max(seconds):.1f} s"
        raise SystemExit(message)
    return [Case("simulate_month_s", "s", seconds)]


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connections

    from tests import databases

    try:
        runs = int(os.environ.get("BENCH_RUNS", "3"))
        made: dict[str, Any] = report("pricing", cases(runs))
        emit(made)
    finally:
        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
