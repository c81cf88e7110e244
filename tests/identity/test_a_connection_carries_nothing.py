import pytest

from common import tenancy
from identity.contracts import Role
from tests import cast

pytestmark = pytest.mark.urls("tests.identity.test_a_request_has_one_tenant")


def test_a_connection_carries_nothing_to_the_next_request(fresh_database):
    """One connection, one committed request after another: the tenant is gone in between."""
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, Role.BUYER))

    assert browser.get("/who").content == str(acme.pk).encode()
    assert tenancy.current() == ""
    browser.logout()
    assert browser.get("/who").content == b""
