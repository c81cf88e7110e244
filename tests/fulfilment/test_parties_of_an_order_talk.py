"""The conversation about an order: who writes, who reads, what is asked and agreed on."""

import html
import re
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, connections, transaction
from django.utils import translation

from common import clock, tenancy
from common.errors import NotFound, Refusal
from common.period import Period
from identity.contracts import Role
from identity.events.models import RecordedEvent
from identity.files import services as files
from identity.files.contracts import FileTypeRefused
from marketplace.fulfilment import desk_selectors, services, talk_selectors
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.fulfilment.models import DeliveryChange, DeliveryMessage, TalkRead
from marketplace.fulfilment.services import talking
from marketplace.fulfilment.talk_contracts import (
    ANSWERED_WITHIN,
    ATTACHMENTS_MAX,
    BODY_LENGTH_MAX,
    ChangeVerdict,
    DeliveryChangeKind,
)
from marketplace.orders import services as orders
from marketplace.orders.contracts import OrderNotFound, OrderWish, Requirement
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement
from tests import cast as people
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in
from tests.settlement.cast import Market

DAY = timedelta(days=1)
EARLY = NOON - HOUR / 60  # after it was asked for, before it begins
KINDS, VERDICTS = DeliveryChangeKind, ChangeVerdict


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


class Talking(Delivering):
    """A market in which the two parties of an order talk."""

    cards = 1

    def __init__(self) -> None:
        super().__init__()
        self.sold = self.order(hours=4, cards=self.cards)
        self.delivery_asked = self.asked(self.sold)
        self.persons = {
            "buyer": people.member(self.buyer, Role.BUYER),
            "provider": people.member(self.provider, Role.PROVIDER),
        }

    def facts(self, who: str, at) -> dict:
        return {
            "order_id": self.sold.pk,
            "organization_id": getattr(self, who).pk,
            "by_id": self.persons[who].pk,
            "now": at,
        }

    def write(self, who: str, body: str = "hello", *, at=EARLY, **more) -> DeliveryMessage:
        return services.write_message(body=body, **self.facts(who, at), **more)

    def ask_for(self, who: str, kind: str, *, at=EARLY, **said) -> DeliveryChange:
        return services.ask_change(kind=KINDS(kind), **self.facts(who, at), **said)

    def answer(self, who: str, change, verdict: str, *, at=EARLY, reason="") -> DeliveryChange:
        facts = self.facts(who, at) | {"change_id": change.pk, "reason": reason}
        return settlement.answer_order_change(verdict=VERDICTS(verdict), **facts)

    def unread(self, who: str, sequence: int = 0) -> int:
        facts = self.facts(who, EARLY)
        del facts["by_id"]
        return services.read_messages(sequence=sequence, **facts).unread

    def file(self, who: str, name: str = "plan.txt", content: bytes = b"hello"):
        owner = getattr(self, who).pk
        with tenancy.acting_as(owner):
            return files.store(
                organization_id=owner,
                person_id=self.persons[who].pk,
                name=name,
                content=content,
                now=EARLY,
            )


@pytest.fixture
def market(db) -> Talking:
    return Talking()


def test_messages_are_in_order_and_counted_until_read(market):
    market.write("buyer", "one")
    market.write("buyer", " two\nlines ")
    assert market.unread("provider") == 2
    assert market.unread("buyer") == 0
    assert market.unread("provider", 1) == 1
    assert market.unread("provider", 0) == 1  # what was read stays read
    market.write("provider", "three")  # who writes has read
    assert market.unread("provider") == 0
    assert market.unread("buyer", 99) == 0  # what is to come is not read yet
    market.write("provider", "four")
    assert market.unread("buyer") == 1
    with tenancy.acting_as_platform():
        found = list(DeliveryMessage.objects.order_by("sequence").values_list("sequence", "body"))
    assert found == [(1, "one"), (2, "two\nlines"), (3, "three"), (4, "four")]


def test_what_says_nothing_or_too_much_is_refused(market):
    for body, code in ((" \n", "empty"), ("算" * (BODY_LENGTH_MAX + 1), "too_long")):
        with pytest.raises(Refusal) as refused:
            market.write("buyer", body)
        assert refused.value.code == f"delivery_message_{code}"
    assert market.write("buyer", "算" * BODY_LENGTH_MAX).sequence == 1


def test_only_the_two_parties_write_read_and_ask(market):
    other = people.organization("Other")
    facts = market.facts("buyer", EARLY) | {"organization_id": other.pk}
    with pytest.raises(OrderNotFound):
        services.write_message(body="hello", **facts)
    with pytest.raises(OrderNotFound):
        services.ask_change(kind=KINDS.MOVE, words="later", **facts)
    market.write("buyer")
    market.ask_for("buyer", "MOVE", words="later")
    for tenant, seen in ((market.provider.pk, 1), (market.buyer.pk, 1), (other.pk, 0)):
        with transaction.atomic(), tenancy.acting_as(tenant):
            assert DeliveryMessage.objects.count() == seen
            assert TalkRead.objects.count() == seen
            assert DeliveryChange.objects.count() == seen


def test_a_file_stays_with_its_message_and_only_the_parties_see_it(market):
    kept = market.file("buyer", "../../run me.exe")
    made = market.write("buyer", file_ids=[kept.pk])
    assert made.attachments[0]["name"].endswith(".txt")
    assert "/" not in made.attachments[0]["name"]
    address = f"/api/v1/files/{kept.pk}/content"
    given = signed_in(market.provider, Role.PROVIDER).get(address)
    assert b"".join(given.streaming_content) == b"hello"
    for name, role in (("Other", Role.PROVIDER), ("Desk", Role.OPERATOR)):
        assert signed_in(people.organization(name), role).get(address).status_code == 404
    with pytest.raises(Refusal, match="part of a record"), tenancy.acting_as(market.buyer.pk):
        files.remove(
            organization_id=market.buyer.pk,
            file_id=kept.pk,
            person_id=market.persons["buyer"].pk,
            now=EARLY,
        )


def test_files_of_others_too_many_and_too_large_are_refused(market, monkeypatch):
    monkeypatch.setattr(talking, "ATTACHMENTS_BYTES_MAX", 9)
    two = [market.file("buyer").pk, market.file("buyer").pk]
    with pytest.raises(Refusal, match="10\xa0bytes in all") as large:
        market.write("buyer", file_ids=two)
    assert large.value.code == "delivery_attachments_too_large"
    market.write("buyer", file_ids=two[:1])
    theirs = market.file("provider")
    with pytest.raises(NotFound):
        market.write("buyer", file_ids=[theirs.pk])
    with pytest.raises(Refusal, match="at most 5 files"):
        market.write("buyer", file_ids=[UUID(int=n) for n in range(ATTACHMENTS_MAX + 1)])
    with pytest.raises(FileTypeRefused):
        market.file("buyer", "page.txt", b"<html><script>1</script>")


def test_a_request_is_agreed_to_once_and_nothing_is_done_by_it(market):
    before = market.delivery_asked.leaves_at
    asked = market.ask_for("buyer", "END", moment=NOON + HOUR)
    with pytest.raises(Refusal, match="only the other side"):
        market.answer("buyer", asked, "ACCEPT")
    agreed = market.answer("provider", asked, "ACCEPT")
    assert market.answer("provider", asked, "ACCEPT").closed_at == agreed.closed_at
    with pytest.raises(Refusal, match="it is closed"):
        market.answer("provider", asked, "REFUSE", reason="no")
    assert market.delivery(market.sold).leaves_at == before
    with tenancy.acting_as_platform():
        said = RecordedEvent.objects.filter(name__startswith="fulfilment.change.")
        told = {(each.name.rpartition(".")[2], each.facts["told"]) for each in said}
    assert sorted(told) == [("accepted", "BUYER"), ("asked", "PROVIDER")]


def test_a_refusal_has_a_reason_and_the_maker_withdraws(market):
    asked = market.ask_for("provider", "MOVE", words="another machine")
    with pytest.raises(Refusal, match="Say why"):
        market.answer("buyer", asked, "REFUSE", reason=" ")
    assert market.answer("buyer", asked, "REFUSE", reason="too slow").answer == "too slow"
    again = market.ask_for("provider", "MOVE", words="a faster one")
    facts = {"change_id": again.pk}
    with pytest.raises(Refusal, match="the side that asked"):
        services.withdraw_change(**market.facts("buyer", EARLY), **facts)
    services.withdraw_change(**market.facts("provider", EARLY), **facts)
    assert services.withdraw_change(**market.facts("provider", EARLY), **facts).state == "WITHDRAWN"
    with pytest.raises(Refusal, match="it is closed"):
        market.answer("buyer", again, "ACCEPT")


@pytest.mark.parametrize(
    ("kind", "hours", "words", "why"),
    [
        ("EXTEND", None, "", "name a moment"),
        ("EXTEND", 4, "", "until then already"),
        ("END", 4, "", "between now and the end"),
        ("END", -9, "", "between now and the end"),
        ("SHRINK", 1, " ", "how much it is"),
        ("MOVE", None, "", "what is to change"),
        ("MOVE", 1, "", "what is to change"),
        ("MOVE", 1, "later", "what is to move"),
    ],
)
def test_what_cannot_be_is_not_asked_for(market, kind, hours, words, why):
    moment = None if hours is None else NOON + hours * HOUR
    with pytest.raises(Refusal, match=why) as refused:
        market.ask_for("buyer", kind, moment=moment, words=words)
    assert refused.value.code == "delivery_change_invalid"


def test_one_of_a_kind_waits_and_it_expires(market):
    asked = market.ask_for("buyer", "END", moment=NOON + HOUR)
    assert asked.expires_at == NOON + HOUR  # never past what it is about
    assert asked.expires_at - EARLY < ANSWERED_WITHIN
    with pytest.raises(Refusal) as refused:
        market.ask_for("provider", "END", moment=NOON + HOUR)
    assert refused.value.code == "delivery_change_open"
    market.ask_for("provider", "EXTEND", moment=NOON + 9 * HOUR)
    with pytest.raises(Refusal, match="not answered in time"):
        market.answer("provider", asked, "ACCEPT", at=NOON + HOUR)
    assert services.expire_changes(now=NOON + HOUR - timedelta(seconds=1)) == 0
    assert services.expire_changes(now=NOON + HOUR) == 1
    assert services.expire_changes(now=NOON + HOUR) == 0
    assert market.ask_for("buyer", "END", at=NOON + HOUR, moment=NOON + 2 * HOUR).sequence == 3


def test_what_is_over_takes_no_request_but_still_messages(market):
    asked = market.ask_for("buyer", "MOVE", words="later")
    market.say(market.sold, DeliveryMove.FAIL, at=EARLY, reason="declined")
    with pytest.raises(Refusal, match="the order is over"):
        market.answer("provider", asked, "ACCEPT")
    with pytest.raises(Refusal, match="not running"):
        market.ask_for("buyer", "MOVE", words="half")
    assert market.write("buyer", "Why?").sequence == 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE fulfilment_deliverymessage SET body = 'other'",
        "DELETE FROM fulfilment_deliverymessage",
        "DELETE FROM fulfilment_deliverychange",
        "DELETE FROM fulfilment_talkread",
        "UPDATE fulfilment_talkread SET sequence = 0",
        "UPDATE fulfilment_talkread SET side = 'PROVIDER'",
        "UPDATE fulfilment_deliverychange SET words = 'other'",
        "UPDATE fulfilment_deliverychange SET moment = now()",
        "UPDATE fulfilment_deliverychange SET state = 'OPEN', answer = '', closed_at = NULL,"
        " closed_by_id = NULL",
        "UPDATE fulfilment_deliverychange SET answer = 'other'",
        "INSERT INTO fulfilment_deliverymessage (id, order_id, buyer_id, provider_id, sequence,"
        " side, body, attachments, sent_at, sent_by_id) SELECT gen_random_uuid(), order_id,"
        " buyer_id, provider_id, 2, side, '', attachments, sent_at, sent_by_id"
        " FROM fulfilment_deliverymessage",
        "INSERT INTO fulfilment_deliverymessage (id, order_id, buyer_id, provider_id, sequence,"
        " side, body, attachments, sent_at, sent_by_id) SELECT gen_random_uuid(), order_id,"
        " buyer_id, provider_id, 1, side, 'other', attachments, sent_at, sent_by_id"
        " FROM fulfilment_deliverymessage",
    ],
)
def test_the_database_keeps_what_was_said(market, attack):
    market.write("buyer")
    market.answer("provider", market.ask_for("buyer", "MOVE", words="x"), "REFUSE", reason="no")
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_party_cannot_write_past_the_services(market):
    made = market.write("buyer")
    made.pk, made.sequence, made.side = UUID(int=1), 2, "PROVIDER"
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        tenancy.acting_as(market.buyer.pk),
    ):
        made.save(force_insert=True)


@pytest.mark.slow
def test_of_two_that_ask_at_once_one_is_refused(fresh_database):
    market = Talking()
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def ask(who: str) -> None:
        try:
            gate.wait()
            market.ask_for(who, "EXTEND", moment=NOON + 9 * HOUR)
            outcomes.append("asked")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(who,)) for who in ("buyer", "provider")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["asked", "delivery_change_open"]


# --- Pages and programs ------------------------------------------------------------------------
@pytest.fixture
def early(monkeypatch):
    """Let pages and programs act while the delivery is asked for."""
    monkeypatch.setattr(clock, "now", lambda: EARLY)


def test_the_parties_talk_on_the_page(market, early):
    address = f"/orders/{market.sold.pk}/talk/"
    buyer = signed_in(market.buyer, Role.BUYER)
    provider = signed_in(market.provider, Role.PROVIDER)
    page = buyer.get(address)
    assert "Nobody has written yet" in page.content.decode()
    sent = {"key": key_of(page), "talk": "write", "about": "", "body": "<b>Hi</b>\nthere"}
    assert buyer.post(address, sent | {"body": ""}).status_code == 422
    script = SimpleUploadedFile("a.txt", b"#!/bin/sh\nrm")
    refused = buyer.post(address, sent | {"file": script})
    assert refused.status_code == 422
    assert "none of these" in refused.content.decode()
    program = SimpleUploadedFile("t.exe", b"hello")
    refused = buyer.post(address, sent | {"file": program})
    assert refused.status_code == 422
    assert "files that end with .exe can be run" in refused.content.decode()
    six = [SimpleUploadedFile(f"{n}.txt", b"hello") for n in range(6)]
    refused = buyer.post(address, sent | {"file": six})
    assert "at most 5 files; these are 6" in refused.content.decode()
    assert 'type="file"' in refused.content.decode()
    assert " multiple" in refused.content.decode()
    plan = [SimpleUploadedFile(name, b"hello") for name in ("plan.txt", "more.md")]
    assert buyer.post(address, sent | {"file": plan}).status_code == 302
    assert buyer.post(address, sent).status_code == 302  # sent twice is sent once
    front = provider.get(f"/deliveries/{market.delivery_asked.pk}/").content.decode()
    assert "Conversation (1 unread)" in front
    seen = provider.get(address)
    told = seen.content.decode()
    assert "&lt;b&gt;Hi&lt;/b&gt;<br>there" in told
    assert "plan.txt" in told
    assert "more.md" in told
    read = {"key": key_of(seen), "talk": "read", "about": "1"}
    assert provider.post(address, read).status_code == 302
    assert "Mark as read" in told
    assert "Mark as read" not in provider.get(address).content.decode()


def test_a_change_is_asked_and_answered_on_the_page(market, early):
    address = f"/orders/{market.sold.pk}/talk/"
    buyer = signed_in(market.buyer, Role.BUYER)
    provider = signed_in(market.provider, Role.PROVIDER)
    asked = {"key": key_of(buyer.get(address)), "talk": "ask-change", "kind": "MOVE", "about": ""}
    wrong = buyer.post(address, asked)
    assert wrong.status_code == 422
    assert "say in words what is to change" in wrong.content.decode()
    assert buyer.post(address, asked | {"words": "tomorrow"}).status_code == 302
    assert "Withdraw it" in buyer.get(address).content.decode()
    seen = provider.get(address)
    assert "The buyer asks: Another time or resource" in seen.content.decode()
    with tenancy.acting_as_platform():
        change = DeliveryChange.objects.get()
    answer = {"key": key_of(seen), "talk": "answer", "about": str(change.pk), "verdict": "REFUSE"}
    without = provider.post(address, answer)
    assert without.status_code == 422
    assert "Say why you refuse it." in without.content.decode()
    assert provider.post(address, answer | {"verdict": "ACCEPT"}).status_code == 302
    second_tab = {"key": key_of(provider.get(address)), "talk": "answer", "about": str(change.pk)}
    late = provider.post(address, second_tab | {"verdict": "ACCEPT"}, follow=True)
    assert "Somebody was faster: this waits no longer." in late.content.decode()
    page = buyer.get(address).content.decode()
    assert "Agreed on" in page
    assert "Nothing moves by itself." in page


def test_a_moment_is_typed_on_the_clock_of_the_market(market, early):
    """From 20:00 until midnight there (UTC+8); 23:30 is no extension, 01:30 is."""
    address = f"/orders/{market.sold.pk}/talk/"
    buyer = signed_in(market.buyer, Role.BUYER)
    page = buyer.get(address)
    assert "Time of day in UTC+8." in page.content.decode()
    asked = {"key": key_of(page), "talk": "ask-change", "kind": "EXTEND", "about": ""}
    assert buyer.post(address, asked | {"moment": "2026-11-20T23:30:00"}).status_code == 422
    assert buyer.post(address, asked | {"moment": "2026-11-21T01:30:00"}).status_code == 302
    with tenancy.acting_as_platform():
        assert DeliveryChange.objects.get().moment == NOON + 5.5 * HOUR
        asked = DeliveryChange.objects.get()
    shown = buyer.get(address).content.decode()
    assert "2026-11-21 01:30 (UTC+8)" in shown
    assert "Order the extension" not in shown

    # Agreed on, the way to its order is filled in: from its end on, for an hour and a half.
    market.answer("provider", asked, "ACCEPT", at=EARLY)
    page = buyer.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Order the extension" in page
    way = html.unescape(re.search(r'href="([^"]*extend=1[^"]*)"', page)[1])
    form = buyer.get(way).context["form"]
    assert (form["length"].value(), form["length_unit"].value()) == (90, "minute")
    assert form["starts_at"].value() == "2026-11-21T00:00:00"
    provider = signed_in(market.provider, Role.PROVIDER)
    assert "Order the extension" not in provider.get(address).content.decode()


def test_earlier_messages_are_a_page_of_their_own(market, early):
    for number in range(52):
        market.write("buyer", f"message {number}.")
    address = f"/orders/{market.sold.pk}/talk/"
    buyer = signed_in(market.buyer, Role.BUYER)
    latest = buyer.get(address).content.decode()
    assert "message 1." not in latest
    assert "?before=3" in latest
    earlier = buyer.get(f"{address}?before=3").content.decode()
    assert "message 1." in earlier
    assert "Earlier messages" not in earlier


def test_nobody_else_opens_the_conversation(market, early):
    address = f"/orders/{market.sold.pk}/talk/"
    other = signed_in(people.organization("Other"), Role.PROVIDER)
    desk = signed_in(people.organization("Desk"), Role.OPERATOR)
    assert other.get(address).status_code == 404
    assert desk.get(address).status_code == 403
    assert desk.get(f"/api/v1/deliveries/{market.delivery_asked.pk}/messages").status_code == 403


def test_programs_talk_over_the_api(market, early):
    buyer = signed_in(market.buyer, Role.BUYER)
    provider = signed_in(market.provider, Role.PROVIDER)
    base = f"/api/v1/orders/{market.sold.pk}"

    def post(who, path: str, body: dict, key: str):
        return who.post(
            f"{base}/{path}",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    kept = market.file("buyer")
    said = {"body": "one\ntwo", "file_ids": [str(kept.pk)]}
    first = post(buyer, "messages", said, "a")
    assert first.status_code == 201
    assert post(buyer, "messages", said, "a").json() == first.json()
    assert post(buyer, "messages", {"body": "x", "other": 1}, "b").status_code == 400
    post(buyer, "messages", {"body": "three"}, "c")
    page = provider.get(f"{base}/messages?page_size=1").json()
    assert [each["sequence"] for each in page["results"]] == [2]
    onward = provider.get(page["next"]).json()
    assert onward["results"][0]["attachments"][0]["file_id"] == str(kept.pk)
    assert provider.get(f"{base}/reading").json() == {
        "read": 0,
        "unread": 2,
        "closes_at": None,
    }
    read = post(provider, "reading", {"sequence": 2}, "d")
    assert read.json() == {"read": 2, "unread": 0, "closes_at": None}

    moment = (NOON + 9 * HOUR).isoformat()
    wish = {"kind": "EXTEND", "moment": moment}
    change = post(buyer, "changes", wish, "e").json()
    assert post(buyer, "changes", wish, "e").json() == change
    assert post(buyer, "changes", wish, "f").json()["code"] == "delivery_change_open"
    answer = f"changes/{change['id']}/answer"
    refused = post(provider, answer, {"verdict": "REFUSE"}, "g")
    assert (refused.status_code, refused.json()["code"]) == (422, "delivery_change_reason_missing")
    agreed = post(provider, answer, {"verdict": "ACCEPT"}, "h").json()
    assert agreed["state"] == "ACCEPTED"
    assert agreed["to_do"].startswith("Nothing is extended by itself.")
    assert provider.get(f"{base}/changes").json()["results"] == [agreed]
    gone = post(buyer, f"changes/{change['id']}/withdrawal", {}, "i")
    assert gone.json()["code"] == "delivery_change_closed"
    missing = post(provider, f"changes/{UUID(int=7)}/answer", {"verdict": "ACCEPT"}, "j")
    assert missing.status_code == 404
    by_delivery = f"/api/v1/deliveries/{market.delivery_asked.pk}"
    assert provider.get(f"{by_delivery}/changes").json()["results"] == [agreed]
    assert provider.get(f"{by_delivery}/messages").json()["results"][0]["body"] == "three"


# --- Orders without a delivery -----------------------------------------------------------------
class ByTheClock(Market):
    """A market that charges by the clock: nothing is delivered by anybody's word."""

    def __init__(self) -> None:
        super().__init__()
        self.persons = {
            "buyer": people.member(self.buyer, Role.BUYER),
            "provider": people.member(self.provider, Role.PROVIDER),
        }

    def say_of(self, order: Order, who: str = "buyer", *, at=EARLY) -> DeliveryMessage:
        return services.write_message(
            order_id=order.pk,
            organization_id=getattr(self, who).pk,
            by_id=self.persons[who].pk,
            now=at,
            body="hello",
        )

    def placed(self, **wish) -> Order:
        with tenancy.acting_as(self.buyer.pk):
            return orders.place_order(
                buyer_id=self.buyer.pk,
                wish=OrderWish(
                    key=str(wish),
                    units_milli=1000,
                    period=Period(NOON, NOON + HOUR),
                    **wish,
                ),
                placed_at=EARLY,
            )


@pytest.fixture
def by_clock(db) -> ByTheClock:
    return ByTheClock()


def test_an_order_that_is_charged_by_the_clock_is_talked_about_and_ended(by_clock):
    order = by_clock.order(hours=4)
    by_clock.say_of(order)
    by_clock.say_of(order, "provider")
    settlement.open_contracts(now=NOON)
    facts = {"order_id": order.pk, "now": NOON + HOUR}
    asked = services.ask_change(
        **facts,
        organization_id=by_clock.provider.pk,
        by_id=by_clock.persons["provider"].pk,
        kind=KINDS.END,
        moment=NOON + 2.5 * HOUR,
    )
    settlement.answer_order_change(
        **facts,
        change_id=asked.pk,
        organization_id=by_clock.buyer.pk,
        by_id=by_clock.persons["buyer"].pk,
        verdict=VERDICTS.ACCEPT,
    )
    for hour in range(4):
        by_clock.use(order, "1", hour=hour)
    by_clock.settle()

    ended = by_clock.contract(order)
    assert (ended.state, ended.gross_minor) == ("SETTLED", 30_00)


def test_of_an_order_that_waits_its_buyer_asks_the_provider_of_the_listing(by_clock, early):
    order = by_clock.placed(listing_id=by_clock.listing.pk)
    address = f"/orders/{order.pk}/talk/"
    provider = signed_in(by_clock.provider, Role.PROVIDER)
    assert provider.get(address).status_code == 404  # Nobody wrote to it yet.
    by_clock.say_of(order)
    assert "Conversation about" in provider.get(address).content.decode()
    by_clock.say_of(order, "provider")
    page = signed_in(by_clock.buyer, Role.BUYER).get(f"/orders/{order.pk}/").content.decode()
    assert "Conversation (1 unread)" in page
    with pytest.raises(Refusal, match="not running"):
        services.ask_change(
            order_id=order.pk,
            organization_id=by_clock.buyer.pk,
            by_id=1,
            now=EARLY,
            kind=KINDS.MOVE,
            words="later",
        )


def test_of_an_order_that_names_no_listing_the_page_says_that_nobody_is_there(by_clock, early):
    order = by_clock.placed(requirement=Requirement("AI", by_clock.listing.hub))
    buyer = signed_in(by_clock.buyer, Role.BUYER)
    page = buyer.get(f"/orders/{order.pk}/talk/").content.decode()
    assert "No provider is known yet" in page
    refused = buyer.get(f"/api/v1/orders/{order.pk}/messages")
    assert (refused.status_code, refused.json()["code"]) == (409, "order_has_no_provider")


def test_ninety_days_after_its_order_a_conversation_is_closed(by_clock):
    order = by_clock.order()
    settlement.open_contracts(now=NOON)
    settled_at = NOON + 2 * DAY
    by_clock.settle(at=settled_at)
    by_clock.say_of(order, at=settled_at + 90 * DAY - HOUR)
    with pytest.raises(Refusal, match="closed on 2027-02-20, 90 days after") as refused:
        by_clock.say_of(order, at=settled_at + 90 * DAY)
    assert refused.value.code == "order_talk_closed"
    found, _side = talk_selectors.subject_of(order.pk, organization_id=by_clock.buyer.pk)
    assert found.closes_at == settled_at + 90 * DAY
    with tenancy.acting_as_platform():
        waits = [
            desk_selectors.unanswered_messages(by_clock.provider.pk, now=each).count()
            for each in (found.closes_at - HOUR, found.closes_at)
        ]
    assert waits == [1, 0]  # Nobody can answer it any more.


def test_what_others_wrote_about_all_orders_stands_in_one_list(by_clock, early):
    first, second = by_clock.order(), by_clock.order()
    for order in (first, second, second):
        by_clock.say_of(order)
    by_clock.say_of(second, "provider")  # Who writes has read.
    provider = signed_in(by_clock.provider, Role.PROVIDER)

    def unread(who) -> list[tuple[str, int]]:
        rows = who.get("/api/v1/order-messages?is_unread=true").json()["results"]
        return [(row["order_number"], row["sequence"]) for row in rows]

    assert unread(provider) == [(first.number, 1)]
    assert unread(signed_in(by_clock.buyer, Role.BUYER)) == [(second.number, 3)]
    assert len(provider.get("/api/v1/order-messages").json()["results"]) == 3
    page = provider.get("/orders/messages/?is_unread=true").content.decode()
    assert f"/orders/{first.pk}/talk/" in page
    assert f"/orders/{second.pk}/talk/" not in page
    assert "Messages (1 unread)" in provider.get("/orders/").content.decode()
    delivered = provider.get("/deliveries/")
    assert "Messages (1 unread)" in delivered.content.decode()


def test_the_address_of_a_delivery_leads_to_the_conversation_about_its_order(market, early):
    buyer = signed_in(market.buyer, Role.BUYER)
    led = buyer.get(f"/deliveries/{market.delivery_asked.pk}/talk/")
    assert (led.status_code, led["Location"]) == (302, f"/orders/{market.sold.pk}/talk/")


@pytest.mark.parametrize("other", ["buyer_id", "provider_id"])
def test_only_the_parties_of_an_order_stand_on_what_is_said_about_it(market, other):
    made = market.write("buyer")
    made.pk, made.sequence = UUID(int=1), 2
    setattr(made, other, people.organization("Other").pk)
    with (
        pytest.raises(DatabaseError, match="only the parties of an order"),
        transaction.atomic(),
        tenancy.acting_as_platform(),
    ):
        made.save(force_insert=True)
