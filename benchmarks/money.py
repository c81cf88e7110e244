"""
How fast money is charged, stated, told of by the gateway, looked back on, and paid out.

Everything is measured in one run on one durable cluster; `sql_insert_select` is what PostgreSQL
does beside it: INSERT … SELECT of as many bare rows with a key and a commit. Sizes are those of a
large market; BENCH_RECORDS, BENCH_LINES, BENCH_EVENTS, BENCH_PAYEES take smaller ones,
BENCH_CASES=charge,statement only the cases that begin so, BENCH_RUNS=1 fewer runs.
"""

import hashlib
import hmac
import json
import os
import random
import resource
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

# One buyer stands for a whole market here: more orders than the limit of one organisation.
os.environ["ORDERS_PLACED_PER_MINUTE"] = "1000000"

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
RECORDS = int(os.environ.get("BENCH_RECORDS", "10000"))  # usage records charged in a run
LINES = int(os.environ.get("BENCH_LINES", "100000"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "300"))
PAYEES = int(os.environ.get("BENCH_PAYEES", "10000"))
MOMENTS = 50  # at which balances are asked for
HOURS = 100  # of an order, each a usage record
BATCH = 10_000
BARE = "sql_insert_select"
SUMMED = "sql_sum_of_transfers"
SECRET = "whsec_bench"  # noqa: S105 - of a gateway that is nobody's
MONTH = date(2026, 11, 1)
ISSUED = datetime(2026, 12, 2, tzinfo=UTC)
ASKED = tuple(filter(None, os.environ.get("BENCH_CASES", "").split(",")))


def is_asked(case: str) -> bool:
    """Tell whether somebody wants a case; by default everybody wants all."""
    return not ASKED or case.startswith(ASKED)


def told(case: Case) -> Case:
    """Say on standard error what a case came to, as long runs are watched."""
    sys.stderr.write(f"{json.dumps(case.as_json())} load {os.getloadavg()[0]:.1f}\n")
    return case


def bare(rows: int) -> float:
    """Insert rows with a key by one statement and commit; return the seconds."""
    from django.db import connection

    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_line SELECT gen_random_uuid(), gen_random_uuid(), n"
            " FROM generate_series(1, %s) n",
            [rows],
        )
    return time.perf_counter() - started


def prepare() -> None:
    """Open a fresh database with a table for the reference."""
    from tests import databases

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with databases.admin(environment.DATABASE) as owner:
        owner.execute("CREATE TABLE bench_line (id uuid PRIMARY KEY, row_id uuid, amount bigint)")
        owner.execute("GRANT SELECT, INSERT ON bench_line TO suanpan_app")
    bare(1_000)


# --- Charging --------------------------------------------------------------------------------
def charging(market: Any) -> Case:
    """Return how many usage records of closed windows are charged in a second."""
    from marketplace.settlement import services

    ours, theirs = [], []
    for _run in range(RUNS):
        at = measured_use(market)
        started = time.perf_counter()
        while services.charge_due(now=at).is_full:
            continue
        ours.append(RECORDS / (time.perf_counter() - started))
        theirs.append(RECORDS / bare(RECORDS))
        services.settle_due(now=at)
    return Case("charge_windows", "usage records/s", ours, {BARE: statistics.median(theirs)})


def measured_use(market: Any) -> datetime:
    """Order, send readings of every hour, and close the windows; return when all is over."""
    from common import tenancy
    from metering import services as metering
    from tests import factories
    from tests.settlement.cast import HOUR, NOON

    orders = [market.order(hours=HOURS) for _number in range(RECORDS // HOURS)]
    at = NOON + (HOURS + 24) * HOUR
    for hour in range(HOURS):
        readings = [
            factories.ReadingFactory(
                meter=market.meter,
                starts_at=NOON + hour * HOUR,
                quantity=Decimal(3_000),
                unit=market.unit,
                subject=order.pk,
            )
            for order in orders
        ]
        with tenancy.acting_as(market.provider.pk):
            metering.ingest(
                provider_id=market.provider.pk,
                readings=readings,
                received_at=NOON + (hour + 1) * HOUR,
            )
    with tenancy.acting_as_platform():
        while metering.close_windows(now=at).is_full:
            continue
    return at


# --- Statements and balances -----------------------------------------------------------------
def history(market: Any) -> None:
    """Book transfers of a month between the buyer and its provider, and page them."""
    from common.ids import uuid7
    from ledger import account_pages
    from ledger import services as ledger
    from ledger.contracts import Transfer
    from marketplace import accounts
    from tests.settlement.cast import NOON

    draw = random.Random(3)  # noqa: S311 - a month that is the same every time
    buyer = accounts.buyer_cash(market.buyer.pk)
    seller = accounts.provider_payable(market.provider.pk)
    for start in range(0, LINES, BATCH):
        ledger.post(
            transfers=[
                Transfer(
                    id=uuid7(),
                    debit=buyer,
                    credit=seller,
                    asset=accounts.CNY,
                    amount=draw.randrange(1, 1_000),
                    reason=accounts.TransferReason.ORDER_CASH,
                    reference=f"bench {number % 200}",
                    effective_at=NOON - timedelta(minutes=draw.randrange(20_000)),
                )
                for number in range(start, min(start + BATCH, LINES))
            ]
        )
    while account_pages.extend():
        continue


def stating(market: Any) -> list[Case]:
    """Return how long a statement of so many lines takes, and the most memory of the process."""
    from marketplace.statements import services
    from marketplace.statements.contracts import BillSide
    from marketplace.statements.subjects import of_organization

    subject = of_organization(BillSide.BUYER, market.buyer.pk)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    made = services.issue_statement(subject=subject, month=MONTH, now=ISSUED)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    name = "statement_100k_lines_s" if LINES == 100_000 else f"statement_{LINES}_lines_s"
    reference = {BARE: bare(made.lines_count)}
    return [
        Case(name, f"s, {made.lines_count} lines", [seconds], reference),
        Case("statement_peak_mib", "MiB of the process", [peak], {"before_issuing": before}),
    ]


def looking_back(market: Any) -> list[Case]:
    """Return how long a balance as of two moments takes, beside a sum over the transfers."""
    from django.db import connection

    from common import tenancy
    from ledger import selectors
    from marketplace import accounts
    from tests.settlement.cast import NOON

    draw, code = random.Random(4), accounts.buyer_cash(market.buyer.pk)  # noqa: S311
    ours, theirs, whole = [], [], []
    with tenancy.acting_as_platform():
        for _number in range(MOMENTS):
            moment = NOON - timedelta(seconds=draw.randrange(1_200_000))
            started = time.perf_counter()
            found = selectors.balance_as_of(account=code, effect_before=moment)
            ours.append(1_000 * (time.perf_counter() - started))
            started = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT coalesce(sum(t.amount), 0) FROM ledger_transfer t, ledger_account a"
                    " WHERE a.code = %s AND t.debit_id = a.id AND t.op IN (0, 2)"
                    " AND t.effective_at < %s",
                    [code, moment],
                )
                summed = int(cursor.fetchone()[0])
            theirs.append(1_000 * (time.perf_counter() - started))
            assert found is not None
            assert found.debits == summed
        for _number in range(RUNS):
            started = time.perf_counter()
            selectors.trial_balance_as_of(effect_before=NOON)
            whole.append(1_000 * (time.perf_counter() - started))
    reference = {SUMMED: statistics.median(theirs)}
    unit = f"ms, median of {MOMENTS}, {LINES} transfers"
    return [
        Case("asof_balance_ms", unit, ours, reference),
        Case("asof_trial_balance_ms", "ms", whole),
    ]


# --- The gateway -----------------------------------------------------------------------------
def hearing() -> Case:
    """Return how many signed webhooks a second are taken, each with its money booked."""
    from django.test import Client

    from marketplace.payments import channels
    from marketplace.payments.contracts import MovementKind, PayChannel
    from marketplace.payments.stripe_channel import MOVEMENT, StripeChannel
    from tests.payments import cast

    channel = StripeChannel("sk_test_1", secrets=(SECRET,), is_live=False, account="acct_ours")
    channels.install([(PayChannel.STRIPE, channel)])
    client, owner, ours = Client(HTTP_HOST="127.0.0.1"), cast.buyer(), []
    for _run in range(RUNS):
        sent = [
            signed(paid(str(cast.asked(owner, 500_00, MovementKind.TOP_UP).pk), MOVEMENT))
            for _number in range(EVENTS)
        ]
        started = time.perf_counter()
        for body, signature in sent:
            answer = client.post(
                "/gateway/stripe/events",
                body,
                content_type="application/json",
                headers={"Stripe-Signature": signature},
            )
            assert answer.status_code == 200, answer.content
        ours.append(EVENTS / (time.perf_counter() - started))
    started = time.perf_counter()
    for _number in range(EVENTS):
        bare(1)
    single = EVENTS / (time.perf_counter() - started)
    return Case("webhooks", "signed webhooks/s, one client", ours, {f"{BARE}_of_one_row": single})


def paid(movement: str, key: str) -> dict[str, Any]:
    """Return the event that tells of a paid top-up."""
    intent = {
        "id": f"pi_{uuid4().hex}",
        "object": "payment_intent",
        "amount": 500_00,
        "amount_received": 500_00,
        "currency": "cny",
        "status": "succeeded",
        "metadata": {key: movement},
    }
    return {
        "id": f"evt_{uuid4().hex}",
        "type": "payment_intent.succeeded",
        "data": {"object": intent},
        "livemode": False,
        "account": None,
    }


def signed(event: dict[str, Any]) -> tuple[bytes, str]:
    """Return an event's body and its signature of now."""
    body, at = json.dumps(event).encode(), int(time.time())
    digest = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={at},v1={digest}"


# --- Payouts ---------------------------------------------------------------------------------
def paying_out() -> Case:
    """Return how long a run to very many providers takes to be prepared and proposed."""
    from common import tenancy
    from tests.payouts import cast

    payees()
    clerk = cast.desk()[0]
    started = time.perf_counter()
    run, _proposed = cast.propose(clerk)
    seconds = time.perf_counter() - started
    with tenancy.acting_as_platform():  # whose runs are
        assert run.lines.filter(skipped="").count() >= PAYEES
    name = "payout_run_10k_s" if PAYEES == BATCH else f"payout_run_{PAYEES}_s"
    return Case(name, f"s, {PAYEES} payouts", [seconds], {BARE: bare(PAYEES)})


def payees() -> None:
    """Let providers be owed money, and know where they are paid."""
    from common import tenancy
    from common.ids import uuid7
    from identity.models import Organization
    from ledger import services as ledger
    from ledger.contracts import Transfer
    from marketplace import accounts
    from marketplace.payouts.models import BankAccount
    from marketplace.settlement.contracts import Party
    from tests import cast, databases
    from tests.factories.base import uscc
    from tests.settlement.cast import NOON, adjusted

    first = cast.organization("Payee")
    adjusted(first, payee=Party.PROVIDER)
    person = cast.somebody()
    with tenancy.acting_as_platform():
        made = Organization.objects.bulk_create(
            Organization(id=uuid7(), name=f"Payee {number}", uscc=uscc(5_000_000 + number))
            for number in range(PAYEES)
        )
        BankAccount.objects.bulk_create(
            BankAccount(
                provider=each,
                holder=each.name,
                bank_name="Bank",
                bank_code="102100099996",
                account_number=f"6222{number:012d}",
                added_at=NOON - timedelta(days=9),
                usable_from=NOON - timedelta(days=8),
                added_by=person,
            )
            for number, each in enumerate(made)
        )
    accounts.open_providers([each.pk for each in made])
    ledger.post(
        transfers=[
            Transfer(
                id=uuid7(),
                debit=accounts.platform_fee(),
                credit=accounts.provider_payable(each.pk),
                asset=accounts.CNY,
                amount=100_00 + number,
                reason=accounts.TransferReason.ADJUSTMENT,
                effective_at=NOON,
            )
            for number, each in enumerate(made)
        ]
    )
    with databases.admin(environment.DATABASE) as owner:
        owner.execute("SET session_replication_role = replica")
        copy_adjustments(owner)


def copy_adjustments(owner: Any) -> None:
    """Write an adjustment of each payee: who never had one is not looked at by a run."""
    columns = owner.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_name = 'settlement_adjustment' AND is_generated = 'NEVER'"
    ).fetchone()[0]
    chosen = ", ".join(f"copy.{each}" for each in columns.split(", "))
    owner.execute(
        f"INSERT INTO settlement_adjustment ({columns}) OVERRIDING SYSTEM VALUE SELECT {chosen}"
        " FROM (SELECT *, row_number() OVER () AS n FROM identity_organization"
        "     WHERE name ~ '^Payee [0-9]+$') o,"
        " (SELECT * FROM settlement_adjustment LIMIT 1) like_it,"
        " jsonb_populate_record(NULL::settlement_adjustment, to_jsonb(like_it)"
        "     || jsonb_build_object('id', md5(o.id::text)::uuid, 'provider_id', o.id,"
        "     'number', 'B-' || o.n, 'sequence', 1000000 + o.n, 'reference', 'B-' || o.n,"
        "     'proposal_id', md5('proposal' || o.id::text)::uuid)) AS copy"
    )


def run() -> dict[str, Any]:
    """Return the benchmark's result."""
    from tests.settlement.cast import Market

    prepare()
    market = Market(cards=RECORDS // HOURS, cash="500000000")
    cases = []
    if is_asked("charge"):
        cases.append(told(charging(market)))
    if is_asked("statement") or is_asked("asof"):
        history(market)
    if is_asked("asof"):
        cases += map(told, looking_back(market))
    if is_asked("statement"):
        cases += map(told, stating(market))
    if is_asked("webhooks"):
        cases.append(told(hearing()))
    if is_asked("payout"):
        cases.append(told(paying_out()))
    return report("money", cases)


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        emit(run())
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
