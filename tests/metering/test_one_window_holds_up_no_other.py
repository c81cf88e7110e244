import pytest
from django.db import connection

from common import tenancy
from metering.contracts import Closed, WindowState
from metering.models import Window
from metering.services import closing
from tests.metering import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def poisoned(monkeypatch):
    """Return a meter of which the database cannot measure a window."""
    meter = cast.meter()
    measure = closing.measure_windows

    def measure_or_fail(versions, terms):
        with tenancy.acting_as_platform():
            is_poisoned = Window.objects.filter(pk__in=versions, meter=meter).exists()
        if is_poisoned:
            with connection.cursor() as cursor:
                cursor.execute("SELECT repeat('x', 2000000000)")  # More than one value can hold.
        return measure(versions, terms)

    monkeypatch.setattr(closing, "measure_windows", measure_or_fail)
    return meter


def test_a_window_that_cannot_be_measured_is_set_aside(poisoned):
    sound = [cast.meter() for _ in range(2)]
    for meter in (sound[0], poisoned, sound[1]):
        cast.ingest(meter, cast.reading(meter, 3600))

    closed = cast.close()

    assert closed == Closed(windows=3, records=2, set_aside=1, is_full=False)
    assert [len(cast.records(meter)) for meter in sound] == [1, 1]
    with tenancy.acting_as_platform():
        window = Window.objects.get(meter=poisoned)
    assert (window.state, window.set_aside_reason) == (WindowState.SET_ASIDE, "not_measurable")
    assert cast.close().windows == 0
