"""Drivers hand over what they sealed, and hear when it is asked anew; the market reads none."""

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import connection
from suanpan_agent.driving import wire as agent_wire
from suanpan_agent.driving.access import SUITE, document, sealed_to
from suanpan_agent.driving.journal import DrivingJournal
from suanpan_agent.driving.local import LocalBackend
from suanpan_agent.driving.server import ProviderDriverProgram

from common import base64url, networks, tenancy
from identity.contracts import Role
from marketplace.drivers import wire
from marketplace.drivers.contracts import DriverMessageInvalid
from marketplace.drivers.models import DriverCall
from marketplace.fulfilment import handover_selectors
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.handover_contracts import HandoverKeyKind, NothingToTake
from marketplace.fulfilment.seal_access import parts
from tests.drivers.cast import HOUR, MINUTE, NOON, Driving
from tests.drivers.fake_provider import serving
from tests.fulfilment.test_deliveries_on_pages import signed_in

SECRET = b"password: correct horse"
KEY = X25519PrivateKey.generate()
PUBLIC = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).decode().rstrip("=")


@pytest.fixture
def market(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        made = Driving(fake)
        with tenancy.acting_as(made.buyer.pk):
            fulfilment.add_handover_key(
                organization_id=made.buyer.pk,
                kind=HandoverKeyKind.SEAL,
                name="key",
                public_key=PUBLIC,
                now=NOON - HOUR,
            )
        yield made


def given(delivery, request: int, secret: bytes = SECRET) -> dict:
    text = document("ssh://gpu7:2222", secret.decode())
    sealed = sealed_to(PUBLIC, str(delivery.pk), request, text, sealed_format=2)
    return {"request": request, "format": 2, "kind": "SSH", "sealed": sealed}


def taken(market, delivery, *, at=NOON) -> str:
    return fulfilment.take_over(delivery_id=delivery.pk, buyer_id=market.buyer.pk, now=at).sealed


def opened(delivery, request: int, sealed: str) -> bytes:
    info = f"suanpan-handover/2:{delivery.pk}:{request}"
    found = SUITE.decrypt(base64url.decoded(sealed), KEY, info=info.encode())
    endpoint, secret = parts(found)
    assert endpoint == "ssh://gpu7:2222"
    return secret.encode()


def ask_anew(market, delivery, *, at) -> None:
    fulfilment.ask_access(delivery_id=delivery.pk, buyer_id=market.buyer.pk, now=at)


def erased(delivery) -> list[str]:
    with tenancy.acting_as_platform():
        return [each.erased_because for each in handover_selectors.handovers_of(delivery.pk)]


def told_access(market, delivery) -> list[tuple[str, int]]:
    with tenancy.acting_as_platform():
        calls = DriverCall.objects.filter(delivery=delivery, access_request__gt=0).order_by("id")
        return list(calls.values_list("step", "access_request"))


def everything_kept() -> str:
    """Return what messages, calls and events hold, as text."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT string_agg(m::text, '') FROM drivers_drivermessage m)"
            " || (SELECT string_agg(c::text, '') FROM drivers_drivercall c)"
            " || (SELECT string_agg(e::text, '') FROM events_event e)"
        )
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_ready_hands_over_what_the_buyer_alone_opens(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    delivery = market.delivery(order)
    connect = next(b for b in market.fake.bodies if b["type"] == "driver.connect")
    assert connect["data"]["access"] == {
        "request": 1,
        "ssh_keys": [],
        "sealing_key": PUBLIC,
        "format": 2,
        "is_unsealed": False,
        "reason": "",
    }

    access = given(delivery, 1)
    said = market.say_signed(order, "delivery.ready", at=NOON, access=access)
    again = market.say_signed(order, "delivery.running", at=NOON + MINUTE, access=access)

    assert (said.code, again.code) == ("", "")
    assert market.ran(order) == [(NOON, None)] or market.delivery(order).state == "RUNNING"
    page = signed_in(market.buyer, Role.BUYER).get(f"/deliveries/{delivery.pk}/access/")
    assert "gpu7" not in page.content.decode()
    assert "sealed" in page.content.decode()
    assert opened(delivery, 1, taken(market, delivery)) == SECRET
    kept = everything_kept()
    assert access["sealed"] not in kept
    assert "gpu7" not in kept
    shown = signed_in(market.provider, Role.PROVIDER).get(f"/deliveries/{delivery.pk}/")
    assert "Access, for request 1" in shown.content.decode()


@pytest.mark.django_db
def test_once_the_buyer_asks_anew_the_driver_hands_over_anew(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    delivery = market.delivery(order)
    market.say_signed(order, "delivery.ready", at=NOON, access=given(delivery, 1))
    ask_anew(market, delivery, at=NOON + MINUTE)
    ask_anew(market, delivery, at=NOON + MINUTE)
    with pytest.raises(NothingToTake):  # What was handed over before is withdrawn at once.
        taken(market, delivery, at=NOON + MINUTE)
    market.drive(NOON + 2 * MINUTE)
    market.drive(NOON + 3 * MINUTE)

    assert told_access(market, delivery) == [("CONNECT", 1), ("ACCESS", 3)]
    old = market.say_signed(order, "delivery.access", at=NOON + HOUR / 2, access=given(delivery, 2))
    new = given(delivery, 3, b"another")
    taken_up = market.say_signed(order, "delivery.access", at=NOON + HOUR / 2, access=new)
    assert (old.code, taken_up.code) == ("handover_refused", "")
    assert opened(delivery, 3, taken(market, delivery, at=NOON + HOUR / 2)) == b"another"
    assert erased(delivery) == ["", "REPLACED"]


@pytest.mark.django_db
def test_ready_counts_though_its_access_is_too_old_and_nothing_is_handed_over_at_the_end(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    delivery = market.delivery(order)
    ask_anew(market, delivery, at=NOON - MINUTE)
    late = market.say_signed(order, "delivery.ready", at=NOON, access=given(delivery, 1))
    assert (late.code, market.delivery(order).state) == ("handover_refused", "RUNNING")

    market.say_signed(order, "delivery.access", at=NOON + MINUTE, access=given(delivery, 2))
    market.say_signed(order, "delivery.exited", at=NOON + 2 * MINUTE, exit_code=0)
    over = market.say_signed(order, "delivery.access", at=NOON + HOUR, access=given(delivery, 2))
    market.drive(NOON + HOUR)

    assert over.code == "handover_refused"
    assert erased(delivery) == ["OVER"]
    with pytest.raises(NothingToTake):
        taken(market, delivery, at=NOON + HOUR)
    assert told_access(market, delivery) == [("CONNECT", 1)]  # What was over before it was told.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("javascript:alert(1)", "handover_endpoint_invalid"),
        (" ", "handover_empty"),
        ("ssh://gpu7:2222", "handover_endpoint_plain"),
    ],
)
def test_what_is_no_endpoint_is_kept_with_its_code_and_hands_nothing_over(market, endpoint, code):
    order = market.order()
    market.drive(NOON - MINUTE)
    access = {"request": 1, "endpoint": endpoint}
    said = market.say_signed(order, "delivery.ready", at=NOON, access=access)
    assert (said.code, market.delivery(order).state) == (code, "RUNNING")
    with tenancy.acting_as_platform():
        assert handover_selectors.handovers_of(market.delivery(order).pk) == []


@pytest.mark.parametrize(
    ("word", "access"),
    [
        ("delivery.access", None),
        ("delivery.exited", {"request": 1, "endpoint": "x"}),
        ("delivery.ready", {"request": 1}),
        ("delivery.ready", {"request": 0, "endpoint": "x"}),
        ("delivery.ready", {"request": True, "endpoint": "x"}),
        ("delivery.ready", {"request": 1, "endpoint": "x\ny"}),
        ("delivery.ready", {"request": 1, "endpoint": "x" * 301}),
        ("delivery.ready", {"request": 1, "sealed": "user: train, password: correct horse"}),
        ("delivery.ready", {"request": 1, "sealed": "c2hvcnQ"}),
        ("delivery.ready", {"request": 1, "endpoint": "x", "password": "open"}),
        ("delivery.ready", "ssh://gpu7"),
        ("delivery.ready", {"request": 1, "format": 2, "endpoint": "x", "sealed": "A" * 100}),
        ("delivery.ready", {"request": 1, "format": 3, "sealed": "A" * 100}),
        ("delivery.ready", {"request": 1, "format": True, "sealed": "A" * 100}),
        ("delivery.ready", {"request": 1, "kind": "FTP", "sealed": "A" * 100}),
        ("delivery.ready", {"request": 1, "sealed": "A" * 100, "key": {"secret": "sk-1"}}),
        ("delivery.ready", {"request": 1, "sealed": "A" * 100, "key": {"scopes": "all"}}),
        ("delivery.ready", {"request": 1, "sealed": "A" * 100, "key": {"expires_at": "soon"}}),
        ("delivery.ready", {"request": 1, "sealed": "A" * 100, "key": {"hint": 7}}),
    ],
)
def test_what_is_no_access_is_refused(word, access):
    data = {"delivery_id": "0197b1f4-0000-7000-8000-000000000000", "access": access}

    with pytest.raises(DriverMessageInvalid):
        wire.read("name", json.dumps({"type": word, "data": data}).encode())


class Door:
    """An access program that notes who is let in, and fails where it is told to."""

    def __init__(self):
        self.inside, self.fails = set(), set()

    def grant(self, _delivery_id, asked):
        self.inside.add(asked["request"])
        self._run("grant")
        return {"request": asked["request"], "endpoint": "ssh://gpu7", "sealed": ""}

    def revoke(self, _delivery_id, request):
        self._run("revoke")
        self.inside.discard(request)

    def _run(self, word):
        if word in self.fails:
            raise subprocess.TimeoutExpired(word, 8)


def test_nothing_is_said_to_be_wiped_while_somebody_is_let_in(monkeypatch, tmp_path):
    """Also where a grant ran out of time and let somebody in, and after a restart."""
    said, names = [], iter(range(99))
    door, path = Door(), tmp_path / "journal"

    def post(_url, _secret, _name, content):
        said.append(content["type"])
        return 200

    monkeypatch.setattr(agent_wire, "is_signed", lambda *_given, **_now: True)
    monkeypatch.setattr(agent_wire, "post", post)

    def begun():
        backend = LocalBackend(tmp_path / "jobs")
        return ProviderDriverProgram(backend, "whsec_", DrivingJournal(path), door)

    def call(step, request=None):
        access = {"request": request} if request else None
        data = {"delivery_id": "d", "callback_url": "http://x/", "job": None, "access": access}
        body = json.dumps({"type": f"driver.{step}", "data": data}).encode()
        return program.take({"webhook-id": f"msg_{next(names)}"}, body)

    program = begun()
    assert [call("prepare"), call("connect", 1), call("schedule"), call("run")] == [200] * 4
    door.fails = {"grant"}
    assert call("access", 2) == 503
    assert door.inside == {1, 2}
    door.fails = {"revoke"}
    program = begun()
    assert [call("stop"), call("exit"), call("wipe")] == [200, 200, 503]
    program.follow()
    assert "delivery.wiped" not in said
    door.fails = set()
    assert call("wipe") == 200
    program.follow()
    assert door.inside == set()
    assert said[-1] == "delivery.wiped"
