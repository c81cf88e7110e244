"""An application from its draft to its voucher: every step, and every step that is refused."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.contracts import CertificateKind, Role, SecondPersonRequired
from identity.models import Membership
from marketplace.vouchers import life, services
from marketplace.vouchers.contracts import (
    AlreadyDecided,
    AlreadyObjected,
    ApplicationState,
    Decision,
    LifeStep,
    NoteMissing,
    RuleNotMet,
)
from marketplace.vouchers.models import Application, ApplicationStep, Programme, Voucher
from tests.cast import member, officer, organization
from tests.factories.identity import another_officer
from tests.factories.trade import approved, issued
from tests.orders import cast
from tests.orders.cast import NOW, buyer, programme
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
S = ApplicationState


@pytest.fixture(autouse=True)
def platform(db):
    tenancy.enter(tenancy.PLATFORM)


def draft(city=None, owner=None, amount="100", *, now=NOW):
    owner = owner or buyer()
    city = city or Programme.objects.first() or programme()
    return services.draft_application(
        programme_id=city.pk,
        applicant_id=owner.pk,
        amount_minor=yuan(amount),
        purpose="training",
        applied_by_id=officer(owner, Role.BUYER).pk,
        now=now,
    )


def own(step, application, *, now=NOW, **facts):
    return step(
        application_id=application.pk,
        applicant_id=application.applicant_id,
        person_id=officer(application.applicant, Role.BUYER).pk,
        now=now,
        **facts,
    )


def submitted(city=None, owner=None, amount="100"):
    return own(services.submit_application, draft(city, owner, amount))


def decide(application, decision=Decision.APPROVE, *, by=None, note="", now=NOW):
    issuer = application.programme_version.programme.issuer
    return services.decide(
        application_id=application.pk,
        decision=decision,
        issuer_id=issuer.pk,
        decided_by_id=(by or officer(issuer, Role.ISSUER)).pk,
        note=note,
        now=now,
    )


def recheck(application, decision=Decision.APPROVE, **facts):
    issuer = application.programme_version.programme.issuer
    return decide(application, decision, by=another_officer(issuer, Role.ISSUER), **facts)


def test_a_draft_is_nobody_elses_business_until_it_is_handed_in():
    begun = draft()

    assert begun.state == S.DRAFT
    assert begun.beneficiary == ""
    with pytest.raises(AlreadyDecided):
        decide(begun)
    done = own(services.submit_application, begun)
    assert (done.state, done.beneficiary) == (S.APPLIED, "STANDARD")
    assert {line["rule"]: line["outcome"] for line in done.checks} == {
        "applications_until": "MET",
        "rates": "MET",
        "budget": "MET",
    }
    with pytest.raises(AlreadyDecided):
        own(services.submit_application, begun)


def test_a_class_that_nobody_proved_is_unknown_and_left_to_the_review():
    only_small = programme(rates=[{"beneficiary": "SME", "resource_class": "ANY", "share": "0.30"}])
    unknown = submitted(only_small)

    assert unknown.checks[1] | {"clause": ""} == {
        "rule": "rates", "outcome": "UNKNOWN", "clause": "", "found": "",
    }  # fmt: skip
    assert decide(unknown).state == S.REVIEWED


def test_what_the_applicant_lost_meanwhile_is_seen_by_the_review():
    city, owner = programme(requires_sme_certificate=True), buyer()
    made = identity.issue_sme_certificate(
        organization_id=owner.pk,
        issued_by=organization("Registrar").pk,
        issued_by_person=member(organization("Desk"), Role.ISSUER).pk,
        kind=CertificateKind.SME,
        number="S-1",
        valid_from=date(2026, 1, 1),
        valid_to=date(2027, 1, 1),
        figures=identity.CertificateFigures(staff_count=2, revenue_minor=1, assets_minor=1),
    )
    asked = submitted(city, owner)
    assert asked.beneficiary == "SME"
    assert asked.facts["standing"]["grounds"] == [{"kind": "certificate", "number": "S-1"}]
    identity.revoke_sme_certificate(
        certificate_id=made.pk,
        issued_by=made.issued_by_id,
        revoked_by_person=made.issued_by_person_id,
        now=NOW,
    )

    with pytest.raises(RuleNotMet) as refused:
        decide(asked, now=NOW + DAY)

    assert refused.value.facts["rule"] == "requires_sme_certificate"


def test_more_evidence_is_asked_for_given_and_checked_again():
    asked = submitted()

    with pytest.raises(NoteMissing):
        decide(asked, Decision.SEND_BACK)
    waits = decide(asked, Decision.SEND_BACK, note="the licence, please")
    assert (waits.state, waits.note) == (S.EVIDENCE_ASKED, "the licence, please")
    assert waits.ends_at == NOW + 30 * DAY
    with pytest.raises(NoteMissing):
        own(services.add_evidence, asked, note=" ")
    back = own(services.add_evidence, asked, note="here it is")

    assert (back.state, back.ends_at) == (S.APPLIED, None)
    with pytest.raises(AlreadyDecided):
        own(services.add_evidence, asked, note="again")


def test_who_reviewed_does_not_check_and_may_be_asked_again():
    asked = submitted()
    decide(asked)

    with pytest.raises(SecondPersonRequired):
        decide(asked)
    back = recheck(asked, Decision.SEND_BACK, note="look at the region")
    assert (back.state, back.reviewed_by) == (S.APPLIED, None)
    decide(asked)
    assert recheck(asked).state == S.APPROVED


def test_deciding_and_issuing_are_steps_of_their_own():
    city = programme("1000")
    asked = approved(submitted(city))

    assert not Voucher.objects.exists()
    assert cast.pool(city) == yuan("1000")
    issued(asked)
    assert cast.pool(city) == yuan("900")
    with pytest.raises(AlreadyDecided):
        issued(asked)
    asked.refresh_from_db()
    assert asked.state == S.ISSUED


def test_an_applicant_withdraws_until_the_voucher_is_issued():
    for way in (draft, submitted, lambda: approved(submitted())):
        asked = own(services.withdraw_application, way())
        assert asked.state == S.WITHDRAWN
    done = approved(submitted())
    issued(done)
    with pytest.raises(AlreadyDecided):
        own(services.withdraw_application, done)


def test_an_approval_is_revoked_for_a_reason_before_the_issue_alone():
    asked = approved(submitted())
    issuer = asked.programme_version.programme.issuer
    facts = {
        "application_id": asked.pk,
        "issuer_id": issuer.pk,
        "revoked_by_id": officer(issuer, Role.ISSUER).pk,
        "now": NOW,
    }

    with pytest.raises(NoteMissing):
        services.revoke_approval(note="", **facts)
    assert services.revoke_approval(note="false papers", **facts).state == S.REVOKED
    with pytest.raises(AlreadyDecided):
        services.revoke_approval(note="again", **facts)


def test_a_demoted_officer_and_the_applicants_people_decide_nothing():
    asked = submitted()
    issuer = asked.programme_version.programme.issuer
    demoted = member(issuer, Role.ISSUER)
    Membership.objects.filter(user=demoted).delete()
    insider = member(issuer, Role.ISSUER)
    Membership.objects.create(user=insider, organization=asked.applicant, role=Role.PROVIDER)

    for person, refusal in ((demoted, Forbidden), (insider, SecondPersonRequired)):
        for decision in Decision:
            with pytest.raises(refusal):
                decide(asked, decision, by=person, note="no")


def test_time_ends_drafts_questions_and_approvals():
    begun, waits, done = draft(), submitted(), approved(submitted())
    decide(waits, Decision.SEND_BACK, note="more")

    assert services.expire_applications(now=NOW + 29 * DAY) == 0
    assert services.remind_of_ends(now=NOW + 29 * DAY) == 1
    assert services.remind_of_ends(now=NOW + 29 * DAY) == 0
    assert services.expire_applications(now=NOW + 90 * DAY) == 3
    for each in (begun, waits, done):
        each.refresh_from_db()
        assert each.state == S.EXPIRED
    assert services.expire_applications(now=NOW + 91 * DAY) == 0


def test_holders_are_reminded_of_vouchers_that_end():
    cast.voucher(buyer(), "10", programme(validity_days=31), issued_at=NOW)

    told = [services.remind_of_ends(now=NOW + days * DAY) for days in (0, 1, 2, 24, 30, 31)]

    assert told == [0, 1, 0, 1, 1, 0]


# --- Objections ----------------------------------------------------------------------------
@pytest.fixture
def published(monkeypatch):
    """Return an application that everybody may object to until the fifth day."""
    monkeypatch.setattr(life, "publicity", lambda _rules: 5 * DAY)
    asked = submitted()
    decide(asked)
    return recheck(asked)


def objected(application, *, by=None, reason="not a buyer of compute", now=NOW):
    outsider = by or organization("Rival")
    return services.object_to(
        application_id=application.pk,
        person_id=officer(outsider, Role.PROVIDER).pk,
        organization_id=outsider.pk,
        reason=reason,
        now=now,
    )


def answered(objection, *, is_upheld, answer="looked into"):
    issuer = objection.application.programme_version.programme.issuer
    return services.answer_objection(
        objection_id=objection.pk,
        issuer_id=issuer.pk,
        person_id=officer(issuer, Role.ISSUER).pk,
        is_upheld=is_upheld,
        answer=answer,
        now=NOW,
    )


def test_what_nobody_objects_to_is_approved_when_its_time_is_over(published):
    assert (published.state, published.publicity_until) == (S.PUBLISHED, NOW + 5 * DAY)
    with pytest.raises(AlreadyDecided):
        issued(published)

    assert services.close_publicity(now=NOW + 5 * DAY - timedelta(seconds=1)) == 0
    assert services.close_publicity(now=NOW + 5 * DAY) == 1

    published.refresh_from_db()
    assert published.state == S.APPROVED
    assert issued(published, at=NOW + 5 * DAY).face_minor == yuan("100")


def test_an_objection_holds_the_approval_up_until_it_is_answered(published):
    rival = organization("Rival")
    made = objected(published, by=rival)

    with pytest.raises(AlreadyObjected):
        objected(published, by=rival)
    with pytest.raises(SecondPersonRequired):
        objected(published, by=published.applicant)
    with pytest.raises(NoteMissing):
        objected(published, reason="  ")
    assert services.close_publicity(now=NOW + 6 * DAY) == 0
    answered(made, is_upheld=False)
    with pytest.raises(AlreadyDecided):
        answered(made, is_upheld=True)
    assert services.close_publicity(now=NOW + 6 * DAY) == 1


def test_an_objection_that_is_upheld_rejects(published):
    answered(objected(published), is_upheld=True, answer="a reseller")

    published.refresh_from_db()
    assert (published.state, published.note) == (S.REJECTED, "a reseller")


# --- The table of states -------------------------------------------------------------------
def pairs():
    return {(before, after) for befores, after in life.STEPS.values() for before in befores}


def test_the_database_keeps_the_same_table_of_states():
    file = Path("marketplace/vouchers/sql/functions/vouchers_application_moves/v1.sql")
    written = re.findall(r"\('([A-Z_]+)', '([A-Z_]+)'\)", file.read_text(encoding="utf-8"))

    assert set(written) == {(str(before), str(after)) for before, after in pairs()}


def test_the_documents_say_the_same_table_of_states():
    text = Path("docs/rooms/vouchers.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `([A-Z]+)` \| ([^|]+) \| `([A-Z_]+)` \|", text, re.MULTILINE)

    said = {
        step: (set(re.findall(r"`([A-Z_]+)`", befores)), after) for step, befores, after in lines
    }
    assert said == {
        str(step): ({str(each) for each in befores}, str(after))
        for step, (befores, after) in life.STEPS.items()
    }


def in_state(state):
    """Return an application that stands in a state, by the ways that lead there."""
    asked = draft()
    ways = {
        S.DRAFT: [],
        S.APPLIED: ["APPLIED"],
        S.EVIDENCE_ASKED: ["APPLIED", "EVIDENCE_ASKED"],
        S.REVIEWED: ["APPLIED", "REVIEWED"],
        S.PUBLISHED: ["APPLIED", "REVIEWED", "PUBLISHED"],
        S.APPROVED: ["APPLIED", "REVIEWED", "APPROVED"],
    }
    issuer = asked.programme_version.programme.issuer
    for then in ways[state]:
        facts = {"state": then, "beneficiary": "SME"}
        if then == "REVIEWED":
            facts["reviewed_by"] = officer(issuer, Role.ISSUER)
        if then in ("PUBLISHED", "APPROVED"):
            facts |= {
                "decided_by": another_officer(issuer, Role.ISSUER),
                "decided_by_organization": issuer,
                "decided_at": NOW,
                "publicity_until": NOW,
            }
        Application.objects.filter(pk=asked.pk).update(**facts)
    return asked


@pytest.mark.parametrize("before", [each for each in S if each not in life.OVER])
def test_the_database_refuses_every_other_pair(before):
    asked = in_state(before)

    for after in S:
        if after == before or (before, after) in pairs():
            continue
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            Application.objects.filter(pk=asked.pk).update(state=after)
        assert "does not go from" in str(refused.value)


def test_what_is_over_never_changes():
    asked = own(services.withdraw_application, draft())

    for changes in ({"state": S.APPLIED}, {"note": "other"}, {"ends_at": NOW}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Application.objects.filter(pk=asked.pk).update(**changes)


def test_steps_are_kept_as_they_were_written():
    asked = approved(submitted())

    assert list(asked.steps.order_by("id").values_list("step", flat=True)) == [
        LifeStep.SUBMIT, LifeStep.REVIEW, LifeStep.APPROVE,
    ]  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        ApplicationStep.objects.filter(application=asked).update(note="other")


@pytest.mark.parametrize(
    "lie",
    [
        "reviewed_by_id = decided_by_id",
        "decided_by_id = NULL",
        "state = 'ISSUED'",
        "amount_minor = 1",
    ],
)
def test_raw_sql_writes_no_decision_of_one_person(lie):
    asked = approved(submitted())

    with connection.cursor() as cursor, pytest.raises((IntegrityError, DatabaseError)):  # noqa: SIM117
        with transaction.atomic():
            cursor.execute(f"UPDATE vouchers_application SET {lie} WHERE id = %s", [asked.pk])
