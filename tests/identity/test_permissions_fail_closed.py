import pytest
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.contracts import ANY_MEMBER, Role
from tests import cast
from tests.identity.test_api_keys import a_key, bearer


class Open(APIView):
    public = True

    def get(self, request):
        return Response("open")

    def post(self, request):
        return Response("written")


class Undeclared(APIView):
    def get(self, request):
        return Response("secret")


class ForBuyers(APIView):
    required_roles = {"GET": frozenset({Role.BUYER}), "POST": ANY_MEMBER}
    required_scopes = {"GET": "orders:read"}

    def get(self, request):
        return Response("orders")

    def post(self, request):
        return Response("written")


class ForAuditors(APIView):
    required_roles = {"GET": frozenset({Role.AUDITOR})}

    def get(self, request):
        return Response("books")


urlpatterns = [
    path("open", Open.as_view()),
    path("undeclared", Undeclared.as_view()),
    path("buyers", ForBuyers.as_view()),
    path("auditors", ForAuditors.as_view()),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def test_a_public_view_opens_its_reading_methods_alone(client):
    assert client.get("/open").status_code == 200
    assert client.head("/open").status_code == 200
    assert client.post("/open").status_code == 401
    assert client.options("/open").status_code in (401, 405)


@pytest.mark.parametrize("role", Role)
def test_a_view_that_declares_nothing_is_refused(role):
    browser = cast.signed_in(cast.member(cast.organization(), role))

    assert browser.get("/undeclared").status_code == 403


def test_a_method_that_is_not_declared_is_refused():
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    assert browser.post("/open").status_code == 403


def test_a_stranger_is_asked_to_sign_in(client):
    reply = client.get("/buyers")

    assert (reply.status_code, reply.json()["code"]) == (401, "not_authenticated")
    assert reply["WWW-Authenticate"].startswith("Bearer")
    assert reply["Content-Type"] == "application/problem+json"


def test_another_role_is_refused():
    browser = cast.signed_in(cast.member(cast.organization(), Role.PROVIDER))

    reply = browser.get("/buyers")

    assert (reply.status_code, reply.json()["code"]) == (403, "permission_denied")


def test_a_role_waits_for_its_second_factor():
    acme = cast.organization()
    bare = cast.signed_in(cast.member(acme, Role.AUDITOR, second_factor=False))
    careful = cast.signed_in(cast.member(acme, Role.AUDITOR))

    reply = bare.get("/auditors")

    assert (reply.status_code, reply.json()["code"]) == (403, "second_factor_missing")
    assert careful.get("/auditors").status_code == 200


def test_a_key_reaches_as_far_as_its_scope(client):
    secret = a_key(cast.organization(), Role.BUYER, scopes=["orders:read"]).secret
    other = a_key(cast.organization(), Role.BUYER, scopes=["orders:write"]).secret

    assert client.get("/buyers", headers=bearer(secret)).json() == "orders"
    refused = client.get("/buyers", headers=bearer(other))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert refused.json()["scope"] == "orders:read"


def test_a_method_without_a_scope_is_closed_to_keys(client):
    secret = a_key(cast.organization(), Role.BUYER, scopes=["orders:read"]).secret

    assert client.post("/buyers", headers=bearer(secret)).status_code == 403
