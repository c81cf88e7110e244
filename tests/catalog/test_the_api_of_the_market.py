import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from common import tenancy
from identity.contracts import Role
from marketplace.catalog.models import Listing
from metering import selectors as metering
from pricing.models import Quote, RatePlanVersion
from tests import cast
from tests.catalog.supply import allocate, hours, listed, plan, wants

pytestmark = pytest.mark.usefixtures("platform")

RATES = [{"code": "usage", "unit": "standard_hour", "tiers": [{"from": "0", "unit_price": "3.18"}]}]


def browser(organization, role):
    return cast.signed_in(cast.member(organization, role))


def post(client, path, body=None, key=None):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body or {}, default=str),
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex},
    )


@pytest.fixture
def provider():
    return cast.organization("陇东算力")


@pytest.fixture
def at_provider(provider):
    return browser(provider, Role.PROVIDER)


@pytest.fixture
def buyer():
    return cast.organization("海潮智能")


@pytest.fixture
def at_buyer(buyer):
    return browser(buyer, Role.BUYER)


def test_from_a_plan_to_a_listing_to_a_quote_to_its_reasons(at_provider, at_buyer, provider, buyer):
    made = post(at_provider, "rate-plans", {"code": "h100", "name": "标准价"}).json()
    published = post(at_provider, f"rate-plans/{made['id']}/versions", {"components": RATES}).json()
    pool = cast.resource(provider, chip="H100", cards=8)
    offer = {
        "resource_id": pool.pk,
        "plan_version_id": published["versions"][0]["id"],
        "rule_version_id": metering.rule_version(code="accelerator-hours").id,
        "title": "训练节点",
    }
    listing = post(at_provider, "listings", offer).json()
    starts_at = timezone.now() + timedelta(hours=1)
    quote = post(
        at_buyer,
        "quotes",
        {
            "listing_id": listing["id"],
            "units_milli": 8000,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=10),
        },
    )

    assert quote.status_code == 201
    assert listing["price_per_unit_hour"] == "10.080193"
    body = quote.json()
    # 8 cards × 10 h × 3.169872 standard hours × 3.18 = 806.4154368
    assert body["gross_minor"] == 80642
    assert body["standard_hours"] == "253.589760000000"
    why = at_buyer.get(f"/api/v1/quotes/{body['id']}/evaluation").json()
    assert why["recomputes"] is True
    assert why["raw_total"] == "806.4154368"
    assert why["inputs_hash"] == body["inputs_hash"]
    assert [row["id"] for row in at_buyer.get("/api/v1/quotes").json()["results"]] == [body["id"]]
    assert browser(cast.organization(), Role.BUYER).get("/api/v1/quotes").json()["results"] == []


def test_the_market_is_filtered_sorted_and_paged(at_buyer):
    cheap, dear = listed(chip="H100", price="2"), listed(chip="A100", price="4")
    other = listed(chip="G2", price="1", unit="unit_hour")

    def found(query):
        answer = at_buyer.get(f"/api/v1/listings?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    assert found("") == [str(cheap.pk), str(dear.pk), str(other.pk)]
    assert found("sort=-price&price_min=1") == [str(dear.pk), str(cheap.pk)]
    assert found("chip=H100,G2") == [str(cheap.pk), str(other.pk)]
    assert found("resource_class=AI&resource_class=HPC&hub=ZHW&q=训练") != []
    assert found("pue_max=1.2") == []
    first = at_buyer.get("/api/v1/listings?page_size=2").json()
    second = at_buyer.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == found("")


def test_the_market_at_a_glance(at_buyer):
    listed(chip="H100", cards=8, price="2")
    listed(chip="A100", cards=4, price="4")

    answer = at_buyer.get("/api/v1/market?chip=A100").json()

    assert (answer["listings"], answer["facets"]["total"]) == (2, 1)
    assert answer["facets"]["chip"] == [
        {"value": "NVIDIA A100 80GB SXM", "count": 1},
        {"value": "NVIDIA H100 SXM", "count": 1},
    ]
    assert answer["capacity"][0]["available_standard"] == "29.358976000"
    assert len(answer["facets"]["prices"]) == 12


@pytest.mark.parametrize(
    "query",
    [
        "price_min=NaN",
        "price_min=-1",
        "price_max=1e999999",
        "price_max=1e400",
        "resource_class=FPGA",
        "hub=XXX",
        "sort=colour",
        "provider=1",
        "free_milli_min=1.5",
        "verification_min=9",
        "pue_max=Infinity",
        f"q={'x' * 61}",
        "q=%00",
        "cursor=nonsense",
    ],
)
def test_filters_that_make_no_sense_are_refused(at_buyer, query):
    listed()

    response = at_buyer.get(f"/api/v1/listings?{query}")

    assert response.status_code in (400, 404), response.content
    assert response["Content-Type"] == "application/problem+json"


def test_free_capacity_is_answered_without_gaps(at_buyer):
    listing = listed(cards=8)
    allocate(wants(listing, 3, hours(1, 2)))
    query = "starts_at=2026-11-20T08:00:00Z&ends_at=2026-11-20T11:00:00Z"

    pieces = at_buyer.get(f"/api/v1/listings/{listing.pk}/capacity?{query}").json()

    assert [piece["free_milli"] for piece in pieces] == [8000, 5000, 8000]


def test_a_provider_pauses_resumes_and_closes_its_own(provider, at_provider, at_buyer):
    own, foreign = listed(provider), listed()

    states = [
        post(at_provider, f"listings/{own.pk}/{move}").json().get("state")
        for move in ("pause", "resume", "close")
    ]

    assert states == ["PAUSED", "OPEN", "CLOSED"]
    again = post(at_provider, f"listings/{own.pk}/pause")
    assert (again.status_code, again.json()["code"]) == (409, "listing_state_refused")
    for move in ("pause", "resume", "close"):
        refused = post(at_provider, f"listings/{foreign.pk}/{move}")
        assert (refused.status_code, refused.json()["code"]) == (404, "listing_not_found")
        assert post(at_buyer, f"listings/{own.pk}/{move}").status_code == 403
    assert at_buyer.get(f"/api/v1/listings/{own.pk}").json()["state"] == "CLOSED"
    with tenancy.acting_as_platform():
        assert Listing.objects.get(pk=foreign.pk).state == "OPEN"


def test_only_its_provider_publishes_prices(provider, at_provider):
    with tenancy.acting_as_platform():
        foreign = RatePlanVersion.objects.get(pk=plan(cast.organization())).plan_id

    answer = post(at_provider, f"rate-plans/{foreign}/versions", {"components": RATES})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    with tenancy.acting_as_platform():
        assert RatePlanVersion.objects.filter(plan_id=foreign).count() == 1


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ([], "invalid_rates"),
        (None, "null"),
        ("x", "invalid_rates"),
        ([{}], "invalid_rates"),
        ([RATES[0] | {"tiers": [{"from": "0", "unit_price": "NaN"}]}], "invalid_amount"),
        ([RATES[0] | {"tiers": [{"from": "0", "unit_price": -1}]}], "invalid_rates"),
        ([RATES[0] | {"unit": ["standard_hour"]}], "invalid_rates"),
        ([RATES[0] | {"code": {"a": 1}}], "invalid_rates"),
    ],
)
def test_rates_that_make_no_sense_are_refused(at_provider, components, code):
    made = post(at_provider, "rate-plans", {"code": "h100", "name": "标准价"}).json()

    answer = post(at_provider, f"rate-plans/{made['id']}/versions", {"components": components})

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content
    assert not RatePlanVersion.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"units_milli": 0}, 400, "min_value"),
        ({"units_milli": 8001}, 409, "capacity_exhausted"),
        ({"units_milli": "1.5"}, 400, "invalid"),
        ({"units_milli": True}, 400, "invalid"),
        ({"listing_id": str(uuid4())}, 404, "listing_not_found"),
        ({"ends_at": "2026-11-20T08:00:00Z"}, 400, "invalid_period"),
        ({"starts_at": "2000-01-01T00:00:00Z"}, 422, "outside_availability"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, 400, "invalid_moment"),
        ({"ends_at": "2999-12-31T15:59:59Z"}, 201, None),
        ({"colour": "red"}, 400, "unknown_field"),
    ],
)
def test_quotes_that_make_no_sense_are_refused(at_buyer, change, status, code):
    body = {
        "listing_id": str(listed(cards=8).pk),
        "units_milli": 1000,
        "starts_at": "2026-11-20T08:00:00Z",
        "ends_at": "2026-11-20T09:00:00Z",
    }

    answer = post(at_buyer, "quotes", body | change)

    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.content
    with tenancy.acting_as_platform():
        assert Quote.objects.exists() == (status == 201)


def test_a_repeated_request_lists_once(provider, at_provider):
    pool = cast.resource(provider)
    with tenancy.acting_as_platform():
        version = plan(provider)
    offer = {
        "resource_id": pool.pk,
        "plan_version_id": version,
        "rule_version_id": metering.rule_version(code="accelerator-hours").id,
        "title": "once",
    }

    answers = [post(at_provider, "listings", offer, key="same") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = post(at_provider, "listings", offer, key="other")
    assert (other.status_code, other.json()["code"]) == (409, "resource_already_listed")
