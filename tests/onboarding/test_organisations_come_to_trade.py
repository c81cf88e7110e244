"""A new organisation is onboarded: it does its checklist, two operators let it trade."""

from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import seals, tenancy
from identity import access_requests, suspensions
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import OrganizationOnboarding, Role, SecondPersonRequired
from identity.files import services as files
from identity.files.contracts import Grant
from identity.forms import selectors as form_selectors
from identity.forms import services as form_services
from identity.models import Organization, User
from identity.onboarding import rules, selectors, services
from identity.onboarding.contracts import (
    ChecklistOpen,
    Life,
    LifeMove,
    LineConfirmed,
    NotOnboarding,
    UnknownLine,
)
from identity.onboarding.models import Onboarding
from tests import cast
from tests.identity import standing

pytestmark = pytest.mark.django_db
ANSWERS = {"contact": "Li", "phone": "110", "kinds": ["AI"], "has_personal_data": "no"}


@pytest.fixture
def operators():
    by, second = standing.operators()
    return by, Person(second.pk, by.organization_id)


def newcomer(by: Person, role: Role = Role.BUYER) -> Organization:
    acme = cast.organization("Newcomer")
    services.open_onboarding(organization_id=acme.pk, role=role, by=by, now=timezone.now())
    return acme


def does_its_part(acme: Organization) -> None:
    person = cast.member(acme, Role.BUYER, Role.PROVIDER)
    cast.signed_in(person)
    cast.signed_in(cast.member(acme, Role.BUYER))
    now = timezone.now()
    facts = {"organization_id": acme.pk, "person_id": person.pk, "now": now}
    with seals.signing_in():
        Authenticator.objects.create(
            user=person, type=Authenticator.Type.TOTP, data={"secret": "kept"}
        )
    with tenancy.acting_as_platform():
        form_services.submit(
            form_selectors.newest_form("onboarding"),
            {"name": acme.name, "uscc": acme.uscc} | ANSWERS,
            consents=True,
            **facts,
        )
        files.store(name="licence.csv", content=b"a\n1\n", **facts)


def confirm_all(acme: Organization, by: Person) -> None:
    for line in ("verified", "trial"):
        services.confirm_line(
            organization_id=acme.pk, line=line, note="seen", by=by, now=timezone.now()
        )


def propose(acme: Organization, by: Person):
    return services.propose_activation(
        organization_id=acme.pk, reason="all is done", by=by, now=timezone.now()
    )


def activate(proposed, second: Person):
    return services.activate(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=timezone.now(),
    )


def key_for(acme: Organization) -> None:
    maker, now = cast.member(acme, Role.BUYER), timezone.now()
    with tenancy.acting_as_platform():
        identity.create_api_key(
            organization_id=acme.pk,
            created_by=maker.pk,
            name="robot",
            roles=[Role.BUYER],
            scopes=["organizations:read"],
            now=now,
            expires_at=now + timedelta(days=1),
        )


def test_the_whole_way_from_a_request_to_trade(operators):
    by, second = operators
    access_requests.ask(
        uscc="91640500Y4CL12TH3M",
        organization_name="New Ltd",
        person_name="Li",
        email="li@test.example",
        role=Role.BUYER,
        message="",
        language="en",
        now=timezone.now(),
    )
    with tenancy.acting_as_platform():
        request = access_requests.requests().get()
    access_requests.accept(request_id=request.pk, by=by, now=timezone.now())
    acme = Organization.objects.get(uscc="91640500Y4CL12TH3M")
    assert selectors.life_of(acme.pk) == Life.ONBOARDING
    with pytest.raises(OrganizationOnboarding):
        key_for(acme)

    does_its_part(acme)
    confirm_all(acme, by)
    activate(propose(acme, by), second)

    assert selectors.life_of(acme.pk) == Life.ACTIVE
    key_for(acme)


def test_the_checklist_follows_facts_and_role(operators):
    by, _second = operators
    acme = newcomer(by)

    def left():
        with tenancy.acting_as_platform():
            lines = selectors.lines_of_case(selectors.case_of(acme.pk), now=timezone.now())
        return {each.code for each in lines if not each.is_done}

    everything = {"about", "evidence", "second_factor", "two_people", "verified", "trial"}
    assert left() == everything
    for _invited in range(2):
        cast.member(acme, Role.BUYER)  # who never signed in acts for nobody
    assert left() == everything
    does_its_part(acme)
    assert left() == {"verified", "trial"}
    provider = rules.lines_of(Role.PROVIDER, 1, facts={"resource"}, confirmed={})
    assert {each.code for each in provider if each.is_done} == {"resource"}
    assert {"bank_account", "resource"} <= {each.code for each in provider}


def test_what_is_not_done_is_named(operators):
    by, _second = operators
    acme = newcomer(by)

    with pytest.raises(ChecklistOpen) as refused:
        propose(acme, by)

    assert "compared" in str(refused.value) or "核对" in str(refused.value)


def test_what_was_undone_meanwhile_stops_the_activation(operators):
    by, second = operators
    acme = newcomer(by)
    does_its_part(acme)
    confirm_all(acme, by)
    proposed = propose(acme, by)
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM identity_membership WHERE organization_id = %s", [acme.pk])

    with pytest.raises(ChecklistOpen):
        activate(proposed, second)

    assert selectors.life_of(acme.pk) == Life.ONBOARDING


def test_nobody_lets_their_own_organisation_in(operators):
    by, _second = operators
    acme = newcomer(by)
    inside = cast.member(acme, Role.OPERATOR)
    own = Person(inside.pk, acme.pk)

    with pytest.raises(SecondPersonRequired):
        propose(acme, own)
    with pytest.raises(SecondPersonRequired):
        services.confirm_line(
            organization_id=acme.pk, line="verified", note="me", by=own, now=timezone.now()
        )


def test_who_proposed_does_not_approve(operators):
    by, _second = operators
    acme = newcomer(by)
    does_its_part(acme)
    confirm_all(acme, by)

    with pytest.raises(SecondPersonRequired):
        activate(propose(acme, by), by)


def test_a_line_is_confirmed_once_and_only_by_who_does_it(operators):
    by, second = operators
    acme = newcomer(by)
    facts = {"organization_id": acme.pk, "note": "seen", "now": timezone.now()}
    services.confirm_line(line="verified", by=by, **facts)

    with pytest.raises(LineConfirmed):
        services.confirm_line(line="verified", by=second, **facts)
    with pytest.raises(UnknownLine):
        services.confirm_line(line="evidence", by=by, **facts)
    with pytest.raises(NotOnboarding):
        services.confirm_line(
            line="verified", by=by, **facts | {"organization_id": cast.organization().pk}
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_organization SET onboarding_since = NULL",
        "UPDATE onboarding_onboarding SET activated_at = now()",
        "UPDATE onboarding_onboarding SET activated_at = now(), proposed_by_id = opened_by_id,"
        " agreed_by_id = opened_by_id, proposal_id = gen_random_uuid()",
        "UPDATE onboarding_onboarding SET role = 'AUDITOR'",
        "DELETE FROM onboarding_onboarding",
        "UPDATE onboarding_confirmedline SET note = 'x'",
        "DELETE FROM onboarding_confirmedline",
    ],
)
def test_no_statement_lets_an_organisation_in(operators, statement):
    by, _second = operators
    acme = newcomer(by)
    services.confirm_line(
        organization_id=acme.pk, line="verified", note="seen", by=by, now=timezone.now()
    )

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert selectors.life_of(acme.pk) == Life.ONBOARDING


def test_an_organisation_that_was_there_is_active_and_is_suspended_as_before(operators):
    by, second = operators
    acme = cast.organization()
    assert selectors.life_of(acme.pk) == Life.ACTIVE
    assert not Onboarding.objects.exists()

    standing.suspend(acme, by=by, second=User.objects.get(pk=second.id), at=timezone.now())

    assert selectors.life_of(acme.pk) == Life.SUSPENDED
    with tenancy.acting_as_platform():
        assert suspensions.in_force(acme.pk)


def test_the_page_of_states_is_the_table_of_the_rules():
    page = Path("docs/rooms/onboarding.md").read_text(encoding="utf-8")

    for (before, move), after in rules.TRANSITIONS.items():
        assert f"| {before} | {move} | {after} |" in page
    assert {move for _before, move in rules.TRANSITIONS} == set(LifeMove)


def test_operators_act_and_members_read_on_pages_and_over_http(operators):
    by, _second = operators
    acme = newcomer(by)
    operator = cast.signed_in(User.objects.get(pk=by.id))
    member = cast.signed_in(cast.member(acme, Role.BUYER))
    path = f"/organizations/{acme.pk}/onboarding/"
    form = operator.get(f"{path}confirm/").context["main"][0].form
    typed = {"key": form.initial["key"], "line": "verified", "note": "the register says so"}

    assert operator.post(f"{path}confirm/", typed).status_code == 302
    assert operator.post(f"{path}activate/", typed | {"reason": "now"}).status_code == 422
    assert member.get(f"{path}confirm/").status_code == 403
    assert "the register says so" in member.get(f"/organizations/{acme.pk}/").text
    told = member.get(f"/api/v1/organizations/{acme.pk}/onboarding").json()
    assert (told["life"], told["role"], told["checklist"]) == ("ONBOARDING", "BUYER", 1)
    done = {each["code"] for each in told["lines"] if each["is_done"]}
    assert "verified" in done
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    assert stranger.get(f"/api/v1/organizations/{acme.pk}/onboarding").status_code == 404


def test_operators_see_the_evidence_that_they_may_open_and_no_other_names(operators):
    by, _second = operators
    acme = newcomer(by)
    person, now = cast.member(acme, Role.BUYER), timezone.now()
    facts = {"organization_id": acme.pk, "person_id": person.pk, "content": b"a\n1\n", "now": now}
    with tenancy.acting_as_platform():
        shared = files.store(name="licence.csv", grants=[Grant(role=Role.OPERATOR)], **facts)
        files.store(name="salaries.csv", **facts)
    operator = cast.signed_in(User.objects.get(pk=by.id))

    for page in ("", "onboarding/confirm/"):
        text = operator.get(
            f"/organizations/{acme.pk}/{page}", headers={"Accept-Language": "en"}
        ).text
        assert f"/api/v1/files/{shared.pk}/content" in text
        assert "1 file that its members alone may open" in text
        assert "salaries" not in text
