"""Community capacity on pages and over the API: given, found, ordered, used up, and thanked for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from identity.contracts import Role
from identity.events.models import RecordedEvent
from marketplace.catalog.models import Listing
from tests import cast, factories
from tests.orders.cast import buyer, clear, place, wish
from tests.orders.test_community_capacity import given

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def text(browser, name, *args, query=""):
    return browser.get(reverse(f"portal:{name}", args=args) + query, headers=ENGLISH).text


def test_a_buyer_finds_it_reads_what_is_left_and_is_told_when_it_is_used_up():
    listing, asker = given(cards=64), buyer("0")
    browser = cast.signed_in(cast.member(asker, Role.BUYER))

    assert "Community" in text(browser, "market", query="?community=1")
    assert "Left to you this month: 200 of 200 card-hours." in text(browser, "listing", listing.pk)
    place(asker, wish(listing, cards="45", hours=4))
    assert "20 of 200" in text(browser, "community")
    place(asker, wish(listing, cards="5", hours=4))
    assert "0 of 200" in text(browser, "community")

    with tenancy.acting_as_platform():
        told = RecordedEvent.objects.filter(name__startswith="orders.community.").order_by("id")
        assert [each.name.rpartition(".")[2] for each in told] == ["nearly_used", "used"]


def test_a_provider_gives_a_resource_reads_who_took_it_and_is_named():
    maker = factories.OrganizationFactory(stem="Provider")
    resource = factories.ResourceFactory(provider=maker, chip="H100", cards=8)
    browser = cast.signed_in(cast.member(maker, Role.PROVIDER))
    form = browser.get(reverse("portal:listing-new"), headers=ENGLISH).context["form"]
    rule = next(each.id for each in form.rules.values() if each.code == "accelerator-hours")
    typed = {"key": str(uuid4()), "resource": resource.pk, "rule": rule, "title": "赠"}
    typed |= {"rate_unit": "unit_hour", "is_community": "on", "unit_price": "1"}
    units = (name for name in form.fields if name.endswith("_length_unit"))
    typed |= {name: form[name].value() or "second" for name in units}

    refused = browser.post(reverse("portal:listing-new"), typed, headers=ENGLISH)
    assert "What is given to the community has no price." in refused.text
    typed |= {"unit_price": "", "key": str(uuid4())}
    bare = browser.post(reverse("portal:listing-new"), typed, headers=ENGLISH)
    assert "name the document" in bare.context["form"].errors["source"][0]
    typed |= {"source": "捐赠协议 7", "clause": "1", "key": str(uuid4())}
    answer = browser.post(reverse("portal:listing-new"), typed, headers=ENGLISH)
    assert answer.status_code == 302, answer.context["form"].errors

    listing = Listing.objects.get(resource=resource)
    assert listing.community_rule_id == 1
    asker, now = buyer("0", "Asker"), clock.now()
    start = now.replace(microsecond=0) + timedelta(seconds=5)
    place(asker, wish(listing, cards="2", start=start), at=now)
    clear(listing, at=now)
    shown = text(browser, "community")
    assert asker.name in shown
    assert "No; name us" in shown
    browser.post(reverse("portal:listing-donor", args=[listing.pk]), {"named": "yes"})
    assert "Yes; do not name us" in text(browser, "community")


def test_the_api_says_the_rule_the_quotas_and_who_took_how_much():
    listing, asker = given(cards=64), buyer("0")
    place(asker, wish(listing, cards="2"))
    clear(listing)
    mine = cast.signed_in(cast.member(asker, Role.BUYER))
    theirs = cast.signed_in(cast.member(listing.provider, Role.PROVIDER))

    (rule,) = mine.get("/api/v1/community-rules").json()
    assert (rule["version"], rule["hours"]["card"]) == (1, 200)
    quotas = {each["unit"]: each for each in mine.get("/api/v1/community-quotas").json()}
    assert (quotas["card"]["left_hours"], quotas["vcpu"]["left_hours"]) == ("198", "10000")
    (used,) = theirs.get("/api/v1/community-use").json()
    assert (used["buyer_id"], used["hours"]) == (str(asker.pk), "2")
    (found,) = mine.get("/api/v1/listings?is_community=true").json()["results"]
    assert (found["number"], found["community_rule"]) == (listing.number, 1)
    named = theirs.put(
        f"/api/v1/listings/{listing.pk}/donor",
        {"is_named": True},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert named.json()["is_donor_named"] is True
