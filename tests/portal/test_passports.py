"""A code leads to the passport of what it names; a wrong one to a sentence, never to a fault."""

from urllib.parse import quote

import pytest

from common import tenancy
from identity import services as identity
from identity.contracts import ResourceStatus
from pricing import selectors as pricing_selectors
from tests import cast, gateway_vectors
from tests.catalog import supply

pytestmark = pytest.mark.django_db


def test_everybody_reads_a_passport(client):
    acme = cast.organization()
    found = cast.resource(acme)
    with tenancy.acting_as(acme.pk):
        identity.change_resource_status(
            resource_id=found.pk,
            provider_id=acme.pk,
            status=ResourceStatus.SUSPENDED,
            reason="power works",
        )

    shown = client.get(f"/r/{found.identifier}/", headers={"accept-language": "en"})

    text = shown.content.decode()
    assert shown.status_code == 200
    for told in (
        found.identifier,
        "power works",
        "Suspended",
        "L0",
        "none: suspended",
        "<svg",
    ):
        assert told in text
    assert acme.uscc not in text.replace(found.identifier, "")
    assert f"/api/gateway/v1/resolve?code={found.identifier}&amp;proof=1" in text


def test_a_passport_tells_what_was_asked_for_it(client):
    listing = supply.listed()

    shown = client.get(f"/r/{listing.resource.identifier}/", headers={"accept-language": "en"})

    text = shown.content.decode()
    version = pricing_selectors.versions().get(pk=listing.plan_version_id)
    assert "List prices" in text
    assert version.content_hash in text


@pytest.mark.parametrize("code", gateway_vectors.MISTAKES.values(), ids=gateway_vectors.MISTAKES)
def test_a_wrong_code_is_told_what_is_wrong(client, code):
    shown = client.get(f"/r/{quote(code)}/", headers={"accept-language": "en"})

    assert shown.status_code == 404
    if len(code) > 3 and "%00" not in quote(code) and ".." not in code:
        assert "No such code" in shown.content.decode()


def test_a_code_under_which_nothing_stands_is_told_so(client):
    shown = client.get(f"/r/{gateway_vectors.CODE}/", headers={"accept-language": "en"})

    assert shown.status_code == 404
    assert "nothing is registered under it" in shown.content.decode()
