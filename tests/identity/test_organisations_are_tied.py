"""Control and shareholding: dated facts, and who is related by them."""

import json
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from common import tenancy
from identity import relations, services
from identity.contracts import Relation, Role, TieKind
from identity.models import OrganizationTie
from identity.ties import Tie, Ties
from tests.cast import NOW, member, organization, signed_in

pytestmark = pytest.mark.django_db
A, B, C, D, E = (uuid4() for _ in range(5))
QUARTER = Decimal("0.25")
TODAY = NOW.date()


def controls(holder, held):
    return Tie(holder, held, TieKind.CONTROL)


def holds(holder, held, share):
    return Tie(holder, held, TieKind.SHARE, Decimal(share))


RELATED = {
    "it controls the other": [controls(A, B)],
    "the other controls it": [controls(B, A)],
    "through a third": [controls(A, C), controls(C, B)],
    "a common parent": [controls(C, A), controls(C, B)],
    "a common grandparent": [controls(C, D), controls(C, E), controls(D, A), controls(E, B)],
    "a majority": [holds(A, B, "0.51")],
    "a majority of a group": [controls(A, C), holds(A, B, "0.3"), holds(C, B, "0.3")],
    "a quarter": [holds(A, B, "0.25")],
    "a quarter in two parts": [controls(A, C), holds(A, B, "0.15"), holds(C, B, "0.1")],
    "a third holds a quarter of both": [holds(C, A, "0.3"), holds(C, B, "0.25")],
    "a quarter of what controls it": [controls(C, B), holds(A, C, "0.3")],
    "in a circle": [controls(A, C), controls(C, A), controls(C, B)],
}
STRANGERS = {
    "nothing is known": [],
    "a small share": [holds(A, B, "0.24999999")],
    "shares of other people": [holds(C, A, "0.3"), holds(D, B, "0.3")],
    "half of a half": [holds(A, C, "0.5"), holds(C, B, "0.5")],
    "others are tied": [controls(C, D), controls(D, E)],
}


@pytest.mark.parametrize("ties", RELATED.values(), ids=RELATED)
def test_related(ties):
    known = Ties(ties, share_that_counts=QUARTER)

    assert known.are_related(A, B)
    assert known.are_related(B, A)


@pytest.mark.parametrize("ties", STRANGERS.values(), ids=STRANGERS)
def test_strangers(ties):
    known = Ties(ties, share_that_counts=QUARTER)

    assert not known.are_related(A, B)
    assert not known.are_related(B, A)


@pytest.fixture
def operator():
    return member(organization("Platform"), Role.OPERATOR)


def record(holder, held, operator, **facts):
    values = {"kind": TieKind.CONTROL, "valid_from": date(2026, 1, 1), "source": "register"}
    return services.record_tie(
        holder_id=holder.pk, held_id=held.pk, recorded_by_id=operator.pk, now=NOW, **values | facts
    )


def related(buyer, provider, on=TODAY):
    with tenancy.acting_as_platform():
        return relations.relations(buyer_ids=[buyer.pk], provider_ids=[provider.pk], on=on)


def test_a_tie_counts_from_its_first_day_until_the_day_of_its_end(operator):
    parent, child = organization("Parent"), organization("Child")
    tie = record(parent, child, operator, valid_from=date(2026, 3, 1))
    services.end_tie(tie_id=tie.pk, on=date(2026, 6, 1), ended_by_id=operator.pk)

    found = {
        day: related(child, parent, on=day)
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1))
    }

    pair = {(child.pk, parent.pk): Relation.RELATED}
    assert list(found.values()) == [{}, pair, pair, {}]


def test_one_person_in_both_is_a_relation_and_oneself_is_another():
    one, other = organization("One"), organization("Other")
    person = member(one, Role.BUYER)
    assert related(one, other) == {}

    with tenancy.acting_as_platform():
        services.add_member(organization_id=other.pk, user_id=person.pk, role=Role.PROVIDER)

    assert related(one, other) == {(one.pk, other.pk): Relation.SAME_PERSON}
    assert related(one, one) == {(one.pk, one.pk): Relation.OWN}


REFUSED = {
    "to itself": {"held": "holder"},
    "a share without a figure": {"kind": TieKind.SHARE},
    "no share": {"kind": TieKind.SHARE, "share": Decimal(0)},
    "more than all": {"kind": TieKind.SHARE, "share": Decimal("1.00000001")},
    "an end before the start": {"valid_to": date(2025, 1, 1)},
    "no source": {"source": " "},
}


@pytest.mark.parametrize("facts", REFUSED.values(), ids=REFUSED)
def test_a_tie_without_form_is_refused(operator, facts):
    parent, child = organization("Parent"), organization("Child")
    held = parent if facts.pop("held", "") else child

    with pytest.raises(services.InvalidTie):
        record(parent, held, operator, **facts)


def test_the_same_tie_is_not_recorded_twice_for_one_time(operator):
    parent, child = organization("Parent"), organization("Child")
    tie = record(parent, child, operator)

    with pytest.raises(services.TieOverlaps):
        record(parent, child, operator, valid_from=date(2026, 5, 1))

    services.end_tie(tie_id=tie.pk, on=date(2026, 5, 1), ended_by_id=operator.pk)
    assert record(parent, child, operator, valid_from=date(2026, 5, 1)).pk


ATTACKS = {
    "another holder": {"holder_id": None},
    "another share": {"share": Decimal("0.1")},
    "another start": {"valid_from": date(2020, 1, 1)},
    "another recorder": {"source": "hearsay"},
}


@pytest.mark.parametrize("changes", ATTACKS.values(), ids=ATTACKS)
def test_what_was_recorded_stays(operator, changes):
    parent, child = organization("Parent"), organization("Child")
    tie = record(parent, child, operator)
    if "holder_id" in changes:
        changes = {"holder_id": organization("Other").pk}

    with tenancy.acting_as_platform():
        same = OrganizationTie.objects.filter(pk=tie.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            same.update(**changes)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            same._raw_delete("default")
        same.update(valid_to=date(2026, 9, 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            same.update(valid_to=None)


def test_only_the_two_and_the_platform_see_a_tie(operator):
    parent, child, stranger = (organization(name) for name in ("Parent", "Child", "Stranger"))
    record(parent, child, operator)

    seen = {}
    for tenant in (parent.pk, child.pk, stranger.pk, "*"):
        with tenancy.acting_as(tenant):
            seen[tenant] = OrganizationTie.objects.count()

    assert list(seen.values()) == [1, 1, 0, 1]


def test_the_operator_records_and_ends_ties_over_http():
    parent, child = organization("Parent"), organization("Child")
    client = signed_in(member(organization("Platform"), Role.OPERATOR))

    def post(path, body):
        return client.post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex},
        )

    body = {
        "holder_id": str(parent.pk),
        "held_id": str(child.pk),
        "kind": "SHARE",
        "share": "0.30000001",
        "valid_from": "2026-01-01",
        "source": "国家企业信用信息公示系统",
    }
    made = post("organization-ties", body)
    assert made.status_code == 201
    assert (made.json()["share"], made.json()["valid_to"]) == ("0.30000001", None)
    again = post("organization-ties", body)
    assert (again.status_code, again.json()["code"]) == (409, "tie_overlaps")
    assert post("organization-ties", body | {"share": "1.5"}).status_code == 400

    early = post(f"organization-ties/{made.json()['id']}/end", {"valid_to": "2025-01-01"})
    assert early.json()["code"] == "invalid_tie"
    ended = post(f"organization-ties/{made.json()['id']}/end", {"valid_to": "2026-12-01"})
    assert ended.json()["valid_to"] == "2026-12-01"

    mine = signed_in(member(parent, Role.PROVIDER))
    assert [row["kind"] for row in mine.get("/api/v1/organization-ties").json()["results"]] == [
        "SHARE"
    ]
    stranger = signed_in(member(organization("Stranger"), Role.BUYER))
    assert stranger.get("/api/v1/organization-ties").json()["results"] == []
