"""The addresses of the pages on which people keep what the rooms hold, with real things at them."""

from collections.abc import Iterator

from common import tenancy
from identity.models import ComputeResource, Membership
from marketplace.catalog.models import Listing
from marketplace.vouchers.models import Programme
from metering.models import Meter
from pricing.models import RatePlan
from tests.portal.visitor import demo


def kept_pages(role: str) -> Iterator[str]:
    with tenancy.acting_as_platform():
        yield from {
            "operator": _operators,
            "provider": _providers,
            "buyer": _buyers,
            "nobody": _strangers,
            "issuer": _issuers,
        }.get(role, lambda: iter(()))()


def _own(role: str) -> str:
    return str(Membership.objects.filter(user__email=demo(role))[0].organization_id)


def _strangers() -> Iterator[str]:
    yield f"/market/{Listing.objects.filter(state='OPEN').order_by('id')[0].pk}/"


def _operators() -> Iterator[str]:
    yield "/organizations/"
    yield "/organizations/new/"
    yield f"/organizations/{_own('buyer')}/"
    yield f"/organizations/{_own('buyer')}/suspend/"
    yield f"/organizations/{_own('buyer')}/close/"
    yield f"/organizations/{_own('buyer')}/sso/"
    yield f"/organizations/{_own('buyer')}/sso/new/"
    yield from ("/oversight/recovery/", "/oversight/erasures/", "/oversight/privacy/")
    yield from ("/oversight/incidents/", "/oversight/incidents/new/")
    yield from ("/oversight/windows/", "/certificates/sme/", "/certificates/sme/new/")
    yield from ("/certificates/capacity/", "/certificates/capacity/new/")
    yield from ("/oversight/forms/", "/oversight/forms/new/?of=onboarding")
    yield from ("/rules/measurement/new/?code=accelerator-hours", "/rules/tables/new/?name=hpc")
    yield "/rules/measurement/accelerator-hours/1/last-month/"


def _buyers() -> Iterator[str]:
    yield f"/organizations/{_own('buyer')}/change/"
    yield from ("/forms/", "/forms/onboarding/")
    yield from ("/vouchers/programmes/", "/programmes/eligible/?size=SMALL&region=510116")
    yield from ("/vouchers/batches/", "/vouchers/batches/new/")
    yield from ("/certificates/requests/", "/certificates/requests/new/")
    yield from ("/files/", "/market/hubs/", "/rules/measurement/")
    yield "/rules/measurement/accelerator-hours/1/"
    yield "/rules/measurement/accelerator-hours/1/against/1/"
    yield "/rules/measurement/accelerator-hours/1/last-month/"
    yield from ("/rules/tables/training/1/", "/rules/tables/inference/1/")
    yield f"/organizations/{_own('buyer')}/members/"
    yield f"/organizations/{_own('buyer')}/invitations/"
    yield from ("/profile/data/", "/accounts/sso/")


def _providers() -> Iterator[str]:
    resource = ComputeResource.objects.filter(provider_id=_own("provider")).order_by("id")[0]
    yield "/supply/resources/"
    yield "/supply/resources/new/"
    yield "/supply/resources/import/"
    yield "/supply/metering/import/"
    yield f"/supply/resources/{resource.pk}/"
    yield f"/supply/resources/{resource.pk}/withdraw/"
    yield f"/supply/resources/{resource.pk}/hardware/"
    meter = Meter.objects.filter(provider_id=_own("provider")).order_by("id")[0]
    yield "/supply/meters/"
    yield "/supply/meters/new/"
    yield f"/supply/meters/{meter.pk}/"
    yield f"/supply/meters/{meter.pk}/agent/"
    yield f"/supply/meters/{meter.pk}/live/"
    plan = RatePlan.objects.filter(provider_id=_own("provider")).order_by("id")[0]
    listing = Listing.objects.filter(provider_id=_own("provider")).order_by("seq")[0]
    yield "/supply/plans/"
    yield "/supply/plans/new/"
    yield f"/supply/plans/{plan.pk}/"
    yield f"/supply/plans/{plan.pk}/version/"
    yield f"/supply/plans/{plan.pk}/drafts/"
    yield f"/supply/plans/{plan.pk}/drafts/new/?template=time-of-use"
    yield "/supply/price-groups/"
    yield "/supply/price-groups/new/"
    yield f"/supply/listings/{listing.pk}/change/"
    yield "/supply/agents/"
    yield "/supply/agents/new/"


def _issuers() -> Iterator[str]:
    programme = Programme.objects.filter(issuer_id=_own("issuer")).order_by("code")[0]
    yield "/programmes/new/"
    yield "/programmes/drafts/"
    yield "/programmes/drafts/new/"
    yield f"/programmes/{programme.pk}/rules/"
    yield "/programmes/vouchers/"
