"""From the record of events to a case, and what people do with it, each step tried against it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from common import tenancy
from common.canonical import content_hash
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from marketplace.assurance import selectors, services
from marketplace.assurance.contracts import (
    CaseEffect,
    CaseFinding,
    CaseStateRefused,
    InvalidCase,
    InvalidSurveillanceRule,
)
from marketplace.assurance.models import Case, CaseEvidence, SurveillanceRule
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders
from tests import cast
from tests.catalog import supply
from tests.frontier import beyond_other_databases
from tests.orders.cast import NOW, buyer, place, wish

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def market(fresh_database):
    with beyond_other_databases():
        yield supply.listed(cards=8)


def two_operators():
    office = cast.organization("Office")
    return [Person(cast.member(office, Role.OPERATOR).pk, office.pk) for _each in range(2)]


def burst(listing, owner, *, count=5):
    for _each in range(count):
        order = place(owner, wish(listing))
        orders.cancel_order(order_id=order.pk, buyer_id=owner.pk, now=NOW)


def all_cases():
    with tenancy.acting_as_platform():
        return list(selectors.cases())


def confirmed(case, first, second, effect):
    waiting = services.propose_closing(
        case_id=case.pk, explanation="a bot", effect=effect, by=first, now=LATER
    )
    return services.confirm_closing(
        proposal_id=waiting.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=LATER,
    )


def test_a_burst_opens_one_case_that_grows_and_is_closed_with_its_effect(market):
    """One walk, as it needs a database of its own: the record is read behind its frontier."""
    owner, (first, second) = buyer("10000"), two_operators()
    burst(market, owner, count=4)
    assert services.watch(now=LATER).opened == 0
    burst(market, owner, count=1)

    assert services.watch(now=LATER).opened == 1
    assert services.watch(now=LATER).events == 0
    (case,) = all_cases()
    with tenancy.acting_as_platform():
        rows = list(CaseEvidence.objects.filter(case=case))
    assert (case.state, case.organization_ids, len(rows)) == ("OPEN", [owner.pk], 5)
    assert all(content_hash(row.facts) == row.content_hash for row in rows)
    burst(market, owner, count=2)
    assert services.watch(now=LATER).grown == 1

    _refuses_what_nobody_took(case, first)
    services.take_case(case_id=case.pk, by=first)
    services.add_note(case_id=case.pk, text="asked by mail", by=first, now=LATER)
    _the_database_keeps(case, rows[0])
    with pytest.raises(SecondPersonRequired):
        confirmed(case, first, first, CaseEffect(10, 5))
    with pytest.raises(InvalidCase):
        confirmed(case, first, second, CaseEffect(0, 5))
    _approve_what_waits(case, second)

    (closed,) = all_cases()
    assert (closed.state, closed.finding) == ("CLOSED", "CONFIRMED")
    with tenancy.acting_as(owner.pk):
        assert orders_selectors.order_rate(organization_id=owner.pk).placed_per_minute == 10
    burst(market, owner, count=1)
    assert services.watch(now=LATER).opened == 0, "what was judged is not judged again"
    with pytest.raises(CaseStateRefused):
        services.add_note(case_id=case.pk, text="late", by=first, now=LATER)


def _approve_what_waits(case, second):
    from identity.approvals import selectors as approvals

    with tenancy.acting_as_platform():
        waiting = approvals.waiting(kind="assurance.closing").get(reference=case.number)
    services.confirm_closing(
        proposal_id=waiting.pk,
        person_id=second.id,
        organization_id=second.organization_id,
        now=LATER,
    )


def _refuses_what_nobody_took(case, by):
    with pytest.raises(CaseStateRefused):
        services.close_case(
            case_id=case.pk, finding=CaseFinding.UNFOUNDED, explanation="x", by=by, now=LATER
        )


def _the_database_keeps(case, row):
    attacks = (
        lambda: Case.objects.filter(pk=case.pk).update(state="OPEN"),
        lambda: Case.objects.filter(pk=case.pk).update(subject="others"),
        lambda: CaseEvidence.objects.filter(pk=row.pk).update(facts={}),
        lambda: Case.objects.filter(pk=case.pk).delete(),
    )
    for attack in attacks:
        with pytest.raises(DatabaseError), tenancy.acting_as_platform(), transaction.atomic():
            attack()


@pytest.mark.django_db
def test_a_rule_takes_all_of_its_numbers_and_two_operators():
    first, second = two_operators()
    asked = {"pattern": "cancel_burst", "reason": "too many alarms", "by": first, "now": NOW}
    for wrong in ({}, {"cancels": 5}, {"cancels": 1, "minutes": 10, "share_percent": 80}):
        with pytest.raises(InvalidSurveillanceRule):
            services.propose_rule(parameters=wrong, **asked)
    numbers = {"cancels": 50, "minutes": 10, "share_percent": 80}
    waiting = services.propose_rule(parameters=numbers, **asked)
    services.publish_rule(
        proposal_id=waiting.id, person_id=second.id, organization_id=second.organization_id, now=NOW
    )

    with tenancy.acting_as_platform():
        held = {each.pattern: each for each in selectors.rules_in_force(at=NOW)}
    assert (held["cancel_burst"].version, held["cancel_burst"].parameters) == (2, numbers)
    with pytest.raises(DatabaseError), tenancy.acting_as_platform(), transaction.atomic():
        SurveillanceRule.objects.create(
            pattern="price_ring", version=2, parameters={}, content_hash="", valid_from=NOW
        )
