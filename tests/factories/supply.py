"""Meters and readings, prices, and listings."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import factory

from identity.models import ComputeResource, Organization
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import NewListing
from marketplace.catalog.models import Listing
from metering import selectors as metering_selectors
from metering import services as metering
from metering.contracts import Reading
from metering.models import Meter
from pricing import services as pricing
from pricing.contracts import PublishedVersion
from pricing.models import RatePlan
from tests.factories.base import HOUR, NOW, ServiceFactory
from tests.factories.identity import OrganizationFactory, ResourceFactory


class MeterFactory(ServiceFactory):
    """A meter on eight H100 cards, measured by the hour."""

    class Meta:
        model = Meter

    provider = factory.SubFactory(OrganizationFactory, stem="Provider")
    resource = factory.SubFactory(ResourceFactory, provider=factory.SelfAttribute("..provider"))
    name = "main"
    rule = "accelerator-hours"
    at = NOW

    @classmethod
    def make(
        cls,
        *,
        provider: Organization,
        resource: ComputeResource,
        rule: str,
        at: datetime,
        **facts: Any,
    ) -> Meter:
        return metering.register_meter(
            provider_id=provider.pk,
            resource_id=resource.pk,
            rule_version_id=metering_selectors.rule_version(code=rule).id,
            now=at,
            **facts,
        )


class ReadingFactory(factory.Factory):
    """A reading of one hour, which nobody has taken in yet; each from a card of its own."""

    class Meta:
        model = Reading
        exclude = ("meter", "seconds")

    meter = factory.SubFactory(MeterFactory)
    seconds = 3600
    event_id = factory.Sequence(lambda count: f"e{count + 1}")
    source = factory.LazyAttribute(lambda it: f"urn:card:{it.event_id}")
    meter_id = factory.LazyAttribute(lambda it: it.meter.pk)
    starts_at = NOW
    ends_at = factory.LazyAttribute(lambda it: it.starts_at + timedelta(seconds=it.seconds))
    quantity = Decimal(3600)
    unit = "card-second"
    subject = None


class RatePlanFactory(ServiceFactory):
    class Meta:
        model = RatePlan

    provider = factory.SubFactory(OrganizationFactory, stem="Provider")
    code = factory.Sequence(lambda count: f"plan-{count + 1}")
    name = factory.SelfAttribute("code")
    at = NOW - HOUR

    @classmethod
    def make(cls, *, provider: Organization, at: datetime, **facts: Any) -> RatePlan:
        return pricing.create_plan(provider_id=provider.pk, now=at, **facts)


GIVEN = {"source": "捐赠协议 2026-01", "clause": "第一条"}


class RatePlanVersionFactory(ServiceFactory):
    """One flat price."""

    class Meta:
        model = PublishedVersion
        exclude = ("provider", "price", "unit", "component")

    provider = factory.SubFactory(OrganizationFactory, stem="Provider")
    plan = factory.SubFactory(RatePlanFactory, provider=factory.SelfAttribute("..provider"))
    price = "3.18"
    unit = "standard_hour"
    component = "compute"
    terms = None
    # A rule demands the document and clause of what is given away.
    basis = factory.LazyAttribute(lambda it: GIVEN if it.price == "0" else {})
    components = factory.LazyAttribute(
        lambda it: [
            {
                "code": it.component,
                "unit": it.unit,
                "tiers": [{"from": "0", "unit_price": it.price}],
            }
        ]
    )
    at = NOW - HOUR

    @classmethod
    def make(
        cls,
        *,
        plan: RatePlan,
        components: list[dict[str, Any]],
        terms: dict[str, Any] | None,
        basis: dict[str, str],
        at: datetime,
    ) -> PublishedVersion:
        said = {"components": components} if terms is None else {"terms": terms}
        return pricing.publish_version(
            provider_id=plan.provider_id, plan_id=plan.pk, now=at, **said, **basis
        )


class ListingFactory(ServiceFactory):
    """Eight H100 cards on the market."""

    class Meta:
        model = Listing

    provider = factory.SubFactory(OrganizationFactory, stem="Provider")
    resource = factory.SubFactory(ResourceFactory, provider=factory.SelfAttribute("..provider"))
    version = factory.SubFactory(
        RatePlanVersionFactory, provider=factory.SelfAttribute("..provider")
    )
    rule = "accelerator-hours"
    title = "训练节点"
    available_from = NOW - HOUR
    at = NOW

    @classmethod
    def make(
        cls,
        *,
        provider: Organization,
        resource: ComputeResource,
        version: PublishedVersion,
        rule: str,
        at: datetime,
        **facts: Any,
    ) -> Listing:
        offer = NewListing(
            resource_id=resource.pk,
            plan_version_id=version.id,
            rule_version_id=metering_selectors.rule_version(code=rule).id,
            **facts,
        )
        return catalog.open_listing(provider_id=provider.pk, offer=offer, now=at)


class VcpuListingFactory(ListingFactory):
    """Virtual CPUs on the market, priced by their own hour."""

    resource = factory.SubFactory(
        ResourceFactory, provider=factory.SelfAttribute("..provider"), vcpu=True, cards=64
    )
    version = factory.SubFactory(
        RatePlanVersionFactory,
        provider=factory.SelfAttribute("..provider"),
        price="0.3",
        unit="unit_hour",
    )
    rule = "vcpu-hours"
