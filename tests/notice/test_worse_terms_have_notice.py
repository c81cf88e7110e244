"""Worse terms take effect a week after they were announced; nothing is back-dated by any route."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from common import clock, notice, tenancy
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person
from identity.contracts import Role
from marketplace import accounts
from marketplace.settlement.contracts import FeeRuleRefused
from metering import definitions
from metering import services as metering
from metering.models import MeasurementRuleVersion
from pricing import services as pricing
from pricing.models import RatePlanVersion
from tests.approvals import agreed
from tests.cast import NOW, member, organization, somebody
from tests.pricing.cards import component
from tests.vouchers.cast import rules_data

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
CHEAPER, SAME, DEARER = ([component(("0", price))] for price in ("2", "3", "4"))


@pytest.fixture
def plan():
    tenancy.enter(tenancy.PLATFORM)
    provider = organization()
    made = pricing.create_plan(provider_id=provider.pk, code="plan", name="价目", now=NOW)
    pricing.publish_version(provider_id=provider.pk, plan_id=made.pk, components=SAME, now=NOW)
    return made


def publish(plan, components, **times):
    return pricing.publish_version(
        provider_id=plan.provider_id, plan_id=plan.pk, components=components, **times
    )


def test_dearer_prices_wait_a_week_by_themselves(plan):
    now = clock.now()

    made = publish(plan, DEARER, now=now)

    assert made.starts_at == now + notice.NOTICE == now + WEEK


def test_cheaper_prices_are_there_at_once(plan):
    now = clock.now()

    assert publish(plan, CHEAPER, now=now).starts_at == now


def test_dearer_prices_are_refused_sooner_and_told_from_when(plan):
    now = clock.now()

    with pytest.raises(notice.NoticeTooShort) as refused:
        publish(plan, DEARER, now=now, starts_at=now + WEEK - timedelta(seconds=1))

    assert refused.value.code == "notice_too_short"
    assert refused.value.facts["days"] == 7
    assert refused.value.facts["earliest"] == (now + WEEK).isoformat(timespec="seconds")
    assert RatePlanVersion.objects.filter(plan=plan).count() == 1


def test_after_a_dearer_version_was_announced_a_third_follows_it(plan):
    now = clock.now()
    publish(plan, DEARER, now=now)

    third = publish(plan, CHEAPER, now=now, starts_at=now + 2 * WEEK)

    assert third.version == 3


def test_a_fee_that_rises_waits_and_one_that_falls_does_not():
    now = clock.now()

    def fee(rate, starts_at=None):
        return agreed.fee(rate, starts_at=starts_at, now=now)

    with pytest.raises(notice.NoticeTooShort):
        fee("0.05", starts_at=now + timedelta(days=1))
    with pytest.raises(FeeRuleRefused):
        fee("0.02", starts_at=now - timedelta(seconds=1))
    lower = fee("0.02")
    higher = fee("0.05", starts_at=now + WEEK + timedelta(minutes=1))

    assert (lower.starts_at, lower.rule) == (now, "fee-1")
    assert higher.starts_at == now + WEEK + timedelta(minutes=1)


@pytest.fixture
def programme():
    tenancy.enter(tenancy.PLATFORM)
    accounts.install_chart()
    issuer = organization("Issuer")
    return agreed.programme(
        issuer,
        code="CITY",
        name="城市券",
        name_en="City",
        region="110000",
        rules_data=rules_data(),
        source="test",
        now=NOW,
    )


def test_a_programme_that_gives_less_waits_and_one_that_gives_more_does_not(programme):
    now = clock.now()

    def rules(**changes):
        return agreed.rules(programme, rules_data=rules_data(**changes), now=now)

    assert rules(validity_days=400).valid_from == now
    assert rules(validity_days=300).valid_from == now + WEEK
    with pytest.raises(notice.OutOfTurn):
        rules(validity_days=500)


def test_other_measuring_waits():
    shipped = definitions.shipped_rules()[0]
    now = clock.now()

    with tenancy.acting_as_platform():
        published = metering.publish_rule_version(
            code=shipped["code"],
            version=2,
            name=shipped["name"],
            name_en=shipped["name_en"],
            definition=shipped["definition"] | {"grace_seconds": 60},
            source="test",
            valid_from=None,
            now=now,
        )

    found = MeasurementRuleVersion.objects.get(pk=published.id)
    assert found.valid_from == now + WEEK


# --- The database by itself: the application's role, raw SQL -----------------------------------
DEAR = '[{"code": "usage", "unit": "standard_hour", "tiers": [{"from": "0", "unit_price": "9"}]}]'
# Of each table: announcement, effect, terms, and what terms become when they are worse.
COPIES = {
    "pricing_rateplanversion": ("published_at", "starts_at", "components", DEAR),
    "vouchers_programmeversion": ("published_at", "valid_from", "rules", "validity_days"),
    "metering_measurementruleversion": (
        "published_at",
        "valid_from",
        "definition",
        "grace_seconds",
    ),
    "settlement_feerule": ("published_at", "starts_at", "rate", "0.5"),
}


def insert(table: str, *, announced, effective, is_worse=True, skip=0) -> None:
    """Copy the newest version of a table's rule with other times and, maybe, worse terms."""
    announced_column, effective_column, terms, fixed = COPIES[table]
    is_member = terms in ("rules", "definition")
    change = f"jsonb_set(v.{terms}, '{{{fixed}}}', '1')" if is_member else "%(fixed)s"
    kind = "numeric" if terms == "rate" else "jsonb"
    said = f"({change})::{kind}" if is_worse else f"v.{terms}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_generated = 'NEVER'",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall() if name != "ends_at"]
        values = {
            "id": "gen_random_uuid()",
            "version": f"v.version + 1 + {skip}",
            "content_hash": "md5(random()::text) || md5(random()::text)",
            announced_column: "%(announced)s",
            effective_column: "%(effective)s",
            terms: said,
        }
        if "published_by_id" in columns:
            values["published_by_id"] = "%(person)s"
        names = {"person": somebody().pk}
        if table == "metering_measurementruleversion":
            values["published_by_id"] = "NULL"  # As the market is installed: nobody proposed it.
        elif "proposal_id" in columns:
            names = agree(cursor, table, said, fixed)
            values |= {
                "id": "%(id)s",
                "approved_by_id": "%(approver)s",
                "proposal_id": "%(proposal)s",
            }
        sources = ", ".join(values.get(name, f"v.{name}") for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {sources} FROM {table} v ORDER BY {effective_column} DESC, version DESC"
            " LIMIT 1",
            {
                "announced": announced,
                "effective": effective,
                "fixed": fixed,
                **names,
            },
        )
        assert cursor.rowcount == 1


def agree(cursor, table: str, said: str, fixed: str) -> dict:
    """Have two people agree on the copy, so that nothing but its notice is in doubt."""
    is_fee = table == "settlement_feerule"
    whose = "''" if is_fee else "programme_id"
    cursor.execute(
        f"SELECT to_jsonb({said})::text, source, {whose}::text FROM {table} v"
        " ORDER BY version DESC LIMIT 1",
        {"fixed": fixed},
    )
    terms, source, programme_id = cursor.fetchone()
    content = {"source": source} | (
        {"rate": terms, "starts_at": None}
        if is_fee
        else {"rules": json.loads(terms), "programme_id": programme_id, "valid_from": None}
    )
    kind = "settlement.fee_rule" if is_fee else "vouchers.programme_version"
    desk = organization("Desk")
    first, second = (member(desk, Role.OPERATOR) for _n in range(2))
    by, other = Person(first.pk, desk.pk), Person(second.pk, desk.pk)
    draft = Draft(
        kind=kind, reference="copy", label="copy", content=content, role=Role.OPERATOR, by=by
    )
    made = uuid7()
    proposed = approvals.propose(draft, now=clock.now())
    approvals.settle(proposal_id=proposed.id, kind=kind, by=other, result_id=made, now=clock.now())
    return {"id": made, "person": first.pk, "approver": second.pk, "proposal": proposed.id}


def broken(error) -> str:
    return error.value.__cause__.diag.constraint_name


@pytest.fixture
def rules_of_all_kinds(plan, programme):
    """Have a version of each kind of rule; plans end when the next begins, so theirs is ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pricing_rateplanversion SET ends_at = clock_timestamp() + interval '1 minute'"
        )
    return plan, programme


TABLES = pytest.mark.parametrize("table", COPIES)


@TABLES
def test_the_database_refuses_worse_terms_without_notice(table, rules_of_all_kinds):
    now = clock.now()

    with pytest.raises(IntegrityError) as error:
        insert(table, announced=now, effective=now + WEEK - timedelta(hours=1))

    assert broken(error) == "worse_terms_have_notice"


@TABLES
def test_the_database_takes_worse_terms_with_notice(table, rules_of_all_kinds):
    now = clock.now()

    insert(table, announced=now, effective=now + WEEK)


@TABLES
def test_the_database_takes_the_same_terms_at_once(table, rules_of_all_kinds):
    now = clock.now()

    insert(table, announced=now, effective=now + timedelta(minutes=2), is_worse=False)


@TABLES
@pytest.mark.parametrize("days", [-1, 8])
def test_the_database_believes_no_other_day_of_announcement(table, days, rules_of_all_kinds):
    """Announced eight days ago, it would have had its notice; announced tomorrow, none at all."""
    now = clock.now()
    announced = now - timedelta(days=days)

    with pytest.raises(IntegrityError) as error:
        insert(table, announced=announced, effective=max(announced, now) + timedelta(minutes=2))

    assert broken(error) == "rule_is_not_back_dated"


@TABLES
def test_the_database_refuses_terms_for_days_that_are_over(table, rules_of_all_kinds):
    now = clock.now()

    with pytest.raises(IntegrityError) as error:
        insert(table, announced=now, effective=now - timedelta(hours=1), is_worse=False)

    assert broken(error) == "rule_is_not_back_dated"


@TABLES
def test_the_database_refuses_a_version_out_of_its_turn(table, rules_of_all_kinds):
    """A number left out would make another version the one to be compared with."""
    now = clock.now()

    with pytest.raises(IntegrityError) as error:
        insert(table, announced=now, effective=now + 2 * WEEK, skip=1)

    assert broken(error) == "rule_follows_the_one_before"


def test_the_database_takes_no_price_back_that_was_in_force(plan):
    with pytest.raises(IntegrityError) as error, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pricing_rateplanversion SET ends_at = clock_timestamp() - interval '1 hour'"
            " WHERE plan_id = %s",
            [plan.pk],
        )

    assert broken(error) == "rule_is_not_back_dated"


@pytest.mark.parametrize(
    "prices",
    [
        '"none"',
        "{}",
        '[{"code": "usage", "unit": "standard_hour", "tiers": "none"}]',
        '[{"code": "usage", "unit": "standard_hour", "tiers": [{"from": "0", "unit_price": "?"}]}]',
    ],
    ids=["no list", "no components", "no tiers", "no price"],
)
@pytest.mark.parametrize("days", [0, 8])
def test_prices_without_form_are_named_by_their_constraint(
    prices, days, rules_of_all_kinds, monkeypatch
):
    """Not by the judge of what is worse, which cannot read them."""
    table, now = "pricing_rateplanversion", clock.now()
    monkeypatch.setitem(COPIES, table, (*COPIES[table][:3], prices))

    with pytest.raises(IntegrityError) as error:
        insert(table, announced=now, effective=now + timedelta(days=days, minutes=2))

    assert broken(error) == "rate_plan_version_components_are_sound"


def test_python_and_the_database_know_one_notice():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'suanpan_keep_notice'")
        (source,) = cursor.fetchone()

    assert f"interval := '{notice.NOTICE.days} days'" in source
