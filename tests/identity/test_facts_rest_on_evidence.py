"""What an organisation is: by the register and by certificates, never by its own word."""

from datetime import date, datetime, timedelta

import pytest

from common import tenancy
from identity import services as identity
from identity.contracts import CertificateKind, EnterpriseClass, EnterpriseSize
from identity.evidence import facts_of
from identity.evidence.sizes import size_of
from identity.models import SmeCertificate
from tests import cast

pytestmark = pytest.mark.django_db
NOW = cast.NOW
DAY = timedelta(days=1)
YUAN_10K = 1_000_000  # fen
SMALL = {"staff_count": 20, "revenue_minor": 1, "assets_minor": 1}


@pytest.fixture(autouse=True)
def platform(db):
    tenancy.enter(tenancy.PLATFORM)


def certify(holder, kind=CertificateKind.SME, *, valid_to=date(2027, 1, 1), **figures):
    return identity.issue_sme_certificate(
        organization_id=holder.pk,
        issued_by=cast.organization("Registrar").pk,
        issued_by_person=cast.somebody().pk,
        kind=kind,
        number=f"{kind[:3]} {holder.pk}",
        valid_from=date(2026, 1, 1),
        valid_to=valid_to,
        figures=identity.CertificateFigures(**figures),
    )


def test_what_nobody_proved_is_unknown():
    facts = facts_of(cast.organization().pk, NOW)

    assert not any(
        fact.is_known
        for fact in (facts.region, facts.industry, facts.size, facts.age_years, facts.standing)
    )
    assert facts.certificates == ()


def test_region_and_industry_rest_on_the_register_and_size_on_a_certificate():
    acme = cast.organization(region="510104", industry="I65")
    certify(acme, staff_count=120, revenue_minor=2_000 * YUAN_10K, assets_minor=0)

    facts = facts_of(acme.pk, NOW)

    assert (facts.region.value, facts.region.grounds[0].kind) == ("510104", "register")
    assert facts.region.grounds[0].number == acme.uscc
    assert facts.size.value is EnterpriseSize.MEDIUM
    assert (facts.size.grounds[0].kind, facts.size.grounds[0].number) == (
        "certificate",
        f"SME {acme.pk}",
    )
    assert facts.standing.value is EnterpriseClass.SME
    assert facts.data["certificates"][0]["criteria"] == "criteria-1"


@pytest.mark.parametrize(
    ("industry", "staff", "revenue", "size"),
    [
        ("C39", 1000, 40_000, EnterpriseSize.LARGE),
        ("C39", 999, 40_000, EnterpriseSize.MEDIUM),
        ("C39", 1000, 39_999, EnterpriseSize.MEDIUM),
        ("C39", 20, 299, EnterpriseSize.MICRO),
        ("I64", 2000, 100_000, EnterpriseSize.LARGE),
        ("I651", 300, 10_000, EnterpriseSize.LARGE),
        ("I65", 10, 50, EnterpriseSize.SMALL),
        ("M73", 300, 0, EnterpriseSize.LARGE),
        ("J66", 10, 50, None),
        ("", 10, 50, None),
        ("I65", None, 50, None),
    ],
)
def test_the_lowest_size_that_any_figure_allows_counts(industry, staff, revenue, size):
    figures = {"staff_count": staff, "revenue_minor": revenue * YUAN_10K, "assets_minor": 0}

    assert size_of(industry, figures) == size


def test_who_is_large_by_its_industry_gets_no_certificate_of_being_small():
    acme = cast.organization(industry="I65")

    with pytest.raises(identity.SmeCriteriaNotMet) as refused:
        certify(acme, staff_count=300, revenue_minor=10_000 * YUAN_10K, assets_minor=0)

    assert refused.value.field == "staff_count"


@pytest.mark.parametrize("kind", list(CertificateKind))
def test_nobody_on_a_list_of_the_dishonest_is_certified(kind):
    facts = SMALL | {"score": 60, "staff_score": 1, "established_on": date(2024, 1, 1)}

    with pytest.raises(identity.SmeCriteriaNotMet):
        certify(cast.organization(), kind, **facts, is_listed=True)

    assert certify(cast.organization(), kind, **facts).criteria == "criteria-1"


def test_a_start_up_is_young_on_the_first_day_and_its_age_goes_on():
    with pytest.raises(identity.SmeCriteriaNotMet):
        certify(cast.organization(), CertificateKind.START_UP, established_on=date(2021, 1, 1))
    acme = cast.organization()
    certify(acme, CertificateKind.START_UP, established_on=date(2021, 1, 2))

    facts = facts_of(acme.pk, NOW)

    assert facts.standing.value is EnterpriseClass.STARTUP
    assert facts.age_years.value == 5


def test_a_revoked_or_lapsed_certificate_proves_nothing_and_the_past_stays_as_it_was():
    acme = cast.organization()
    made = certify(acme, **SMALL)
    identity.revoke_sme_certificate(
        certificate_id=made.pk,
        issued_by=made.issued_by_id,
        revoked_by_person=made.issued_by_person_id,
        now=NOW,
    )

    assert facts_of(acme.pk, NOW).standing.value is None
    assert facts_of(acme.pk, NOW - DAY).standing.value is EnterpriseClass.SME
    assert facts_of(acme.pk, datetime(2027, 1, 1, tzinfo=NOW.tzinfo)).certificates == ()


def test_a_high_technology_enterprise_is_not_small_for_that():
    acme = cast.organization()
    certify(acme, CertificateKind.HIGH_TECH)

    facts = facts_of(acme.pk, NOW)

    assert facts.holds(CertificateKind.HIGH_TECH)
    assert not facts.standing.is_known


def test_holders_are_reminded_once_30_7_and_1_days_before_the_end():
    acme = cast.organization()
    end = NOW.date() + 31 * DAY
    made = certify(acme, valid_to=end, **SMALL)

    told = [
        (left, identity.remind_of_certificates(now=NOW + (31 - left) * DAY))
        for left in (31, 30, 29, 7, 7, 1, 0)
    ]

    assert told == [(31, 0), (30, 1), (29, 0), (7, 1), (7, 0), (1, 1), (0, 0)]
    made = SmeCertificate.objects.get(pk=made.pk)
    assert made.reminded_days == 1


def test_who_is_found_late_is_reminded_once():
    acme = cast.organization()
    certify(acme, valid_to=NOW.date() + 3 * DAY, **SMALL)

    assert [identity.remind_of_certificates(now=NOW) for _n in range(2)] == [1, 0]
