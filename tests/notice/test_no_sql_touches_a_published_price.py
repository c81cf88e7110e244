"""No statement of the application edits, back-dates or withdraws a price that was published."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.ids import uuid7
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace import accounts
from marketplace.baselines import services as baselines
from marketplace.baselines.contracts import CostInput, InputBasis, InputChange, ReferencePriceTerms
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import Band
from pricing import paths
from pricing import services as pricing
from pricing.group_contracts import PriceGroup
from tests import cast, databases, environment
from tests.catalog.supply import listed
from tests.orders.cast import buyer

DEARER = "jsonb_set(components, '{0,tiers,0,unit_price}', '\"9\"')"
# Of each table: when it was announced, from when it holds, what it says, and something else.
PRICES = {
    "pricing_rateplanversion": ("published_at", "starts_at", "components", DEARER),
    "settlement_feerule": ("published_at", "starts_at", "rate", "0"),
    "pricing_pricegroupentry": ("recorded_at", "starts_at", "price_group", "'partner'"),
    "pricing_path": ("recorded_at", "starts_at", "price_per_gb", "0.01"),
    "baselines_referenceprice": ("announced_at", "valid_from", "below_bp", "150"),
    "baselines_costversion": ("announced_at", "valid_from", "content", "content || '{}'"),
    "catalog_referenceorder": ("published_at", "starts_at", "content", "content"),
    "catalog_pricecollar": ("announced_at", "valid_from", "below_bp", "150"),
}
DAY = timedelta(days=1)
REFERENCE = ReferencePriceTerms(Decimal("3.2"), 2_000, 3_000, Decimal("2.1"), 23, 7, 3_000)
DATED_EARLIER = "SET {announced} = {announced} - interval '9 days', {holds} = {holds} - interval"
ATTACKS = {
    "back-dated": f"UPDATE {{table}} {DATED_EARLIER} '9 days'",
    "notice shortened": "UPDATE {table} SET {announced} = {announced} - interval '9 days'",
    "edited": "UPDATE {table} SET {said} = {other}",
    "withdrawn": "DELETE FROM {table}",
}


def statements(table):
    announced, holds, said, other = PRICES[table]
    names = {"announced": announced, "holds": holds, "said": said, "other": other}
    return {name: text.format(table=table, **names) for name, text in ATTACKS.items()}


def office():
    home = cast.organization("Office")
    return [Person(cast.member(home, Role.OPERATOR).pk, home.pk) for _each in range(2)]


def publish_everything():
    """Publish a price of each kind, as people do."""
    now, (one, other) = clock.now(), office()
    with tenancy.acting_as_platform():
        accounts.install_chart()
        listing, org = listed(), buyer("100")
        pricing.publish_paths(paths=paths.assumed(), starts_at=now, now=now)
        pricing.enter_price_group(
            provider_id=listing.provider_id,
            uscc=org.uscc,
            group=PriceGroup.INSIDE,
            reason="of our faculty",
            now=now,
        )
        confirming = {"person_id": other.id, "organization_id": other.organization_id, "now": now}
        baselines.confirm_reference(proposal_id=a_reference(one, now).id, **confirming)
        electricity = CostInput(
            "electricity", Decimal("0.55"), InputBasis.PUBLISHED, "Grid tariff", now.date() - DAY
        )
        costs = baselines.propose_costs(
            changes=[InputChange("", electricity)], reason="a tariff", by=one, now=now
        )
        baselines.confirm_costs(proposal_id=costs.id, **confirming)
        collar = catalog.propose_collar(
            resource_class=listing.resource_class,
            hub=listing.hub,
            band=Band(Decimal("3.2"), 5_000, 5_000),
            reason="spikes",
            by=one,
            now=now,
        )
        catalog.confirm_collar(proposal_id=collar.id, **confirming)
        catalog.confirm_reference_order(proposal_id=an_order(one, now).id, **confirming)


def a_reference(by, now):
    return baselines.propose_reference(
        hour_class="training", terms=REFERENCE, reason="costs fell", by=by, now=now
    )


def an_order(by, now):
    said = catalog_selectors.reference_orders().get(number=1).content
    return catalog.propose_reference_order(
        content=said | {"hours": 24}, reason="a day", starts_at=now + 9 * DAY, by=by, now=now
    )


@pytest.fixture
def published(db):
    publish_everything()
    tenancy.enter(tenancy.PLATFORM)


def refused(statement, *values, match=None):
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


def touched(table, statement):
    """Return how many rows a statement changes; none where the database refuses it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0], table
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            return f"{table}: {cursor.rowcount}"
    except DatabaseError:
        return 0


def test_the_application_cannot(published):
    for table in PRICES:
        for name, statement in statements(table).items():
            assert not touched(table, statement), name
        refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.slow
def test_the_statements_would_do_it_if_nothing_stopped_them(fresh_database, django_db_blocker):
    """The negative control: without triggers, and as the owner, each of them changes a row."""
    with django_db_blocker.unblock():
        publish_everything()
        with databases.admin(environment.DATABASE) as superuser:
            superuser.execute("SET session_replication_role = replica")
            for table in PRICES:
                for name, statement in statements(table).items():
                    superuser.execute("BEGIN")
                    done = superuser.execute(statement).rowcount
                    superuser.execute("ROLLBACK")
                    assert done, f"{table}: {name}"


AGREED = (
    "UPDATE approvals_proposal SET state = 'APPROVED', decided_by_id = %s, decided_for_id = %s,"
    " decided_at = now(), result_id = %s WHERE id = %s"
)
OLD = "now() - interval '9 days'"
REFERENCE_ROW = (
    "INSERT INTO baselines_referenceprice (id, hour_class, reference, below_bp, above_bp, floor,"
    " off_peak_from, off_peak_until, off_peak_bp, baseline_version, reason, announced_at,"
    " valid_from, proposed_by_id, agreed_by_id, proposal_id)"
    " SELECT result_id, r.hour_class, r.reference, r.below_bp, r.above_bp, r.floor,"
    " r.off_peak_from, r.off_peak_until, r.off_peak_bp, (content ->> 'baseline_version')::int,"
    " content ->> 'reason', {moment}, {moment} + interval '1 day', p.proposed_by_id,"
    " p.decided_by_id, p.id FROM approvals_proposal p, baselines_referenceprice r WHERE p.id = %s"
)
ORDER_ROW = (
    "INSERT INTO catalog_referenceorder (number, content, content_hash, reason, starts_at,"
    " published_at, published_by_id, agreed_by_id, proposal_id, agreement)"
    " SELECT 3, content -> 'order', repeat('a', 64), content ->> 'reason',"
    " {moment} + interval '19 days', {moment}, proposed_by_id, decided_by_id, id, result_id"
    " FROM approvals_proposal WHERE id = %s"
)


@pytest.mark.parametrize(("row", "ask"), [(REFERENCE_ROW, a_reference), (ORDER_ROW, an_order)])
def test_what_was_agreed_on_is_announced_now_and_at_no_other_time(published, row, ask):
    one, other = office()
    proposal = ask(one, clock.now())
    with connection.cursor() as cursor:
        cursor.execute(AGREED, [other.id, other.organization_id, uuid7(), proposal.id])
    for moment in (OLD, "now() + interval '9 days'"):
        refused(row.format(moment=moment), proposal.id, match="announced now|follow each other")
    with connection.cursor() as cursor:  # The same row, announced now, is one.
        cursor.execute(row.format(moment="clock_timestamp()"), [proposal.id])
        assert cursor.rowcount == 1


def test_a_path_is_told_for_now_or_later(published):
    row = (
        "INSERT INTO pricing_path (id, hub_a, hub_b, latency_ms, bandwidth_gbps, price_per_gb,"
        " basis, source, starts_at, recorded_at) SELECT gen_random_uuid(), hub_a, hub_b,"
        " latency_ms, bandwidth_gbps, 0.01, basis, source, {}, {} FROM pricing_path LIMIT 1"
    )

    refused(row.format(OLD, OLD), match="told now")
    refused(row.format("now()", OLD), match="told now")
    refused(row.format(OLD, "now()"), match="told now")
    with connection.cursor() as cursor:
        cursor.execute(row.format("now() + interval '1 day'", "now()"))
        assert cursor.rowcount == 1
