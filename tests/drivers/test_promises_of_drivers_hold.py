"""What the database promises of drivers: tried by raw SQL as the application, and by races."""

import threading
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, connections, transaction

from common import networks, tenancy
from identity.contracts import Role
from marketplace.drivers import services
from marketplace.drivers.contracts import DriverWish
from marketplace.drivers.models import DrivenDelivery, DriverCall, DriverMessage
from marketplace.drivers.services.calling import claim_calls
from marketplace.fulfilment import services as fulfilment
from tests import cast as people
from tests.drivers.cast import MINUTE, NOON, OPENED, Driving
from tests.drivers.fake_provider import serving


@pytest.fixture
def market(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        yield Driving(fake)


@pytest.fixture
def raced(fresh_database, settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        yield Driving(fake)


def planned(at=NOON - 3 * MINUTE) -> None:
    """Let deliveries open, and write down their first calls, which nobody makes."""
    fulfilment.advance(now=at)
    services.plan(now=at)
    services.plan(now=at)


def refused(sql: str, *given: object) -> str:
    """Return why the database refuses a statement of the platform itself."""
    with tenancy.acting_as_platform():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, given)
        except DatabaseError as error:
            return str(error)
    return ""


CALL = (
    "INSERT INTO drivers_drivercall (id, driver_id, delivery_id, buyer_id, provider_id, step, body,"
    " state, attempts, next_attempt_at, created_at, ended_at)"
    " SELECT gen_random_uuid(), {driver}, delivery_id, {buyer}, provider_id, '{step}', '{{}}',"
    " '{state}', 1, now(), now(), {ended} FROM drivers_drivendelivery WHERE delivery_id = %s"
)


def call(step: str, **changed: str) -> str:
    usual = {"driver": "driver_id", "buyer": "buyer_id", "state": "WAITING", "ended": "NULL"}
    return CALL.format(step=step, **(usual | changed))


@pytest.mark.django_db
def test_calls_follow_each_other_to_the_driver_of_the_delivery(market):
    order = market.order()
    market.drive(NOON - 3 * MINUTE)  # PREPARE, CONNECT and SCHEDULE are taken.
    own = market.delivery(order).pk

    assert "follows" in refused(call("RUN", driver="gen_random_uuid()"), own)
    assert "follows" in refused(call("RUN", buyer="gen_random_uuid()"), own)
    assert "follows" in refused(call("RUN", state="DONE", ended="now()"), own)
    assert "driver_step_told_once" in refused(call("SCHEDULE"), own)
    assert refused(call("RUN"), own) == ""
    second = market.order()
    planned()
    other = market.delivery(second).pk
    for step in ("CONNECT", "SCHEDULE", "RUN", "ACCESS"):
        assert "follows" in refused(call(step), other), step  # PREPARE only waits.


@pytest.mark.django_db
def test_nothing_ahead_is_told_once_it_ends_and_nothing_at_all_once_it_is_over(market):
    order = market.order()
    market.drive(NOON - 3 * MINUTE)
    own = market.delivery(order).pk
    refused("UPDATE drivers_drivendelivery SET is_ending = true WHERE delivery_id = %s", own)

    assert "follows" in refused(call("RUN"), own)
    assert refused(call("EXIT"), own) == ""
    over = "UPDATE drivers_drivendelivery SET is_over = true, due_at = NULL WHERE delivery_id = %s"
    assert refused(over, own) == ""
    assert "follows" in refused(call("WIPE"), own)
    for back in ("is_over = false", "is_ending = false"):
        said = f"UPDATE drivers_drivendelivery SET {back} WHERE delivery_id = %s"
        assert "stays" in refused(said, own)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE drivers_drivercall SET body = 'x'", "says the same"),
        ("UPDATE drivers_drivercall SET step = 'STOP'", "says the same"),
        ("UPDATE drivers_drivercall SET access_request = 7", "says the same"),
        ("UPDATE drivers_drivercall SET attempts = attempts - 1", "says the same"),
        ("UPDATE drivers_drivercall SET state = 'WAITING', ended_at = NULL", "ends once"),
        ("DELETE FROM drivers_drivercall", "denied"),
        ("UPDATE drivers_drivermessage SET code = ''", "denied"),
        ("DELETE FROM drivers_drivermessage", "denied"),
        ("UPDATE drivers_drivendelivery SET kind = 'slurm-1'", "stays"),
        ("UPDATE drivers_drivendelivery SET buyer_id = gen_random_uuid()", "stays"),
        ("UPDATE drivers_drivendelivery SET exit_code = 9", "stays"),
        ("UPDATE drivers_drivendelivery SET exited_at = NULL, exit_code = NULL", "stays"),
        ("UPDATE drivers_drivendelivery SET wiped_at = NULL", "stays"),
        ("DELETE FROM drivers_drivendelivery", "denied"),
        ("UPDATE drivers_providerdriver SET kind = 'manual-1'", "stays its provider"),
        ("UPDATE drivers_providerdriver SET provider_id = gen_random_uuid()", "stays its"),
        ("UPDATE drivers_providerdriver SET resource_id = gen_random_uuid()", "stays its"),
        ("UPDATE drivers_providerdriver SET locked = NULL", "driver_called_has_a_secret"),
        ("UPDATE drivers_providerdriver SET url = ''", "driver_called_has_a_secret"),
        ("DELETE FROM drivers_providerdriver", "denied"),
    ],
)
def test_what_was_told_said_and_registered_stays(market, sql, why):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    market.say_signed(order, "delivery.exited", at=NOON + MINUTE, exit_code=3)
    market.say_signed(order, "delivery.wiped", at=NOON + MINUTE)

    assert why in refused(sql)


@pytest.mark.django_db
def test_what_was_answered_was_sent_and_only_what_lies_ahead_is_declined(market):
    order = market.order()
    planned()
    own = market.delivery(order).pk
    done = "UPDATE drivers_drivercall SET state = '{}', ended_at = now() WHERE delivery_id = %s"

    assert "driver_call_answered_was_made" in refused(done.format("DONE"), own)
    assert refused(done.format("DROPPED"), own) == ""
    assert refused(call("EXIT"), own) == ""
    assert "driver_call_declined_ahead" in refused(
        done.format("DECLINED") + " AND step = 'EXIT'", own
    )


@pytest.mark.django_db
def test_a_delivery_is_driven_and_spoken_of_by_a_driver_of_its_provider(market, settings):
    order = market.order()
    other = people.organization("Other")
    person = people.member(other, Role.PROVIDER)
    with tenancy.acting_as(other.pk):
        foreign = services.register_driver(
            provider_id=other.pk,
            person_id=person.pk,
            wish=DriverWish("webhook-1", market.fake.url),
            now=OPENED,
        ).driver
    taken = (
        "INSERT INTO drivers_drivendelivery (delivery_id, driver_id, kind, buyer_id, provider_id,"
        " taken_up_at) SELECT f.id, %s, %s, {}, f.provider_id, now()"
        " FROM fulfilment_computedelivery f WHERE f.id = %s"
    )
    market.drive(NOON - 3 * MINUTE)
    first = market.delivery(order).pk
    second = market.order()
    fulfilment.advance(now=NOON - 3 * MINUTE)
    own, right = market.delivery(second).pk, taken.format("f.buyer_id")
    assert "of its provider" in refused(right, foreign.pk, "webhook-1", own)
    assert "of its provider" in refused(right, market.driver.pk, "slurm-1", own)
    wrong = taken.format("gen_random_uuid()")
    assert "of its provider" in refused(wrong, market.driver.pk, "webhook-1", own)
    message = (
        "INSERT INTO drivers_drivermessage (id, driver_id, delivery_id, buyer_id, provider_id,"
        " message, word, heard_at) SELECT gen_random_uuid(), %s, delivery_id, {}, provider_id,"
        " 'm', 'delivery.ready', now() FROM drivers_drivendelivery WHERE delivery_id = %s"
    )
    said = "what it carries out"
    assert said in refused(message.format("buyer_id"), foreign.pk, first)
    assert said in refused(message.format("gen_random_uuid()"), market.driver.pk, first)
    assert refused(message.format("buyer_id"), market.driver.pk, first) == ""
    assert "driver_message_once" in refused(message.format("buyer_id"), market.driver.pk, first)
    for sql in (
        "UPDATE drivers_drivercall SET attempts = attempts + 1",
        "UPDATE drivers_drivendelivery SET is_ending = true",
    ):  # A party sees its rows, and changes none.
        with tenancy.acting_as(market.provider.pk), connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.rowcount == 0


@pytest.mark.django_db
def test_a_delivery_that_ends_and_access_asked_anew_make_their_driver_due(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    assert market.driven(order).due_at is None
    market.say_signed(order, "delivery.exited", at=NOON + MINUTE, exit_code=0)

    assert market.driven(order).due_at == NOON + MINUTE


@contextmanager
def together(*acts):
    """Let acts begin at one moment, each in a thread of its own; give what each came to."""
    gate, came = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        gate.wait()
        try:
            came[place] = act()
        except Exception as error:
            came[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    yield came


def said(market, order, word, *, at=NOON, **more):
    headers, body = market.fake.message(market.delivery(order).pk, word, at=at, **more)

    def say():
        return services.hear(driver_id=market.driver.pk, headers=headers, body=body, now=at)

    return say


@pytest.mark.slow
def test_ready_by_two_workers_is_ready_once(raced):
    order = raced.order()
    raced.drive(NOON - MINUTE)
    one = [said(raced, order, "delivery.ready", name="one")] * 2
    with together(*one, said(raced, order, "delivery.ready", name="two")) as came:
        outcomes = sorted(str(each.outcome) for each in came)

    assert outcomes == ["repeated", "taken", "taken"]
    assert len(raced.ran(order)) == 1
    with tenancy.acting_as_platform():
        assert DriverMessage.objects.filter(delivery__order=order).count() == 2


@pytest.mark.slow
def test_ready_against_exit_and_cancelling_has_one_outcome(raced):
    for n, (word, more) in enumerate(
        [("delivery.exited", {"exit_code": 0}), ("delivery.failed", {}), ("delivery.wiped", {})] * 2
    ):
        order = raced.order()
        raced.drive(NOON - MINUTE)
        with together(
            said(raced, order, "delivery.ready", name=f"r{n}"),
            said(raced, order, word, name=f"e{n}", **more),
        ) as came:
            assert not [each for each in came if isinstance(each, Exception)]
        state, runs = raced.delivery(order).state, raced.ran(order)
        with tenancy.acting_as_platform():
            open_runs = [run for run in runs if run[1] is None]
        assert (state == "RUNNING") == bool(open_runs)
        assert len(runs) <= 1
        assert state in {"RUNNING", "EXITED", "FAILED"}


@pytest.mark.slow
def test_two_workers_never_hold_one_call_and_without_the_claim_they_do(raced):
    for _each in range(3):
        raced.order()
    planned()
    at = NOON - 3 * MINUTE
    with together(*[lambda: claim_calls(now=at, limit=64)] * 4) as came:
        claimed = [call.id for each in came for call in each]
    assert len(claimed) == len(set(claimed)) == 3

    # The control: who only reads what is due takes the same calls as the others.
    def reads():
        with tenancy.acting_as_platform():
            return list(DriverCall.objects.filter(state="WAITING").values_list("pk", flat=True))

    with together(reads, reads) as came:
        read = [pk for each in came for pk in each]
    assert len(read) == 2 * len(set(read))


@pytest.mark.slow
def test_what_ends_while_it_is_planned_is_undone(raced):
    for n in range(4):
        order = raced.order()
        raced.drive(NOON - 3 * MINUTE)
        with tenancy.acting_as_platform():
            DrivenDelivery.objects.filter(delivery__order=order).update(due_at=NOON - MINUTE)
        fails = said(raced, order, "delivery.failed", name=f"f{n}", at=NOON - MINUTE)
        with together(fails, lambda: services.plan(now=NOON - MINUTE)) as came:
            assert not [each for each in came if isinstance(each, Exception)]
        raced.drive(NOON)
        assert raced.driven(order).is_over
        assert {"EXIT", "WIPE"} <= set(raced.calls(order))
        assert "WAITING" not in raced.calls(order).values()
        assert raced.delivery(order).state == "FAILED"
        assert raced.ran(order) == []
