"""Inputs of costs change by two operators, with notice; every version is computed again."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from common import clock, tenancy
from common.ids import uuid7
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from marketplace.baselines import rules, selectors, services, verify_baseline
from marketplace.baselines.contracts import (
    COSTS_NOTICE,
    CostInput,
    CostInputsRefused,
    InputBasis,
    InputChange,
)
from tests import cast

pytestmark = pytest.mark.django_db
A100 = "training:NVIDIA A100 80GB SXM"
TICK = timedelta(microseconds=1)


@pytest.fixture
def office():
    home = cast.organization("Office")
    return [Person(cast.member(home, Role.OPERATOR).pk, home.pk) for _each in range(2)]


def change(code="electricity", value="0.55", unit="", **said):
    day = clock.now().date() - timedelta(days=3)
    whole = {"basis": InputBasis.PUBLISHED, "source": "Grid tariff 2026", "as_of": day} | said
    return InputChange(unit, CostInput(code, Decimal(value), **whole))


def proposed(by, *changes, reason="a tariff was published", at=None):
    return services.propose_costs(
        changes=changes or [change()], reason=reason, by=by, now=at or clock.now()
    )


def agreed(proposal, by, *, at=None):
    return services.confirm_costs(
        proposal_id=proposal.id,
        person_id=by.id,
        organization_id=by.organization_id,
        now=at or clock.now(),
    )


def of_a100(said):
    of_class = [each for each in said.baselines if each.hour_class == "training"]
    return next(each for each in of_class if A100.endswith(each.unit))


def test_they_hold_a_day_after_another_operator_approved_them(office):
    now = clock.now()
    agreed(
        proposed(office[0], change(), change("hardware", "100000", A100), at=now), office[1], at=now
    )

    before = selectors.costs_in_force(at=now + COSTS_NOTICE - TICK)
    after = selectors.costs_in_force(at=now + COSTS_NOTICE)
    assert (before.number, after.number) == (1, 2)
    # Capital 20,000 + upkeep 5,000 + space 624 + staff 1,500 over 6,570 hours, and 0.52 · 0.55.
    assert of_a100(after).per_unit_hour == Decimal("4.414463")
    assert of_a100(before).per_unit_hour == Decimal("2.944393")
    # The same chip of another class has figures of its own, which nobody named.
    was, now_is = (
        next(each for each in said.baselines if each.hour_class == "hpc")
        for said in (before, after)
    )
    assert now_is.inputs["hardware"] == was.inputs["hardware"]
    assert now_is.inputs["figure"].value == Decimal("9.7")


def test_earlier_versions_are_computed_again_without_the_market(office, tmp_path):
    now = clock.now()
    agreed(proposed(office[0], at=now), office[1], at=now)
    later = proposed(office[1], change("pue", "1.2", basis=InputBasis.MEASURED), at=now)
    agreed(later, office[0], at=now)
    file = tmp_path / "baselines.json"

    def verified(said):
        file.write_text(json.dumps(said))
        run = subprocess.run([sys.executable, verify_baseline.__file__, file], check=False)
        return run.returncode == 0

    of_each = [
        Client().get(f"/api/v1/cost-baselines?version={number}").json() for number in (1, 2, 3)
    ]
    assert all(map(verified, of_each))
    costs = [said["results"][2]["per_unit_hour"] for said in of_each]
    assert len(set(costs)) == 3
    # The inputs of one with the figures of another do not follow.
    mixed = {**of_each[1]["results"][0], "inputs": of_each[2]["results"][0]["inputs"]}
    assert not verified({"results": [mixed]})
    said = of_each[0]["versions"]
    assert [each["number"] for each in said] == [3, 2, 1]
    assert said[1]["changes"][0]["source"] == "Grid tariff 2026"
    assert Client().get("/api/v1/cost-baselines?version=9").status_code == 404


def test_nobody_approves_their_own(office):
    with pytest.raises(SecondPersonRequired):
        agreed(proposed(office[0]), office[0])


@pytest.mark.parametrize(
    "said",
    [
        {"code": "reference", "unit": A100},
        {"code": "hardware"},
        {"code": "electricity", "unit": A100},
        {"code": "utilisation", "value": "1.01"},
        {"code": "pue", "value": "0.99"},
        {"value": "0.1234567"},
        {"value": "NaN"},
        {"source": " "},
        {"as_of": None},
        {"as_of": date(2999, 1, 1)},
    ],
    ids=str,
)
def test_what_cannot_be_an_input_is_refused(office, said):
    with pytest.raises(CostInputsRefused) as refused:
        proposed(office[0], change(**said))
    assert (refused.value.code, refused.value.field) == ("invalid_cost_inputs", "changes")


def test_what_changes_nothing_or_twice_or_without_a_reason_is_refused(office):
    (was,) = (
        each
        for (unit, code), each in rules.inputs_by_unit(rules.first_content()).items()
        if (unit, code) == ("", "pue")
    )
    same = InputChange("", replace(was, as_of=clock.now().date()))
    for changes, reason in (([same], "why"), ([change(), change()], "why"), ([change()], " ")):
        with pytest.raises(CostInputsRefused):
            proposed(office[0], *changes, reason=reason)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE baselines_costversion SET content = content - 'units'",
        "UPDATE baselines_costversion SET valid_from = announced_at",
        "DELETE FROM baselines_costversion",
        "INSERT INTO baselines_costversion SELECT (jsonb_populate_record(v, jsonb_build_object("
        "'id', gen_random_uuid(), 'number', 3, 'proposal_id', proposal_id))).*"
        " FROM baselines_costversion v",
    ],
)
def test_no_sql_changes_what_was_agreed_on(office, statement):
    agreed(proposed(office[0]), office[1])
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_no_sql_says_that_costs_were_announced_before(office):
    """Announced a day ago, they would hold at once: the database has a clock of its own."""
    proposal = proposed(office[0])
    insert = (
        "INSERT INTO baselines_costversion (id, number, content, changes, reason, announced_at,"
        " valid_from, proposed_by_id, agreed_by_id, proposal_id)"
        " SELECT result_id, 2, content -> 'content', content -> 'changes', content ->> 'reason',"
        " now() - interval '1 day', now(), proposed_by_id, decided_by_id, id"
        " FROM approvals_proposal WHERE id = %s"
    )
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE approvals_proposal SET state = 'APPROVED', decided_by_id = %s,"
            " decided_for_id = %s, decided_at = now(), result_id = %s WHERE id = %s",
            [office[1].id, office[1].organization_id, uuid7(), proposal.id],
        )
        with pytest.raises(DatabaseError, match="announced now"), transaction.atomic():
            cursor.execute(insert, [proposal.id])


def test_lists_of_versions_compute_the_one_that_is_read_alone(office, monkeypatch):
    for value in ("0.55", "0.56", "0.57"):
        agreed(proposed(office[0], change(value=value)), office[1])
    computed = []
    usual = rules.baselines_of
    monkeypatch.setattr(
        rules,
        "baselines_of",
        lambda number, content: computed.append(number) or usual(number, content),
    )
    said = Client().get("/api/v1/cost-baselines?version=3").json()
    page = Client().get("/prices/reference/?version=2")
    assert (len(said["versions"]), said["results"][0]["version"]) == (4, 3)
    assert page.status_code == 200
    assert computed == [3, 2]


def test_operators_propose_on_the_page_and_everybody_reads_the_versions(office):
    operator = cast.signed_in(cast.member(cast.organization("Operators"), Role.OPERATOR))
    english = {"accept-language": "en"}
    address = "/oversight/cost-inputs/"
    shown = operator.get(address, headers=english).content.decode()
    assert "Own assumption" in shown
    key = shown.split('name="key" value="')[1].split('"')[0]
    typed = {
        "key": key,
        "input_1": "|electricity",
        "value_1": "0.55",
        "basis_1": "PUBLISHED",
        "source_1": "Grid tariff 2026",
        "as_of_1": "2026-01-01",
        "reason": "a tariff was published",
    }
    wrong = operator.post(address, typed | {"value_1": "101"}, headers=english)
    (beside,) = wrong.context["main"][0].form.errors["value_1"]
    assert beside == "The inputs of costs are not valid: a number from 0 to 100"
    wide = operator.post(address, typed | {"value_1": "０.５５"}, headers=english)
    assert "Write it in half-width digits" in wide.content.decode()
    for empty in ("basis_1", "value_1", "source_1", "as_of_1"):
        assert operator.post(address, typed | {empty: ""}).status_code == 422
    second = {"input_2": "|space", "basis_2": "", "source_2": "Lease", "as_of_2": "2026-01-01"}
    assert operator.post(address, typed | second | {"value_2": "0"}).status_code == 422
    typed |= second | {"value_2": "0", "basis_2": "MEASURED"}
    assert operator.post(address, typed, headers=english).status_code == 302
    assert "wait" in operator.get(address, headers=english).content.decode()

    shown = Client(headers=english).get("/prices/reference/?version=1").content.decode()
    assert "Versions of the inputs" in shown


def test_the_api_takes_a_proposal_of_an_operator_alone(office):
    changes = [
        {
            "code": "electricity",
            "value": "0.55",
            "basis": "PUBLISHED",
            "source": "Grid tariff 2026",
            "as_of": "2026-01-01",
        }
    ]
    body = {"changes": changes, "reason": "a tariff was published"}
    for role, status in ((Role.OPERATOR, 202), (Role.BUYER, 403)):
        found = cast.signed_in(cast.member(cast.organization(f"Of {role}"), role)).post(
            "/api/v1/cost-baselines",
            body,
            content_type="application/json",
            headers={"idempotency-key": f"costs-{role}"},
        )
        assert found.status_code == status, found.content
