"""Access: whom a buyer wants let in, what a provider hands over, and who can read it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from common import tenancy
from common.canonical import canonical_json
from common.errors import Refusal
from identity.contracts import Role
from identity.events.models import RecordedEvent
from marketplace import fulfilment as room
from marketplace.fulfilment import handover_keys, handover_selectors, services
from marketplace.fulfilment.contracts import ComputeDeliveryNotFound, DeliveryMove
from marketplace.fulfilment.endpoints import read_endpoint
from marketplace.fulfilment.handover_contracts import (
    KEYS_MAX,
    AccessKind,
    EndpointInvalid,
    EndpointPlain,
    HandoverKeyKind,
    SealedFormatUnknown,
)
from marketplace.fulfilment.models import Handover, HandoverKey, HandoverRequest
from tests import cast as people
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

COMMAND = Path(room.__file__).with_name("seal_access.py")
PLACE = "ssh://train@10.0.0.7:22"
SECRET = "user: train\npassword: 算力 correct horse"


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(COMMAND), *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def ssh_line(key=None, comment: str = "someone@laptop") -> str:
    made = (key or ed25519.Ed25519PrivateKey.generate()).public_key()
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return f"{made.public_bytes(encoding, form).decode()} {comment}"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[str, str]:
    """Return the file of a private key, and the public half."""
    file = str(tmp_path_factory.mktemp("keys") / "key.json")
    return file, run("new", file).stdout.strip()


class Handing(Delivering):
    """A market in which access is handed over."""

    def add(
        self, public_key: str, kind: HandoverKeyKind = HandoverKeyKind.SEAL, name: str = "key"
    ) -> HandoverKey:
        return services.add_handover_key(
            organization_id=self.buyer.pk, kind=kind, name=name, public_key=public_key, now=NOON
        )

    def hand(self, delivery, request: int, *, at=NOON, **said) -> Handover:
        return services.hand_over(
            delivery_id=delivery.pk,
            provider_id=self.provider.pk,
            request=request,
            now=at,
            **said,
        )

    def take(self, delivery, *, at=NOON) -> Handover:
        return services.take_over(delivery_id=delivery.pk, buyer_id=self.buyer.pk, now=at)

    def ask(self, delivery, *, at=NOON, **chosen) -> HandoverRequest:
        return services.ask_access(
            delivery_id=delivery.pk, buyer_id=self.buyer.pk, now=at, **chosen
        )


@pytest.fixture
def market(db) -> Handing:
    return Handing()


def held(delivery) -> list[str | None]:
    with tenancy.acting_as_platform():
        found = Handover.objects.filter(delivery=delivery).order_by("sequence")
        return [each.sealed for each in found]


def plain(market) -> list[str]:
    """Return the endpoints that stand in the open."""
    with tenancy.acting_as_platform():
        return list(Handover.objects.order_by("sequence").values_list("endpoint", flat=True))


def test_a_secret_goes_from_provider_to_buyer_and_nobody_between_can_read_it(market, pair):
    file, public = pair
    market.add(public)
    market.add(ssh_line(), HandoverKeyKind.SSH)
    order = market.order()
    delivery = market.asked(order)
    with tenancy.acting_as_platform():
        asked = HandoverRequest.objects.get(delivery=delivery)
    assert asked.sealing_key == public
    assert asked.ssh_keys[0].startswith("ssh-ed25519 ")
    assert "laptop" not in asked.ssh_keys[0]
    info = handover_keys.sealed_for(delivery.pk, 1)
    sealed = run("seal", public, info, PLACE, given=SECRET).stdout.strip()
    market.hand(delivery, 1, sealed=sealed, sealed_format=2, kind=AccessKind.SSH)
    assert market.delivery(order).state == "CONNECTED"
    taken = market.take(delivery)
    assert taken.sealed is not None
    assert (taken.endpoint, taken.kind, taken.format) == ("", "SSH", 2)
    assert run("open", file, info, given=taken.sealed).stdout == f"{PLACE}\n{SECRET}"
    whole = run("open", file, info, "--json", given=taken.sealed).stdout.encode()
    assert whole == canonical_json(
        {"endpoint": PLACE, "format": "suanpan-access/2", "secret": SECRET}
    )
    other = run("open", file, handover_keys.sealed_for(delivery.pk, 2), given=taken.sealed)
    assert (other.returncode, other.stdout) == (1, "")
    with tenancy.acting_as_platform():
        facts = str(list(RecordedEvent.objects.values_list("facts", flat=True)))
    assert sealed not in facts
    assert "10.0.0.7" not in facts


def test_a_secret_alone_is_still_understood_and_an_endpoint_in_the_open_is_not(market, pair):
    file, public = pair
    market.add(public)
    delivery = market.asked(market.order())
    for way in ({}, {"sealed": "A" * 100}, {"sealed": "A" * 100, "sealed_format": 2}):
        with pytest.raises(EndpointPlain):
            market.hand(delivery, 1, endpoint=PLACE, **way)
    with pytest.raises(SealedFormatUnknown):
        market.hand(delivery, 1, sealed="A" * 100, sealed_format=3)
    info = f"suanpan-handover/1:{delivery.pk}:1"
    market.hand(delivery, 1, sealed=run("seal", public, info, given=SECRET).stdout.strip())
    taken = market.take(delivery)
    assert (taken.format, taken.kind) == (1, "OTHER")
    assert run("open", file, info, given=taken.sealed).stdout == SECRET


def test_what_was_taken_is_held_for_an_hour_and_no_longer(market, pair):
    _file, public = pair
    market.add(public)
    delivery = market.asked(market.order())
    market.hand(delivery, 1, sealed="A" * 100)
    assert services.erase_taken(now=NOON + 24 * HOUR) == 0  # It waits for its buyer.
    market.take(delivery)
    again = market.take(delivery, at=NOON + HOUR - timedelta(seconds=1))
    assert again.taken_at == NOON
    with pytest.raises(Refusal, match="no secret to take"):
        market.take(delivery, at=NOON + HOUR)
    assert services.erase_taken(now=NOON + HOUR) == 1
    assert held(delivery) == [None]


def test_what_is_sent_again_changes_nothing_and_other_words_take_its_place(market, pair):
    market.add(pair[1])
    delivery = market.asked(market.order())
    first = market.hand(delivery, 1, sealed="A" * 100)
    assert market.hand(delivery, 1, sealed="A" * 100).pk == first.pk
    market.take(delivery)
    services.erase_taken(now=NOON + HOUR)
    assert market.hand(delivery, 1, sealed="A" * 100, at=NOON + 2 * HOUR).pk == first.pk
    market.hand(delivery, 1, sealed="B" * 100, at=NOON + 2 * HOUR)
    assert held(delivery) == [None, "B" * 100]


def test_asking_anew_withdraws_what_was_handed_over(market, pair):
    market.add(pair[1])
    delivery = market.asked(market.order())
    market.hand(delivery, 1, sealed="A" * 100)
    asked = market.ask(delivery)
    assert asked.sequence == 2
    assert held(delivery) == [None]
    with pytest.raises(Refusal, match="other access meanwhile"):
        market.hand(delivery, 1, sealed="C" * 100)
    market.hand(delivery, 2, sealed="C" * 100)
    assert held(delivery) == [None, "C" * 100]


@pytest.mark.parametrize("end", [DeliveryMove.FAIL, DeliveryMove.EXIT])
def test_nothing_is_held_of_a_delivery_that_is_over(market, pair, end):
    market.add(pair[1])
    order = market.order()
    delivery = market.asked(order)
    market.hand(delivery, 1, sealed="A" * 100)
    if end == DeliveryMove.EXIT:
        market.say(order, DeliveryMove.READY, at=NOON)
    market.say(order, end, at=NOON, reason="hardware_fault")
    assert held(delivery) == [None]
    with pytest.raises(Refusal, match="the delivery is over"):
        market.hand(delivery, 1, sealed="B" * 100)
    with pytest.raises(Refusal, match="the delivery is over"):
        market.ask(delivery)


def test_without_keys_nothing_is_asked_for_and_nothing_handed_over(market):
    delivery = market.asked(market.order())
    with pytest.raises(Refusal, match="other access meanwhile"):
        market.hand(delivery, 1, endpoint="ssh://h")
    with pytest.raises(Refusal, match="Add an SSH key"):
        market.ask(delivery)
    market.add(ssh_line(), HandoverKeyKind.SSH)
    with pytest.raises(Refusal, match="Make a sealing key first"):
        market.ask(delivery)
    market.ask(delivery, is_plain=True)
    with pytest.raises(Refusal, match="no key to seal"):
        market.hand(delivery, 1, sealed="A" * 100)
    with pytest.raises(Refusal, match="Give what was sealed"):
        market.hand(delivery, 1)
    market.hand(delivery, 1, endpoint="ssh://h")


@pytest.mark.parametrize(
    "endpoint",
    [
        *("gpu7", "gpu7.example.com:2222", "10.0.0.7", "[2001:db8::7]:22", "SSH://gpu7"),
        *("ssh://train@gpu7:22", "https://gpu7.example.com/notebook?a=1", "https://gpu7:8443"),
    ],
)
def test_endpoints_are_hosts_and_addresses_of_ssh_and_https(endpoint):
    assert read_endpoint(f" {endpoint} ") == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        *("javascript:alert(1)", "http://gpu7", "ftp://gpu7", "data:text/html,x", "//gpu7"),
        *("ssh://u:password@gpu7", "https://u:password@gpu7", "gpu7:0", "gpu7:65536", "-x"),
        *("two words", "机器", "https://gpu7/\u202e", "ssh://gpu7\nhost"),
        *("a" * 301, "https://gpu7/" + "a" * 300),
    ],
)
def test_what_is_no_endpoint_is_refused(endpoint):
    with pytest.raises(EndpointInvalid):
        read_endpoint(endpoint)


def test_an_endpoint_in_the_open_is_replaced_and_removed_at_the_end(market, pair):
    """Only where its buyer chose so, and until the delivery is over."""
    market.add(pair[1])
    order = market.order()
    market.ask(market.asked(order), is_plain=True)
    address = f"/deliveries/{market.delivery(order).pk}/access/"
    provider = signed_in(market.provider, Role.PROVIDER)
    sent = {"key": key_of(provider.get(address)), "act": "hand", "request": "2", "sealed": ""}
    wrong = provider.post(address, sent | {"endpoint": "javascript:alert(1)"})
    assert wrong.status_code == 422
    assert "Write a host, host:port" in wrong.content.decode()
    assert market.delivery(order).state == "PREPARING"
    assert provider.post(address, sent | {"endpoint": "ssh://old:22"}).status_code == 302
    page = provider.get(address)
    assert "takes the place of all that stands here" in page.content.decode()
    sent |= {"key": key_of(page), "endpoint": "ssh://new:22"}
    assert provider.post(address, sent).status_code == 302
    buyer = signed_in(market.buyer, Role.BUYER)
    seen = buyer.get(address).content.decode()
    assert ("ssh://new:22" in seen, "ssh://old:22" in seen, "removed" in seen) == (
        True,
        False,
        True,
    )
    market.say(order, DeliveryMove.READY, at=NOON)
    market.say(order, DeliveryMove.EXIT, at=NOON, reason="job_done")
    assert plain(market) == ["", ""]
    for reader in (buyer, provider):
        assert "ssh://new" not in reader.get(address).content.decode()
        handed = reader.get(f"/api/v1{address.rstrip('/')}").json()["handovers"]
        assert [each["endpoint"] for each in handed] == ["", ""]


def test_strangers_find_nothing(market, pair):
    market.add(pair[1])
    delivery = market.asked(market.order())
    market.hand(delivery, 1, sealed="A" * 100)
    stranger = people.organization("Stranger").pk
    for act in (services.take_over, services.ask_access, services.forget_secret):
        with pytest.raises(ComputeDeliveryNotFound):
            act(delivery_id=delivery.pk, buyer_id=stranger, now=NOON)
    with tenancy.acting_as(stranger):
        assert not handover_selectors.handovers_of(delivery.pk)
        assert not handover_selectors.usable_keys(market.buyer.pk)


WEAK = "AA" * 21 + "A"  # 32 bytes of nothing: a point of small order


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (HandoverKeyKind.SSH, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "private half"),
        (HandoverKeyKind.SSH, 'command="rm -rf /" ssh-ed25519 AAAA', "no options"),
        (HandoverKeyKind.SSH, "ssh-ed25519 AAAA", "damaged"),
        (HandoverKeyKind.SSH, "ssh-ed25519", "begins with its kind"),
        (HandoverKeyKind.SSH, "", "begins with its kind"),
        (HandoverKeyKind.SSH, "ssh-ed25519 AA\nssh-ed25519 AA", "one line"),
        (HandoverKeyKind.SSH, "ｓｓｈ-ed25519 AAAA", "one line"),
        (HandoverKeyKind.SEAL, WEAK, "32 bytes"),
        (HandoverKeyKind.SEAL, "AAAA", "32 bytes"),
        (HandoverKeyKind.SEAL, "not base64 at all", "32 bytes"),
    ],
)
def test_what_is_no_key_is_refused_with_its_reason(kind, text, why):
    with pytest.raises(Refusal, match=why):
        handover_keys.read_handover_key(kind, text)


def test_keys_that_are_weak_are_refused():
    short = ssh_line(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - refused
    with pytest.raises(Refusal, match="2048 bits"):
        handover_keys.read_handover_key(HandoverKeyKind.SSH, short)
    with pytest.raises(Refusal, match="begins with its kind"):
        handover_keys.read_handover_key(HandoverKeyKind.SSH, "ssh-dss AAAAB3NzaC1kc3M=")


@pytest.mark.parametrize("text", ["A", "A" * 63, "A" * 30_000, "no base64!", "AA=A" * 30])
def test_what_was_not_sealed_is_refused(text):
    with pytest.raises(Refusal, match="not sealed"):
        handover_keys.read_sealed(text)


def test_a_key_is_listed_once_and_so_many_of_a_kind(market):
    line = ssh_line()
    first = market.add(line, HandoverKeyKind.SSH)
    with pytest.raises(Refusal, match="listed already"):
        market.add(line, HandoverKeyKind.SSH)
    services.withdraw_handover_key(key_id=first.pk, organization_id=market.buyer.pk, now=NOON)
    market.add(line, HandoverKeyKind.SSH)
    for _n in range(KEYS_MAX - 1):
        market.add(ssh_line(), HandoverKeyKind.SSH)
    with pytest.raises(Refusal, match="at most 20 keys"):
        market.add(ssh_line(), HandoverKeyKind.SSH)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE fulfilment_handover SET sealed = 'B'",
        "UPDATE fulfilment_handover SET endpoint = 'ssh://elsewhere'",
        "UPDATE fulfilment_handover SET kind = 'SSH', format = 2",
        "UPDATE fulfilment_handover SET scopes = '[\"all\"]', key_hint = 'abcd'",
        "UPDATE fulfilment_handover SET expires_at = handed_at + interval '9 years'",
        "UPDATE fulfilment_handover SET taken_at = NULL, taken_by_id = NULL",
        "UPDATE fulfilment_handoverkey SET public_key = 'another'",
        "UPDATE fulfilment_handoverrequest SET sealing_key = 'another'",
    ],
)
def test_sql_alters_no_word_of_it(market, pair, attack):
    market.add(pair[1])
    delivery = market.asked(market.order())
    market.hand(delivery, 1, sealed="A" * 100)
    market.take(delivery)
    with (
        pytest.raises(DatabaseError, match=r"stays|append|denied|never"),
        transaction.atomic(),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_both_sides_on_their_pages(market, pair):
    _file, public = pair
    buyer = signed_in(market.buyer, Role.BUYER)
    keys = "/deliveries/keys/"
    sent = {"key": key_of(buyer.get(keys)), "kind": "SEAL", "name": "Team", "public_key": public}
    wrong = buyer.post(keys, sent | {"public_key": "AAAA"})
    assert wrong.status_code == 422
    assert "32 bytes in base64" in wrong.content.decode()
    assert buyer.post(keys, sent).status_code == 302
    assert "Team" in buyer.get(keys).content.decode()
    delivery = market.asked(market.order())
    address = f"/deliveries/{delivery.pk}/access/"
    provider = signed_in(market.provider, Role.PROVIDER)
    page = provider.get(address)
    assert f'data-seal="{public}"' in page.content.decode()
    assert "data-place=" in page.content.decode()
    sent = {"key": key_of(page), "act": "hand", "request": "1", "kind": "SSH", "sealed": ""}
    assert provider.post(address, sent).status_code == 422
    assert provider.post(address, sent | {"sealed": "A" * 100}).status_code == 302
    page = buyer.get(address)
    assert "A" * 100 not in page.content.decode()
    assert buyer.post(address, {"key": key_of(page), "act": "take"}).status_code == 302
    page = buyer.get(address)
    assert "A" * 100 in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert "A" * 100 not in provider.get(address).content.decode()
    assert buyer.post(address, {"key": key_of(page), "act": "forget"}).status_code == 302
    assert "the market holds it no longer" in buyer.get(address).content.decode()
    desk = signed_in(people.organization("Desk"), Role.OPERATOR)
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"act": "take"}).status_code == 403
    assert signed_in(people.organization("Else"), Role.BUYER).get(address).status_code == 404
    with tenancy.acting_as_platform():
        listed = HandoverKey.objects.get()
    withdraw = f"/deliveries/keys/{listed.pk}/withdraw/"
    page = buyer.get(withdraw)
    assert buyer.post(withdraw, {"key": key_of(page)}).status_code == 302
    assert buyer.get(withdraw).status_code == 404
    assert b"hpke" in buyer.get("/deliveries/seal_access.py").content


def test_programs_do_the_same_over_the_api(market, pair):
    _file, public = pair
    buyer, provider = signed_in(market.buyer, Role.BUYER), signed_in(market.provider, Role.PROVIDER)

    def post(client, address: str, body: dict, key: str = ""):
        headers = {"Idempotency-Key": key} if key else {}
        return client.post(address, body, content_type="application/json", headers=headers)

    body = {"kind": "SEAL", "name": "CI", "public_key": public}
    made = post(buyer, "/api/v1/access-keys", body, "one")
    assert made.status_code == 201, made.content
    assert buyer.get("/api/v1/access-keys").json()["results"][0]["name"] == "CI"
    delivery = market.asked(market.order())
    address = f"/api/v1/deliveries/{delivery.pk}"
    asked = provider.get(f"{address}/access").json()["requests"]
    assert asked[0]["sealing_key"] == public
    nothing = post(buyer, f"{address}/secret", {})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "handover_nothing_to_take")
    handing = {"request": 1, "format": 2, "kind": "HTTPS", "sealed": "A" * 100}
    handed = post(provider, f"{address}/handovers", handing)
    assert handed.status_code == 201
    assert "A" * 100 not in handed.content.decode()
    plain_place = post(provider, f"{address}/handovers", {"request": 1, "endpoint": "ssh://h"})
    told = (plain_place.status_code, plain_place.json()["code"])
    assert told == (422, "handover_endpoint_plain")
    late = post(provider, f"{address}/handovers", {"request": 2, "sealed": "B" * 100})
    assert (late.status_code, late.json()["code"]) == (409, "handover_refused")
    taken = post(buyer, f"{address}/secret", {})
    assert taken.json()["sealed"] == "A" * 100
    assert taken.json()["info"] == f"suanpan-handover/2:{delivery.pk}:1"
    assert taken["Cache-Control"] == "no-store"
    assert buyer.delete(f"{address}/secret").status_code == 204
    assert "A" * 100 not in buyer.get(f"{address}/access").content.decode()
    again = post(buyer, f"{address}/access", {}, "two")
    assert [each["sequence"] for each in again.json()["requests"]] == [2, 1]
    gone = post(buyer, f"/api/v1/access-keys/{made.json()['id']}/withdrawal", {})
    assert gone.json()["withdrawn_at"]
    assert post(provider, "/api/v1/access-keys", body, "three").status_code == 403
