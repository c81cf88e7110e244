from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from common.errors import NotFound
from pricing import selectors, services
from pricing.contracts import (
    InvalidRates,
    PlanCodeTaken,
    TakesEffectInPast,
    VersionOverlaps,
)
from pricing.models import RatePlanVersion
from tests.pricing.cards import component
from tests.pricing.conftest import NOW

LATER = NOW + timedelta(days=7)
WEEK = timedelta(days=7)
DEARER = [component(("0", "3.5"))]


def publish(plan, *, starts_at=None, now=NOW, components=None):
    return services.publish_version(
        provider_id=plan.provider_id,
        plan_id=plan.pk,
        components=components or DEARER,
        starts_at=starts_at,
        now=now,
    )


def test_a_new_version_takes_effect_at_its_time_and_ends_the_one_before(plan, version):
    now = clock.now()
    later = now + WEEK

    second = publish(plan, starts_at=later, now=now)

    assert second.version == 2
    before = selectors.version_in_effect(plan_id=plan.pk, at=later - timedelta(microseconds=1))
    after = selectors.version_in_effect(plan_id=plan.pk, at=later)
    assert (before.pk, before.ends_at) == (version.id, later)
    assert (after.pk, after.ends_at) == (second.id, None)


def test_no_version_before_the_first(plan, version):
    assert selectors.version_in_effect(plan_id=plan.pk, at=NOW - timedelta(seconds=1)) is None


def test_equal_words_have_equal_hashes_and_other_words_others(plan, version):
    card = selectors.rate_card(version.id)

    assert card.content_hash == version.content_hash
    assert publish(plan, now=clock.now()).content_hash != version.content_hash


@pytest.mark.parametrize("starts_at", [NOW, NOW - timedelta(days=0)])
def test_two_versions_never_take_effect_together(plan, version, starts_at):
    with pytest.raises(VersionOverlaps):
        publish(plan, starts_at=starts_at)

    assert RatePlanVersion.objects.get(plan=plan).ends_at is None


def test_prices_that_were_in_force_are_never_changed(plan, version):
    with pytest.raises(TakesEffectInPast):
        publish(plan, starts_at=LATER, now=LATER + timedelta(seconds=1))


def test_a_plan_of_someone_else_looks_like_none(plan, buyer):
    with pytest.raises(NotFound):
        services.publish_version(provider_id=buyer.pk, plan_id=plan.pk, components=DEARER, now=NOW)


def test_a_code_names_one_plan_of_a_provider(plan):
    with pytest.raises(PlanCodeTaken):
        services.create_plan(provider_id=plan.provider_id, code=plan.code, name="again", now=NOW)


def test_a_code_is_plain(provider):
    with pytest.raises(InvalidRates):
        services.create_plan(provider_id=provider.pk, code="Not Plain", name="x", now=NOW)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE pricing_rateplanversion SET components = '[]'",
        "UPDATE pricing_rateplanversion SET content_hash = ''",
        "UPDATE pricing_rateplanversion SET starts_at = starts_at - interval '1 day'",
        "UPDATE pricing_rateplanversion SET ends_at = starts_at + interval '1 h', version = 9",
        "DELETE FROM pricing_rateplanversion",
        "INSERT INTO pricing_rateplanversion SELECT gen_random_uuid(), plan_seq, 2, asset,"
        " components, content_hash, starts_at + interval '1 s', NULL, published_at, plan_id,"
        " provider_id FROM pricing_rateplanversion",
        "INSERT INTO pricing_rateplanversion SELECT gen_random_uuid(), plan_seq + 1, 2, asset,"
        " components, content_hash, starts_at, NULL, published_at, plan_id, provider_id"
        " FROM pricing_rateplanversion",
    ],
)
def test_the_database_refuses_to_rewrite_prices(version, attack):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)

    assert selectors.rate_card(version.id).content_hash == version.content_hash


def test_another_tenant_reads_prices_but_cannot_publish_them(plan, version, buyer):
    tenancy.enter(buyer.pk)

    assert selectors.rate_card(version.id).plan_code == "ascend-standard"
    with pytest.raises((DatabaseError, NotFound)), transaction.atomic():
        publish(plan, starts_at=LATER)
