"""Maintenance: announced, taken out of what is sold, begun, ended; whom it concerns is told."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from common import clock, tenancy
from common.period import Period
from identity.contracts import Role
from identity.events.models import RecordedEvent
from marketplace.catalog import selectors as catalog
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import ListingNotFound
from marketplace.fulfilment import maintenance_selectors, services
from marketplace.fulfilment.maintenance_contracts import (
    AnnouncedWork,
    MaintenanceImpact,
    MaintenanceInterrupts,
    MaintenanceInvalid,
    MaintenanceMove,
    MaintenanceMoveRefused,
    MaintenanceNotFound,
    MaintenanceOverlaps,
)
from marketplace.fulfilment.models import MaintainedListing, MaintenanceWork
from tests import cast as people
from tests.catalog import supply
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

DAY = timedelta(days=1)
BEGIN = NOON + 8 * DAY
DOWN, DEGRADED = MaintenanceImpact.DOWN, MaintenanceImpact.DEGRADED


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


class Maintaining(Delivering):
    """A market whose provider announces maintenance."""

    def announce(
        self,
        *,
        at: datetime = NOON,
        starts_at: datetime = BEGIN,
        hours: int = 4,
        impact: MaintenanceImpact = DOWN,
        listing_ids: tuple[UUID, ...] = (),
        interrupts: bool = False,
    ) -> MaintenanceWork:
        work = AnnouncedWork(
            listing_ids=listing_ids or (self.listing.pk,),
            starts_at=starts_at,
            ends_at=starts_at + hours * HOUR,
            impact=impact,
            note="new switches",
            interrupts=interrupts,
        )
        return services.announce_maintenance(provider_id=self.provider.pk, work=work, now=at)

    def move(self, work: MaintenanceWork, move: MaintenanceMove, *, at: datetime):
        return services.move_maintenance(
            work_id=work.pk, provider_id=self.provider.pk, move=move, now=at
        )

    def free(self, *, hours: int = 4, starts_at: datetime = BEGIN) -> list[int]:
        """Return what is free of the listing over a time, piece by piece."""
        listing = catalog.listing(self.listing.pk)
        period = Period(starts_at, starts_at + hours * HOUR)
        return [each.free_milli for each in catalog.free_capacity(listing, period)]


@pytest.fixture
def market(db) -> Maintaining:
    return Maintaining()


def told(organization) -> list[str]:
    with tenancy.acting_as(organization.pk):
        found = RecordedEvent.objects.filter(name__startswith="fulfilment.maintenance.")
        return [each.name.rpartition(".")[2] for each in found.order_by("id")]


def test_what_is_down_is_not_sold_and_comes_back_when_withdrawn(market):
    whole = market.free()
    assert market.announce().is_late is False
    assert market.free() == [0]
    assert market.free(starts_at=BEGIN - 4 * HOUR) == whole
    assert market.order(starts_at=BEGIN + HOUR).refusal_code == "capacity_exhausted"
    work = MaintenanceWork.objects.get()
    with pytest.raises(MaintenanceOverlaps):
        market.announce(starts_at=BEGIN + 3 * HOUR)
    market.move(work, MaintenanceMove.WITHDRAW, at=NOON + DAY)
    assert market.free() == whole
    market.move(work, MaintenanceMove.WITHDRAW, at=NOON + DAY)  # Said again.
    market.announce(at=NOON + DAY + HOUR)


def test_a_week_ahead_is_in_time_and_a_second_less_is_late(market):
    assert market.announce(starts_at=NOON + 7 * DAY).is_late is False
    later = NOON + 30 * DAY
    assert market.announce(at=later - 7 * DAY + HOUR / 3600, starts_at=later).is_late is True


def test_orders_that_hold_the_time_are_named_and_told(market):
    order = market.order(starts_at=BEGIN + HOUR, cards=2)
    with pytest.raises(MaintenanceInterrupts) as refused:
        market.announce()
    assert order.number in str(refused.value)
    assert not MaintenanceWork.objects.exists()
    degraded = market.announce(impact=DEGRADED)  # What goes on in a way asks nobody.
    assert told(market.buyer) == ["announced"]
    assert [each.number for each in maintenance_selectors.concerned_by_work(degraded)] == [
        order.number
    ]
    market.move(degraded, MaintenanceMove.WITHDRAW, at=NOON + HOUR)
    work = market.announce(interrupts=True)
    assert market.free() == [0, 0, 0]  # What the order holds, and all beside it.
    market.move(work, MaintenanceMove.BEGIN, at=BEGIN)
    market.move(work, MaintenanceMove.END, at=BEGIN + 2 * HOUR)
    assert told(market.buyer) == ["announced", "withdrawn", "announced", "begun", "ended"]
    assert told(market.provider) == told(market.buyer)
    assert told(people.organization("Else")) == []
    with tenancy.acting_as(market.buyer.pk):
        assert order.number in str(RecordedEvent.objects.filter(name__endswith="begun").get().facts)


def test_it_begins_in_its_time_and_what_it_lasts_longer_is_measured(market):
    whole = market.free()
    work = market.announce()
    with pytest.raises(MaintenanceMoveRefused, match="has not come"):
        market.move(work, MaintenanceMove.BEGIN, at=BEGIN - HOUR)
    with pytest.raises(MaintenanceMoveRefused):
        market.move(work, MaintenanceMove.END, at=BEGIN)
    with pytest.raises(MaintenanceMoveRefused, match="has passed"):
        market.move(work, MaintenanceMove.BEGIN, at=BEGIN + 4 * HOUR)
    market.move(work, MaintenanceMove.BEGIN, at=BEGIN + HOUR)
    with pytest.raises(MaintenanceMoveRefused):
        market.move(work, MaintenanceMove.WITHDRAW, at=BEGIN + HOUR)
    ended = market.move(work, MaintenanceMove.END, at=BEGIN + 5 * HOUR)
    assert (ended.state, ended.overrun_seconds) == ("OVER", 3600)
    month = Period(NOON, NOON + 30 * DAY)
    excused = maintenance_selectors.excused_times(market.listing.pk, month)
    assert excused == (Period(BEGIN + HOUR, BEGIN + 4 * HOUR),)
    early = market.announce(starts_at=BEGIN + DAY)
    market.move(early, MaintenanceMove.BEGIN, at=BEGIN + DAY)
    over = market.move(early, MaintenanceMove.END, at=BEGIN + DAY + HOUR)
    assert over.overrun_seconds == 0
    assert market.free(starts_at=BEGIN + DAY + HOUR, hours=3) == whole


def test_what_came_back_meanwhile_is_taken_when_it_begins(market):
    order = market.order(starts_at=BEGIN + HOUR)
    work = market.announce(interrupts=True)
    catalog_services.release(order_ids=[order.pk], at=NOON)
    assert max(market.free()) > 0
    market.move(work, MaintenanceMove.BEGIN, at=BEGIN)
    assert set(market.free()) == {0}


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ({"starts_at": NOON - HOUR}, MaintenanceInvalid),
        ({"hours": 0}, MaintenanceInvalid),
        ({"hours": 24 * 32}, MaintenanceInvalid),
        ({"listing_ids": (uuid4(),)}, ListingNotFound),
    ],
)
def test_what_cannot_be_announced(market, wish, refused):
    with pytest.raises(refused):
        market.announce(**wish)


def test_others_neither_announce_nor_move_it(market):
    other = supply.listed()
    with pytest.raises(ListingNotFound):
        market.announce(listing_ids=(other.pk,))
    work = market.announce()
    with pytest.raises(MaintenanceNotFound):
        services.move_maintenance(
            work_id=work.pk,
            provider_id=other.provider_id,
            move=MaintenanceMove.WITHDRAW,
            now=NOON,
        )


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE fulfilment_maintenancework SET is_late = false, starts_at = now()",
        "UPDATE fulfilment_maintenancework SET note = 'other'",
        "UPDATE fulfilment_maintenancework SET state = 'OVER', began_at = starts_at,"
        " ended_at = ends_at, overrun_seconds = 0",
        "UPDATE fulfilment_maintenancework SET state = 'UNDERWAY',"
        " began_at = starts_at - interval '1 day'",
        "UPDATE fulfilment_maintainedlisting SET ends_at = ends_at + interval '1 day'",
        "UPDATE fulfilment_maintainedlisting SET held_as = '{}'",
        "INSERT INTO fulfilment_maintainedlisting SELECT uuidv7(), listing_seq, listing_number,"
        " starts_at, ends_at, is_live, held_as, listing_id, work_id"
        " FROM fulfilment_maintainedlisting",
        "DELETE FROM fulfilment_maintainedlisting",
    ],
)
def test_the_database_keeps_what_was_announced(market, attack):
    market.announce(at=BEGIN - DAY)
    with tenancy.acting_as_platform(), transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
        assert MaintenanceWork.objects.get().is_late
        assert MaintainedListing.objects.count() == 1


def test_a_late_one_cannot_be_written_as_in_time(market):
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        MaintenanceWork.objects.create(
            provider=market.provider,
            impact=DOWN,
            starts_at=NOON + DAY,
            ends_at=NOON + 2 * DAY,
            rule="maintenance-1",
            is_late=False,
            interrupts=False,
            state="ANNOUNCED",
            announced_at=NOON,
        )


def test_a_provider_announces_on_its_page_and_everybody_reads_it(market):
    starts_at = (clock.now() + 9 * DAY).replace(microsecond=0)
    order = market.order(starts_at=starts_at)
    delivery = market.asked(order)
    provider, buyer = signed_in(market.provider, Role.PROVIDER), signed_in(market.buyer, Role.BUYER)
    assert "/supply/maintenance/" in provider.get("/supply/listings/").content.decode()
    address = "/supply/maintenance/new/"
    page = provider.get(address)
    local = "%Y-%m-%dT%H:%M:%S"
    sent = {
        "key": key_of(page),
        "listings": str(market.listing.pk),
        "starts_at": (starts_at + 8 * HOUR).strftime(local),  # The market's time is UTC+8.
        "ends_at": (starts_at + 12 * HOUR).strftime(local),
        "impact": "DOWN",
        "note": "new switches",
    }
    refused = provider.post(address, sent)
    assert refused.status_code == 422
    assert order.number in refused.content.decode()
    sent["interrupts"] = "on"
    preview = provider.post(address, sent)
    assert preview.status_code == 200, preview.content.decode()
    assert not MaintenanceWork.objects.exists()
    assert order.number in preview.content.decode()
    seen = preview.content.decode().split('name="seen" value="')[1].split('"')[0]
    made = provider.post(address, sent | {"seen": seen})
    assert made.status_code == 302
    detail = made["Location"]
    shown = provider.get(detail)
    assert order.number in shown.content.decode()
    early = provider.post(detail, {"key": key_of(shown), "move": "BEGIN"})
    assert early.status_code == 422
    assert "its time has not come" in early.content.decode()
    said = "Maintenance announced from"
    assert said in buyer.get(f"/market/{market.listing.pk}/").content.decode()
    assert said in buyer.get(f"/deliveries/{delivery.pk}/").content.decode()
    assert buyer.get(detail).status_code == 403
    operator = signed_in(people.organization("Desk"), Role.OPERATOR)
    assert market.listing.number in operator.get("/supply/maintenance/").content.decode()
    assert operator.post(detail, {"move": "WITHDRAW"}).status_code == 403
    assert signed_in(people.organization("Else"), Role.PROVIDER).get(detail).status_code == 404
    gone = provider.post(detail, {"key": key_of(shown), "move": "WITHDRAW"})
    assert gone.status_code == 302
    assert said not in buyer.get(f"/market/{market.listing.pk}/").content.decode()


def test_programs_announce_and_move_it(market):
    provider, buyer = signed_in(market.provider, Role.PROVIDER), signed_in(market.buyer, Role.BUYER)
    starts_at = clock.now() + DAY
    body = {
        "listing_ids": [str(market.listing.pk)],
        "impact": "DEGRADED",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + HOUR).isoformat(),
    }

    def post(client, address: str, said: dict, key: str = ""):
        headers = {"Idempotency-Key": key} if key else {}
        return client.post(address, said, content_type="application/json", headers=headers)

    tried = post(provider, "/api/v1/maintenance/preview", body)
    assert (tried.status_code, tried.json()["is_late"]) == (200, True), tried.content
    assert buyer.get("/api/v1/maintenance").json()["results"] == []
    made = post(provider, "/api/v1/maintenance", body, "one")
    assert made.status_code == 201, made.content
    (listed,) = buyer.get("/api/v1/maintenance", {"listing": str(market.listing.pk)}).json()[
        "results"
    ]
    assert listed["listings"][0]["number"] == market.listing.number
    address = f"/api/v1/maintenance/{listed['id']}/moves"
    early = post(provider, address, {"move": "BEGIN"})
    assert (early.status_code, early.json()["code"]) == (409, "maintenance_move_refused")
    assert post(buyer, address, {"move": "WITHDRAW"}).status_code == 403
    gone = post(provider, address, {"move": "WITHDRAW"})
    assert gone.json()["state"] == "WITHDRAWN"
    past = post(provider, "/api/v1/maintenance", body | {"ends_at": body["starts_at"]}, "two")
    assert (past.status_code, past.json()["code"]) == (422, "maintenance_invalid")
