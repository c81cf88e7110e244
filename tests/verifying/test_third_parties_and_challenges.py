"""Third parties assess and somebody else decides; challenges come when nobody knows."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from common import tenancy
from common.moments import market_date, start_of_day
from identity import services as identity
from identity.contracts import Role, SecondPersonRequired, TieKind
from metering.verifying import drawing, selectors, services, watts
from metering.verifying.contracts import (
    AlreadyAssessing,
    AssessmentNotFound,
    AssessmentStateRefused,
    AssessorNotAccredited,
    AssessorRelated,
    BenchmarkFigure,
    ChallengeUnknown,
    InvalidAssessment,
)
from metering.verifying.models import (
    Certificate,
    Challenge,
    CrossCheck,
    DrawDay,
    ThirdPartyAssessment,
)
from tests import cast, factories
from tests.metering import cast as metering
from tests.verifying.cast import NOW, Site, asked, assessed, assessor, granted, recorded

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def site():
    return Site()


def test_what_an_assessor_found_counts_once_somebody_of_neither_side_grants_it(site):
    lab = assessor()
    made = recorded(asked(site, lab), lab)
    assert site.level() == 0

    insider = cast.member(lab, Role.OPERATOR)
    with pytest.raises(AssessmentNotFound):
        granted(made, cast.member(factories.OrganizationFactory(), Role.OPERATOR), lab)
    with pytest.raises(SecondPersonRequired):
        granted(made, insider, factories.OrganizationFactory())
    certificate = granted(made)

    assert (site.level(), certificate.issuer_id) == (3, lab.pk)
    assert certificate.content_hash == hashlib.sha256(bytes(certificate.document)).hexdigest()
    with pytest.raises(AssessmentStateRefused):
        granted(made)


def test_nobody_assesses_those_they_are_related_to_by_person_or_by_share(site):
    lab = assessor()
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=lab.pk, user_id=site.person.pk, role=Role.BUYER)
    with pytest.raises(AssessorRelated):
        asked(site, lab)

    other = assessor()
    made = recorded(asked(site, other), other)
    with tenancy.acting_as_platform():
        identity.record_tie(
            holder_id=other.pk,
            held_id=site.provider.pk,
            kind=TieKind.CONTROL,
            valid_from=market_date(NOW),
            source="register",
            recorded_by_id=cast.somebody().pk,
            now=NOW,
        )
    with pytest.raises(AssessorRelated):
        granted(made)


def test_who_is_not_accredited_does_not_assess_and_one_assessment_is_under_way(site):
    with pytest.raises(AssessorNotAccredited):
        asked(site, factories.OrganizationFactory())
    lab = assessor()
    made = asked(site, lab)
    with pytest.raises(AlreadyAssessing):
        asked(site, lab)
    with pytest.raises(AssessorNotAccredited):
        recorded(made, lab, now=NOW + 800 * DAY)
    with pytest.raises(AssessmentNotFound):
        recorded(made, assessor())


@pytest.mark.parametrize(
    "changes",
    [
        {"figures": []},
        {"figures": [BenchmarkFigure("gpu_gemm_fp16", "TFLOPS", Decimal(990))]},
        {"figures": [BenchmarkFigure("gpu_gemm_fp16", "TFLOPS", Decimal(0))]},
        {"valid_days": 732},
        {"measured_at": NOW + DAY},
        {"benchmark": " "},
        {"signature": "AAAA", "document": b"x"},
        {"document": b"x" * (1024 * 1024 + 1)},
    ],
    ids=["none", "above", "zero", "long", "ahead", "nameless", "unsigned", "huge"],
)
def test_what_is_wrong_with_an_assessment_is_said_and_nothing_is_recorded(site, changes):
    lab = assessor()
    made = asked(site, lab)

    with pytest.raises(InvalidAssessment):
        recorded(made, lab, **changes)

    with tenancy.acting_as_platform():
        assert ThirdPartyAssessment.objects.get().state == "ASKED"


def test_a_days_challenges_follow_from_a_seed_that_is_committed_before_and_revealed_after(
    site, settings
):
    settings.METERING_CHALLENGE_DAYS_MEAN = 1
    site.send()
    morning = start_of_day(market_date(NOW) + DAY)

    assert services.draw_day(now=morning) == 1
    assert services.draw_day(now=morning) is None

    (today,) = selectors.draws(morning)
    assert (today["seed"], today["challenges"]) == (None, 1)
    (told,) = selectors.draws(morning + DAY)
    seed = bytes.fromhex(told["seed"])
    assert drawing.commitment(seed) == today["commitment"]
    after = drawing.offset(seed, site.resource.pk, told["day"], mean_days=1, answer_seconds=1800)
    with tenancy.acting_as_platform():
        assert Challenge.objects.get().opens_at == morning + after
    with tenancy.acting_as(site.provider.pk):
        assert not Challenge.objects.exists()
        assert not DrawDay.objects.exists()


def test_resources_are_drawn_as_often_as_is_said():
    days = [market_date(NOW) + number * DAY for number in range(2000)]
    seed = b"s" * 32
    resource_id = UUID(int=7)

    drawn = [
        drawing.offset(seed, resource_id, day, mean_days=7, answer_seconds=1800) for day in days
    ]

    hits = [each for each in drawn if each is not None]
    assert 230 < len(hits) < 345
    assert all(timedelta() <= each <= DAY - timedelta(seconds=1800) for each in hits)


@pytest.fixture
def challenge(site, settings):
    settings.METERING_CHALLENGE_DAYS_MEAN = 1
    site.send()
    services.draw_day(now=start_of_day(market_date(NOW) + DAY))
    with tenancy.acting_as_platform():
        found = Challenge.objects.get()
    services.open_due(now=found.opens_at)
    return found


def answer(site, challenge, values=(600, 601, 602, 603, 604, 605, 606), **changes):
    at = challenge.opens_at + timedelta(minutes=5)
    return site.send(values=values, at=at, now=at, challenge=challenge.nonce, **changes)


def state_of(challenge):
    with tenancy.acting_as_platform():
        challenge.refresh_from_db()
    return challenge.state


def test_a_challenge_that_is_answered_well_renews_the_certificate(site, challenge):
    judged = answer(site, challenge)

    assert (judged.level, state_of(challenge), site.level()) == (2, "PASSED", 2)
    with pytest.raises(ChallengeUnknown):
        answer(site, challenge, values=(590, 591, 592, 593, 594, 595, 596))


def test_a_challenge_below_tolerance_suspends_level_2_until_a_new_probe(site, challenge):
    judged = answer(site, challenge, values=[540] * 7)

    assert (judged.level, state_of(challenge), site.level()) == (None, "BELOW", 0)
    assert Certificate.objects.get().end.because == "BELOW"
    at = challenge.deadline_at
    assert site.send(values=[540] * 7, at=at, now=at).level == 2


def test_a_challenge_that_nobody_answers_suspends_level_2_once(site, challenge):
    assert services.settle_due(now=challenge.deadline_at - timedelta(seconds=1)) == 0
    assert services.settle_due(now=challenge.deadline_at) == 1
    assert services.settle_due(now=challenge.deadline_at) == 0

    assert (state_of(challenge), site.level()) == ("MISSED", 0)
    with pytest.raises(ChallengeUnknown):
        site.send(challenge=challenge.nonce, at=challenge.deadline_at, now=challenge.deadline_at)


def test_a_noisy_answer_shows_nothing_and_may_be_followed_by_another(site, challenge):
    judged = answer(site, challenge, values=(300, 601, 602, 603, 604, 605, 606))

    assert (list(judged.problems), state_of(challenge)) == (["spread_too_wide"], "OPEN")
    assert answer(site, challenge).level == 2
    assert state_of(challenge) == "PASSED"


def test_a_report_from_before_the_challenge_is_no_answer(site, challenge):
    at = challenge.opens_at
    site.send(at=at - timedelta(minutes=1), now=at, challenge=challenge.nonce)

    assert (state_of(challenge), site.level()) == ("BELOW", 0)


def day(**facts):
    told = {
        "resource_id": None,
        "provider_id": None,
        "day": market_date(NOW),
        "chip": "NVIDIA H100 SXM",
        "cards": Decimal(8),
        "pue": Decimal("1.2"),
        "card_hours": Decimal(100),
        "scheduler_hours": None,
        "watt_hours": None,
    }
    return watts.WattDay(**(told | facts))


@pytest.mark.parametrize(
    ("facts", "verdict", "findings"),
    [
        ({}, "UNKNOWN", ()),
        ({"watt_hours": Decimal(60_000)}, "PLAUSIBLE", ()),
        ({"watt_hours": Decimal(14_000)}, "PLAUSIBLE", ()),
        ({"watt_hours": Decimal("13999.9")}, "FOUND", ("paper_compute",)),
        ({"watt_hours": Decimal(0)}, "FOUND", ("paper_compute",)),
        ({"watt_hours": Decimal(0), "card_hours": Decimal("0.9")}, "UNKNOWN", ()),
        ({"watt_hours": Decimal(0), "chip": "NVIDIA H20"}, "UNKNOWN", ()),
        ({"watt_hours": Decimal(300_000)}, "FOUND", ("above_power",)),
        ({"pue": Decimal("3.1")}, "FOUND", ("pue_implausible",)),
        ({"scheduler_hours": Decimal(90)}, "UNKNOWN", ()),
        ({"scheduler_hours": Decimal(89)}, "FOUND", ("scheduler_differs",)),
    ],
    ids=str,
)
def test_power_and_scheduler_say_whether_use_adds_up(facts, verdict, findings):
    outcome = watts.judge(day(**facts))

    assert (outcome.verdict, outcome.findings) == (verdict, findings)


def test_a_day_is_compared_once_days_after_its_end(site):
    with tenancy.acting_as_platform():
        assert services.check_day(now=NOW) == 0
        assert services.check_day(now=NOW) is None
    meter = metering.meter()
    metering.ingest(meter, metering.reading(meter, 3600))
    metering.close()

    found = [services.check_day(now=metering.NOON + DAY * number) for number in (1, 2, 3)]

    assert sum(each or 0 for each in found) == 1
    with tenancy.acting_as_platform():
        row = CrossCheck.objects.get()
    assert (row.verdict, row.evidence["card_hours"]) == ("UNKNOWN", "1")
    assert assessed(Site()).level == 3
