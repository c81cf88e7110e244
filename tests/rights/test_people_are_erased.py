"""Two people erase a person: what is left is a number, and what proves something stays."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import tenancy
from identity import access_requests
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import KeyKind, Role, SecondPersonRequired
from identity.models import User
from identity.privacy.contracts import HeldKind
from identity.rights import selectors, services
from identity.rights.contracts import (
    ErasureRefused,
    OwnExportNotFound,
    OwnExportsToday,
    PersonErased,
    PersonToEraseUnknown,
    RightsReasonMissing,
)
from identity.rights.models import Erasure
from tests import cast
from tests.identity import standing
from tests.privacy import cast as privacy

pytestmark = pytest.mark.django_db
EMAIL, NAME = "wang.unique@test.example", "Wang Uniquely"


@pytest.fixture
def operators():
    by, second = standing.operators()
    cast_third = cast.member(cast.organization("Third"), Role.OPERATOR)
    assert cast_third
    return by, Person(second.pk, by.organization_id)


@pytest.fixture
def wang():
    acme, now = cast.organization("Acme"), timezone.now()
    access_requests.ask(
        uscc="91640500Y4CL12TH3M",
        organization_name="Acme",
        person_name=NAME,
        email=EMAIL,
        role=Role.BUYER,
        message=f"I am {NAME}",
        language="en",
        now=now,
    )
    user = User.objects.create_user(EMAIL, name=NAME)
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=acme.pk, user_id=user.pk, role=Role.BUYER)
        identity.create_api_key(
            organization_id=acme.pk,
            created_by=user.pk,
            name="laptop",
            roles=[Role.BUYER],
            scopes=["organizations:read"],
            now=now,
            expires_at=now + timedelta(days=1),
            kind=KeyKind.PERSONAL,
        )
    return user


def propose(user, operators):
    return services.propose_erasure(
        person=f"#{user.pk}", reason="asked for it", by=operators[0], now=timezone.now()
    )


def erase(user, operators):
    proposed = propose(user, operators)
    return services.erase_person(
        proposal_id=proposed.id,
        person_id=operators[1].id,
        organization_id=operators[1].organization_id,
        now=timezone.now(),
    )


def places_of(*words):
    """Return the columns of the whole database in which one of some words stands."""
    found = set()
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suanpan.sign_in', %s, true)", [_seal()])
        cursor.execute(
            "SELECT r.relname, a.attname FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid"
            " WHERE r.relnamespace = 'public'::regnamespace AND r.relkind IN ('r', 'p')"
            " AND NOT r.relispartition AND a.attnum > 0 AND NOT a.attisdropped"
            " AND (a.atttypid = ANY ('{text,varchar,jsonb,json}'::regtype[])"
            " OR format_type(a.atttypid, NULL) LIKE '%[]')"
            " AND has_column_privilege(r.oid, a.attnum, 'SELECT')"
        )
        for table, column in cursor.fetchall():
            for word in words:
                cursor.execute(
                    f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1',
                    [f"%{word}%"],
                )
                if cursor.fetchone():
                    found.add(f"{table}.{column}")
    return found


def _seal():
    from common import seals

    return seals.seal(seals.SIGN_IN)


def test_nothing_names_the_person_afterwards(operators, wang):
    browser = cast.signed_in(wang)
    assert browser.get("/api/v1/me").status_code == 200
    assert "identity_user.email" in places_of(EMAIL, NAME)
    assert "identity_accessrequest.message" in places_of(EMAIL, NAME)

    erasure = erase(wang, operators)

    assert places_of(EMAIL, NAME, "wang.unique") == set()
    assert browser.get("/api/v1/me").status_code == 401
    left = User.objects.get(pk=wang.pk)
    assert (left.email, left.name, left.is_active) == (
        f"erased-{wang.pk}@erased.invalid",
        "",
        False,
    )
    assert erasure.removed["sessions"] == 1
    with tenancy.acting_as_platform():
        assert selectors.is_erased(wang.pk)


def test_what_was_decided_stays_and_names_a_number(operators, wang):
    with tenancy.acting_as_platform():
        before = _decisions(wang)

    erase(wang, operators)

    with tenancy.acting_as_platform():
        assert _decisions(wang) == before
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM identity_apikey WHERE created_by_id = %s", [wang.pk])
        assert cursor.fetchone() == (1,)


def _decisions(user):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind, state FROM approvals_proposal WHERE proposed_by_id = %s", [user.pk]
        )
        return cursor.fetchall()


def test_a_legal_hold_stops_it_at_both_ends_and_in_the_database(operators, wang):
    proposed = propose(wang, operators)
    privacy.held(HeldKind.PERSON, wang.pk)

    with pytest.raises(ErasureRefused):
        services.erase_person(
            proposal_id=proposed.id,
            person_id=operators[1].id,
            organization_id=operators[1].organization_id,
            now=timezone.now(),
        )
    with pytest.raises(ErasureRefused):
        propose(wang, operators)
    assert User.objects.get(pk=wang.pk).email == EMAIL
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError, match="legal hold"),
        transaction.atomic(),
    ):
        connection.cursor().execute(
            "INSERT INTO rights_erasure (id, user_id, reason, erased_at, removed, proposed_by_id,"
            " agreed_by_id, proposal_id) VALUES (uuidv7(), %s, 'x', now(), '{}', %s, %s, %s)",
            [wang.pk, operators[0].id, operators[1].id, proposed.id],
        )


def test_two_others_decide_once_and_operators_stay(operators, wang):
    with pytest.raises(RightsReasonMissing):
        services.propose_erasure(person=EMAIL, reason=" ", by=operators[0], now=timezone.now())
    with pytest.raises(PersonToEraseUnknown):
        services.propose_erasure(
            person="nobody@test.example", reason="x", by=operators[0], now=timezone.now()
        )
    with pytest.raises(SecondPersonRequired):
        erase(wang, (operators[0], operators[0]))
    gone = User.objects.create_user("gone@test.example")
    erase(gone, operators)
    with pytest.raises(PersonErased):
        propose(gone, operators)
    with tenancy.acting_as_platform():
        identity.remove_member(
            organization_id=_third().organization_id, user_id=_third().user_id, role=Role.OPERATOR
        )
    with pytest.raises(ErasureRefused):
        propose(User.objects.get(pk=operators[1].id), operators)


def _third():
    from identity.models import Membership

    return Membership.objects.get(organization__name__startswith="Third")


def test_the_database_keeps_erasures(operators, wang):
    erase(wang, operators)
    with tenancy.acting_as_platform():
        for attack in (
            "UPDATE rights_erasure SET reason = 'x'",
            "DELETE FROM rights_erasure",
            "SELECT rights_forget_requests(uuidv7())",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)
        assert Erasure.objects.count() == 1


def test_a_person_gets_their_own_data_and_nobody_else_does(wang):
    browser, now = cast.signed_in(wang), timezone.now()
    made = browser.post("/api/v1/me/data-exports", content_type="application/json").json()
    assert made["state"] == "WAITING"
    assert (
        browser.post("/api/v1/me/data-exports", content_type="application/json").json()["id"]
        == made["id"]
    )
    path = f"/api/v1/me/data-exports/{made['id']}/file"
    assert browser.get(path).status_code == 404

    assert services.prepare_next(now=now)
    assert not services.prepare_next(now=now)

    file = browser.get(path)
    assert file["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        told = json.loads(archive.read("data.json"))
        page = archive.read("data.html").decode()
    assert told["profile"]["email"] == EMAIL
    assert told["roles"][0]["role"] == "BUYER"
    assert told["requests_for_access"][0]["person_name"] == NAME
    assert "secret_hash" not in json.dumps(told)
    assert NAME in page
    other = cast.signed_in(cast.member(cast.organization("Other"), Role.OPERATOR))
    assert other.get(path).status_code == 404
    assert other.get("/api/v1/me/data-exports").json()["results"] == []
    assert browser.get("/profile/data/").status_code == 200
    assert browser.get(f"/profile/data/{made['id']}/").content == file.content


def test_a_file_is_there_for_a_week_and_a_few_a_day(wang):
    now = timezone.now()
    for _each in range(3):
        made = services.ask_export(person_id=wang.pk, now=now)
        services.prepare_next(now=now)
    with pytest.raises(OwnExportsToday):
        services.ask_export(person_id=wang.pk, now=now)
    with tenancy.acting_as_platform(), pytest.raises(OwnExportNotFound):
        selectors.own_export_file(person_id=wang.pk, export_id=made.pk, now=now + timedelta(days=7))
    assert services.expire_own_exports(now=now + timedelta(days=7)) == 3


def test_what_is_written_in_a_file_is_never_markup(wang):
    User.objects.filter(pk=wang.pk).update(name="<script>alert(1)</script>")
    now = timezone.now()
    made = services.ask_export(person_id=wang.pk, now=now)
    services.prepare_next(now=now)
    with tenancy.acting_as_platform():
        content = selectors.own_export_file(person_id=wang.pk, export_id=made.pk, now=now)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "<script>" not in archive.read("data.html").decode()
