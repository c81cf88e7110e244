"""Pages and API of audits: opened, examined, answered, concluded, by whom they are for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from common.moments import market_date
from identity.contracts import Role
from identity.models import User
from marketplace.assurance import audit_selectors
from marketplace.assurance.models import CapacityAudit
from tests import cast
from tests.assurance.audits import Auditing

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def auditing():
    return Auditing(at=clock.now())


def of(person):
    return cast.signed_in(User.objects.get(pk=person.id))


def send(browser, name, *args, **values):
    address = reverse(f"portal:{name}", args=args)
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_an_audit_goes_its_way_on_its_page(auditing):
    auditor, supplier, second = of(auditing.auditor), of(auditing.clerk), of(auditing.second)
    opened = send(
        auditor,
        "capacity-audits",
        supplier=auditing.supplier.uscc,
        due_on=str(market_date(auditing.at) + timedelta(days=9)),
        reason="a programme relies on it",
    )
    assert "The audit is open" in opened.text
    with tenancy.acting_as_platform():
        audit = CapacityAudit.objects.get()
    assert audit.number in opened.text
    shown = send(auditor, "capacity-audit-take", audit.pk).text
    assert "100 PFLOPS" in shown
    assert "0 resources" in shown
    for source in ("REGISTERED", "HARDWARE", "METERS", "POWER"):
        send(auditor, "capacity-audit-line", audit.pk, source=source, verdict="AGREES", note="")
    early = send(auditor, "capacity-audit-ask", audit.pk)
    assert "these lines were not looked at: Challenges" in early.text
    last = {"source": "CHALLENGES", "verdict": "DIFFERS", "note": ""}
    assert (
        "write 1 to 500 characters" in send(auditor, "capacity-audit-line", audit.pk, **last).text
    )
    send(auditor, "capacity-audit-line", audit.pk, **last | {"note": "two of four missed"})
    assert auditing_of(supplier).status_code == 200
    assert supplier.get(page_of(audit), headers=ENGLISH).status_code == 404  # Not told yet.
    send(
        auditor,
        "capacity-audit-finding",
        audit.pk,
        source="HARDWARE",
        gravity="MAJOR",
        text="40 racks are empty",
    )
    send(auditor, "capacity-audit-ask", audit.pk)
    told = supplier.get(page_of(audit), headers=ENGLISH).text
    assert "40 racks are empty" in told
    assert "two of four missed" not in told
    send(supplier, "capacity-audit-answer", audit.pk, text="They come in January.")
    less = {"conclusion": "LOWER", "pflops": "60", "explanation": "60 were shown"}
    waits = send(auditor, "capacity-audit-conclude", audit.pk, **less)
    assert "waits until another operator approves it" in waits.text
    assert "They come in January." in waits.text
    assert second.get(page_of(audit), headers=ENGLISH).status_code == 200


def auditing_of(browser):
    return browser.get(reverse("portal:capacity-audits"), headers=ENGLISH)


def page_of(audit):
    return reverse("portal:capacity-audit", args=[audit.pk])


def test_a_draw_shows_its_seed_once_and_a_size_takes_two(auditing):
    operator = of(auditing.operator)

    made = send(operator, "audit-draws", count="1", due_days="30").text
    sized = send(
        operator, "supplier-sizes", supplier=auditing.supplier.uscc, racks="8", reference="letter 5"
    )

    assert "Keep this seed" in made
    assert "none" in made  # No programme asks how large a supplier is.
    assert "The size waits until another operator approves it." in sized.text
    with tenancy.acting_as_platform():
        draw = audit_selectors.audit_draws().get()
    assert "This is not the seed" in send(operator, "audit-draw", draw.pk, seed="00").text
    assert draw.commitment[:12] in operator.get(reverse("portal:audit-draws")).text
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))
    assert stranger.get(reverse("portal:audit-draws")).status_code == 403


def test_over_http_a_supplier_reads_and_answers_its_own_alone(auditing):
    audit = auditing.asked()
    supplier = of(auditing.clerk)
    other = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))
    path = f"/api/v1/capacity-audits/{audit.pk}"

    read = supplier.get(path).json()
    watched = of(auditing.auditor).get(path).json()
    answered = supplier.post(
        f"{path}/answer", {"text": "soon"}, "application/json", headers={"Idempotency-Key": "a"}
    )

    assert (len(read["findings"]), read["lines"]) == (1, [])
    assert len(watched["lines"]) == 5
    assert (other.get(path).status_code, answered.json()["state"]) == (404, "ANSWERED")
    assert other.get("/api/v1/capacity-audits").json()["results"] == []


def test_over_http_lines_findings_and_conclusions_are_posted(auditing):
    audit, auditor = auditing.open(), of(auditing.auditor)
    path = f"/api/v1/capacity-audits/{audit.pk}"

    def post(act, **body):
        headers = {"Idempotency-Key": uuid4().hex}
        return auditor.post(f"{path}/{act}", body, "application/json", headers=headers)

    assert post("take").json()["state"] == "EXAMINING"
    for line in ("REGISTERED", "HARDWARE", "METERS", "POWER", "CHALLENGES"):
        judged = post("lines", line=line, verdict="AGREES")
    assert {each["verdict"] for each in judged.json()["lines"]} == {"AGREES"}
    early = post("conclusion", conclusion="LOWER", pflops=60, explanation="x")
    concluded = post("conclusion", conclusion="CONFIRMED", explanation="all run")

    assert (early.status_code, early.json()["code"]) == (409, "audit_unfinished")
    assert concluded.json()["conclusion"] == "CONFIRMED"
    again = post("cancel", explanation="x")
    assert (again.status_code, again.json()["code"]) == (409, "audit_moved")
