"""A provider maps what comes in pages: reads what would come of it, then publishes."""

import re

import pytest
import time_machine
from django.test import Client

from common import tenancy
from identity.contracts import Role
from metering.senders import selectors
from tests import cast as people
from tests.senders import cast

pytestmark = pytest.mark.django_db
PAGE = "/supply/senders/"


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(cast.LATER, tick=False):
        yield


@pytest.fixture
def provider_and_meter():
    return cast.provider_with_meter()


@pytest.fixture
def browser(provider_and_meter):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(people.member(provider_and_meter[0], Role.PROVIDER))
    return client


def text(reply):
    words = re.sub(r"<[^>]+>", " ", reply.content.decode())
    return re.sub(r"\s+", " ", words).replace("&quot;", '"').replace("&#x27;", "'")


def fill(browser, address, **typed):
    """Send a form with what it says already, as a browser does, and return the answer."""
    shown = browser.get(address).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', shown)[1]
    first = browser.post(address, {"key": key, "reads": "counter"} | typed)
    seen = re.search(r'name="seen" value="([^"]+)"', first.content.decode())
    if seen is None:
        return first, None
    again = {"key": key, "reads": "counter", "seen": seen[1]} | typed
    return first, browser.post(address, again)


def test_an_empty_page_says_what_to_do(browser):
    told = text(browser.get(PAGE))

    assert "No mapping yet" in told
    assert "Nothing came yet" in told
    assert "0 series count for your meters; 0 metrics come that nobody reads." in told


def test_what_nobody_reads_is_mapped_in_three_steps(browser, provider_and_meter):
    provider, meter = provider_and_meter
    unread = cast.series({"gpu": "0", "host": "node1"}, (0, 0), metric="dcgm_seconds")
    cast.take(provider, unread)
    page = browser.get(PAGE)
    address = re.search(r'href="([^"]*mappings/new/\?metric=dcgm_seconds)"', page.content.decode())[
        1
    ]
    form = browser.get(address).content.decode()
    assert 'value="dcgm_seconds"' in form
    assert "gpu=0\nhost=node1" in form

    tried, published = fill(
        browser,
        address,
        name="cluster",
        metric="dcgm_seconds",
        labels="host=node*",
        meter=str(meter.pk),
        definition='{"rules": [], "wait_seconds": 0}',
    )

    assert "What would come of it" in text(tried)
    assert 'dcgm_seconds gpu="0", host="node1" main' in text(tried)
    assert published.status_code == 302
    cast.take(
        provider, cast.series({"gpu": "0", "host": "node1"}, (0, 0), (60, 5), metric="dcgm_seconds")
    )
    assert cast.used(meter) == 5
    assert "dcgm_seconds" in text(browser.get(f"{PAGE}series/"))


def test_nothing_counts_before_the_preview_was_read(browser, provider_and_meter):
    _provider, meter = provider_and_meter
    sample = "m 1\n# EOF\nm 31\n"

    tried, _published = fill(
        browser,
        f"{PAGE}mappings/new/",
        name="cluster",
        metric="m",
        meter=str(meter.pk),
        definition='{"rules": []}',
        sample=sample,
    )

    assert tried.status_code == 200
    assert "30 card-second" in text(tried)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"definition": "{"}, "This is no JSON"),
        ({"definition": "[]"}, "The mapping is not valid"),
        ({"definition": '{"rules": []}'}, "The mapping is not valid"),
        ({"metric": "m", "meter_label": "x", "labels": "gpu"}, "Write each line as name=value."),
        ({"metric": "m", "meter_label": "x", "factor": "-1"}, "no factor above zero"),
        ({"metric": "m", "meter_label": "x", "sample": "{{{"}, "The request cannot be read"),
    ],
)
def test_what_is_wrong_stands_beside_its_input_and_nothing_is_lost(browser, typed, said):
    reply, published = fill(
        browser, f"{PAGE}mappings/new/", name="cluster", **{"definition": '{"rules": []}'} | typed
    )

    assert (reply.status_code, published) == (422, None)
    assert said in text(reply)
    assert 'value="cluster"' in reply.content.decode()


def test_a_mapping_is_changed_compared_and_ended(browser, provider_and_meter):
    provider, meter = provider_and_meter
    made = cast.mapping(provider, [cast.counter(meter)])
    address = f"{PAGE}mappings/{made.mapping_id}/"

    tried, published = fill(
        browser,
        f"{address}change/?from=1",
        metric="other",
        meter=str(meter.pk),
        definition='{"rules": [], "wait_seconds": 5}',
    )

    assert "gpu_seconds_total" in text(tried)
    assert (published.status_code, published.url) == (302, address)
    told = text(browser.get(address))
    assert "Version 2, in force since" in told
    with tenancy.acting_as(provider.pk):
        assert selectors.mapping(made.mapping_id, provider_id=provider.pk).version == 2
    stale = fill(
        browser,
        f"{address}change/?from=1",
        metric="third",
        meter=str(meter.pk),
        definition='{"rules": []}',
    )
    assert "Version 2 was published meanwhile." in text(stale[0])

    shown = browser.get(f"{address}end/").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', shown)[1]
    assert browser.post(f"{address}end/", {"key": key}).status_code == 302
    assert "Ended" in text(browser.get(address))


def test_a_mapping_of_another_provider_is_not_found(browser):
    other, meter = cast.provider_with_meter()
    made = cast.mapping(other, [cast.counter(meter)])

    for part in ("", "change/", "end/"):
        assert browser.get(f"{PAGE}mappings/{made.mapping_id}/{part}").status_code == 404
