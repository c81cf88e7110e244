"""Reads of drivers. Row-level security decides whose."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from common import tenancy
from common.period import Period
from identity.contracts import Actor
from marketplace.catalog import selectors as catalog_selectors
from marketplace.drivers import job_rules, registry
from marketplace.drivers.contracts import CallState, DriverKind, DriverNotFound
from marketplace.drivers.job_contracts import JobNotFound, JobWish
from marketplace.drivers.models import (
    BatchJob,
    DrivenDelivery,
    DriverCall,
    DriverMessage,
    ProviderDriver,
)
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.orders.contracts import OrderWish, Requirement


def drivers_of(provider_id: UUID) -> QuerySet[ProviderDriver]:
    """Return the drivers of a provider, the latest first."""
    found = ProviderDriver.objects.filter(provider_id=provider_id, removed_at__isnull=True)
    return found.select_related("resource").order_by("-id")


def driver_of(driver_id: UUID, *, provider_id: UUID) -> ProviderDriver:
    """
    Return one driver of a provider.

    :raises DriverNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = drivers_of(provider_id).filter(pk=driver_id).first()
    if found is None:
        raise DriverNotFound
    return found


def driven(delivery_id: UUID) -> DrivenDelivery | None:
    """Return how a driver carries out a delivery; none where people do."""
    return DrivenDelivery.objects.filter(delivery_id=delivery_id).first()


def driven_of_order(order_id: UUID) -> DrivenDelivery | None:
    """Return how a driver carries out an order; none where people do."""
    return DrivenDelivery.objects.filter(delivery__order_id=order_id).first()


def job_of(order_id: UUID) -> BatchJob | None:
    """Return what an order runs; none if it runs no job, or is someone else's."""
    return BatchJob.objects.filter(pk=order_id).first()


def job_with_outcome(order_id: UUID) -> BatchJob | None:
    """Return what an order runs, with how it ended (see `jobs_for`); none if it runs no job."""
    return _jobs().filter(pk=order_id).first()


def jobs_for(actor: Actor) -> QuerySet[BatchJob]:
    """
    Return the jobs that an actor may see, the latest first.

    Each bears `delivery_id` and `delivery_state`, none where no driver has it, and how it ended
    by its driver's word or else by its provider's: `exit_code`, `exited_at`, `result_is_at`.
    """
    return _jobs() if actor.spans_tenants else jobs_of(actor.organization_id)


def jobs_of(organization_id: UUID) -> QuerySet[BatchJob]:
    """Return the jobs that an organisation ordered or is to run, the latest first."""
    return _jobs().filter(_party_of(organization_id))


def job_of_party(order_id: UUID, *, organization_id: UUID | None) -> BatchJob:
    """
    Return one job that an organisation ordered or is to run; without one, anybody's.

    :raises JobNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = _jobs().filter(pk=order_id)
    if organization_id is not None:
        found = found.filter(_party_of(organization_id))
    row = found.first()
    if row is None:
        raise JobNotFound
    return row


def wish_again(
    order_id: UUID, *, buyer_id: UUID, key: str, starts_at: datetime, use_vouchers: bool = True
) -> tuple[OrderWish, JobWish]:
    """
    Return what orders a job of a buyer once more: as much, as long, the same listing.

    :raises JobNotFound: if there is none, or it is someone else's
    """
    row = job_of_party(order_id, organization_id=buyer_id)
    if row.buyer_id != buyer_id:
        raise JobNotFound
    order = row.order
    requirement = None
    if order.wanted_listing_id is None:
        book = order.book
        requirement = Requirement(book.resource_class, book.hub, tuple(order.chips))
    wish = OrderWish(
        key=key,
        units_milli=order.units_milli,
        period=Period(starts_at, starts_at + (order.ends_at - order.starts_at)),
        listing_id=order.wanted_listing_id,
        requirement=requirement,
        use_vouchers=use_vouchers,
        project_id=order.project_id,
    )
    return wish, job_rules.job_from(kept_of(row))


def kept_of(row: BatchJob) -> dict[str, Any]:
    """Return what a row runs, as `job_rules.job_from` reads it."""
    return {name: getattr(row, name) for name in job_rules.KEPT}


def log_tail_of(order_id: UUID) -> str:
    """Return the end of what a job wrote, as its driver or its provider told it; may be nothing."""
    said = DriverMessage.objects.filter(delivery__order_id=order_id).exclude(log_tail="")
    told = said.order_by("-id").values_list("log_tail", flat=True).first()
    if told:
        return told
    exits = fulfilment_selectors.exit_steps().filter(delivery__order_id=order_id)
    return exits.values_list("log_tail", flat=True).first() or ""


def kind_for_listing(listing_id: UUID) -> DriverKind:
    """
    Return what kind of driver would carry out an order of a listing; by hand where there is none.

    Everybody may know what can be run there; which program it is and where stays its provider's.
    """
    listing = catalog_selectors.listing(listing_id)
    with tenancy.acting_as_platform():
        found = ProviderDriver.objects.filter(
            Q(resource_id=listing.resource_id) | Q(resource__isnull=True),
            provider_id=listing.provider_id,
            removed_at__isnull=True,
        )
        name = found.order_by(F("resource_id").asc(nulls_last=True)).values_list("kind", flat=True)
        return registry.KINDS.get(name.first() or "", registry.KINDS[registry.MANUAL])


def _jobs() -> QuerySet[BatchJob]:
    said = DrivenDelivery.objects.filter(delivery__order=OuterRef("order_id"))
    # What a driver carries out ends by its word, or by a person's of the provider.
    driven = DrivenDelivery.objects.filter(delivery=OuterRef("delivery"))
    exits = fulfilment_selectors.exit_steps().filter(
        Q(by_id__isnull=False) | ~Exists(driven), delivery__order=OuterRef("order_id")
    )
    return (
        BatchJob.objects.select_related(
            "order", "order__listing", "order__wanted_listing", "order__buyer", "order__provider"
        )
        .annotate(
            delivery_id=Subquery(said.values("delivery_id")[:1]),
            delivery_state=Subquery(said.values("delivery__state")[:1]),
            exit_code=Coalesce(
                Subquery(said.values("exit_code")[:1]), Subquery(exits.values("exit_code")[:1])
            ),
            exited_at=Coalesce(
                Subquery(said.values("exited_at")[:1]), Subquery(exits.values("at")[:1])
            ),
            result_is_at=Subquery(exits.values("result_reference")[:1]),
        )
        .order_by("-order_id")
    )


def _party_of(organization_id: UUID) -> Q:
    return Q(buyer_id=organization_id) | Q(order__provider_id=organization_id)


def calls_of(delivery_id: UUID) -> QuerySet[DriverCall]:
    """Return what a driver was told of a delivery, the earliest first."""
    return DriverCall.objects.filter(delivery_id=delivery_id).order_by("id")


def messages_of(delivery_id: UUID) -> QuerySet[DriverMessage]:
    """Return what a driver said of a delivery, the earliest first."""
    return DriverMessage.objects.filter(delivery_id=delivery_id).order_by("id")


def calls_for(actor: Actor) -> QuerySet[DriverCall]:
    """Return the calls that an actor may see, the latest first."""
    found = DriverCall.objects.select_related("delivery").order_by("-id")
    if actor.spans_tenants:
        return found
    return found.filter(provider_id=actor.organization_id)


def dead_calls(actor: Actor) -> QuerySet[DriverCall]:
    """Return the calls that were given up, the latest first."""
    return calls_for(actor).filter(state=CallState.DEAD)
