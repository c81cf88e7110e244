"""What kind of body an organisation is stands in its credit code."""

import pytest

from identity.contracts import OrganizationKind, Role
from identity.uscc import is_uscc, kind_of_body
from tests import cast


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("91310000MA0000176E", OrganizationKind.ENTERPRISE),
        ("12100000400000624D", OrganizationKind.INSTITUTION),
        ("11100000000013127D", OrganizationKind.STATE_ORGAN),
        ("Y1310000MA00001767", OrganizationKind.OTHER),
        ("19100000MA0000176E", OrganizationKind.OTHER),
    ],
)
def test_the_first_two_characters_say_the_kind(code, kind):
    assert kind_of_body(code) == kind


def test_pages_and_the_api_tell_it(db, client):
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, Role.BUYER))

    assert is_uscc(acme.uscc)
    told = browser.get(f"/organizations/{acme.pk}/", headers={"accept-language": "en"})
    assert "Enterprise" in told.content.decode()
    assert browser.get(f"/api/v1/organizations/{acme.pk}").json()["kind"] == "ENTERPRISE"
