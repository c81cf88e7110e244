"""What a month would have been under another rule: exact, and within whose walls."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common import clock, tenancy
from common.period import Period
from metering import rules, selectors, services
from metering.models import MeasurementRuleVersion
from metering.selectors import recomputing
from metering.table_contracts import WhatIfTooLarge
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOVEMBER = Period(cast.NOON - timedelta(days=19), cast.NOON + timedelta(days=11))


@pytest.fixture
def used():
    """Return a provider whose cards were used for odd seconds, measured by the first version."""
    tenancy.enter(tenancy.PLATFORM)
    services.install_shipped_rules(now=clock.now())
    provider = people.organization()
    meter = cast.meter(provider)
    for hour, seconds in enumerate(("3600", "1", "1799.999999", "0.000000000001", "17.3")):
        cast.ingest(meter, cast.reading(meter, seconds, at=hour * HOUR))
    cast.close()
    tenancy.enter(tenancy.PLATFORM)
    return provider, cast.records(meter)


def definition(version=1, **changes):
    found = MeasurementRuleVersion.objects.get(rule_id="accelerator-hours", version=version)
    return found.definition | changes


def ask(said, **whose):
    return selectors.what_if(code="accelerator-hours", definition=said, period=NOVEMBER, **whose)


@pytest.mark.parametrize("version", [1, 2])
def test_the_same_factors_make_the_same_hours_to_the_last_digit(used, version):
    _provider, records = used

    (line,) = ask(definition(version)).lines

    assert line.before == line.after == sum(each.standard_hours for each in records)
    assert (line.records, line.difference) == (5, 0)


def test_another_factor_is_rounded_record_by_record_as_records_are(used):

    provider, records = used
    (h100,) = (each for each in definition()["factors"] if each["chip"] == "NVIDIA H100 SXM")
    lower = h100 | {"tflops": "900", "factor": "2.884615"}

    found = ask(definition(factors=[lower]), provider_id=provider.pk)

    expected = sum(rules.standard_hours(each.quantity, Decimal("2.884615")) for each in records)
    assert found.totals == {"training": (found.lines[0].before, expected)}
    assert found.lines[0].difference == expected - found.lines[0].before < 0


def test_hours_of_another_class_stand_apart_and_have_no_difference(used):
    found = ask(definition(factors=[], conversion={"name": "hpc", "version": 1}))

    assert set(found.totals) == {"training", "hpc"}
    assert found.lines[0].difference is None


def test_a_rule_without_a_figure_leaves_native_hours(used):
    (line,) = ask(definition(factors=[])).lines

    assert (line.after, line.unconverted, line.class_after) == (0, 5, "")


def test_nobody_elses_usage_is_in_it(used):
    _provider, records = used

    assert ask(definition(), provider_id=people.organization().pk).lines == []
    assert ask(definition(), subjects=[]).lines == []
    assert ask(definition(), subjects=[records[0].pk]).lines == []
    with tenancy.acting_as(people.organization().pk):
        assert ask(definition()).lines == []


def test_more_than_its_bound_is_refused(used, monkeypatch):
    monkeypatch.setattr(recomputing, "RECORDS_MAX", 4)

    with pytest.raises(WhatIfTooLarge):
        ask(definition())
