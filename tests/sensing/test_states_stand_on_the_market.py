"""What sources tell of a resource stands on the pages of the market, and in its API."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from identity.contracts import Role
from tests import cast, factories
from tests.sensing.test_heartbeats import Beating

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


class Offered(Beating):
    """A resource whose agent tells of it, and a listing of it that a buyer looks at."""

    def __init__(self) -> None:
        super().__init__()
        self.listing = factories.ListingFactory(provider=self.provider, resource=self.resource)
        self.buyer = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
        self.beat(at=clock.now(), free_milli=3_000)

    def pages(self) -> dict[str, str]:
        session = self.buyer.session
        session["compare"] = [str(self.listing.pk)]
        session.save()
        addresses = ("/market/", "/market/?view=table", "/market/compare/")
        found = {each: self.buyer.get(each, headers=ENGLISH).text for each in addresses}
        found["listing"] = self.buyer.get(f"/market/{self.listing.pk}/", headers=ENGLISH).text
        found["a stranger"] = Client().get("/market/", headers=ENGLISH).text
        return {name: " ".join(text.split()) for name, text in found.items()}

    def told(self) -> list[dict]:
        listed = self.buyer.get("/api/v1/listings").json()["results"]
        alone = self.buyer.get(f"/api/v1/listings/{self.listing.pk}").json()
        return [*(each["told"] for each in listed), alone["told"]]


@pytest.fixture
def offered() -> Offered:
    return Offered()


def test_a_state_is_shown_with_who_says_so_and_silence_is_said(offered, time_machine):
    pages, told = offered.pages(), offered.told()
    time_machine.move_to(clock.read() + timedelta(minutes=10))
    silent, untold = offered.pages(), offered.told()

    for name, page in pages.items():
        assert "3 cards" in page, name
        assert "the provider&#x27;s agent" in page, name
    assert [(each["available_milli"], each["health"]) for each in told] == [(3_000, "OK")] * 2
    for name, page in silent.items():
        assert "stale: nobody has told of it for" in page, name
    assert [(each["available_milli"], each["is_stale"]) for each in untold] == [(None, True)] * 2


def test_a_page_of_the_api_asks_for_all_states_at_once(offered):
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            offered.buyer.get("/api/v1/listings")
        return [query["sql"] for query in queries]

    asked()  # whatever is read once a process
    alone = len(asked())
    for _each in range(3):
        factories.ListingFactory(
            provider=offered.provider, resource=cast.resource(offered.provider)
        )

    together = asked()
    assert len(together) == alone, together
