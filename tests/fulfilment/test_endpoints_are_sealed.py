"""Endpoints are sealed, access waits for a key, and a key for an interface has its limits."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from common import clock, tenancy
from common.errors import Refusal
from identity.contracts import ResourceForm, Role
from identity.events.models import RecordedEvent
from marketplace.assurance import desk_selectors as assurance_desk
from marketplace.assurance.desk_contracts import DeskKind
from marketplace.fulfilment import desk_selectors, scoped_keys, selectors, services
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.fulfilment.handover_contracts import (
    HandoverKeyKind,
    RenewalReason,
    ScopedKey,
    ScopedKeyInvalid,
)
from marketplace.fulfilment.models import Handover, HandoverRequest
from tests.fulfilment.cast import HOUR, NOON
from tests.fulfilment.test_access_is_handed_over_once import Handing, run, ssh_line
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

SEALED = "A" * 100
MINUTE = HOUR / 60


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def public(tmp_path_factory) -> str:
    return run("new", str(tmp_path_factory.mktemp("keys") / "key.json")).stdout.strip()


@pytest.fixture
def market(db) -> Handing:
    return Handing()


@pytest.fixture
def interface(db) -> Handing:
    return Handing(resource={"chip": "A100", "cards": 8, "form": ResourceForm.API})


def events(name: str) -> list[dict]:
    with tenancy.acting_as_platform():
        found = RecordedEvent.objects.filter(name=name).order_by("id")
        return list({each.object_id: each.facts for each in found}.values())


def asked_of(delivery) -> dict:
    with tenancy.acting_as_platform():
        return selectors.asked_access([delivery.pk]).get(delivery.pk, {})


def course_of(order):
    with tenancy.acting_as_platform():
        return selectors.courses_of([order.pk])[order.pk]


def want(market, delivery, *, at) -> None:
    services.want_key(delivery_id=delivery.pk, provider_id=market.provider.pk, now=at)


def inserted(changes: str) -> str:
    """Return the statement that hands the first hand-over over again, with changes."""
    return (
        "INSERT INTO fulfilment_handover SELECT (jsonb_populate_record(h,"
        " jsonb_build_object('id', gen_random_uuid(), 'sequence', 2, 'sealed', h.sealed)"
        f" || {changes})).* FROM fulfilment_handover h"
    )


@pytest.mark.parametrize(
    "changes",
    [
        """'{"endpoint": "ssh://gpu7", "format": 1}'""",
        """'{"endpoint": "ssh://gpu7"}'""",
        """'{"format": 2, "has_secret": false, "sealed": null}'""",
        """'{"format": 3}'""",
        """'{"scopes": ["All"]}'""",
        """'{"scopes": "all"}'""",
        """jsonb_build_object('expires_at', h.handed_at + interval '9 days')""",
        """jsonb_build_object('expires_at', h.handed_at)""",
        """jsonb_build_object('former_until', h.handed_at + interval '25 hours')""",
        """jsonb_build_object('request_id', gen_random_uuid())""",
    ],
)
def test_sql_hands_nothing_over_that_was_not_asked_for_so(market, public, changes):
    market.add(public)
    market.hand(market.asked(market.order()), 1, sealed=SEALED, sealed_format=2)
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(inserted(changes))
        cursor.execute(inserted("'{}'"))  # The same without the fault is taken.


def test_sql_asks_for_nothing_sealed_without_a_key(market, public):
    market.add(public)
    market.asked(market.order())
    attack = (
        "INSERT INTO fulfilment_handoverrequest SELECT (jsonb_populate_record(r,"
        " jsonb_build_object('id', gen_random_uuid(), 'sequence', 2, 'sealing_key', '',"
        " 'ssh_keys', '[\"k\"]'::jsonb)"
        " || '{}')).* FROM fulfilment_handoverrequest r"
    )
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="can_be_sealed_to"), transaction.atomic():
            cursor.execute(attack)
        cursor.execute(attack.replace("'{}'", """'{"way": "PLAIN"}'"""))


def test_the_release_before_goes_on_asking_while_the_new_one_comes_up(market):
    """It knows no `way`, and asks with SSH keys alone; its providers answer in the open."""
    delivery = market.asked(market.order())
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fulfilment_handoverrequest"
            " (id, delivery_id, buyer_id, provider_id, sequence, ssh_keys, asked_at)"
            " SELECT gen_random_uuid(), id, buyer_id, provider_id, 1, '[\"k\"]', opened_at"
            " FROM fulfilment_computedelivery"
        )
    market.hand(delivery, 1, endpoint="ssh://gpu7")
    with tenancy.acting_as_platform():
        assert Handover.objects.get().endpoint == "ssh://gpu7"


def test_access_waits_for_a_key_and_the_providers_clock_stands_still(market, public):
    order = market.order(hours=8)
    delivery = market.asked(order)
    market.add(ssh_line(), HandoverKeyKind.SSH)  # Lets nobody in: the endpoint has to be sealed.
    assert asked_of(delivery) == {}
    want(market, delivery, at=NOON)
    want(market, delivery, at=NOON + MINUTE)  # said again, it changes nothing
    assert [each["request"] for each in events("fulfilment.handover.key_wanted")] == [0]
    with tenancy.acting_as_platform():
        assert not desk_selectors.to_make_ready(market.provider.pk, until=NOON + 9 * HOUR)

    market.add(public)  # In one press everything that waits is asked for.
    asked = asked_of(delivery)
    assert (asked["request"], asked["sealing_key"], len(asked["ssh_keys"])) == (1, public, 1)
    assert len(events("fulfilment.handover.asked")) == 1


def test_who_waited_for_a_key_has_the_whole_time_from_then_on(market, public):
    order = market.order(hours=8)
    delivery = market.asked(order)
    ready_by = delivery.ready_by
    want(market, delivery, at=NOON)
    late = NOON + 50 * MINUTE
    services.add_handover_key(
        organization_id=market.buyer.pk,
        kind=HandoverKeyKind.SEAL,
        name="late",
        public_key=public,
        now=late,
    )
    found = market.delivery(order)
    assert (ready_by, found.ready_by) == (NOON + HOUR, late + HOUR)
    assert found.next_at == late + HOUR
    services.advance(now=ready_by + MINUTE)
    assert market.delivery(order).state == "PREPARING"
    with pytest.raises(Refusal, match="nothing was handed over"):
        market.say(order, DeliveryMove.READY, at=late, lets_in=True)
    market.hand(delivery, 1, sealed=SEALED, sealed_format=2, at=late)
    assert market.delivery(order).next_at == late + HOUR
    market.say(order, DeliveryMove.READY, at=late + MINUTE)
    course = course_of(order)
    assert (course.asked_at, course.ready_at) == (late, late + MINUTE)
    services.advance(now=late + 2 * HOUR)
    assert market.delivery(order).state == "RUNNING"


def test_who_names_no_key_is_the_reason_that_nothing_was_delivered(market):
    order = market.order(hours=8)
    delivery = market.asked(order)
    want(market, delivery, at=NOON)
    with pytest.raises(Refusal, match="your time stands still"):
        market.say(order, DeliveryMove.READY, at=NOON)
    services.advance(now=NOON + HOUR)
    found = market.delivery(order)
    assert (found.state, found.reason) == ("FAILED", "access_not_asked")
    assert not course_of(order).is_failed_start
    with tenancy.acting_as_platform():
        assert selectors.never_delivered([order.pk]) == {}
    with pytest.raises(Refusal, match="named a key already"):
        want(market, delivery, at=NOON + HOUR)


@pytest.mark.parametrize(
    "attack",
    [
        "ready_by = ready_by + interval '1 hour'",
        "ready_by = ready_by - interval '1 hour'",
        "state = 'FAILED', reason = 'access_not_asked', next_at = NULL",
    ],
)
def test_sql_moves_no_clock_that_waits_for_no_key(market, attack):
    market.asked(market.order())
    with (
        pytest.raises(DatabaseError, match=r"cannot become|named a key"),
        transaction.atomic(),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE fulfilment_computedelivery SET {attack}")


def test_both_sides_see_that_a_key_is_missing_and_one_press_mends_it(market, public):
    order = market.order()
    delivery = market.asked(order)
    address = f"/deliveries/{delivery.pk}/access/"
    buyer, provider = signed_in(market.buyer, Role.BUYER), signed_in(market.provider, Role.PROVIDER)
    for seen in (f"/deliveries/{delivery.pk}/", f"/orders/{order.pk}/", address):
        assert "You have named no key yet" in buyer.get(seen).content.decode()
    page = provider.get(address)
    assert "I wait for a key" in page.content.decode()
    assert provider.post(address, {"key": key_of(page), "act": "want"}).status_code == 302
    assert "your time stands still" in provider.get(address).content.decode()
    page = buyer.get(address)
    told = page.content.decode()
    assert "The provider waits for your key since" in told
    assert "data-send" in told
    sent = {"key": key_of(page), "act": "make", "public_key": "AAAA"}
    assert "32 bytes in base64" in buyer.post(address, sent).content.decode()
    assert buyer.post(address, sent | {"public_key": public}).status_code == 302
    assert "You have named no key" not in buyer.get(f"/orders/{order.pk}/").content.decode()
    assert f'data-seal="{public}"' in provider.get(address).content.decode()
    waiting = f"/api/v1/deliveries/{delivery.pk}/key-waiting"
    refused = provider.post(waiting, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "handover_key_not_missing")


def test_a_key_for_an_interface_says_what_it_may_and_ends_with_its_order(interface, public):
    interface.add(public)
    order = interface.order(hours=8)
    delivery = interface.asked(order)
    key = ScopedKey(("chat", "embed:read"), None, 600, "x9Qz")
    made = interface.hand(delivery, 1, sealed=SEALED, sealed_format=2, key=key)
    assert interface.hand(delivery, 1, sealed=SEALED, sealed_format=2, key=key).pk == made.pk
    assert (made.expires_at, made.tell_at) == (delivery.ends_at, None)

    buyer = signed_in(interface.buyer, Role.BUYER)
    provider = signed_in(interface.provider, Role.PROVIDER)
    for reader in (buyer, provider):
        page = reader.get(f"/deliveries/{delivery.pk}/access/").content.decode()
        for told in ("…x9Qz", "chat, embed:read", "600"):
            assert told in page
        (said,) = reader.get(f"/api/v1/deliveries/{delivery.pk}/access").json()["handovers"]
        assert (said["scopes"], said["requests_a_minute"], said["key_hint"]) == (
            ["chat", "embed:read"],
            600,
            "x9Qz",
        )
    assert "Access is handed over" in buyer.get("/deliveries/").content.decode()
    interface.say(order, DeliveryMove.READY, at=NOON)
    interface.say(order, DeliveryMove.EXIT, at=NOON + HOUR, reason="job_done")
    assert "Access is handed over" not in buyer.get("/deliveries/").content.decode()
    page = buyer.get(f"/deliveries/{delivery.pk}/access/").content.decode()
    assert "has yet to say that it is revoked" in page
    interface.say(order, DeliveryMove.WIPE, at=NOON + HOUR)
    page = buyer.get(f"/deliveries/{delivery.pk}/access/").content.decode()
    assert "revoked, as the provider said" in page


LIMITS = {"leaves_at": NOON + HOUR, "latest": NOON + 25 * HOUR, "now": NOON, "is_leaked": False}


@pytest.mark.parametrize(
    ("key", "field"),
    [
        (ScopedKey(tuple(f"s{n}" for n in range(17))), "scopes"),
        (ScopedKey(("Chat",)), "scopes"),
        (ScopedKey(("a b",)), "scopes"),
        (ScopedKey(("聊天",)), "scopes"),
        (ScopedKey(("a" * 41,)), "scopes"),
        (ScopedKey(expires_at=NOON), "expires_at"),
        (ScopedKey(expires_at=NOON + 26 * HOUR), "expires_at"),
        (ScopedKey(requests_a_minute=0), "requests_a_minute"),
        (ScopedKey(requests_a_minute=1_000_001), "requests_a_minute"),
        (ScopedKey(hint="abc"), "hint"),
        (ScopedKey(hint="a\u200bbc"), "hint"),
        (ScopedKey(former_until=NOON - MINUTE), "former_until"),
        (ScopedKey(former_until=NOON + 25 * HOUR), "former_until"),
    ],
)
def test_what_cannot_be_said_of_a_key_is_refused(key, field):
    with pytest.raises(ScopedKeyInvalid) as refusal:
        scoped_keys.checked(key, **LIMITS)
    assert refusal.value.field == field


def test_a_key_that_somebody_else_knows_ends_at_once_and_one_of_no_interface_is_refused(
    market, interface, public
):
    interface.add(public)
    order = interface.order(hours=8)
    delivery = interface.asked(order)
    interface.hand(delivery, 1, sealed=SEALED, sealed_format=2)
    interface.say(order, DeliveryMove.READY, at=NOON)
    interface.ask(delivery, reason=RenewalReason.LEAKED)
    assert asked_of(delivery)["reason"] == "leaked"
    (waits,) = assurance_desk.provider_desk(interface.provider.pk, now=NOON)
    assert (waits.kind, waits.due_at) == (DeskKind.RENEW_ACCESS, NOON + HOUR)
    with tenancy.acting_as(interface.provider.pk):
        assert assurance_desk.desk_count(interface.provider.pk, now=NOON) == 1
    overlap = ScopedKey(former_until=NOON + HOUR)
    with pytest.raises(ScopedKeyInvalid, match="ends at once"):
        interface.hand(delivery, 2, sealed="B" * 100, sealed_format=2, key=overlap)
    interface.hand(delivery, 2, sealed="B" * 100, sealed_format=2)
    assert not assurance_desk.provider_desk(interface.provider.pk, now=NOON)
    interface.ask(delivery, reason=RenewalReason.ROUTINE)
    made = interface.hand(delivery, 3, sealed="C" * 100, sealed_format=2, key=overlap)
    assert made.former_until == NOON + HOUR
    page = signed_in(interface.buyer, Role.BUYER).get(f"/deliveries/{delivery.pk}/access/")
    assert "The former key counts until" in page.content.decode()

    market.add(public)
    other = market.asked(market.order())
    with pytest.raises(ScopedKeyInvalid, match="not sold as an interface"):
        market.hand(other, 1, sealed=SEALED, sealed_format=2, key=ScopedKey())


def test_that_a_key_expires_is_told_ahead_and_once(interface, public):
    interface.add(public)
    delivery = interface.asked(interface.order(hours=8))
    key = ScopedKey(expires_at=NOON + 4 * HOUR)
    made = interface.hand(delivery, 1, sealed=SEALED, sealed_format=2, key=key)
    assert made.tell_at == NOON + 2 * HOUR
    assert services.tell_expiring(now=NOON + 2 * HOUR - timedelta(seconds=1)) == 0
    assert services.tell_expiring(now=NOON + 2 * HOUR) == 1
    assert services.tell_expiring(now=NOON + 3 * HOUR) == 0
    (told,) = events("fulfilment.handover.expiring")
    assert told["expires_at"] == (NOON + 4 * HOUR).isoformat()
    interface.ask(delivery)
    interface.hand(delivery, 2, sealed="B" * 100, sealed_format=2, key=key)
    interface.ask(delivery)  # What is replaced is not told of.
    assert services.tell_expiring(now=NOON + 3 * HOUR) == 1
    other = interface.order(hours=8)
    interface.hand(interface.asked(other), 1, sealed=SEALED, sealed_format=2, key=key)
    services.shorten(order_id=other.pk, leaves_at=NOON + 4 * HOUR)  # Its order ends first.
    assert services.tell_expiring(now=NOON + 2 * HOUR) == 1
    assert len(events("fulfilment.handover.expiring")) == 1


def test_what_is_handed_over_again_after_its_time_changes_nothing(interface, public):
    """Its order ends earlier meanwhile, and the time is over in which the former key counts."""
    interface.add(public)
    order = interface.order(hours=8)
    delivery = interface.asked(order)
    key = ScopedKey(former_until=NOON + HOUR)
    said = {"sealed": SEALED, "sealed_format": 2, "key": key}
    made = interface.hand(delivery, 1, **said)
    interface.take(delivery)
    services.shorten(order_id=order.pk, leaves_at=NOON + 4 * HOUR)
    again = interface.hand(delivery, 1, at=NOON + 2 * HOUR, **said)
    assert (again.pk, again.taken_at) == (made.pk, NOON)


def test_a_provider_says_it_of_a_key_on_its_page_and_by_the_api(interface, public, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    interface.add(public)
    delivery = interface.asked(interface.order(hours=8))
    address = f"/deliveries/{delivery.pk}/access/"
    provider = signed_in(interface.provider, Role.PROVIDER)
    page = provider.get(address)
    assert "data-hint" in page.content.decode()
    assert "until the data is to be wiped, and no longer" in page.content.decode()
    sent = {"key": key_of(page), "act": "hand", "request": "1", "sealed": SEALED, "kind": "HTTPS"}
    refused = provider.post(address, sent | {"scopes": "Chat", "key_hint": "abcd"})
    assert refused.status_code == 422
    assert "begins with a letter" in refused.content.decode()
    said = {"scopes": "chat embed", "key_hint": "abcd", "requests_a_minute": "60"}
    assert provider.post(address, sent | said).status_code == 302
    with tenancy.acting_as_platform():
        made = Handover.objects.get()
        assert HandoverRequest.objects.count() == 1
    assert (made.scopes, made.key_hint, made.kind) == (["chat", "embed"], "abcd", "HTTPS")
    key = {"scopes": ["chat"], "requests_a_minute": 5, "hint": "wxyz"}
    body = {"request": 1, "format": 2, "kind": "HTTPS", "sealed": "B" * 100, "key": key}
    handed = provider.post(
        f"/api/v1/deliveries/{delivery.pk}/handovers", body, content_type="application/json"
    )
    assert (handed.status_code, handed.json()["key_hint"]) == (201, "wxyz")
