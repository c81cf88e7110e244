"""The addresses of the pages of what is quoted, agreed, measured and disputed, with real things."""

from collections.abc import Iterator
from datetime import timedelta

from common import clock, tenancy
from common.moments import Period
from identity.approvals.contracts import Person
from identity.models import ComputeResource, Membership
from identity.rights import services as rights
from identity.rights.models import ErasureRequest
from marketplace.assurance import services as assurance
from marketplace.assurance.dispute_contracts import DisputeSubject
from marketplace.assurance.models import LevelEvaluation, ResourceScore, TradeDispute
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Listing
from marketplace.settlement.models import Contract
from pricing import services as pricing
from pricing.models import Quote
from tests.assurance import levels
from tests.identity import foreign
from tests.portal.visitor import demo

EVERYBODYS = (
    "/market/all-in/", "/market/paths/", "/market/hubs/", "/rules/changes/", "/privacy/kept/",
    "/directory/", "/directory/codes/", "/directory/codes/?q=SP", "/directory/industries/",
)  # fmt: skip


def dealt_pages(role: str) -> Iterator[str]:
    with tenancy.acting_as_platform():
        yield from {
            "nobody": _everybodys,
            "buyer": _buyers,
            "provider": _providers,
            "auditor": _auditors,
            "finance": _clerks,
            "operator": _operators,
        }.get(role, lambda: iter(()))()


def _member(role: str) -> Membership:
    return Membership.objects.select_related("organization").filter(user__email=demo(role))[0]


def _contract() -> Contract:
    """Return what the sample's buyer used last and paid for."""
    mine = Contract.objects.filter(buyer_id=_member("buyer").organization_id, state="SETTLED")
    return mine.filter(gross_minor__gt=100_00).order_by("-ends_at")[0]


def _quote() -> Quote:
    now, buyer = clock.now(), _member("buyer").organization_id
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    return catalog.quote_listing(
        buyer_id=buyer,
        listing_id=Listing.objects.order_by("seq")[0].pk,
        milli=1000,
        period=Period(starts_at, starts_at + timedelta(hours=1)),
        now=now,
    )


def _dispute() -> TradeDispute:
    contract, person = _contract(), _member("buyer")
    return TradeDispute.objects.filter(contract=contract).first() or assurance.open_dispute(
        contract_id=contract.pk,
        subject=DisputeSubject.CHARGE,
        subject_reference="the first hour",
        claim="The cards stood still",
        claimed_minor=1_00,
        by=Person(person.user_id, person.organization_id),
        now=clock.now(),
    )


def _evaluation() -> LevelEvaluation:
    contract = _contract()
    found = LevelEvaluation.objects.filter(contract_number=contract.number).first()
    return found or levels.an_evaluation(contract)


def _scores() -> Iterator[str]:
    assurance.score_resources(now=clock.now())
    score = ResourceScore.objects.order_by("-id")[0]
    yield f"/scores/resources/{score.resource_id}/"
    yield f"/scores/providers/{score.provider_id}/"


def _everybodys() -> Iterator[str]:
    yield from EVERYBODYS
    listing, quote = Listing.objects.order_by("seq")[0], _quote()
    yield f"/market/all-in/?listing={listing.pk}"
    link = pricing.share_quote(quote_id=quote.pk, buyer_id=quote.buyer_id, days=1, now=clock.now())
    yield f"/q/{link.token}/"
    yield f"/proof/quotes/{quote.pk}/?hash={quote.inputs_hash}"


def _buyers() -> Iterator[str]:
    quote, contract, dispute = _quote(), _contract(), _dispute()
    listing = Listing.objects.order_by("seq")[0]
    yield from ("/quotes/", f"/quotes/{quote.pk}/", f"/quotes/{quote.pk}/why/")
    yield from (f"/market/{listing.pk}/quote/", f"/market/{listing.pk}/service-level/")
    yield f"/orders/{contract.order_id}/commitment/"
    yield f"/orders/{contract.order_id}/dispute/"
    yield f"/orders/{contract.order_id}/talk/"
    yield from ("/disputes/", f"/disputes/{dispute.pk}/")
    yield from ("/service-levels/", f"/service-levels/{_evaluation().pk}/")
    yield from _scores()
    yield from ("/profile/data/erasure/", "/deliveries/", "/deliveries/keys/")


def _providers() -> Iterator[str]:
    owner = _member("provider").organization
    resource = ComputeResource.objects.filter(provider=owner).order_by("id")[0]
    yield "/supply/resources/codes/"
    yield f"/supply/resources/{resource.pk}/code/"
    yield from _scores()
    yield from ("/service-levels/", "/service-levels/stops/", "/disputes/", "/deliveries/")
    yield "/orders/messages/"
    driver = foreign.a_driver(owner)
    yield from ("/supply/drivers/", f"/supply/drivers/{driver}/")


def _auditors() -> Iterator[str]:
    yield from ("/disputes/", "/disputes/months/", f"/disputes/{_dispute().pk}/")
    yield from ("/service-levels/", f"/service-levels/{_evaluation().pk}/")
    yield from ("/deliveries/late/", "/ledger/gateway/peers/", "/oversight/reference-prices/")
    yield from ("/oversight/retention/", "/oversight/holds/")


def _clerks() -> Iterator[str]:
    yield from ("/disputes/", f"/disputes/{_dispute().pk}/", "/disputes/months/")


def _operators() -> Iterator[str]:
    dispute, person = _dispute(), _member("buyer")
    yield f"/disputes/{dispute.pk}/"
    mine = ErasureRequest.objects.filter(user_id=person.user_id)
    asked = mine.first() or rights.ask_erasure(
        person_id=person.user_id, words="I left", now=clock.now()
    )
    yield f"/oversight/erasures/{asked.pk}/refuse/"
    yield from ("/directory/new/", "/ledger/gateway/totals/", "/deliveries/late/")
