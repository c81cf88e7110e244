"""Keys, sessions and tasks name the same person, and that person never decides alone."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import tenancy
from common.errors import Forbidden
from common.period import Period
from identity import services as identity
from identity.contracts import CertificateKind, Role, SecondPersonRequired
from identity.models import Membership, SmeCertificate
from marketplace.audit.models import Export
from marketplace.vouchers.models import Application, Voucher
from metering import services as metering
from metering.contracts import (
    Assessment,
    CapacityLine,
    ComputePath,
    Density,
    Precision,
    Verdict,
    WindowState,
)
from metering.models import CapacityCertificate, Window, WindowDecision
from tests import cast
from tests.metering import cast as meters
from tests.orders import cast as orders
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
NOBODYS = "00000000-0000-7000-8000-000000000000"


def key_of(person, organization, *roles, scopes):
    """Return the headers of a program that works with a key of the person."""
    now = timezone.now()
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=organization.pk,
            created_by=person.pk,
            name="robot",
            roles=roles,
            scopes=scopes,
            now=now,
            expires_at=now + A_DAY,
        )
    return {"Authorization": f"Bearer {issued.secret}"}


def joins(person, organization, *roles):
    with tenancy.acting_as_platform():
        for role in roles:
            identity.add_member(organization_id=organization.pk, user_id=person.pk, role=role)


def post(client, path, body=None, **headers):
    return client.post(
        f"/api/v1/{path}",
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex} | headers,
    )


def signed_in_for(person, organization):
    browser = cast.signed_in(person)
    chosen = {"organization_id": str(organization.pk)}
    assert browser.patch("/api/v1/me", chosen, content_type="application/json").status_code == 200
    return browser


@pytest.fixture
def city():
    return orders.programme("1000")


def apply_by_key(client, person, holder, city):
    headers = key_of(person, holder, Role.BUYER, scopes=["vouchers:write"])
    wish = {"programme_id": str(city.pk), "amount_minor": yuan("100")}
    asked = post(client, "voucher-applications", wish, **headers)
    assert asked.status_code == 201, asked.content
    return asked.json()


def test_who_applied_with_a_key_does_not_approve_in_a_session(client, city):
    haichao = cast.organization("Haichao")
    person = cast.member(city.issuer, Role.ISSUER)
    joins(person, haichao, Role.BUYER)
    asked = apply_by_key(client, person, haichao, city)
    joined = Membership.objects.filter(organization=haichao)
    with tenancy.acting_as_platform():
        joined.delete()  # Leaving the applicant makes nobody a stranger to what they asked for.

    reply = post(
        signed_in_for(person, city.issuer),
        f"voucher-applications/{asked['id']}/decision",
        {"decision": "APPROVE"},
    )

    assert (reply.status_code, reply.json()["code"]) == (403, "second_person_required")
    with tenancy.acting_as_platform():
        assert Application.objects.get(pk=asked["id"]).applied_by == person
        assert not Voucher.objects.exists()


def test_a_colleague_of_the_applicant_does_not_approve_either(client, city):
    haichao = cast.organization("Haichao")
    asked = apply_by_key(client, cast.member(haichao, Role.BUYER), haichao, city)
    colleague = cast.member(city.issuer, Role.ISSUER)
    joins(colleague, haichao, Role.PROVIDER)

    reply = post(
        signed_in_for(colleague, city.issuer),
        f"voucher-applications/{asked['id']}/decision",
        {"decision": "APPROVE"},
    )

    assert (reply.status_code, reply.json()["code"]) == (403, "second_person_required")


def test_what_a_program_asks_for_bears_its_persons_name(client):
    acme = cast.organization()
    person = cast.member(acme, Role.AUDITOR)
    headers = key_of(person, acme, Role.AUDITOR, scopes=["exports:write"])
    now = timezone.now()
    wish = {
        "kind": "TRADES",
        "file_format": "CSV",
        "starts_at": (now - A_DAY).isoformat(),
        "ends_at": now.isoformat(),
    }

    assert post(client, "exports", wish, **headers).status_code == 202

    with tenancy.acting_as_platform():
        assert Export.objects.get().requested_by == person


DECISIONS = [
    ("POST", "voucher-applications/{id}/decision", Role.ISSUER),
    ("POST", "vouchers/{id}/claw-back", Role.ISSUER),
    ("POST", "programmes", Role.ISSUER),
    ("POST", "programmes/{id}/versions", Role.ISSUER),
    ("POST", "programmes/{id}/fundings", Role.ISSUER),
    ("POST", "metering/windows/1/decisions", Role.OPERATOR),
    ("POST", "capacity-certificates", Role.AUDITOR),
    ("POST", "sme-certificates", Role.OPERATOR),
    ("DELETE", "sme-certificates/{id}", Role.ISSUER),
    ("POST", "deposits", Role.FINANCE),
    ("POST", "organizations/{id}/members", Role.OPERATOR),
    ("DELETE", "organizations/{id}/members/1", Role.OPERATOR),
    ("POST", "api-keys", Role.OPERATOR),
    ("DELETE", "api-keys/{id}", Role.OPERATOR),
]


@pytest.mark.parametrize(("method", "path", "role"), DECISIONS)
def test_a_program_neither_decides_nor_grants(client, method, path, role):
    from identity.api.scopes import known_scopes

    desk = cast.organization("Desk")
    headers = key_of(cast.member(desk, role), desk, role, scopes=sorted(known_scopes()))

    reply = client.generic(
        method,
        "/api/v1/" + path.format(id=NOBODYS),
        "{}",
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex} | headers,
    )

    assert (reply.status_code, reply.json()["code"]) == (403, "person_required")


@pytest.mark.parametrize("loss", ["leaves", "is deactivated", "loses the role"])
def test_a_key_stops_with_its_person_at_once(client, loss):
    acme = cast.organization()
    person = cast.member(acme, Role.BUYER)
    headers = key_of(person, acme, Role.BUYER, scopes=["orders:read", "organizations:read"])
    assert client.get("/api/v1/me", headers=headers).status_code == 200

    with tenancy.acting_as_platform():
        if loss == "is deactivated":
            cast.leaves(person)
        else:
            if loss == "loses the role":
                joins(person, acme, Role.PROVIDER)
            identity.remove_member(organization_id=acme.pk, user_id=person.pk, role=Role.BUYER)

    reply = client.get("/api/v1/me", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "invalid_api_key")
    assert client.get("/api/v1/metrics", headers=headers).status_code == 401


@pytest.fixture
def doubtful():
    """Return a window that waits: nine card-hours in one hour of eight cards."""
    meter = meters.meter()
    meters.ingest(meter, meters.reading(meter, 28_800), meters.reading(meter, 3600))
    meters.close()
    with tenancy.acting_as_platform():
        return Window.objects.get(meter=meter)


def test_a_member_of_both_does_not_admit_the_providers_window(doubtful):
    desk = cast.organization("Operator")
    person = cast.member(desk, Role.OPERATOR)
    joins(person, doubtful.provider, Role.BUYER)

    reply = post(
        signed_in_for(person, desk),
        f"metering/windows/{doubtful.pk}/decisions",
        {"verdict": "ADMIT", "reason": "I know these cards"},
    )

    assert (reply.status_code, reply.json()["code"]) == (403, "second_person_required")
    with tenancy.acting_as_platform():
        doubtful.refresh_from_db()
        assert doubtful.state == WindowState.SET_ASIDE


def test_a_decision_about_a_window_bears_a_name(doubtful):
    desk = cast.organization("Operator")
    person = cast.member(desk, Role.OPERATOR)

    made = post(
        cast.signed_in(person),
        f"metering/windows/{doubtful.pk}/decisions",
        {"verdict": "DISCARD", "reason": "counted twice"},
    )

    assert made.status_code == 201
    with tenancy.acting_as_platform():
        assert WindowDecision.objects.get().decided_by_person == person


def certify(resource, verifier, person):
    return metering.certify_capacity(
        resource_id=resource.pk,
        verifier_id=verifier.pk,
        verifier_person_id=person.pk,
        line=CapacityLine(Precision.FP16, Density.DENSE, ComputePath.TENSOR, Decimal("280.8")),
        assessment=Assessment.MEASURED,
        source="acceptance test",
        period=Period(cast.NOW - A_DAY, cast.NOW + A_DAY),
        now=cast.NOW - A_DAY,
    )


def attest(holder, issuer, person):
    return identity.issue_sme_certificate(
        organization_id=holder.pk,
        issued_by=issuer.pk,
        issued_by_person=person.pk,
        kind=CertificateKind.SME,
        number=f"SME {uuid4().hex[:8]}",
        valid_from=date(2026, 1, 1),
        valid_to=date(2027, 1, 1),
        figures=identity.CertificateFigures(staff_count=20, revenue_minor=1, assets_minor=1),
    )


def test_nobody_attests_an_organisation_of_their_own_in_the_name_of_another():
    acme, desk = cast.organization(), cast.organization("Desk")
    both = cast.member(desk, Role.OPERATOR)
    joins(both, acme, Role.BUYER)
    resource = cast.resource(acme, chip="910B")

    with tenancy.acting_as_platform():
        with pytest.raises(SecondPersonRequired):
            attest(acme, desk, both)
        with pytest.raises(SecondPersonRequired):
            certify(resource, desk, both)

        assert not SmeCertificate.objects.exists()
        assert not CapacityCertificate.objects.exists()


def asked_of(city):
    """Return an application with who applied, a colleague of theirs, and an officer."""
    haichao = cast.organization("Haichao")
    person, colleague = cast.member(haichao, Role.BUYER), cast.member(haichao, Role.PROVIDER)
    with tenancy.acting_as_platform():
        from marketplace.vouchers import services

        asked = services.apply(
            programme_id=city.pk,
            applicant_id=haichao.pk,
            amount_minor=yuan("100"),
            purpose="",
            applied_by_id=person.pk,
            now=cast.NOW,
        )
    return asked, person, colleague, cast.officer(city.issuer, Role.ISSUER)


REVIEW = """
    UPDATE vouchers_application SET state = 'REVIEWED', reviewed_by_id = %(by)s WHERE id = %(id)s
"""
DECIDE = """
    UPDATE vouchers_application SET state = 'APPROVED', decided_at = now(),
        decided_by_organization_id = %(issuer)s, decided_by_id = %(by)s {more} WHERE id = %(id)s
"""


@pytest.mark.parametrize("attack", ["the applicant", "nobody", "a colleague", "another applicant"])
def test_raw_sql_writes_no_decision_of_ones_own(city, attack):
    asked, person, colleague, officer = asked_of(city)
    by = {"the applicant": person.pk, "nobody": None, "a colleague": colleague.pk}
    more = f", applied_by_id = {officer.pk}" if attack == "another applicant" else ""
    reviewer = cast.member(city.issuer, Role.ISSUER)

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(REVIEW, {"by": reviewer.pk, "id": asked.pk})
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(
                DECIDE.format(more=more),
                {"issuer": city.issuer_id, "by": by.get(attack, person.pk), "id": asked.pk},
            )
        cursor.execute(
            DECIDE.format(more=""),
            {"issuer": city.issuer_id, "by": officer.pk, "id": asked.pk},
        )
        with pytest.raises(DatabaseError), transaction.atomic():  # It is decided once.
            cursor.execute(
                "UPDATE vouchers_application SET decided_by_id = %s WHERE id = %s",
                [cast.somebody().pk, asked.pk],
            )


UNSIGNED = {
    "vouchers_application": "applied_by_id",
    "vouchers_programmeversion": "published_by_id",
    "vouchers_programmefunding": "funded_by_id",
    "orders_deposit": "recorded_by_id",
    "audit_export": "requested_by_id",
    "identity_apikey": "created_by_id",
    "identity_smecertificate": "issued_by_person_id",
    "metering_windowdecision": "decided_by_person_id",
    "metering_capacitycertificate": "verifier_person_id",
}


def test_no_act_can_be_written_without_a_name():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT attrelid::regclass::text, attname FROM pg_attribute
            WHERE attnotnull AND attrelid = ANY(%s::regclass[])
            """,
            [list(UNSIGNED)],
        )
        required = set(cursor.fetchall())

    assert set(UNSIGNED.items()) <= required


def test_raw_sql_writes_no_window_decision_of_ones_own(doubtful):
    person = cast.member(doubtful.provider, Role.PROVIDER)

    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        WindowDecision.objects.create(
            window=doubtful,
            provider=doubtful.provider,
            verdict=Verdict.ADMIT,
            quantity=1,
            reason="mine",
            decided_by=cast.organization("Operator"),
            decided_by_person=person,
            decided_at=cast.NOW,
        )


def test_a_role_that_was_taken_away_decides_nothing(city):
    officer = cast.member(city.issuer, Role.ISSUER)
    with tenancy.acting_as_platform():
        identity.remove_member(organization_id=city.issuer_id, user_id=officer.pk, role=Role.ISSUER)

        with pytest.raises(Forbidden):
            identity.hold_role(
                person_id=officer.pk, organization_id=city.issuer_id, role=Role.ISSUER
            )
