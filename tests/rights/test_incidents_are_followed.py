"""An incident is reported, everybody is told in time, and two people close it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from identity.models import User
from identity.rights import duties, selectors, services
from identity.rights.contracts import (
    IncidentClosed,
    IncidentDutiesOpen,
    IncidentNature,
    InvalidIncident,
    Severity,
    TimelineKind,
)
from tests import cast
from tests.identity import standing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def operators():
    by, second = standing.operators()
    return by, Person(second.pk, by.organization_id)


def report(operators, severity=Severity.HIGH, **changes):
    now = timezone.now()
    facts = {
        "title": "A list went to the wrong address",
        "nature": IncidentNature.LEAK,
        "severity": severity,
        "noticed_at": now - HOUR,
        "people_affected": 3,
        "text": "an export was mailed",
        "by": operators[0],
        "now": now,
    }
    return services.report_incident(**facts | changes)


def enter(found, operators, kind, **changes):
    facts = {"text": "done", "happened_at": timezone.now(), "now": timezone.now()}
    return services.add_entry(incident_id=found.pk, kind=kind, by=operators[0], **facts | changes)


def close(found, operators, second=None, *, is_published=True):
    proposed = services.propose_incident_closing(
        incident_id=found.pk,
        lesson="mail no lists",
        is_published=is_published,
        by=operators[0],
        now=timezone.now(),
    )
    second = second or operators[1]
    return services.close_incident(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=timezone.now(),
    )


def test_who_is_told_by_when_follows_from_the_severity(operators):
    found = report(operators)
    with tenancy.acting_as_platform():
        asked = selectors.duties(found)
    assert [each.kind for each in asked] == ["TOLD_AUTHORITY", "TOLD_ORGANIZATIONS", "TOLD_PEOPLE"]
    assert asked[0].by == found.noticed_at + 24 * HOUR
    assert not asked[0].is_late(found.noticed_at + 24 * HOUR)
    assert asked[0].is_late(found.noticed_at + 25 * HOUR)
    assert set(duties.hours(duties.NEWEST)) == set(Severity)


def test_it_is_closed_by_two_once_all_are_told_and_counts_in_public(operators, client):
    found = report(operators)
    with pytest.raises(IncidentDutiesOpen):
        close(found, operators)
    for kind in ("TOLD_AUTHORITY", "TOLD_ORGANIZATIONS", "TOLD_PEOPLE"):
        enter(found, operators, TimelineKind(kind))
    with pytest.raises(SecondPersonRequired):
        close(found, operators, operators[0])
    assert client.get("/api/v1/incidents/published").json() == {"count": 0}

    close(found, operators)

    assert client.get("/api/v1/incidents/published").json() == {"count": 1}
    with pytest.raises(IncidentClosed):
        enter(found, operators, TimelineKind.CAUSE)


def test_a_worse_severity_asks_for_more(operators):
    found = report(operators, Severity.LOW)
    enter(found, operators, TimelineKind.RATED, severity=Severity.CRITICAL)

    with tenancy.acting_as_platform():
        found = selectors.incident(found.pk)
        assert found.severity == Severity.CRITICAL
        assert selectors.duties(found)[0].by == found.noticed_at + 4 * HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"text": ""},
        {"title": "x" * 121},
        {"noticed_at": timezone.now() + timedelta(days=1)},
        {"people_affected": -1},
    ],
)
def test_what_is_no_incident_is_refused(operators, changes):
    with pytest.raises(InvalidIncident):
        report(operators, **changes)


def test_no_entry_is_of_the_future_and_only_a_rating_rates(operators):
    found = report(operators)
    for kind, changes in (
        (TimelineKind.CAUSE, {"happened_at": timezone.now() + HOUR}),
        (TimelineKind.CAUSE, {"severity": Severity.LOW}),
        (TimelineKind.RATED, {}),
        (TimelineKind.CAUSE, {"text": " "}),
    ):
        with pytest.raises(InvalidIncident):
            enter(found, operators, kind, **changes)


def test_the_database_keeps_what_was_written(operators):
    found = report(operators, Severity.LOW)
    attacks = (
        "UPDATE rights_incident SET title = 'x'",
        "UPDATE rights_incident SET closed_at = now()",
        "DELETE FROM rights_incident",
        "UPDATE rights_timelineentry SET text = 'x'",
        "DELETE FROM rights_timelineentry",
    )
    with tenancy.acting_as_platform():
        for attack in attacks:
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)
    close(found, operators)
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("UPDATE rights_incident SET is_published = false")


def test_operators_and_auditors_work_on_pages_and_over_http(operators):
    browser = cast.signed_in(User.objects.get(pk=operators[0].id))
    body = {
        "title": "Lost phone",
        "nature": "LOSS",
        "severity": "LOW",
        "noticed_at": (timezone.now() - HOUR).isoformat(),
        "text": "a phone with a session",
    }
    made = browser.post(
        "/api/v1/incidents", body, content_type="application/json",
        headers={"Idempotency-Key": "k"},
    ).json()  # fmt: skip
    assert made["duties"] == []
    assert made["timeline"][0]["kind"] == "NOTED"
    page = f"/oversight/incidents/{made['id']}/"
    form = browser.get(page).context["side"][0].form
    typed = {
        "key": form.initial["key"],
        "kind": "CONTAINED",
        "severity": "",
        "happened_at": "2026-01-01T10:00:00",
        "text": "session ended",
    }
    assert browser.post(page, typed).status_code == 302
    assert "session ended" in browser.get(page).text
    assert "Lost phone" in browser.get("/oversight/incidents/").text
    assert browser.get("/oversight/incidents/new/").status_code == 200
    assert browser.get(f"{page}close/").status_code == 200
    member = cast.signed_in(cast.member(cast.organization("Acme"), Role.BUYER))
    assert member.get("/api/v1/incidents").status_code == 403
    assert member.get(page).status_code == 403
