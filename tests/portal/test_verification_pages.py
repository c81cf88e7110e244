"""Each side of a proof has its pages: provider, assessor, operator, and everybody who checks it."""

import hashlib
import subprocess
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common import tenancy
from identity.contracts import Role
from metering.verifying import assessment_files, selectors
from metering.verifying.models import Assessor, ThirdPartyAssessment
from tests import cast, factories
from tests.verifying.cast import Site, asked, assessor, recorded

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
CHINESE = (
    "指标,单位,测评值,重复次数,离散度,测评基准,基准版本,测评时间,有效天数,测试条件\n"
    "FP16稠密算力,TFLOPS,700,7,2%,ODCC,2.0,2026-11-01T00:00:00+08:00,200,22 ℃\n"
    "显存带宽,GB/s,3000,7,0.01,,,,,\n"
)


@pytest.fixture
def site():
    return Site(at=timezone.now())


def browser(organization, role=Role.PROVIDER):
    return cast.signed_in(cast.member(organization, role))


def shown(client, page, *arguments):
    return client.get(reverse(f"portal:{page}", args=arguments), headers=ENGLISH)


def send(client, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return client.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def test_a_provider_sees_what_is_missing_declares_and_asks(site):
    provider, lab = browser(site.provider), assessor(now=timezone.now())
    assert "0 of 1 resources" in shown(provider, "verification").text
    page = shown(provider, "resource-verification", site.resource.pk).text
    assert "Next: L1: declare what it can do." in page

    above = send(provider, "resource-verification", site.resource.pk, act="declare", value="990")
    assert (above.status_code, "the nameplate is 989" in above.text) == (422, True)
    send(provider, "resource-verification", site.resource.pk, act="declare", value="900")
    site.send()
    done = send(
        provider, "resource-verification", site.resource.pk, act="ask", assessor=str(lab.pk)
    )

    assert "The assessor was asked." in done.text
    assert "L2 · Measured by the agent" in done.text
    assert "1 of 1 resources" in shown(provider, "verification").text


def test_everybody_reads_a_certificate_and_checks_it_without_the_market(site, tmp_path):
    certificate_id = site.send().certificate_id
    page = shown(Client(), "capability", certificate_id)
    assert (page.status_code, "603 TFLOPS" in page.text) == (200, True)

    for part, name in (
        ("document", "document.bin"),
        ("signature", "document.sig"),
        ("key", "key.pem"),
    ):
        file = shown(Client(), "capability-file", certificate_id, part)
        (tmp_path / name).write_bytes(file.content)
    found = selectors.certificate(certificate_id)
    document = (tmp_path / "document.bin").read_bytes()
    assert hashlib.sha256(document).hexdigest() == found.content_hash
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in document.bin"
    checked = subprocess.run(
        [*command.split(), "-sigfile", "document.sig"], cwd=tmp_path, check=False
    )
    assert checked.returncode == 0
    assert shown(Client(), "capability-file", certificate_id, "other").status_code == 404


def test_an_assessor_records_by_form_and_an_operator_of_neither_side_grants(site):
    now = timezone.now()
    lab = assessor(now=now)
    made = asked(site, lab, now=now)
    lab_browser = browser(lab, Role.BUYER)
    typed = {
        "act": "record",
        "benchmark": "ODCC",
        "figures": "gpu_gemm_fp16 700 TFLOPS 7 2%\ngpu_memory 3000 GB/s",
        "measured_on": "2026-11-01",
        "valid_days": "365",
    }
    wrong = send(lab_browser, "assessment", made.pk, **(typed | {"figures": "gpu_gemm_fp16 x y"}))
    assert (wrong.status_code, "Line 1 is no figure" in wrong.text) == (422, True)
    assert "It is done." in send(lab_browser, "assessment", made.pk, **typed).text

    operator = browser(factories.OrganizationFactory(), Role.OPERATOR)
    refused = send(operator, "assessment", made.pk, act="refuse", reason="")
    assert refused.status_code == 422
    assert (
        "It counts: the resource has level 3."
        in send(operator, "assessment", made.pk, act="grant").text
    )
    assert site.level() == 3


def test_a_file_of_the_odcc_is_shown_before_it_is_recorded(site):
    now = timezone.now()
    lab = assessor(now=now)
    made = asked(site, lab, now=now)
    lab_browser = browser(lab, Role.BUYER)
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("odcc.csv", CHINESE.encode())
    preview = send(lab_browser, "assessment-file", made.pk, file=file)
    assert "2 figures can be read, 0 lines cannot." in preview.text
    with tenancy.acting_as_platform():
        assert ThirdPartyAssessment.objects.get().state == "ASKED"

    done = lab_browser.post(
        preview.redirect_chain[-1][0], {"key": str(uuid4())}, headers=ENGLISH, follow=True
    )

    assert "It is recorded and waits for a decision." in done.text
    with tenancy.acting_as_platform():
        row = ThirdPartyAssessment.objects.get()
        assert bytes(row.document) == CHINESE.encode()
    assert (row.content["valid_days"], row.content["figures"][0]["spread"]) == (200, "0.02")


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        (CHINESE, 2, 0),
        ("figure,unit,value\ngpu_gemm_fp16,TFLOPS,NaN\n", 0, 1),
        ("figure,unit,value,repeats\ngpu_gemm_fp16,TFLOPS,5,0\nx y,GB/s,1,1\n", 0, 2),
        ('figure;unit;value\ngpu_memory;"GB/s;1\ngpu_memory;GB/s;1\n', 1, 1),
    ],
    ids=["odcc", "nan", "ranges", "quotes"],
)
def test_lines_of_a_file_are_read_or_named(text, good, bad):
    found = assessment_files.read(text.encode())

    assert (len(found.figures), len(found.bad)) == (good, bad)
    if good == 2:
        assert found.figures[0].spread == Decimal("0.02")


def test_an_operator_names_an_assessor_ends_it_and_revokes(site):
    operator = browser(factories.OrganizationFactory(), Role.OPERATOR)
    lab = factories.OrganizationFactory(stem="Lab")
    today = timezone.now().date()
    typed = {
        "organization": lab.uscc,
        "accreditation": "CNAS L1",
        "first_day": f"{today}",
        "last_day": f"{today.year + 1}-01-01",
    }
    assert "It may assess" in send(operator, "assessors", **typed).text
    assert send(operator, "assessors", **typed).status_code == 422
    row = Assessor.objects.get()
    assert "The accreditation has ended." in send(operator, "assessor-end", row.pk).text

    certificate_id = site.send().certificate_id
    send(operator, "capability-revoke", certificate_id, reason="tried")
    assert site.level() == 0
    for page in ("challenges", "power-checks", "capabilities", "assessments"):
        assert shown(operator, page).status_code == 200


def test_a_stranger_to_an_assessment_finds_nothing(site):
    now = timezone.now()
    lab = assessor(now=now)
    made = recorded(asked(site, lab, now=now), lab, now=now)
    other = browser(factories.OrganizationFactory(), Role.BUYER)

    assert shown(other, "assessment", made.pk).status_code == 404
    assert shown(browser(site.provider), "assessment-file", made.pk).status_code == 404
