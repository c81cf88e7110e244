"""What two people put under a legal hold is removed by nobody, until two people lift it."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import tenancy
from identity import services as identity
from identity.contracts import Role, SecondPersonRequired
from identity.files import services as files
from identity.files.models import StoredFile
from identity.models import IdempotencyRecord
from identity.notices import services as notices
from identity.notices.contracts import LetterState, Topic
from identity.notices.models import Notice
from identity.privacy import services
from identity.privacy.contracts import (
    AlreadyHeld,
    HeldKind,
    HeldObjectNotFound,
    HoldLifted,
    HoldReasonMissing,
    UnderLegalHold,
)
from identity.privacy.models import LegalHold
from tests import cast
from tests.cast import NOW
from tests.identity import foreign
from tests.privacy.cast import agreed, held, lift, operators, propose

LONG = timedelta(days=4_000)


@pytest.fixture
def acme(db):
    return cast.organization("Acme")


def a_notice(owner):
    person = cast.member(owner, Role.BUYER)
    with tenancy.acting_as_platform():
        return Notice.objects.create(
            user=person,
            organization_id=owner.pk,
            name="identity.member.invited",
            topic=Topic.PEOPLE,
            bundle="tried",
            happened_at=NOW,
            noticed_at=NOW,
            letter=LetterState.NONE,
        )


def test_a_file_under_hold_is_neither_removed_nor_swept(acme):
    person = cast.member(acme, Role.BUYER)
    who = {"organization_id": acme.pk, "person_id": person.pk}
    with tenancy.acting_as(acme.pk):
        file = files.store(
            name="a.txt", content=b"a", now=NOW, expires_at=NOW + timedelta(days=1), **who
        )
    hold = held(HeldKind.FILE, file.pk)

    with pytest.raises(UnderLegalHold), tenancy.acting_as(acme.pk):
        files.remove(file_id=file.pk, now=NOW, **who)
    assert files.sweep(now=NOW + LONG) == 0
    with tenancy.acting_as_platform():
        assert StoredFile.objects.get(pk=file.pk).removed_at is None

    lift(hold)
    assert files.sweep(now=NOW + LONG) == 1


def test_all_of_an_organisation_stays_and_what_is_of_others_goes(acme):
    other = cast.organization("Other")
    mine, theirs = a_notice(acme), a_notice(other)
    for owner in (acme, other):
        with tenancy.acting_as(owner.pk):
            identity.keep_reply(
                organization_id=owner.pk, key="k", request_hash="h", status=200, body="", now=NOW
            )
    held(HeldKind.ORGANIZATION, acme.pk)

    assert notices.forget(before=NOW + LONG) == 1
    with tenancy.acting_as_platform():
        assert identity.forget_replies(before=NOW + LONG) == 1
        assert set(Notice.objects.values_list("pk", flat=True)) >= {mine.pk}
        assert not Notice.objects.filter(pk=theirs.pk).exists()
        assert IdempotencyRecord.objects.get().organization_id == acme.pk


def test_the_database_refuses_what_a_sweeper_forgets(acme):
    """The control of the trigger: without the hold the same statements remove the rows."""
    notice = a_notice(acme)
    hold = held(HeldKind.PERSON, notice.user_id)
    remove = "DELETE FROM notices_notice WHERE id = %s"

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="under a legal hold"), transaction.atomic():
            cursor.execute(remove, [notice.pk])
        lift(hold)
        cursor.execute(remove, [notice.pk])
        assert cursor.rowcount == 1


def test_deliveries_of_webhooks_stay_as_well(acme):
    with tenancy.acting_as_platform():
        foreign.a_delivery(acme)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE webhooks_delivery SET state = 'DELIVERED', ended_at = now() - '9 days'"
                "::interval WHERE organization_id = %s",
                [acme.pk],
            )
            count = cursor.rowcount
            hold = held(HeldKind.ORGANIZATION, acme.pk)
            cursor.execute("SELECT webhooks_forget(now())")
            assert cursor.fetchone()[0] == 0
            lift(hold)
            cursor.execute("SELECT webhooks_forget(now())")
            assert cursor.fetchone()[0] == count


def test_a_hold_takes_two_who_do_not_belong_to_it(acme):
    first, second = operators()
    proposed = propose(HeldKind.ORGANIZATION, acme.pk, by=first)
    with pytest.raises(SecondPersonRequired):
        agreed(proposed, first, services.confirm_hold)
    agreed(proposed, second, services.confirm_hold)

    with pytest.raises(AlreadyHeld):
        propose(HeldKind.ORGANIZATION, acme.pk, by=first)
    with pytest.raises(SecondPersonRequired):
        propose(HeldKind.ORGANIZATION, first.organization_id, by=second)


def test_people_and_organisations_are_named_as_everybody_names_them(acme):
    person = cast.member(acme, Role.BUYER)

    assert held(HeldKind.PERSON, person.email.upper()).object_id == str(person.pk)
    assert held(HeldKind.ORGANIZATION, acme.uscc.lower()).object_id == str(acme.pk)
    first, _second = operators()
    full_width = str(person.pk).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    with pytest.raises(HeldObjectNotFound):
        propose(HeldKind.PERSON, full_width, by=first)


@pytest.mark.parametrize("kind", HeldKind)
@pytest.mark.parametrize("wrong", ["", "x", "9" * 40, "00000000-0000-0000-0000-000000000000"])
@pytest.mark.django_db
def test_what_is_not_there_is_not_held(kind, wrong):
    first, _second = operators()

    with pytest.raises(HeldObjectNotFound):
        propose(kind, wrong, by=first)


def test_reasons_are_given_and_a_hold_ends_once(acme):
    first, _second = operators()
    with pytest.raises(HoldReasonMissing):
        propose(HeldKind.ORGANIZATION, acme.pk, by=first, reason="  ")
    hold = held(HeldKind.ORGANIZATION, acme.pk)
    lift(hold)

    with pytest.raises(HoldLifted):
        lift(hold)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_hold SET reason = 'other'",
        "UPDATE privacy_hold SET lifted_at = now(), lift_reason = 'x', lifted_by_id = placed_by_id,"
        " lift_agreed_by_id = agreed_by_id, lift_proposal_id = proposal_id",
        "DELETE FROM privacy_hold",
        "INSERT INTO privacy_hold SELECT uuidv7(), kind, 'x', '', reason, placed_at, NULL, '',"
        " agreed_by_id, NULL, NULL, NULL, placed_by_id, proposal_id FROM privacy_hold",
    ],
)
def test_nobody_edits_a_hold(acme, statement):
    held(HeldKind.ORGANIZATION, acme.pk)

    refused = r"legal hold|append-only|permission denied|duplicate|column"
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match=refused), transaction.atomic():
            cursor.execute(statement)
        assert LegalHold.objects.get().lifted_at is None


def test_whoever_is_held_sees_nothing_of_it(acme):
    held(HeldKind.ORGANIZATION, acme.pk)

    with tenancy.acting_as(acme.pk):
        assert LegalHold.objects.count() == 0
    browser = cast.signed_in(cast.member(acme, Role.BUYER))
    assert browser.get("/oversight/holds/").status_code == 403


@pytest.mark.django_db
def test_operators_hold_in_pages():
    acme = cast.organization("Acme")
    browser = cast.signed_in(cast.member(cast.organization("Desk"), Role.OPERATOR))
    page = browser.get("/oversight/holds/new/", {"kind": "ORGANIZATION", "object_id": acme.pk})
    key = page.context["main"][0].form["key"].value()
    answer = browser.post(
        "/oversight/holds/new/",
        {"key": key, "kind": "ORGANIZATION", "object_id": str(acme.pk), "reason": "a court"},
    )
    hold = held(HeldKind.FILE, foreign.a_file(acme))
    listed = browser.get("/oversight/holds/")
    one = browser.get(f"/oversight/holds/{hold.pk}/")
    api = browser.get("/api/v1/legal-holds").json()

    assert answer.status_code == 302
    assert "a court asks for it" in listed.content.decode()
    assert one.status_code == 200
    assert [each["object_id"] for each in api["results"]] == [hold.object_id]


def test_a_hold_waits_for_what_is_being_removed_and_stops_what_comes_after(fresh_database):
    """Two real connections: whoever removes first is waited for, whoever comes later is refused."""
    owner = cast.organization("Acme")
    notices_of = [a_notice(owner) for _each in range(2)]
    removing, may_commit = Event(), Event()

    def remove_one() -> None:
        try:
            with tenancy.acting_as_platform():
                Notice.objects.filter(pk=notices_of[0].pk).delete()
                removing.set()
                may_commit.wait(10)
        finally:
            connection.close()

    def place() -> None:
        try:
            held(HeldKind.ORGANIZATION, owner.pk)
        finally:
            connection.close()

    remover = Thread(target=remove_one)
    remover.start()
    assert removing.wait(10)
    placing = Thread(target=place)
    placing.start()
    placing.join(0.3)
    assert placing.is_alive()
    may_commit.set()
    remover.join(10)
    placing.join(10)

    with tenancy.acting_as_platform():
        assert [each.pk for each in Notice.objects.all()] == [notices_of[1].pk]
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.all().delete()
