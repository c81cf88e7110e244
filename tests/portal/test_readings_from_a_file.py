"""Readings from a file: what would come of each is told, and nothing counts twice."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common import clock, tenancy
from identity.contracts import Role
from metering.models import Reading
from tests import cast, factories

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PAGE = "/supply/metering/import/"
HEAD = "meter,from,to,quantity"


@pytest.fixture
def meter():
    with tenancy.acting_as_platform():
        return factories.MeterFactory(at=clock.now() - timedelta(days=3))


@pytest.fixture
def browser(meter) -> Client:
    return cast.signed_in(cast.member(meter.provider, Role.PROVIDER))


def hours(meter, *quantities: str) -> str:
    """Return a table of the meter's last full hours."""
    first = clock.now().replace(minute=0, second=0, microsecond=0)
    first -= timedelta(hours=len(quantities))
    lines = [
        f"{meter.pk},{first + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ},"
        f"{first + timedelta(hours=n + 1):%Y-%m-%dT%H:%M:%SZ},{quantity}"
        for n, quantity in enumerate(quantities)
    ]
    return "\n".join([HEAD, *lines])


def upload(browser: Client, text: str, name: str = "readings.csv"):
    sent = {"key": str(uuid4()), "file": SimpleUploadedFile(name, text.encode())}
    return browser.post(PAGE, sent, headers=ENGLISH, follow=True)


def confirm(browser: Client, page, seen: str = ""):
    address = page.redirect_chain[-1][0]
    sent = {"key": str(uuid4()), "seen": seen or page.context["mark"]}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def taken() -> int:
    with tenancy.acting_as_platform():
        return Reading.objects.count()


def test_what_would_come_of_a_file_is_told_before_anything_is_taken(browser, meter):
    page = upload(browser, hours(meter, "3600", "-1", "many"))

    told = page.context["told"]
    assert (told.new, told.known, [row.line for row in told.refused]) == (1, 0, [3, 4])
    assert "A quantity cannot be negative." in page.text
    assert "Write the quantity in plain digits" in page.text
    assert taken() == 0

    done = confirm(browser, page)

    assert "1 reading is taken, 0 were known, 2 refused." in done.text
    assert taken() == 1


def test_the_same_file_again_changes_nothing(browser, meter):
    text = hours(meter, "3600", "1800")
    confirm(browser, upload(browser, text))

    again = upload(browser, text)

    assert (again.context["told"].new, again.context["told"].known) == (0, 2)
    assert "nothing would be taken" in again.text
    confirm(browser, again)
    assert taken() == 2


def test_what_changed_since_it_was_read_is_shown_again(browser, meter):
    page = upload(browser, hours(meter, "3600"))

    assert confirm(browser, page, seen="0" * 64).context["told"].new == 1
    assert taken() == 0


def test_events_come_as_a_file_too_and_meters_of_others_are_unknown(browser, meter):
    with tenancy.acting_as_platform():
        other = factories.MeterFactory(at=clock.now() - timedelta(days=3))
    end = clock.now().replace(minute=0, second=0, microsecond=0)
    events = [
        {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "urn:rack:7",
            "type": "org.suanpan.reading.v1",
            "data": {
                "meter": str(each.pk),
                "starts_at": f"{end - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
                "ends_at": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "quantity": "60",
                "unit": each.metric.unit,
            },
        }
        for number, each in enumerate((meter, other))
    ]

    page = upload(browser, "\n".join(map(json.dumps, events)), "events.jsonl")

    assert page.status_code == 200
    assert (page.context["told"].new, len(page.context["told"].refused)) == (1, 1)


@pytest.mark.parametrize("text", ["", "meter,from", HEAD, "\0\1\2"])
def test_what_is_no_table_of_readings_is_refused_beside_the_file(browser, text):
    answer = upload(browser, text)

    assert answer.status_code == 422
    assert "cm-errors" in answer.text


def test_the_template_has_a_line_for_each_meter_and_is_a_file_that_is_read(browser, meter):
    text = browser.get(f"{PAGE}template/").content.decode("utf-8-sig")

    assert str(meter.pk) in text
    assert upload(browser, text).context["told"].new == 1


def test_a_file_of_somebody_else_is_not_there(browser, meter):
    page = upload(browser, hours(meter, "1"))
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))

    assert stranger.get(page.redirect_chain[-1][0]).status_code == 404


def jobs(form: str) -> str:
    """Return two jobs, of 2 cards for 90 minutes and of one for 10, and one that never ran."""
    first = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=4)
    runs = [("11", 2, 0, 90), ("12", 1, 10, 20), ("13", 4, None, None)]
    told = [
        (
            name,
            count,
            *(first + timedelta(minutes=each) if each is not None else None for each in span),
        )
        for name, count, *span in runs
    ]
    if form == "json":
        return json.dumps(
            {
                "jobs": [
                    {
                        "job_id": int(name),
                        "time": {
                            "start": int(start.timestamp()) if start else 0,
                            "end": int(end.timestamp()) if end else 0,
                            "elapsed": int((end - start).total_seconds()) if start else 0,
                        },
                        "tres": {"allocated": [{"type": "gres", "name": "gpu", "count": count}]},
                    }
                    for name, count, start, end in told
                ]
            }
        )
    if form == "helios":
        lines = [
            f"{name},uA,{count},COMPLETED,"
            + (f"{start:%Y-%m-%d %H:%M:%S}Z,{end:%Y-%m-%d %H:%M:%S}Z" if start else "None,None")
            for name, count, start, end in told
        ]
        return "\n".join(["job_id,user,gpu_num,state,start_time,end_time", *lines])
    lines = [
        f"{name}|gres/gpu={count}|"
        + (
            f"{start:%Y-%m-%dT%H:%M:%SZ}|{end:%Y-%m-%dT%H:%M:%SZ}|{end - start}|COMPLETED"
            if start
            else "Unknown|Unknown|00:00:00|CANCELLED"
        )
        for name, count, start, end in told
    ]
    return "\n".join(["JobID|AllocTRES|Start|End|Elapsed|State", *lines])


@pytest.mark.parametrize("form", ["text", "json", "helios"])
def test_what_jobs_held_counts_for_the_meter_that_was_chosen_and_once(browser, meter, form):
    def send():
        content = SimpleUploadedFile("jobs.txt", jobs(form).encode())
        sent = {"key": str(uuid4()), "file": content, "meter": str(meter.pk)}
        return browser.post(PAGE, sent, headers=ENGLISH, follow=True)

    page = send()
    told = page.context["told"]
    assert (told.new, told.known, told.refused) == (3, 0, ())

    confirm(browser, page)

    with tenancy.acting_as_platform():
        quantities = sorted(Reading.objects.values_list("quantity", flat=True))
    assert quantities == [600, 3600, 7200]
    assert send().context["told"].known == 3


def test_jobs_without_a_meter_are_not_guessed(browser):
    page = upload(browser, jobs("text"), "jobs.txt")

    assert page.status_code == 422
    assert "choose the meter that their use counts for" in page.text


def test_a_job_of_another_unit_or_without_an_end_is_refused_by_its_line(browser, meter):
    told = json.loads(jobs("json"))
    told["jobs"][0]["tres"]["allocated"] = [{"type": "cpu", "count": 8}]
    told["jobs"][1]["time"]["end"] = 0
    told["jobs"].append({"job_id": 14})
    content = SimpleUploadedFile("jobs.json", json.dumps(told).encode())
    sent = {"key": str(uuid4()), "file": content, "meter": str(meter.pk)}

    page = browser.post(PAGE, sent, headers=ENGLISH, follow=True)

    found = [(row.line, row.code) for row in page.context["told"].refused]
    assert found == [(1, "unit_mismatch"), (2, "unfinished_job"), (4, "bad_job")]
