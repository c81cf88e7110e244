"""A market with one of everything, and everyone who may send it requests that make no sense."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from common import tenancy
from identity import models as identity_models
from identity import services as identity
from identity.api.scopes import known_scopes
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.files.models import StoredFile
from identity.models import Organization, User
from identity.webhooks.models import Delivery, Endpoint
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.audit.models import Export
from marketplace.catalog.models import Listing
from marketplace.orders.models import ClearingRound, Order
from marketplace.settlement.models import Contract, TradeRecord
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.models import Application, Programme, Voucher
from metering import models as metering
from pricing.models import Quote, RatePlan, RatePlanVersion
from tests import cast
from tests.catalog import supply
from tests.identity import foreign
from tests.settlement.cast import HOUR, Market

NOBODY: Final = "nobody"
VISITORS: Final = (NOBODY, *(role.value for role in Role))
CSRF: Final = "c" * 32

# What a parameter, or a member of a body, of this name holds.
NAMES: Final[dict[str, tuple[type[Model], str]]] = {
    "agent_id": (identity_models.MeteringAgent, "pk"),
    "application_id": (Application, "pk"),
    "certificate_id": (identity_models.SmeCertificate, "pk"),
    "code": (identity_models.ComputeResource, "identifier"),
    "contract_id": (Contract, "pk"),
    "delivery_id": (Delivery, "pk"),
    "endpoint_id": (Endpoint, "pk"),
    "export_id": (Export, "pk"),
    "file_id": (StoredFile, "pk"),
    "key_id": (identity_models.ApiKey, "pk"),
    "listing_id": (Listing, "pk"),
    "membership_id": (identity_models.Membership, "pk"),
    "meter_id": (metering.Meter, "pk"),
    "order_id": (Order, "pk"),
    "organization_id": (Organization, "pk"),
    "plan_id": (RatePlan, "pk"),
    "plan_version_id": (RatePlanVersion, "pk"),
    "programme_code": (Programme, "code"),
    "programme_id": (Programme, "pk"),
    "quote_id": (Quote, "pk"),
    "resource_id": (identity_models.ComputeResource, "pk"),
    "round_number": (ClearingRound, "number"),
    "rule_version_id": (metering.MeasurementRuleVersion, "pk"),
    "trade_number": (TradeRecord, "number"),
    "usage_id": (metering.UsageRecord, "pk"),
    "voucher_id": (Voucher, "pk"),
    "window_id": (metering.Window, "pk"),
}
ALSO: Final = {
    "buyer": "organization_id",
    "identifier": "code",
    "party": "organization_id",
    "provider": "organization_id",
    "subject": "order_id",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries to say who sends it."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


class World:
    """A market in which something was sold, and the people of each role who took part."""

    def __init__(self) -> None:
        market = Market()
        programme = market.voucher("1000.00")
        sold = market.order(hours=2)
        market.use(sold, "1")
        market.settle()
        market.order(starts_at=timezone.now().replace(microsecond=0) + HOUR)
        supply.quote(market.buyer, market.listing)
        with tenancy.acting_as_platform():
            issuer = self._apply_again(market, programme)
            for owner in (market.provider, market.buyer):
                foreign.an_export(owner)
                foreign.a_certificate(owner)
                foreign.an_api_key(owner)
                foreign.a_file(owner)
                foreign.a_delivery(owner)
                cast.agent(owner)
            self.known = self._known(market)
        desk = cast.organization("Desk")
        places = {Role.PROVIDER: market.provider, Role.BUYER: market.buyer, Role.ISSUER: issuer}
        self.people: dict[str, User] = {
            role.value: cast.member(places.get(role, desk), role) for role in Role
        }

    def _apply_again(self, market: Market, programme: str) -> Organization:
        """Leave an application that waits; return who decides about it."""
        found = Programme.objects.select_related("issuer").get(code=programme)
        vouchers.fund_programme(
            programme_id=found.pk,
            amount_minor=100_00,
            reference="more",
            by=Person(cast.officer(found.issuer, Role.ISSUER).pk, found.issuer_id),
            now=timezone.now(),
        )
        vouchers.apply(
            programme_id=found.pk,
            applicant_id=market.buyer.pk,
            amount_minor=50_00,
            purpose="more",
            applied_by_id=cast.officer(market.buyer, Role.BUYER).pk,
            now=timezone.now(),
        )
        return found.issuer

    def _known(self, market: Market) -> dict[str, list[str]]:
        known = {
            name: [str(value) for value in model._default_manager.values_list(attribute, flat=True)]
            for name, (model, attribute) in NAMES.items()
        }
        account = accounts.buyer_cash(market.buyer.pk)
        transfers = ledger.transfers(account=account)
        known |= {
            "account": [account, accounts.platform_fee()],
            "transfer_id": [str(transfer.id) for transfer in transfers],
        }
        return known | {alias: known[name] for alias, name in ALSO.items()}

    def real(self, name: str) -> list[str]:
        """Return what a parameter or member of this name may really hold."""
        return self.known.get(name) or self.known.get(f"{name}_id") or []

    def session(self, visitor: str) -> dict[str, str]:
        """Return the cookies of a browser in which the visitor is signed in."""
        if visitor == NOBODY:
            return {}
        session = cast.signed_in(self.people[visitor]).cookies["sessionid"].value
        return {"sessionid": session, "csrftoken": CSRF}

    def credentials(self, visitor: str) -> list[Credentials]:
        """Return each way in which the visitor can sign in to the API."""
        if visitor == NOBODY:
            return [Credentials(), Credentials(headers={"Authorization": "Bearer nothing"})]
        return [
            Credentials({"X-CSRFToken": CSRF}, self.session(visitor)),
            Credentials(headers={"Authorization": f"Bearer {self._key(Role(visitor))}"}),
        ]

    def _key(self, role: Role) -> str:
        person, now = self.people[role], timezone.now()
        with tenancy.acting_as_platform():
            issued = identity.create_api_key(
                organization_id=person.memberships.get().organization_id,
                created_by=person.pk,
                name="curious",
                roles=[role],
                scopes=known_scopes(),
                now=now,
                expires_at=now + timedelta(days=1),
            )
        return issued.secret


@contextmanager
def undone_if_done() -> Iterator[list[Any]]:
    """
    Take back what a request did, so that the next one finds the same world.

    The caller puts the status in. What was refused is not taken back: it must not have been done.
    """
    status: list[int] = []
    with transaction.atomic():
        yield status
        if status[0] < 400:
            with connection.cursor() as cursor:  # What a commit would have checked.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is done inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
