"""The way between two places: measured where agents measured, else published, else assumed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from common import clock, tenancy
from gateway.sensing import pathways
from gateway.sensing.models import PathSample
from pricing import paths as priced
from pricing import services as pricing
from tests import cast, factories

ADDRESS = "/api/v1/paths/between"
pytestmark = pytest.mark.django_db


def way(start, end, **query):
    return Client().get(ADDRESS, {"from": start, "to": end} | query)


@pytest.fixture
def published():
    with tenancy.acting_as_platform():
        now = clock.now()
        pricing.publish_paths(paths=priced.assumed(), starts_at=now, now=now)


def measured(*, count=5, providers=2, age=timedelta(minutes=1), took=4_000):
    for place in range(providers):
        provider = cast.organization(f"P{place}")
        agent = cast.agent(provider)
        with tenancy.acting_as_platform():
            PathSample.objects.bulk_create(
                PathSample(
                    provider=provider,
                    chain_id=agent.chain_id,
                    hub_a="CKG",
                    hub_b="GAN",
                    round_trip_us=took + number,
                    mbps=900,
                    observed_at=clock.now() - age - timedelta(seconds=number),
                    digest=b"",
                )
                for number in range(count)
            )


def test_what_was_published_is_assumed_until_it_was_measured(published):
    found = way("hub:GAN", "hub:CKG", gb=100).json()
    assert found["legs"][0] | {"slow_ms": None} == {
        "start": "GAN", "end": "CKG", "ms": "5.7", "slow_ms": None, "mbps": 100_000,
        "price_per_gb": "0.0900", "source": "ASSUMED", "measured_at": None, "samples": 0,
    }  # fmt: skip
    assert (found["price"], found["is_assumed"]) == ("9.00", True)

    measured()
    found = way("hub:CKG", "hub:GAN").json()
    leg = found["legs"][0]
    assert (leg["source"], leg["ms"], leg["mbps"], leg["samples"]) == ("MEASURED", "4.0", 900, 10)
    assert (leg["price_per_gb"], found["is_assumed"]) == ("0.0900", False)


@pytest.mark.parametrize(
    "facts", [{"providers": 1}, {"count": 2}, {"age": timedelta(days=2)}], ids=str
)
def test_few_samples_of_one_or_old_ones_measure_nothing(published, facts):
    measured(**facts)
    assert way("hub:CKG", "hub:GAN").json()["legs"][0]["source"] == "ASSUMED"


@pytest.mark.parametrize(
    ("place", "hub", "is_there"),
    [
        ("region:310000", "YDA", False),
        ("region:310118", "YDA", True),
        ("region:520102", "GAN", True),
        ("region:110105", "ZJK", False),
        ("place:31.23,121.47", "YDA", False),
        ("place:26.4,106.5", "GAN", True),
    ],
)
def test_a_place_has_a_nearest_hub(published, place, hub, is_there):
    found = way(place, "hub:CKG").json()
    assert found["start"]["hub"] == hub
    assert (found["start"]["km"] == 0) == is_there
    assert len(found["legs"]) == 1 + (not is_there)
    assert sum(Decimal(leg["ms"]) for leg in found["legs"]) == Decimal(found["ms"])


def test_a_code_is_a_place_and_one_hub_has_no_way():
    resource = factories.ResourceFactory()
    found = way(f"code:{resource.identifier}", f"region:{resource.region}").json()
    assert not [leg for leg in found["legs"] if {leg["start"], leg["end"]} <= set(pathways.HUBS)]


@pytest.mark.parametrize(
    "place",
    [
        "",
        "GAN",
        "hub:XXX",
        "region:999999",
        "place:91,0",
        "place:1e3,0",
        "place:１,2",
        "code:SP1-X",
    ],
)
def test_what_is_no_place_is_refused(place):
    refused = way(place, "hub:GAN")
    assert refused.status_code == 400
    page = Client().get("/market/paths/", {"start": place, "end": "hub:GAN"})
    assert page.status_code == 422


def test_the_way_there_is_as_long_as_the_way_back(published):
    there, back = way("region:310000", "hub:GAN").json(), way("hub:GAN", "region:310000").json()
    assert (there["ms"], there["price_per_gb"]) == (back["ms"], back["price_per_gb"])
    for one, other in (("YDA", "GAN"), ("ZJK", "SGN")):
        assert pathways.distance_km(pathways.HUBS[one], pathways.HUBS[other]) == (
            pathways.distance_km(pathways.HUBS[other], pathways.HUBS[one])
        )


def test_the_page_shows_a_way_to_everybody(published):
    shown = Client().get("/market/paths/", headers={"accept-language": "en"})
    assert shown.status_code == 200
    assert "assumed by distance" in shown.content.decode()
