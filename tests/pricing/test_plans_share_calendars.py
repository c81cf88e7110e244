"""Plans take the days of calendars that are kept as data; which one, in which version, is kept."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock
from pricing import draft_selectors, services, shared_calendars
from pricing.contracts import InvalidRates
from pricing.models import RatePlanVersion
from tests.pricing.timed_plans import PEAK_AND_VALLEY, terms, unit

CHINA = "cn-2026"


def said(**more):
    found = shared_calendars.find(CHINA)
    days = {"holidays": [*found.holidays], "workdays": [*found.workdays]}
    return terms(unit("5", bands={"peak": "1.5"}), bands=PEAK_AND_VALLEY) | days | more


@pytest.mark.parametrize("calendar", shared_calendars.every_version(), ids=lambda each: each.named)
def test_a_calendar_is_of_one_year_and_works_weekends_alone(calendar):
    holidays, workdays = (
        [date.fromisoformat(day) for day in days] for days in (calendar.holidays, calendar.workdays)
    )

    assert {f"{day:%Y}" for day in holidays + workdays} == {calendar.code.removeprefix("cn-")}
    assert holidays == sorted(set(holidays))
    assert all(day.weekday() >= 5 for day in workdays)
    assert not set(holidays) & set(workdays)
    assert calendar.is_assumed == (calendar.code == "cn-2027")
    assert all((calendar.source, calendar.source_en, calendar.name, calendar.name_en))


def test_days_of_2026_are_those_that_were_announced():
    found = shared_calendars.find(CHINA)

    assert (len(found.holidays), len(found.workdays)) == (33, 6)
    assert {"2026-02-15", "2026-02-23", "2026-10-07"} <= {*found.holidays}
    assert {"2026-02-14", "2026-02-28", "2026-10-10"} <= {*found.workdays}


def kept(plan, terms, calendars):
    return services.keep_plan_draft(
        provider_id=plan.provider_id, plan_id=plan.pk, name="n", terms=terms,
        calendars=calendars, now=clock.now(),
    )  # fmt: skip


def test_a_draft_keeps_which_calendar_it_took_and_brings_it_to_the_version(plan, version):
    draft = kept(plan, said(), [CHINA, CHINA])
    assert draft.calendars == ["cn-2026@1"]

    made = services.publish_draft(provider_id=plan.provider_id, draft_id=draft.pk, now=clock.now())

    stored = RatePlanVersion.objects.get(pk=made.id)
    assert stored.calendars == ["cn-2026@1"]
    assert {*shared_calendars.find(CHINA).holidays} <= {*stored.terms["holidays"]}
    assert draft_selectors.published_as(draft) == stored
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE pricing_rateplanversion SET calendars = '[]'")


@pytest.mark.parametrize(
    ("terms", "calendars"),
    [
        (said(holidays=["2026-10-01"]), [CHINA]),
        (said(workdays=[]), [f"{CHINA}@1"]),
        (said(), ["cn-1926"]),
        (said(), [f"{CHINA}@9"]),
        (said(), [f"x-{number}" for number in range(11)]),
    ],
)
def test_no_plan_says_that_it_took_days_that_it_lacks(plan, terms, calendars):
    with pytest.raises(InvalidRates) as refused:
        kept(plan, terms, calendars)

    assert refused.value.field == "calendars"


def test_what_has_no_terms_took_no_calendar(plan, version):
    with pytest.raises(InvalidRates):
        services.publish_version(
            provider_id=plan.provider_id,
            plan_id=plan.pk,
            components=[
                {"code": "c", "unit": "unit_hour", "tiers": [{"from": "0", "unit_price": "3"}]}
            ],
            calendars=[CHINA],
            now=clock.now(),
        )
