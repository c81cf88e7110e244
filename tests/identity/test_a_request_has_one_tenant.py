from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from common import tenancy
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.middleware import SESSION_ORGANIZATION, switch_organization
from identity.models import Organization
from tests import cast


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(tenancy.current())


class LateTemplate(SimpleTemplateResponse):
    """Reads the tenant only when it is rendered, after the view has ended."""

    @property
    def rendered_content(self) -> str:
        return tenancy.current()


def late(request: HttpRequest) -> HttpResponse:
    return LateTemplate("unused.html")


def switch(request: HttpRequest) -> HttpResponse:
    switch_organization(request, UUID(request.GET["to"]))
    return HttpResponse(tenancy.current())


def fail(request: HttpRequest) -> HttpResponse:
    tenant = actor_of(request).organization_id
    Organization.objects.filter(pk=tenant).update(name="half done")
    message = "a defect"
    raise RuntimeError(message)


class ApiWho(APIView):
    required_roles = {"GET": ANY_MEMBER}

    def get(self, request):
        return Response(tenancy.current())


urlpatterns = [
    path("who", who),
    path("late", late),
    path("switch", switch),
    path("fail", fail),
    path("api-who", ApiWho.as_view()),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.mark.parametrize("address", ["/who", "/late", "/api-who"])
@pytest.mark.parametrize("role", [Role.BUYER, Role.PROVIDER])
def test_a_member_acts_for_their_organisation(role, address):
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, role))

    assert str(acme.pk) in browser.get(address).content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR, Role.ISSUER, Role.FINANCE])
def test_a_duty_of_the_platform_spans_the_tenants(role):
    browser = cast.signed_in(cast.member(cast.organization(), role))

    assert browser.get("/who").content == b"*"


@pytest.mark.parametrize(("required", "scope"), [(True, "own"), (False, "*")])
def test_without_a_second_factor_a_duty_of_the_platform_waits(settings, required, scope):
    settings.SUANPAN_MFA_REQUIRED = required
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, Role.AUDITOR, second_factor=False))

    assert browser.get("/who").content.decode() == {"own": str(acme.pk)}.get(scope, scope)


def test_a_stranger_acts_for_nobody(client):
    assert client.get("/who").content == b""


def test_a_person_without_organisation_acts_for_nobody():
    acme = cast.organization()
    person = cast.member(acme)

    assert cast.signed_in(person).get("/who").content == b""


def test_the_session_keeps_the_chosen_organisation():
    acme, zeta = cast.organization("Acme"), cast.organization("Zeta")
    person = cast.member(acme, Role.BUYER)
    with tenancy.acting_as_platform():
        person.memberships.create(organization=zeta, role=Role.BUYER)
    browser = cast.signed_in(person)

    assert browser.get("/who").content == str(acme.pk).encode()
    browser.get("/switch", {"to": str(zeta.pk)})

    assert browser.get("/who").content == str(zeta.pk).encode()


def test_a_foreign_organisation_in_the_session_is_of_no_use():
    acme, zeta = cast.organization("Acme"), cast.organization("Zeta")
    browser = cast.signed_in(cast.member(acme, Role.BUYER))
    session = browser.session
    session[SESSION_ORGANIZATION] = str(zeta.pk)
    session.save()

    assert browser.get("/who").content == str(acme.pk).encode()


def test_a_view_that_fails_leaves_nothing_behind():
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, Role.BUYER))
    browser.raise_request_exception = False

    assert browser.get("/fail").status_code == 500

    acme.refresh_from_db()
    assert acme.name != "half done"
