"""Signed, at least once, in the order of each object, whatever receivers do."""

import itertools
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from standardwebhooks import Webhook, WebhookVerificationError

from common import clock, networks, outbound, tenancy, vault
from common.reviews import Closing
from identity.events.models import RecordedEvent
from identity.webhooks import rules, services
from identity.webhooks.contracts import (
    DeliveryNotFound,
    EndpointNotEnabled,
    EndpointNotFound,
    InvalidReplayTime,
    TooManyEndpoints,
    UnknownEventPrefix,
    Wish,
)
from identity.webhooks.models import Delivery, Endpoint, Reader, Secret
from tests import cast
from tests.outbound.servers import says, serving
from tests.outbound.test_no_request_reaches_inside import INSIDE, names  # noqa: F401
from tests.webhooks.cast import (
    BROKEN,
    GONE,
    REFUSED,
    attempts,
    deliveries,
    endpoint,
    happens,
    now_of,
    receiver,
    tell,
    verified,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def acme(fresh_database):
    return cast.organization("Acme")


@pytest.fixture
def travel(time_machine):
    """Move the clock on; the database's goes along."""
    begin = clock.read()
    time_machine.move_to(begin)

    def by(delta):
        nonlocal begin
        begin += delta
        time_machine.move_to(begin)

    return by


def test_what_happens_is_told_as_the_standard_has_it(acme):
    with receiver() as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        happens(acme, thing="a", n=1)
        tell()

        content = verified(told, issued.secret)

    (delivery,) = deliveries()
    assert content == told.got[0][0]
    assert content["type"] == "identity.member.invited"
    assert content["data"] == {
        "event_id": str(delivery.event_id),
        "object_kind": "thing",
        "object_id": "a",
        "object_label": "",
        "facts": {"n": 1},
    }
    assert told.headers()["webhook-id"] == f"evt_{delivery.event_id.hex}"
    assert told.headers()["content-type"] == "application/json"
    assert delivery.state == "DELIVERED"
    (attempt,) = attempts(delivery)
    assert (attempt.status, attempt.error, attempt.reply) == (200, "", "ok")


def test_a_changed_body_or_another_secret_is_noticed(acme):
    with receiver() as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        other = endpoint(acme, told.url, "identity.member.invited")
        happens(acme)
        tell()
    headers = next(
        head for _c, head, _t in told.got if _is_signed(issued.secret, head["body"], head)
    )

    with pytest.raises(WebhookVerificationError):
        Webhook(issued.secret).verify(headers["body"].replace("thing", "thong"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other.secret).verify(headers["body"], headers)


def _is_signed(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_a_secret_is_replaced_without_a_gap(acme, travel, settings):
    with receiver() as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        with tenancy.acting_as(acme.pk):
            renewed = services.rotate_secret(
                organization_id=acme.pk, endpoint_id=issued.endpoint.pk, now=clock.now()
            )
        happens(acme, n=1)
        tell()
        assert verified(told, issued.secret)
        assert verified(told, renewed.secret)

        travel(timedelta(hours=settings.WEBHOOKS_SECRET_OVERLAP_HOURS) + SECOND)
        happens(acme, n=2)
        tell()
        headers = told.headers()

    assert _is_signed(renewed.secret, headers["body"], headers)
    assert not _is_signed(issued.secret, headers["body"], headers)
    assert len(headers["webhook-signature"].split()) == 1
    assert issued.secret != renewed.secret


def test_however_often_one_rotates_three_secrets_sign(acme):
    with receiver() as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        for _each in range(6):
            with tenancy.acting_as(acme.pk):
                services.rotate_secret(
                    organization_id=acme.pk, endpoint_id=issued.endpoint.pk, now=clock.now()
                )
        happens(acme)
        tell()

    assert len(told.headers()["webhook-signature"].split()) == 3


def test_only_what_concerns_the_organisation_and_was_asked_for_is_told(acme):
    zeta = cast.organization("Zeta")
    with receiver() as all_of_it, receiver() as some, receiver() as other:
        endpoint(acme, all_of_it.url)
        endpoint(acme, some.url, "webhooks.endpoint")
        endpoint(zeta, other.url, "identity.member.invited")
        happens(acme, thing="ours")
        happens(zeta, thing="theirs")
        happens(acme, zeta, thing="both")
        tell()

    told = {thing for thing, _n in all_of_it.heard()}
    assert {"ours", "both"} <= told
    assert "theirs" not in told
    assert {each["type"] for each, _h, _t in some.got} <= {"webhooks.endpoint.created"}
    assert sorted(other.heard()) == [("both", 1), ("theirs", 1)]  # Of two objects: in any order.


def test_what_happened_before_an_endpoint_was_there_is_not_told(acme):
    happens(acme, n=1)
    with receiver() as told:
        endpoint(acme, told.url, "identity.member.invited")
        happens(acme, n=2)
        tell()

    assert told.heard() == [("a", 2)]


def test_an_object_waits_for_its_earlier_event_and_for_no_others(acme, travel):
    with receiver(answers={"a": BROKEN}) as told:
        endpoint(acme, told.url, "identity.member.invited")
        for number in (1, 2, 3):
            happens(acme, thing="a", n=number)
            happens(acme, thing="b", n=number)
        for _each in range(4):
            tell()
            travel(3 * MINUTE)
        assert told.heard() == [("b", 1), ("b", 2), ("b", 3)]
        assert set(told.heard(taken=False)) == {("a", 1), ("b", 1), ("b", 2), ("b", 3)}

        told.answers.clear()
        travel(HOUR)
        for _each in range(3):
            tell()

    assert told.heard()[3:] == [("a", 1), ("a", 2), ("a", 3)]


def test_a_receiver_that_is_down_for_an_hour_gets_everything(acme, travel):
    with receiver(answer=BROKEN) as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        for minute in range(60):
            happens(acme, thing=f"thing {minute % 7}", n=minute)
            tell()
            travel(MINUTE)
        assert told.heard() == []
        assert len(told.got) < 60  # It is asked now and then, not for each of them.

        told.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        told.got.clear()
        for _each in range(12):
            tell()
            travel(10 * MINUTE)

    heard = told.heard(taken=False)
    assert sorted(number for _thing, number in heard) == list(range(60))
    for thing in {thing for thing, _number in heard}:
        numbers = [number for each, number in heard if each == thing]
        assert numbers == sorted(numbers)
    assert now_of(issued).failures == 0


def test_a_delivery_is_given_up_after_days_and_the_next_is_told(acme, travel, settings):
    settings.WEBHOOKS_FAILING_DAYS_MAX = 30
    with receiver(answers={"a": BROKEN}) as told:
        endpoint(acme, told.url, "identity.member.invited")
        happens(acme, thing="a", n=1)
        began = clock.now()
        while deliveries(state="WAITING") or not deliveries():
            tell()
            travel(6 * HOUR)
            if clock.now() - began > 20 * DAY:
                break
        (given_up,) = deliveries()
        assert given_up.state == "GIVEN_UP"
        assert given_up.attempts == len(rules.RETRY_SECONDS) + 1 == len(attempts(given_up))

        told.answers.clear()
        happens(acme, thing="a", n=2)
        travel(HOUR)
        tell()

    assert told.heard() == [("a", 2)]


def test_each_wait_is_longer_and_none_is_like_another():
    now = cast.NOW
    waits = [rules.next_try(n, now=now) - now for n in range(1, len(rules.RETRY_SECONDS) + 1)]

    assert max(waits) < 4 * DAY
    for earlier, later in itertools.pairwise(rules.RETRY_SECONDS):
        longest = earlier * (100 + rules.JITTER_PERCENT)
        assert longest < later * (100 - rules.JITTER_PERCENT)
    assert len({rules.next_try(5, now=now) for _each in range(50)}) > 1
    assert rules.next_try(len(rules.RETRY_SECONDS) + 1, now=now) is None
    assert rules.next_try(1, now=now, retry_after="600") - now == timedelta(seconds=600)
    assert rules.next_try(1, now=now, retry_after="9" * 9) - now == HOUR
    assert rules.next_try(1, now=now, retry_after="Fri, 01 Jan 2027") - now < MINUTE


def test_who_fails_for_days_is_disabled_and_told_so(acme, travel, settings):
    with receiver(answer=BROKEN) as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        happens(acme, thing="a", n=1)
        for _each in range(settings.WEBHOOKS_FAILING_DAYS_MAX + 2):
            tell()
            happens(acme, thing=f"b {_each}", n=2)
            travel(DAY)

        now = now_of(issued)
        assert (now.state, now.disabled_for) == ("DISABLED", "FAILING")
        with tenancy.acting_as(acme.pk):
            assert RecordedEvent.objects.filter(name="webhooks.endpoint.disabled").count() == 1
        before = len(told.got)
        happens(acme, thing="c", n=3)
        tell()
        assert len(told.got) == before

        told.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        told.got.clear()
        enable(acme, issued)
        replay(acme, issued, since=clock.now() - 10 * DAY)
        for _each in range(6):
            tell()
            travel(HOUR)

    heard = told.heard()
    assert heard.count(("a", 1)) == 1
    assert ("c", 3) in heard


def enable(owner, issued):
    with tenancy.acting_as(owner.pk):
        services.enable_endpoint(
            organization_id=owner.pk, endpoint_id=issued.endpoint.pk, now=clock.now()
        )


def replay(owner, issued, *, since):
    with tenancy.acting_as(owner.pk):
        services.replay_since(
            organization_id=owner.pk,
            endpoint_id=issued.endpoint.pk,
            since=since,
            now=clock.now(),
        )


def test_who_is_gone_is_disabled_at_once(acme):
    with receiver(answer=GONE) as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        happens(acme)
        tell()

    assert (now_of(issued).state, now_of(issued).disabled_for) == ("DISABLED", "GONE")


def test_a_refused_message_is_no_illness_of_the_receiver(acme):
    with receiver(answers={"a": REFUSED}) as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        happens(acme, thing="a")
        tell()

    assert now_of(issued).failures == 0
    (delivery,) = deliveries()
    assert (delivery.state, attempts(delivery)[0].error) == ("WAITING", "status_422")


def test_who_lets_too_much_wait_is_disabled_and_loses_nothing(acme, travel, settings):
    settings.WEBHOOKS_WAITING_MAX = 3
    with receiver(answer=BROKEN) as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        for number in range(5):
            happens(acme, thing=f"{number}", n=number)
        tell()
        services.tidy(now=clock.now())
        assert now_of(issued).disabled_for == "BACKLOG"
        happens(acme, thing="5", n=5)
        tell()

        told.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        told.got.clear()
        enable(acme, issued)
        replay(acme, issued, since=clock.now() - HOUR)
        for _each in range(3):
            tell()
            travel(HOUR)

    assert sorted(told.heard()) == [(f"{number}", number) for number in range(6)]


def test_what_is_paused_waits_and_comes_in_order(acme):
    with receiver() as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        with tenancy.acting_as(acme.pk):
            services.pause_endpoint(
                organization_id=acme.pk, endpoint_id=issued.endpoint.pk, now=clock.now()
            )
        for number in (1, 2, 3):
            happens(acme, n=number)
        tell()
        assert told.got == []
        enable(acme, issued)
        tell()

    assert told.heard() == [("a", 1), ("a", 2), ("a", 3)]


def test_one_delivery_is_told_again_under_its_name(acme):
    with receiver() as told:
        endpoint(acme, told.url, "identity.member.invited")
        happens(acme)
        tell()
        (delivery,) = deliveries()
        with tenancy.acting_as(acme.pk):
            services.replay_delivery(
                organization_id=acme.pk, delivery_id=delivery.pk, now=clock.now()
            )
        tell()

    assert told.headers(0)["webhook-id"] == told.headers(1)["webhook-id"]
    assert told.headers(0)["body"] == told.headers(1)["body"]


@pytest.mark.parametrize("ago", [-HOUR, 31 * DAY])
def test_a_replay_begins_in_the_past_and_not_too_long_ago(acme, ago):
    issued = endpoint(acme, "http://127.0.0.1:9/hook")

    with pytest.raises(InvalidReplayTime):
        replay(acme, issued, since=clock.now() - ago)


def test_a_test_is_sent_to_that_endpoint_alone(acme):
    with receiver() as told, receiver() as other:
        issued = endpoint(acme, told.url, "identity.member.invited")
        endpoint(acme, other.url, "identity.member.invited")
        with tenancy.acting_as(acme.pk):
            services.send_test(
                organization_id=acme.pk, endpoint_id=issued.endpoint.pk, now=clock.now()
            )
        tell()

        assert verified(told, issued.secret)["type"] == "webhooks.endpoint.tested"
    assert other.got == []
    disabled = now_of(issued)
    with tenancy.acting_as(acme.pk):
        services.pause_endpoint(organization_id=acme.pk, endpoint_id=disabled.pk, now=clock.now())
        with pytest.raises(EndpointNotEnabled):
            services.send_test(organization_id=acme.pk, endpoint_id=disabled.pk, now=clock.now())


def test_what_cannot_be_sent_is_set_aside_and_blocks_nobody(acme, travel):
    """The secret opens no more: nothing of the receiver's, and nothing that heals."""
    with receiver() as told, receiver() as other:
        broken = endpoint(acme, told.url, "identity.member.invited")
        endpoint(acme, other.url, "identity.member.invited")
        spoil(broken)
        happens(acme, thing="a", n=1)
        for _each in range(3):
            tell()
            travel(HOUR)
        assert told.got == []
        assert other.heard() == [("a", 1)]
        (aside,) = deliveries(endpoint=broken.endpoint)
        assert (aside.review_code, aside.state) == ("webhook_cannot_be_sent", "WAITING")
        assert "no key opens" in aside.review_detail

        mend(broken)
        happens(acme, thing="a", n=2)
        tell()
        assert told.heard() == [("a", 2)]  # Not held up by what waits for a person.
        call_command("needs_review", "--retry", "webhook", aside.number)
        tell()

    assert told.heard() == [("a", 2), ("a", 1)]


def spoil(issued):
    with tenancy.acting_as_platform():
        Secret.objects.filter(endpoint=issued.endpoint).update(locked=b"x" * 40)


def mend(issued):
    locked = vault.lock(
        rules.new_secret().encode(), belongs_to=services.endpoints.belongs_to(issued.endpoint.pk)
    )
    with tenancy.acting_as_platform():
        Secret.objects.filter(endpoint=issued.endpoint).update(locked=locked)


def test_what_was_set_aside_can_be_closed(acme, travel):
    broken = endpoint(acme, "http://127.0.0.1:9/hook", "identity.member.invited")
    spoil(broken)
    happens(acme)
    for _each in range(3):
        tell()
        travel(HOUR)
    (aside,) = deliveries()

    with tenancy.acting_as_platform():
        closing = Closing(cast.somebody().pk, acme.pk, "endpoint is gone", clock.now())
        services.close_delivery(delivery_id=aside.pk, closing=closing)
        with pytest.raises(DeliveryNotFound):
            services.retry_delivery(delivery_id=aside.pk, now=clock.now())

    assert deliveries()[0].state == "GIVEN_UP"


def test_a_secret_is_stored_locked_and_bound_to_its_endpoint(acme, settings):
    first = endpoint(acme, "http://127.0.0.1:9/hook")
    second = endpoint(acme, "http://127.0.0.1:9/hook")
    with tenancy.acting_as_platform():
        rows = {row.endpoint_id: bytes(row.locked) for row in Secret.objects.all()}
    mine, theirs = (services.endpoints.belongs_to(each.endpoint.pk) for each in (first, second))

    locked = rows[first.endpoint.pk]
    assert first.secret.encode() not in locked
    assert vault.unlock(locked, belongs_to=mine).decode() == first.secret
    with pytest.raises(vault.VaultLockedError):
        vault.unlock(locked, belongs_to=theirs)


def test_secrets_outlive_the_key_that_locked_them(acme, settings):
    """What stands for the whole market is told to the database, so only the vault's key changes."""
    name = "webhook endpoint 1"
    locked = vault.lock(b"secret", belongs_to=name)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    with pytest.raises(vault.VaultLockedError):
        vault.unlock(locked, belongs_to=name)

    settings.SECRET_KEY_FALLBACKS = [former]

    assert vault.unlock(locked, belongs_to=name) == b"secret"
    assert not vault.is_current(locked, belongs_to=name)
    assert vault.is_current(vault.lock(b"secret", belongs_to=name), belongs_to=name)


# What no resolver takes for an address is looked up again with every request.
RESOLVED = {name: host for name, host in INSIDE.items() if not host.endswith(".")}


@pytest.mark.parametrize("host", RESOLVED.values(), ids=RESOLVED.keys())
def test_no_address_inside_can_be_registered(host, db, settings):
    settings.OUTBOUND_ALLOWED = ()
    acme = cast.organization("Acme")
    with pytest.raises(outbound.OutboundRefused) as refusal:
        endpoint(acme, f"https://{host}/hook")

    assert refusal.value.status == 400


def test_a_name_that_turns_inside_later_is_not_followed(acme, settings, names, travel):  # noqa: F811
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.2/32"),)
    names["turning.example"] = [["127.0.0.2"], ["127.0.0.1"]]
    with serving(says(b""), host="127.0.0.1") as inside:
        endpoint(acme, f"http://turning.example:{inside.port}/hook", "identity.member.invited")
        happens(acme)
        tell()

        assert inside.connections == 0
    (delivery,) = deliveries()
    assert attempts(delivery)[0].error == "outbound_address_refused"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
            "outbound_redirected",
        ),
        (b"not HTTP", "outbound_reply_unreadable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 100_000, ""),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n\x00\xff\x1b", "status_404"),
    ],
    ids=["redirect", "no HTTP", "large", "odd bytes"],
)
def test_odd_answers_are_written_down_and_bounded(acme, answer, error):
    with receiver(answer=answer) as told:
        endpoint(acme, told.url, "identity.member.invited")
        happens(acme)
        tell()

    (attempt,) = attempts(deliveries()[0])
    assert attempt.error == error
    assert len(attempt.reply) <= 1_024
    assert attempt.reply.isprintable()


def test_two_workers_tell_nothing_twice_and_keep_the_order(acme, settings):
    settings.WEBHOOKS_RUNS_MAX = 4
    with receiver() as told:
        endpoint(acme, told.url, "identity.member.invited")
        for number in range(40):
            happens(acme, thing=f"{number % 4}", n=number)
        while services.spread(now=clock.now()):
            continue

        def work():
            services.run(clock=clock.now, seconds=20)
            connections.close_all()

        threads = [threading.Thread(target=work) for _each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    heard = told.heard()
    assert sorted(number for _thing, number in heard) == list(range(40))
    for thing in "0123":
        numbers = [number for each, number in heard if each == thing]
        assert numbers == sorted(numbers)


def test_a_dead_workers_deliveries_are_told_after_its_lease(acme, travel):
    with receiver() as told:
        endpoint(acme, told.url, "identity.member.invited")
        happens(acme, n=1)
        happens(acme, n=2)
        services.spread(now=clock.now())
        claimed = services.claiming.claim(now=clock.now(), limit=10)
        assert len(claimed) == 1  # The second waits for the first.

        tell()
        assert told.got == []
        travel(services.claiming.lease(services.claiming.LEASE_REQUESTS) + SECOND)
        tell()

        assert told.heard() == [("a", 1), ("a", 2)]
        # It wakes up and says what it heard: that changes nothing any more.
        before = deliveries()
        services.outcomes.record_outcome(
            claimed[0],
            services.outcomes.AttemptOutcome(error="late"),
            started_at=clock.now(),
            now=clock.now(),
        )
    assert [each.state for each in deliveries()] == [each.state for each in before]


def test_a_dead_runs_place_is_free_again(acme, travel):
    assert services.claiming.take_place(now=clock.now())
    assert services.claiming.take_place(now=clock.now()) is None

    travel(services.claiming.lease(services.claiming.PLACE_REQUESTS) + SECOND)

    assert services.claiming.take_place(now=clock.now())


def test_an_organisation_has_so_many_endpoints(acme, settings):
    settings.WEBHOOKS_ENDPOINTS_MAX = 2
    first = endpoint(acme, "http://127.0.0.1:9/hook")
    endpoint(acme, "http://127.0.0.1:9/hook")

    with pytest.raises(TooManyEndpoints):
        endpoint(acme, "http://127.0.0.1:9/hook")
    with tenancy.acting_as(acme.pk):
        services.remove_endpoint(
            organization_id=acme.pk, endpoint_id=first.endpoint.pk, now=clock.now()
        )
    endpoint(acme, "http://127.0.0.1:9/hook")


@pytest.mark.parametrize("prefix", ["order", "identity.", ".identity", "", "identity.member.", "*"])
def test_a_prefix_that_nothing_has_is_refused(acme, prefix):
    with pytest.raises(UnknownEventPrefix):
        endpoint(acme, "http://127.0.0.1:9/hook", prefix)


def test_a_removed_endpoint_is_told_nothing_more(acme):
    with receiver() as told:
        issued = endpoint(acme, told.url, "identity.member.invited")
        happens(acme)
        services.spread(now=clock.now())
        with tenancy.acting_as(acme.pk):
            services.remove_endpoint(
                organization_id=acme.pk, endpoint_id=issued.endpoint.pk, now=clock.now()
            )
        tell()

    assert told.got == []
    assert deliveries()[0].state == "GIVEN_UP"


def test_another_organisation_finds_nothing(acme):
    issued, zeta = endpoint(acme, "http://127.0.0.1:9/hook"), cast.organization("Zeta")
    wish = Wish("http://127.0.0.1:9/other")
    asked = {"organization_id": zeta.pk, "endpoint_id": issued.endpoint.pk, "now": clock.now()}

    for tenant in (zeta.pk, tenancy.PLATFORM):
        with tenancy.acting_as(tenant):
            for act in (services.remove_endpoint, services.rotate_secret, services.send_test):
                with pytest.raises(EndpointNotFound):
                    act(**asked)
            with pytest.raises(EndpointNotFound):
                services.change_endpoint(**asked, wish=wish)
    with tenancy.acting_as(zeta.pk):
        assert Endpoint.objects.count() == Secret.objects.count() == Delivery.objects.count() == 0


def test_the_database_keeps_what_was_sent(acme):
    endpoint(acme, "http://127.0.0.1:9/hook")
    with tenancy.acting_as(acme.pk):
        for change in ({"body": "{}"}, {"event_name": "a.b.c"}, {"organization_id": acme.pk}):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                Delivery.objects.update(**change)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Delivery.objects.all()._raw_delete("default")
        assert Reader.objects.count() == 0


def test_what_is_long_over_is_forgotten_and_what_waits_is_not(acme, travel, settings):
    with receiver(answers={"b": BROKEN}) as told:
        endpoint(acme, told.url, "identity.member.invited")
        happens(acme, thing="a")
        happens(acme, thing="b")
        tell()
    assert len(deliveries()) == 2
    with tenancy.acting_as_platform():
        Delivery.objects.filter(object_id="a").update(ended_at=clock.now() - 40 * DAY)

    services.tidy(now=clock.now())

    assert [each.object_id for each in deliveries()] == ["b"]
