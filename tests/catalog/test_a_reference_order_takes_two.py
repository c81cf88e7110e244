"""Many approve one reference order at an instant: it is announced once. With a control."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, connections, transaction

from common import clock, tenancy
from identity.approvals.contracts import (
    Person,
    ProposalDecided,
    ProposalWaits,
)
from identity.contracts import Role, SecondPersonRequired
from marketplace.catalog import selectors, services
from marketplace.catalog.models import ReferenceOrder
from tests import cast


def proposed(first, desk, *, hours=24):
    now = clock.now()
    force = selectors.reference_in_force(at=now)
    row = ReferenceOrder.objects.get(number=force.number)
    return services.propose_reference_order(
        content=row.content | {"hours": hours},
        reason="a day",
        starts_at=now + timedelta(days=9),
        by=Person(first.pk, desk.pk),
        now=now,
    )


def approved_at_once(refused) -> list[object]:
    desk = cast.organization("Desk")
    first, *others = (cast.member(desk, Role.OPERATOR) for _n in range(5))
    waiting, start = proposed(first, desk), Barrier(len(others))

    def confirm(person):
        start.wait()
        try:
            services.confirm_reference_order(
                proposal_id=waiting.id,
                person_id=person.pk,
                organization_id=desk.pk,
                now=clock.now(),
            )
        except refused as error:
            return type(error)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(others)) as pool:
        return list(pool.map(confirm, others))


def test_of_four_who_approve_at_once_one_announces_it(fresh_database):
    answers = approved_at_once(ProposalDecided)

    assert answers.count(None) == 1
    assert ReferenceOrder.objects.count() == 2


def test_without_the_lock_the_database_still_lets_one_through(fresh_database, monkeypatch):
    """The negative control: unlocked, several get as far as the table."""
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda found, **_how: found
    )

    answers = approved_at_once((ProposalDecided, DatabaseError))

    assert answers.count(None) == 1
    assert any(issubclass(each, DatabaseError) for each in answers if each)
    assert ReferenceOrder.objects.count() == 2


def test_another_waits_for_no_second_and_nobody_approves_their_own(db):
    with tenancy.acting_as_platform():
        desk = cast.organization("Desk")
        first, second = (cast.member(desk, Role.OPERATOR) for _n in range(2))
        waiting = proposed(first, desk)
        with pytest.raises(ProposalWaits):
            proposed(second, desk, hours=48)
        with pytest.raises(SecondPersonRequired), transaction.atomic():
            services.confirm_reference_order(
                proposal_id=waiting.id,
                person_id=first.pk,
                organization_id=desk.pk,
                now=clock.now(),
            )


def test_no_statement_announces_what_nobody_agreed_on(db):
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match="what was agreed on"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO catalog_referenceorder (number, content, content_hash, reason, starts_at,"
            " published_at) SELECT 2, content, content_hash, reason, now() + interval '8 days',"
            " now() FROM catalog_referenceorder"
        )
