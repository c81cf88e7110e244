"""What was sealed is found nowhere but in its sealed bytes: tables, records, exports, logs."""

import base64
import json
import logging
import zipfile
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import DatabaseError, connection, transaction
from structlog.testing import capture_logs
from suanpan_agent.driving.access import SUITE, document, sealed_to

from common import base64url, clock, networks, tenancy
from identity.contracts import Actor, Role
from identity.events import services as events
from identity.events.models import RecordedEvent
from identity.webhooks import rules as webhooks_rules
from marketplace.audit import services as audit
from marketplace.audit.contracts import ExportFormat, ExportKind, Query
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove
from marketplace.fulfilment.handover_contracts import HandoverKeyKind
from marketplace.fulfilment.models import Handover
from tests import cast as people
from tests.drivers.cast import HOUR, MINUTE, NOON, Driving
from tests.drivers.fake_provider import serving
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

pytestmark = pytest.mark.slow
PLACE_MARK, SECRET_MARK = "gpu-marked-7f3a91c4", "sk-marked-b82d06ee"
PLACE, SECRET = f"ssh://train@{PLACE_MARK}.example:22", f"user: train\npassword: {SECRET_MARK}"
KEY = X25519PrivateKey.generate()
PUBLIC = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).decode().rstrip("=")
TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'm')"
TABLES += " AND relnamespace = 'public'::regnamespace ORDER BY 1"


def marks() -> list[str]:
    """Return the marks as they are, and as they stand inside of base64 and of addresses."""
    found = []
    for mark in (PLACE_MARK, SECRET_MARK):
        found += [mark, quote(mark, safe="")]
        for shift in range(3):
            whole = base64.b64encode(b"x" * shift + mark.encode()).decode()
            found.append(whole[4 if shift else 0 : -4])  # What does not hang on its neighbours.
    return found


def is_marked(text: str) -> bool:
    return any(mark in text for mark in marks())


def rows_with_marks() -> dict[str, int]:
    """Return of each table how many of its rows, written out whole, hold a mark."""
    found = {}
    like = " OR ".join(["t::text LIKE %s"] * len(marks()))
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        assert len(names) > 100
        for name in names:
            try:
                with transaction.atomic():
                    cursor.execute(
                        f"SELECT count(*) FROM {name} t WHERE {like}",
                        [f"%{mark}%" for mark in marks()],
                    )
            except DatabaseError as error:
                assert "permission denied" in str(error)  # noqa: PT017 - which one it was
                continue
            if count := cursor.fetchone()[0]:
                found[name] = count
    return found


def payloads() -> str:
    """Return every event as webhooks tell it."""
    with tenancy.acting_as_platform():
        found = RecordedEvent.objects.order_by("id")
        return "".join(
            webhooks_rules.body_of(
                name=each.name,
                at=each.happened_at,
                event_id=each.pk,
                kind=each.object_kind,
                object_id=str(each.object_id),
                label=each.object_label,
                facts=each.facts,
            )
            for each in found
        )


def sealed(delivery, request: int) -> str:
    text = document(PLACE, SECRET)
    return sealed_to(PUBLIC, str(delivery.pk), request, text, sealed_format=2)


def by_page(market, order) -> None:
    address = f"/deliveries/{market.delivery(order).pk}/access/"
    provider = signed_in(market.provider, Role.PROVIDER)
    page = provider.get(address)
    sent = {"key": key_of(page), "act": "hand", "request": "1", "kind": "SSH"}
    plain = sent | {"endpoint": PLACE, "sealed": SECRET}
    assert provider.post(address, plain).status_code == 422
    assert provider.post(address, sent | {"sealed": sealed(market.delivery(order), 1)}).url


def by_api(market, order) -> None:
    address = f"/api/v1/deliveries/{market.delivery(order).pk}/handovers"
    provider = signed_in(market.provider, Role.PROVIDER)

    def post(**said):
        body = {"request": 1} | said
        return provider.post(address, body, content_type="application/json").status_code

    assert post(endpoint=PLACE) == 422
    assert post(format=2, kind="SSH", sealed=sealed(market.delivery(order), 1)) == 201


def by_driver(market, order) -> None:
    plain = {"request": 1, "endpoint": PLACE}
    said = market.say_signed(order, "delivery.access", at=NOON, access=plain)
    assert said.code == "handover_endpoint_plain"
    given = {"request": 1, "format": 2, "kind": "SSH"}
    given["sealed"] = sealed(market.delivery(order), 1)
    assert market.say_signed(order, "delivery.access", at=NOON, access=given).code == ""


def opened(market, order) -> tuple[str, str]:
    """Let the buyer take what was handed over, and open it."""
    delivery = market.delivery(order)
    taken = fulfilment.take_over(delivery_id=delivery.pk, buyer_id=market.buyer.pk, now=NOON)
    info = f"suanpan-handover/2:{delivery.pk}:1".encode()
    found = json.loads(SUITE.decrypt(base64url.decoded(taken.sealed), KEY, info=info))
    return found["endpoint"], found["secret"]


def seen_by_both(market, order) -> str:
    """Return what both sides and an operator read of a delivery and its order."""
    delivery = market.delivery(order).pk
    desk = (people.organization("Desk"), Role.OPERATOR)
    readers = [(market.buyer, Role.BUYER), (market.provider, Role.PROVIDER), desk]
    return "".join(
        signed_in(*reader).get(address).content.decode(errors="replace")
        for reader in readers
        for address in (
            f"/deliveries/{delivery}/",
            f"/deliveries/{delivery}/access/",
            f"/orders/{order.pk}/",
            f"/api/v1/deliveries/{delivery}",
            f"/api/v1/deliveries/{delivery}/access",
            f"/api/v1/deliveries/{delivery}/course",
            "/api/v1/events",
        )
    )


@pytest.fixture
def market(settings, tmp_path, monkeypatch, fresh_database):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    settings.AUDIT_EXPORT_DIR = tmp_path / "exports"
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with serving() as fake:
        made = Driving(fake, cards=24)
        fulfilment.add_handover_key(
            organization_id=made.buyer.pk,
            kind=HandoverKeyKind.SEAL,
            name="key",
            public_key=PUBLIC,
            now=NOON - HOUR,
        )
        yield made


def test_marks_of_what_was_sealed_are_nowhere_but_in_the_sealed_bytes(market, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    doors = {door: market.order() for door in (by_page, by_api, by_driver)}
    with capture_logs() as lines:
        market.drive(NOON - MINUTE)
        for door, order in doors.items():
            door(market, order)
            market.say_signed(order, "delivery.ready", at=NOON)
            assert opened(market, order) == (PLACE, SECRET)  # There it is.
        read = "".join(seen_by_both(market, order) for order in doors.values())
        assert rows_with_marks() == {}
        for order in doors.values():
            market.say(order, DeliveryMove.EXIT, at=NOON + MINUTE, reason="job_done")
            market.say(order, DeliveryMove.WIPE, at=NOON + MINUTE)
        market.drive(NOON + HOUR)
        read += "".join(seen_by_both(market, order) for order in doors.values())
    with tenancy.acting_as_platform():
        handed = list(Handover.objects.values_list("endpoint", "sealed", "has_secret"))
    assert handed == [("", None, True)] * 3
    logged = caplog.text + "".join(map(str, lines))
    exported = everything_exported(market, tmp_path)
    for text in (read, logged, payloads(), exported):
        assert text
        assert not is_marked(text)
    assert rows_with_marks() == {}


def everything_exported(market, tmp_path) -> str:
    """Return what an export of all events holds."""
    auditor = people.organization("Audit")
    actor = Actor(auditor.pk, frozenset({Role.AUDITOR}), person_id=people.somebody().pk)
    day = timedelta(days=1)
    now = datetime.now(UTC)  # Events bear the time on the wall.
    asked = Query(kind=ExportKind.EVENTS, starts_at=now - day, ends_at=now + day)
    with tenancy.acting_as_platform():
        audit.request_export(actor=actor, query=asked, file_format=ExportFormat.CSV, queued_at=now)
    audit.build_next(clock=lambda: now)
    (bundle,) = (tmp_path / "exports").rglob("*.zip")
    with zipfile.ZipFile(bundle) as opened_bundle:
        names = opened_bundle.namelist()
        return "".join(opened_bundle.read(name).decode("utf-8", "replace") for name in names)


def test_what_leaks_is_found(market):
    """The search finds a mark in a record, in base64, and in what webhooks tell."""
    order = market.order()
    market.drive(NOON - MINUTE)
    leaked = base64.b64encode(f"at {PLACE}".encode()).decode()
    for told in (SECRET_MARK, leaked):
        facts = {"order_id": order.pk, "request": 1, "endpoint": told}
        with tenancy.acting_as_platform(), transaction.atomic():
            events.record(
                [
                    events.Event(
                        name="fulfilment.handover.handed",
                        object_kind="delivery",
                        object_id=market.delivery(order).pk,
                        object_label=order.number,
                        concerns=[market.buyer.pk],
                        facts=facts,
                        at=NOON,
                    )
                ]
            )
        assert is_marked(payloads())
    assert rows_with_marks() == {"events_event": 2}
