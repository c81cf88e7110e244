"""A rule demands of some plans the document and clause that their prices rest on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from identity.contracts import Role
from marketplace.catalog import basis, selectors, services
from marketplace.catalog.contracts import Band
from marketplace.catalog.models import BasisRule, Listing
from pricing import services as pricing
from pricing.basis import BasisDemanded, BasisGround
from pricing.models import RatePlanVersion
from tests import cast, factories
from tests.cast import NOW
from tests.catalog import supply
from tests.catalog.collars import agreed, office, proposed

pytestmark = pytest.mark.django_db
DECREE = {"source": "发改价格〔2026〕12号", "clause": "第六条"}
LATER = NOW + timedelta(days=1)


@pytest.fixture
def collared():
    """A listing whose plan names nothing, in a book that got a collar after it was opened."""
    listing = supply.listed()
    operators = office()
    band = Band(listing.price_per_standard_hour, 1_000, 1_000)
    agreed(proposed(listing, operators[0], band), operators[1])
    return listing


def published(listing, price="3.18", *, at, **basis):
    usage = {"code": "usage", "unit": "standard_hour"}
    with tenancy.acting_as(listing.provider_id):
        return pricing.publish_version(
            provider_id=listing.provider_id,
            plan_id=listing.plan_version.plan_id,
            components=[usage | {"tiers": [{"from": "0", "unit_price": price}]}],
            now=at,
            **basis,
        )


def test_what_was_published_before_stays_and_the_next_version_names_its_document(collared):
    for said, field in (({}, "source"), ({"source": "a decree"}, "clause")):
        with pytest.raises(BasisDemanded) as refused:
            published(collared, "3.10", at=clock.now(), **said)
        assert refused.value.field == field
    assert str(BasisGround.COLLAR.label) in str(refused.value)
    assert Listing.objects.get(pk=collared.pk).state == "OPEN"

    made = published(collared, "3.10", at=clock.now(), **DECREE)
    moved = services.follow_plans(now=clock.now())
    assert (moved, Listing.objects.get(pk=collared.pk).plan_version_id) == (1, made.id)


def test_a_listing_comes_under_no_plan_that_names_none(collared):
    with pytest.raises(BasisDemanded) as refused:
        supply.listed(at=LATER)
    assert refused.value.field == "plan_version_id"
    assert supply.listed(at=LATER, basis=DECREE).book_id == collared.book_id

    bare = factories.RatePlanVersionFactory(provider=collared.provider, component="usage")
    with pytest.raises(BasisDemanded), tenancy.acting_as(collared.provider_id):
        services.change_plans(
            provider_id=collared.provider_id, plans={collared.pk: bare.id}, now=clock.now()
        )
    # Elsewhere nothing is demanded; a gift is free by rule, wherever it is.
    assert supply.listed(chip="A100", region="520000", at=LATER)
    with pytest.raises(BasisDemanded) as refused:
        supply.listed(
            price="0", unit="unit_hour", is_community=True, basis={"source": "x", "clause": ""}
        )
    assert str(BasisGround.COMMUNITY.label) in str(refused.value)


def test_a_version_to_come_that_names_none_is_looked_at_too(collared):
    other = supply.listed(chip="A100", region="520000", basis=DECREE, at=LATER)
    published(other, "9", at=clock.now())
    with pytest.raises(BasisDemanded):
        services.open_listing(
            provider_id=other.provider_id,
            offer=supply.offer(
                cast.resource(other.provider, chip="H100", cards=8).pk, other.plan_version_id
            ),
            now=clock.now(),
        )


def test_no_statement_goes_around_it(collared):
    """The negative control is the same statement that names its document."""
    bare = factories.RatePlanVersionFactory(provider=collared.provider, component="usage")
    named = factories.RatePlanVersionFactory(
        provider=collared.provider, component="usage", basis=DECREE
    )
    moved = Listing.objects.filter(pk=collared.pk)
    with tenancy.acting_as_platform():
        with pytest.raises(DatabaseError, match="names no document"), transaction.atomic():
            moved.update(plan_version_id=bare.id)
        assert moved.update(plan_version_id=named.id) == 1
        version = RatePlanVersion.objects.get(pk=named.id)
        copy = {
            each.attname: getattr(version, each.attname)
            for each in RatePlanVersion._meta.local_concrete_fields
            if not each.generated and each.name not in {"id", "version", "source", "clause"}
        }
        now = clock.now()
        copy |= {"starts_at": now + timedelta(days=8), "published_at": now, "version": 2}
        RatePlanVersion.objects.filter(pk=named.id).update(ends_at=copy["starts_at"])
        with pytest.raises(DatabaseError, match="names no document"), transaction.atomic():
            RatePlanVersion.objects.create(**copy)
        with pytest.raises(DatabaseError, match="permission"), transaction.atomic():
            BasisRule.objects.create(name="basis-0", starts_at=now, grounds=[])


def test_the_database_reads_the_rule_as_the_books_function_does(collared):
    (rule,) = selectors.basis_rules()
    read = basis.BASES.rule(rule.name)
    for community in (None, 1):
        for book, is_collared in ((collared.book_id, True), (None, False)):
            found = basis.grounds_of(
                is_community=community is not None, is_collared=is_collared, accepts_vouchers=True
            )
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT catalog_basis_demanded(%s, %s::smallint, true, %s)",
                    [book, community, clock.now()],
                )
                assert cursor.fetchone() == (read(rule.grounds, found),)
    assert basis.first_of(["VOUCHERS"], [BasisGround.VOUCHERS]) == BasisGround.VOUCHERS


def test_the_rule_is_read_over_the_api_and_named_beside_the_field(collared):
    browser = cast.signed_in(cast.member(collared.provider, Role.PROVIDER))
    (told,) = browser.get("/api/v1/price-basis-rules").json()
    assert (told["name"], told["grounds"]) == ("basis-1", ["COMMUNITY", "COLLAR"])
    page = browser.post(
        f"/supply/plans/{collared.plan_version.plan_id}/version/",
        {
            "key": str(uuid4()),
            "first_day": "",
            "rates": "usage standard_hour 0 3.10",
            "action": "publish",
        },
        headers={"Accept-Language": "en"},
    )
    errors = page.context["main"][-1].form.errors
    assert "name the document that they rest on" in errors["source"][0], errors
