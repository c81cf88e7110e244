"""Who is suspended appeals once, on the page it sees; two operators answer, once."""

import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from common import tenancy
from identity.appeals import services
from identity.appeals.contracts import (
    AppealAnswered,
    AppealOutcome,
    AppealTextMissing,
    NothingToAppeal,
    SuspensionAppealed,
)
from identity.approvals.contracts import Person, ProposalDecided
from identity.contracts import OrganizationClosed, Role, SecondPersonRequired
from tests import cast
from tests.appeals.cast import WHY, Case
from tests.cast import NOW
from tests.identity import standing
from tests.onboarding import test_organisations_are_closed as closing

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def case() -> Case:
    return Case()


def send(browser, address, **values):
    return browser.post(address, {"key": str(uuid4()), **values}, headers=ENGLISH, follow=True)


def test_the_one_page_takes_one_appeal_with_its_evidence(case, settings, tmp_path):
    settings.FILES_DIR = str(tmp_path)
    browser = cast.signed_in(case.person)
    page = browser.get("/market/", headers=ENGLISH)

    empty = send(browser, "/suspended/appeal/", text=" ")
    file = SimpleUploadedFile("receipt.pdf", PDF)
    sent = send(browser, "/suspended/appeal/", text=WHY, file=file)
    again = browser.get("/market/", headers=ENGLISH)
    second = send(browser, "/suspended/appeal/", text="Another reason")

    assert page.status_code == 403
    assert all(words in page.text for words in ("bills unpaid", "Since", "Send the appeal"))
    assert empty.status_code == 422
    assert WHY in sent.text
    assert "receipt.pdf" in again.text
    assert again.status_code == 403
    assert "Send the appeal" not in again.text
    assert "appealed against already" in second.text or "Your organisation appealed" in second.text
    made = case.now()
    operator = cast.signed_in(cast.member(cast.organization("Desk"), Role.OPERATOR))
    content = operator.get(f"/api/v1/files/{made.files[0]['file_id']}/content")
    assert b"".join(content.streaming_content) == PDF


def test_an_appeal_opens_no_other_door(case):
    browser = cast.signed_in(case.person)
    case.appeal()

    doors = ("/home/", "/orders/", "/organizations/own/", "/organizations/appeals/", "/files/")
    assert {browser.get(door).status_code for door in doors} == {403}
    assert browser.get("/api/v1/files").status_code == 403
    assert browser.get("/api/v1/suspension-appeals").status_code == 200


def test_operators_find_it_on_home_list_and_the_organisations_page(case):
    made = case.appeal()
    operator = cast.signed_in(cast.member(cast.organization("Desk"), Role.OPERATOR))

    home = operator.get("/home/", headers=ENGLISH)
    listed = operator.get("/organizations/appeals/", headers=ENGLISH)
    entry = operator.get(f"/organizations/{case.owner.pk}/", headers=ENGLISH)
    address = f"/organizations/appeals/{made.pk}/"
    shown = operator.get(address, headers=ENGLISH)
    said = send(operator, address, outcome="KEEP", answer="The bank says otherwise.")

    assert "Answer the appeal of" in home.text
    assert all(address in each.text for each in (home, listed, entry))
    assert WHY in shown.text
    assert "waits for another operator" in said.text
    assert case.now().state == "WAITING"


def test_two_operators_keep_it_and_the_organisation_reads_why(case):
    made = case.appeal()
    case.answer(made, AppealOutcome.KEEP, "The bank says otherwise.")

    page = cast.signed_in(case.person).get("/home/", headers=ENGLISH)

    assert case.is_suspended()
    assert case.now().state == "KEPT"
    assert "The bank says otherwise." in page.text
    with pytest.raises(AppealAnswered):
        case.answer(made, AppealOutcome.LIFT)


def test_two_operators_lift_it_and_the_appeal_is_answered_by_that(case):
    made = case.appeal()
    kept = services.propose_answer(
        appeal_id=made.pk, outcome=AppealOutcome.KEEP, answer="No.", by=case.first, now=NOW
    )
    case.answer(made, AppealOutcome.LIFT, "The receipt is right.")
    with pytest.raises(ProposalDecided):  # It waits no more: what it was about is over.
        standing.agree(kept, case.first, case.second, at=NOW, act=services.answer_appeal)

    assert not case.is_suspended()
    assert (case.now().state, case.now().answer) == ("LIFTED", "The receipt is right.")
    entry = cast.signed_in(case.person).get("/organizations/own/", headers=ENGLISH, follow=True)
    assert "Suspension lifted" in entry.text


def test_each_suspension_has_one_appeal_and_the_next_one_another(case):
    first = case.appeal()
    with pytest.raises(SuspensionAppealed):
        case.appeal("Once more")
    case.answer(first, AppealOutcome.LIFT)
    with pytest.raises(NothingToAppeal):
        case.appeal()
    standing.suspend(case.owner, by=case.first, second=case.second)

    assert case.appeal().pk != first.pk


def test_what_is_refused(case):
    with pytest.raises(AppealTextMissing):
        case.appeal("  ")
    made = case.appeal()
    with pytest.raises(SecondPersonRequired):
        services.propose_answer(
            appeal_id=made.pk, outcome=AppealOutcome.KEEP, answer="No.", by=case.by, now=NOW
        )
    operators = (case.first, Person(case.second.pk, case.first.organization_id))
    closing.close(case.owner, operators, at=NOW)
    with pytest.raises(OrganizationClosed):
        services.propose_answer(
            appeal_id=made.pk, outcome=AppealOutcome.KEEP, answer="No.", by=case.first, now=NOW
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appeals_appeal SET text = 'nothing'",
        "UPDATE appeals_appeal SET state = 'KEPT', answer = 'no', answered_at = now(),"
        " answered_by_id = made_by_id, agreed_by_id = made_by_id",
        "DELETE FROM appeals_appeal",
        "INSERT INTO appeals_appeal (id, suspension_id, organization_id, text, files, made_by_id,"
        " made_at, state, answer) SELECT uuidv7(), suspension_id, organization_id, 'again', '[]',"
        " made_by_id, made_at, 'WAITING', '' FROM appeals_appeal",
        "UPDATE appeals_appeal a SET state = 'LIFTED', answer = 'yes', answered_at = now(),"
        " answered_by_id = s.suspended_by_id, agreed_by_id = s.agreed_by_id,"
        " proposal_id = s.proposal_id FROM identity_suspension s WHERE s.id = a.suspension_id",
    ],
)
def test_no_statement_answers_or_changes_one(case, statement):
    case.appeal()

    for scope in (tenancy.acting_as_platform(), tenancy.acting_as(case.owner.pk)):
        with (
            scope,
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_programs_of_persons_appeal_and_answer_over_the_api(case):
    browser = cast.signed_in(case.person)
    made = browser.post(
        "/api/v1/suspension-appeals",
        json.dumps({"text": WHY}),
        content_type="application/json",
        headers={"Idempotency-Key": "appeal-1"},
    )
    one = browser.get(f"/api/v1/suspension-appeals/{made.json()['id']}")
    operator = cast.signed_in(cast.member(cast.organization("Desk"), Role.OPERATOR))
    answered = operator.post(
        f"/api/v1/suspension-appeals/{made.json()['id']}/answer",
        json.dumps({"outcome": "LIFT", "answer": "The receipt is right."}),
        content_type="application/json",
        headers={"Idempotency-Key": "answer-1"},
    )
    stranger = cast.signed_in(cast.member(cast.organization("Reader"), Role.BUYER))

    assert made.status_code == 201, made.text
    assert one.json()["suspended_for"] == "bills unpaid"
    assert answered.status_code == 202, answered.text
    assert stranger.get(f"/api/v1/suspension-appeals/{made.json()['id']}").status_code == 404
    assert Client().get("/api/v1/suspension-appeals").status_code in (401, 403)


def test_who_looks_after_the_market_and_is_suspended_reads_their_own_alone(case):
    made = case.appeal()
    office = cast.organization("Office in trouble")
    operator = cast.signed_in(cast.member(office, Role.OPERATOR))
    theirs = f"/api/v1/organizations/{case.owner.pk}/suspensions"
    one = f"/api/v1/suspension-appeals/{made.pk}"
    before = [operator.get(each).status_code for each in (one, theirs)]
    standing.suspend(office, by=case.first, second=case.second)

    after = [operator.get(each).status_code for each in (one, theirs)]
    listed = operator.get("/api/v1/suspension-appeals").json()["results"]
    own = operator.get(f"/api/v1/organizations/{office.pk}/suspensions")

    assert (before, after, listed) == ([200, 200], [404, 404], [])
    assert [each["reason"] for each in own.json()["results"]] == ["bills unpaid"]


def test_the_command_lists_what_waits(case, capsys):
    made = case.appeal()
    call_command("suspension_appeals", "--json")

    assert json.loads(capsys.readouterr().out)["waiting"][0]["appeal"] == str(made.pk)
