"""A provider maps what comes in pages: reads what would come of it, then publishes."""

import html
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
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


def rows_of(meter, **typed):
    """Return a form of two rules, as it is sent."""
    return {
        "key": "0190a2a0-0000-7000-8000-000000000001",
        "name": "cluster",
        "definition": '{"rules": []}',
        "rule_count": "2",
        "metric": "a",
        "labels": "gpu=0",
        "meter": str(meter.pk),
        "metric_2": "b",
        "meter_2": str(meter.pk),
    } | typed


SAMPLE = 'a{gpu="0"} 1\na{gpu="1"} 1\nb 5\nc 9\n# EOF\na{gpu="0"} 31\na{gpu="1"} 2\nb 7\nc 9\n'


def test_rows_of_rules_are_added_and_taken_away_and_nothing_typed_is_lost(
    browser, provider_and_meter
):
    _provider, meter = provider_and_meter
    address = f"{PAGE}mappings/new/"

    more = browser.post(address, rows_of(meter, row="add")).content.decode()
    fewer = browser.post(address, rows_of(meter, row="remove-1")).content.decode()

    assert 'name="metric_3"' in more
    assert re.search(r'name="metric_2"[^>]*value="b"|value="b"[^>]*name="metric_2"', more)
    assert 'name="metric_2"' not in fewer
    assert re.search(r'name="metric"[^>]*value="b"|value="b"[^>]*name="metric"', fewer)
    with tenancy.acting_as_platform():
        assert not selectors.mappings(_provider.pk).exists()


@pytest.mark.parametrize("row", ["remove-9", "remove-0", "nonsense", ""])
def test_an_act_that_no_row_answers_changes_nothing(browser, provider_and_meter, row):
    _provider, meter = provider_and_meter
    shown = browser.post(f"{PAGE}mappings/new/", rows_of(meter, row=row, rule_count="2"))

    assert shown.status_code == 200
    assert 'name="metric_2"' in shown.content.decode()


@pytest.mark.parametrize("count", ["0", "-1", "99", "x", ""])
def test_a_count_of_rows_that_cannot_be_is_no_fault(browser, provider_and_meter, count):
    _provider, meter = provider_and_meter

    reply = browser.post(f"{PAGE}mappings/new/", rows_of(meter, rule_count=count))

    assert reply.status_code in (200, 422)


def test_each_rule_says_what_it_reads_and_what_stays_unread(browser, provider_and_meter):
    _provider, meter = provider_and_meter
    file = SimpleUploadedFile("sample.txt", SAMPLE.encode())

    tried = browser.post(f"{PAGE}mappings/new/", rows_of(meter, sample_file=file))

    told = text(tried)
    assert "Rule by rule" in told
    assert "2 series of the sample stay unread" in told  # a of gpu 1, and c
    assert "30 card-second" in told
    assert "2 card-second" in told
    assert "c 9" in tried.content.decode(), "the file is kept as the sample"
    seen = re.search(r'name="seen" value="([^"]+)"', tried.content.decode())[1]
    kept = html.unescape(re.search(r'name="sample"[^>]*>\s*([^<]*)', tried.content.decode())[1])
    published = browser.post(
        f"{PAGE}mappings/new/", rows_of(meter, sample=kept.replace("\n", "\r\n"), seen=seen)
    )
    assert published.status_code in (200, 302)


def test_two_rules_of_the_form_are_published_together(browser, provider_and_meter):
    provider, meter = provider_and_meter
    typed = {name: value for name, value in rows_of(meter).items() if name != "key"}

    _tried, published = fill(browser, f"{PAGE}mappings/new/", **typed, sample=SAMPLE)

    assert published.status_code == 302
    with tenancy.acting_as_platform():
        said = selectors.definitions_in_force(provider.pk)["cluster"]
    assert [each.metric for each in said.rules] == ["a", "b"]


def test_what_is_wrong_in_a_later_row_stands_beside_it(browser, provider_and_meter):
    _provider, meter = provider_and_meter
    typed = {name: value for name, value in rows_of(meter, labels_2="gpu").items() if name != "key"}

    reply, published = fill(browser, f"{PAGE}mappings/new/", **typed)

    assert (reply.status_code, published) == (422, None)
    assert 'id="id_labels_2_error"' in reply.content.decode()
