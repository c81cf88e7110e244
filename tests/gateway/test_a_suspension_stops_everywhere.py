"""
A suspended resource is offered nowhere within two seconds: real web processes, a real receiver.

Two web processes answer, a thread sweeps as beat and the worker do, and a receiver takes webhooks.
The clock starts when the suspension is committed.
"""

import threading
import time
from typing import Final

import httpx
import pytest
from django.db import connections

from common import clock, networks, tenancy
from gateway import keys, services
from gateway.changes import selectors as changes_selectors
from gateway.changes import services as changes
from gateway.changes.contracts import FollowedCodes
from gateway.models import DueSigning
from identity import services as identity
from identity.contracts import ResourceStatus, Role
from identity.webhooks import services as webhooks
from identity.webhooks import tasks as webhook_tasks
from identity.webhooks.contracts import Wish
from tests import cast, served
from tests.catalog import supply
from tests.factories import NOW
from tests.identity import standing
from tests.senders.cast import api_key
from tests.webhooks.cast import receiver

pytestmark = pytest.mark.slow
BOUND_MS: Final = 2_000
SWEEPS_MS: Final = 2_000  # no bell is heard here: what rings at once otherwise, beat finds
LOOK_SECONDS: Final = 0.01


@pytest.fixture
def swept(fresh_database):
    """Number and tell as often as beat rings, in a thread of its own."""
    ended = threading.Event()

    def sweep():
        turn = 0
        while not ended.wait(1.0):
            turn += 1
            changes.number_changes()
            if turn % 2 == 0:
                webhook_tasks.deliver()
        connections.close_all()

    thread = threading.Thread(target=sweep)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def url(fresh_database, tmp_path, monkeypatch, settings):
    folder = str(tmp_path / "gateway")
    settings.GATEWAY_KEYS_DIR = folder
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    monkeypatch.setenv("GATEWAY_KEYS_DIR", folder)
    keys.make_missing()
    with served.web() as url:
        yield url


def registered():
    listing = supply.listed(cards=4)
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        services.sign_due(now=clock.now())
    return listing


def by_resource(listing):
    with tenancy.acting_as(listing.provider_id):
        identity.change_resource_status(
            resource_id=listing.resource_id,
            provider_id=listing.provider_id,
            status=ResourceStatus.SUSPENDED,
        )


def by_owner(listing):
    first, second = standing.operators()
    standing.suspend(listing.provider, by=first, second=second)


def surfaces(url, listing, headers, tag, place):
    """Return, by name, how each surface tells whether the resource is offered still."""
    code = listing.resource.identifier
    gateway = f"{url}/api/gateway/v1"

    def get(address, **options):
        return httpx.get(address, timeout=30, **options)

    return {
        "resolve": lambda: '"value":"ACTIVE"' in get(f"{gateway}/resolve?code={code}").text,
        "etag": lambda: (
            get(f"{gateway}/resolve?code={code}", headers={"If-None-Match": tag}).status_code == 304
        ),
        "batch": lambda: (
            '"status":"ACTIVE"'
            in httpx.post(
                f"{gateway}/batch", json={"codes": [code]}, headers=headers, timeout=30
            ).text
        ),
        "search": lambda: bool(get(f"{gateway}/search").json()["rows"]),
        "register": lambda: get(f"{url}/api/v1/identifiers/{code}").json()["status"] == "ACTIVE",
        "passport": lambda: (
            "none: suspended" not in get(f"{url}/r/{code}/", headers={"Accept-Language": "en"}).text
        ),
        "market": lambda: (
            code in get(f"{url}/market/").text or str(listing.pk) in get(f"{url}/market/").text
        ),
        "feed": lambda: not get(f"{gateway}/feed?after={place}&kind=STATUS").json()["changes"],
    }


@pytest.mark.parametrize("suspend", [by_resource, by_owner], ids=["resource", "organisation"])
def test_a_suspended_resource_is_gone_everywhere_within_two_seconds(url, swept, suspend):
    listing = registered()
    code = listing.resource.identifier
    acme = cast.organization("Reader")
    person = cast.member(acme, Role.BUYER)
    key = api_key(acme, scopes=("gateway:read",), now=clock.now())
    headers = {"Authorization": f"Bearer {key}"}
    with receiver() as told:
        with tenancy.acting_as(acme.pk):
            webhooks.create_endpoint(
                organization_id=acme.pk,
                person_id=person.pk,
                wish=Wish(told.url, "", ("changes",)),
                now=clock.now(),
            )
            changes.follow(
                organization_id=acme.pk,
                person_id=person.pk,
                following=FollowedCodes(name="x", codes=[code], kinds=["STATUS"]),
                now=clock.now(),
            )
        tag = httpx.get(f"{url}/api/gateway/v1/resolve?code={code}", timeout=30).headers["ETag"]
        place = changes_selectors.last_number()
        looks = surfaces(url, listing, headers, tag, place)
        before = {name: is_offered() for name, is_offered in looks.items()}
        assert all(before.values()), before
        suspend(listing)
        began = time.monotonic()
        gone: dict[str, int] = {}
        while len(gone) < len(looks) + 1 and time.monotonic() - began < 10:
            for name in looks.keys() - gone.keys():
                if not looks[name]():
                    gone[name] = round((time.monotonic() - began) * 1000)
            if told.got and "webhook" not in gone:
                gone["webhook"] = round((time.monotonic() - began) * 1000)
            time.sleep(LOOK_SECONDS)
    assert gone.keys() == looks.keys() | {"webhook"}
    by_sweeps = gone.pop("webhook")
    assert max(gone.values()) <= BOUND_MS, gone
    assert by_sweeps <= BOUND_MS + SWEEPS_MS, by_sweeps
