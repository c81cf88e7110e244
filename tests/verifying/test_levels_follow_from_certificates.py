"""Levels follow from certificates and end with them; nothing else sets them."""

import base64
from datetime import timedelta
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, ProgrammingError, connection, transaction

from common import tenancy
from common.errors import NotFound
from identity.models import ComputeResource
from marketplace.catalog.models import Listing
from metering.contracts import SignatureRefused
from metering.verifying import selectors, services
from metering.verifying.contracts import BenchmarkFigure, InvalidAssessment, ProbeReportInvalid
from metering.verifying.models import Certificate, CertificateEnd, LevelChange, ProbeReport
from tests import factories
from tests.verifying.cast import GOOD, NOW, Site, assessed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def site():
    return Site()


def declare(site, value="900", now=NOW):
    with tenancy.acting_as(site.provider.pk):
        return services.declare(
            resource_id=site.resource.pk,
            provider_id=site.provider.pk,
            person_id=site.person.pk,
            figures=[BenchmarkFigure("gpu_gemm_fp16", "TFLOPS", Decimal(value))],
            now=now,
        )


def test_a_providers_word_is_level_1_for_a_year_and_no_figure_is_above_the_nameplate(site):
    assert selectors.level_of(site.resource.pk, NOW) is None

    declare(site)

    assert (selectors.level_of(site.resource.pk, NOW), site.level()) == (1, 1)
    with pytest.raises(InvalidAssessment) as refused:
        declare(site, "989.1")
    assert "989" in str(refused.value)
    assert selectors.level_of(site.resource.pk, NOW + 366 * DAY) is None
    services.follow_due(now=NOW + 366 * DAY)
    assert site.level() == 0


def test_a_signed_report_earns_level_2_and_its_proof_is_kept_byte_for_byte(site):
    body = site.report()

    judged = site.send(body)

    assert (judged.is_accepted, judged.level, site.level()) == (True, 2, 2)
    certificate = selectors.certificate(judged.certificate_id)
    assert bytes(certificate.document) == body
    assert (certificate.repeats, certificate.spread) == (7, Decimal("0.0100"))
    assert certificate.figures[0]["value"] == "603"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(certificate.public_key))
    key.verify(base64.b64decode(certificate.signature), bytes(certificate.document))


def test_the_same_report_twice_is_one_certificate(site):
    body = site.report()

    first, second = site.send(body), site.send(body)

    assert first == second
    assert Certificate.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"values": GOOD[:6]}, "too_few_repeats"),
        ({"values": (500, 601, 602, 603, 604, 605, 606)}, "spread_too_wide"),
        ({"values": [1200] * 7}, "above_nameplate"),
        ({"name": "gpu_gemm_bf16"}, "no_main_figure"),
        ({"at": NOW - timedelta(hours=25)}, "not_fresh"),
        ({"at": NOW + timedelta(minutes=6)}, "not_fresh"),
    ],
    ids=["few", "noisy", "above", "other figure", "old", "ahead"],
)
def test_what_a_report_does_not_show_earns_nothing_and_is_kept(site, changes, problem):
    judged = site.send(**changes)

    assert (judged.is_accepted, list(judged.problems), site.level()) == (False, [problem], 0)
    with tenancy.acting_as_platform():
        assert ProbeReport.objects.get().problems == [problem]


def test_medians_and_spreads_are_computed_again_and_not_believed(site):
    results = [
        {
            "name": "gpu_gemm_fp16",
            "unit": "TFLOPS",
            "values": [*map(str, GOOD)],
            "median": "980",
            "spread": "0",
        }
    ]

    judged = site.send(results=results)

    assert selectors.certificate(judged.certificate_id).figures[0]["value"] == "603"


def test_an_agent_that_signs_for_no_meter_of_the_resource_proves_nothing(site):
    with tenancy.acting_as(site.provider.pk):
        other = factories.ResourceFactory(provider=site.provider)

    judged = site.send(resource=str(other.pk))

    assert list(judged.problems) == ["agent_not_of_resource"]


def test_a_stranger_s_signature_and_resource_and_any_garbage_are_refused(site):
    stranger = Site()
    with pytest.raises(NotFound):
        site.send(resource=str(stranger.resource.pk))
    site.key, key = stranger.key, site.key
    with pytest.raises(SignatureRefused):
        site.send()
    site.key = key
    for body in (b"", b"{}", b"[]", b"\xff", site.report().replace(b"603", b"NaN"), b"1" * 10):
        with pytest.raises(ProbeReportInvalid):
            site.send(body)


def test_a_certificate_counts_until_it_ends_and_the_one_below_counts_then(site):
    declare(site)
    judged = site.send()
    later = NOW + 90 * DAY

    assert selectors.level_of(site.resource.pk, later - DAY) == 2
    assert selectors.level_of(site.resource.pk, later) == 1
    services.follow_due(now=later)
    assert site.level() == 1
    told = LevelChange.objects.order_by("id").values_list("before", "after", "because")
    assert list(told) == [(None, 1, "DECLARED"), (1, 2, "MEASURED"), (2, 1, "EXPIRED")]
    assert judged.level == 2


def test_people_are_told_30_7_and_1_days_before_once_each(site):
    site.send()
    told = [services.remind_due(now=NOW + days * DAY) for days in (59, 60, 61, 83, 84, 89, 89, 91)]

    assert told == [0, 1, 0, 1, 0, 1, 0, 0]


def test_a_revoked_certificate_counts_no_more_and_did_before(site):
    judged = site.send()
    market = factories.OrganizationFactory()
    person = factories.PersonFactory(organization=market, roles=("OPERATOR",))

    services.revoke_certificate(
        certificate_id=judged.certificate_id,
        person_id=person.pk,
        organization_id=market.pk,
        note="the meter was another's",
        now=NOW + DAY,
    )

    assert (site.level(), CertificateEnd.objects.get().because) == (0, "REVOKED")
    assert selectors.level_of(site.resource.pk, NOW + DAY / 2) == 2


def test_a_third_party_lifts_to_level_3_and_a_listing_that_promises_it_stops_selling_below(site):
    certificate = assessed(site)
    assert site.level() == 3
    with tenancy.acting_as(site.provider.pk):
        listing = factories.ListingFactory(provider=site.provider, resource=site.resource)

    services.follow_due(now=certificate.valid_to)

    found = Listing.objects.get(pk=listing.pk)
    assert (found.verification_level, found.state, found.stopped_code) == (
        3,
        "PAUSED",
        "below_promise",
    )


def test_the_database_takes_no_level_without_its_certificate_and_no_certificate_without_its_proof(
    site,
):
    resources = ComputeResource.objects.filter(pk=site.resource.pk)
    with tenancy.acting_as_platform():
        with pytest.raises(IntegrityError), transaction.atomic():
            resources.update(verification_level=2)
        judged = site.send()
        resources.update(verification_level=0)
        resources.update(verification_level=2)
        with pytest.raises(IntegrityError), transaction.atomic():
            resources.update(verification_level=3)
        for change in ("level = 3", "document = 'x'", "valid_to = now() + interval '9 years'"):
            with (
                pytest.raises(ProgrammingError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE metering_verifying_certificate SET {change}")
        found = Certificate.objects.get(pk=judged.certificate_id)
        found.pk, found.document = None, b"other"
        with pytest.raises(IntegrityError), transaction.atomic():
            found.save(force_insert=True)


def test_a_provider_writes_no_certificate_and_reads_no_report_of_others(site):
    judged = site.send()
    other = factories.OrganizationFactory()

    with tenancy.acting_as(other.pk):
        assert selectors.reports_of(site.resource.pk).count() == 0
        assert selectors.certificate(judged.certificate_id).level == 2
    with tenancy.acting_as(site.provider.pk):
        assert selectors.reports_of(site.resource.pk).count() == 1
        found = selectors.certificate(judged.certificate_id)
        found.pk = None
        with pytest.raises(Exception, match="row-level"), transaction.atomic():
            found.save(force_insert=True)
