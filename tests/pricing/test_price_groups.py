"""Buyers in price groups: dated, told, known to two alone, and ended with notice."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.notice import NOTICE, NoticeTooShort
from identity.events import selectors as events
from pricing import group_selectors, services
from pricing.group_contracts import (
    GroupAsked,
    GroupEntryNotFound,
    GroupOverlaps,
    GroupRefused,
    PriceGroup,
)
from pricing.models import PriceGroupEntry
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def provider():
    return factories.OrganizationFactory(stem="Provider")


@pytest.fixture
def buyer():
    return factories.OrganizationFactory(stem="Buyer")


def enter(provider, buyer, group=PriceGroup.INSIDE, **more):
    with tenancy.acting_as(provider.pk):
        return services.enter_price_group(
            provider_id=provider.pk,
            uscc=buyer.uscc if buyer else "",
            group=group,
            reason="of our faculty",
            now=clock.now(),
            **more,
        )


def known(provider, buyer, *, at=None, **more):
    asked = GroupAsked(provider.pk, buyer.pk, at or clock.now(), **more)
    with tenancy.acting_as_platform():
        found = group_selectors.groups_known([asked])
    return found[asked].group if asked in found else None


def test_a_buyer_is_in_a_group_from_a_moment_to_another(provider, buyer):
    now = clock.now()
    entry = enter(provider, buyer, starts_at=now + DAY, ends_at=now + 2 * DAY)

    at = [entry.starts_at - timedelta(microseconds=1), entry.starts_at, entry.ends_at]
    assert [known(provider, buyer, at=each) for each in at] == [None, "inside", None]


def test_groups_of_a_buyer_never_overlap_and_follow_each_other(provider, buyer):
    now = clock.now()
    first = enter(provider, buyer, ends_at=now + DAY)
    with pytest.raises(GroupOverlaps):
        enter(provider, buyer, PriceGroup.PARTNER, starts_at=first.ends_at - timedelta(seconds=1))

    enter(provider, buyer, PriceGroup.PARTNER, starts_at=first.ends_at)

    assert known(provider, buyer, at=now + DAY) == "partner"


def test_the_project_comes_before_the_organisation_and_that_before_the_related(provider, buyer):
    enter(provider, None, PriceGroup.OUTSIDE)
    assert known(provider, buyer) is None
    assert known(provider, buyer, is_related=True) == "outside"
    enter(provider, buyer, PriceGroup.PARTNER)
    assert known(provider, buyer, is_related=True) == "partner"
    enter(provider, buyer, PriceGroup.INSIDE, project_code="LAB-7")
    assert known(provider, buyer, project_code="LAB-7") == "inside"
    assert known(provider, buyer, project_code="LAB-8") == "partner"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"uscc": "no such code"}, "uscc"),
        ({"reason": " "}, "reason"),
        ({"ends": -DAY}, "ends_at"),
        ({"starts": -DAY}, "starts_at"),
        ({"uscc": "", "project_code": "LAB"}, "uscc"),
        ({"project_code": "L" * 21}, "project_code"),
    ],
)
def test_an_entry_names_somebody_a_reason_and_a_time(provider, buyer, more, field):
    now = clock.now()
    asked = {"uscc": buyer.uscc, "reason": "because", "group": PriceGroup.INSIDE} | more
    for name in ("starts", "ends"):
        if name in asked:
            asked[f"{name}_at"] = now + asked.pop(name)
    with tenancy.acting_as(provider.pk), pytest.raises(GroupRefused) as refused:
        services.enter_price_group(provider_id=provider.pk, now=now, **asked)

    assert refused.value.field == field
    assert not PriceGroupEntry.objects.exists()


def test_nobody_enters_itself(provider):
    with pytest.raises(GroupRefused):
        enter(provider, provider)


def test_an_entry_ends_seven_days_later_and_no_sooner(provider, buyer):
    entry, now = enter(provider, buyer), clock.now()
    with tenancy.acting_as(provider.pk):
        with pytest.raises(NoticeTooShort):
            services.leave_price_group(
                provider_id=provider.pk, entry_id=entry.pk, now=now, ends_at=now + DAY
            )
        ended = services.leave_price_group(provider_id=provider.pk, entry_id=entry.pk, now=now)

    assert ended.ends_at == now + NOTICE
    assert known(provider, buyer) == "inside"


def test_who_is_in_a_group_is_known_to_the_two_alone(provider, buyer):
    entry = enter(provider, buyer)
    another = factories.OrganizationFactory(stem="Another")

    seen = {}
    for name, who in {"provider": provider, "buyer": buyer, "another": another}.items():
        with tenancy.acting_as(who.pk):
            seen[name] = list(PriceGroupEntry.objects.values_list("pk", flat=True))
    assert seen == {"provider": [entry.pk], "buyer": [entry.pk], "another": []}
    with tenancy.acting_as(buyer.pk), pytest.raises(GroupEntryNotFound):
        services.leave_price_group(provider_id=buyer.pk, entry_id=entry.pk, now=clock.now())


def test_the_buyer_is_told(provider, buyer):
    entry = enter(provider, buyer)

    with tenancy.acting_as_platform():
        (told,) = events.of_objects("price_group", [entry.pk])[entry.pk]
    assert told.name == "pricing.group.entered"


ATTACKS = {
    "back-date": "starts_at = starts_at - interval '1 day'",
    "shorten": "ends_at = now() + interval '1 day'",
    "end": "ends_at = now()",
    "dearer": "price_group = 'outside'",
    "another": "project_code = 'LAB'",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_sql_edits_back_dates_and_shortens_nothing(provider, buyer, attack):
    entry = enter(provider, buyer)

    with (
        tenancy.acting_as(provider.pk),
        pytest.raises(DatabaseError, match="price group"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE pricing_pricegroupentry SET {ATTACKS[attack]} WHERE id = %s", [entry.pk]
        )


def test_sql_enters_nobody_in_the_past(provider, buyer):
    entry = enter(provider, buyer, project_code="A")
    entry.pk, entry.project_code = None, "B"
    entry.starts_at = entry.recorded_at = clock.now() - DAY
    with (
        tenancy.acting_as(provider.pk),
        pytest.raises(DatabaseError, match="entered now"),
        transaction.atomic(),
    ):
        PriceGroupEntry.objects.bulk_create([entry])
