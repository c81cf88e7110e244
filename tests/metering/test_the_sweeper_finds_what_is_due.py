import pytest
from django.conf import settings

from common import doorbell, tenancy
from metering import tasks
from metering.models import Window
from tests.metering import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def rings(monkeypatch):
    rung = []
    monkeypatch.setattr(doorbell, "_sender", lambda bell, names: rung.append((bell, names)))
    return rung


def test_everything_due_is_closed_in_batches_and_charging_is_rung(
    rings, settings, django_capture_on_commit_callbacks
):
    settings.METERING_CLOSING_BATCH_MAX = 2
    meter = cast.meter()
    cast.ingest(meter, *[cast.reading(meter, at=hour * cast.HOUR) for hour in range(5)])

    with django_capture_on_commit_callbacks(execute=True):
        tasks.close_due_windows(an_argument_of_tomorrow=1)

    assert len(cast.records(meter)) == 5
    with tenancy.acting_as_platform():
        assert not Window.objects.filter(state="OPEN").exists()
    assert rings == [("usage.recorded", {})] * 3


def test_nothing_due_rings_nobody(rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.close_due_windows()

    assert rings == []


def test_beat_rings_again_every_few_seconds():
    (entry,) = (
        entry
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == "metering.tasks.close_due_windows"
    )

    assert entry["schedule"].total_seconds() <= 5
