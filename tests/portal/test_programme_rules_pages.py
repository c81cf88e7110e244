"""Programmes are proposed after plain words were read; a voucher is taken back after asking."""

from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace import accounts
from marketplace.portal import programme_form
from marketplace.portal.desk.forms import SEEN
from marketplace.vouchers.models import Programme, Voucher
from tests import cast, factories
from tests.factories.trade import programme_rules as programme_data

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def chart():
    accounts.install_chart()


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def rules(**changes) -> dict[str, object]:
    return {
        "mode": "OFFSET",
        "rates": "SME AI 60\nany any 30",
        "eligible_lines": ["COMPUTE"],
        "per_order_cap": "200000",
        "per_entity_year_cap": "",
        "validity_days": "365",
        "applications_from": "2026-01-01",
        "applications_until": "2026-12-31",
        "suppliers": "",
        "funding": "City 60\nState 40",
        "source": "Notice 7 of 2026",
        "valid_from": "",
    } | changes


NAMED = {"code": "TOWN2026", "name": "城市算力券", "name_en": "Town vouchers", "region": "510100"}


def propose(browser, page, *arguments, **values):
    """Send the form, and once more with the preview that came."""
    values = {"key": str(uuid4())} | values
    preview = send(browser, page, *arguments, **values)
    if preview.status_code != 200:
        return preview
    assert proposals() == []
    assert "In plain words" in preview.text
    return send(browser, page, *arguments, **values, **{SEEN: preview.context["main"][-1].seen})


def proposals() -> list[Proposal]:
    with tenancy.acting_as_platform():
        return list(Proposal.objects.filter(kind__startswith="vouchers.", state="PROPOSED"))


def issuer_of(organization=None):
    return cast.signed_in(cast.member(organization or cast.organization("Office"), Role.ISSUER))


def test_a_programme_waits_for_another_person_with_the_rules_that_were_read():
    page = propose(issuer_of(), "programme-new", **rules(), **NAMED)

    (made,) = proposals()
    assert "wait until another person approves" in page.text
    said = made.content["rules"]
    assert said["rates"] == [
        {"beneficiary": "SME", "resource_class": "AI", "share": "0.60"},
        {"beneficiary": "ANY", "resource_class": "ANY", "share": "0.30"},
    ]
    assert (said["per_order_cap_minor"], said["per_entity_year_cap_minor"]) == (20_000_000, None)
    assert said["applications_until"].startswith("2026-12-31T16:00")
    assert [part["source"] for part in said["funding"]] == ["City", "State"]
    with tenancy.acting_as_platform():
        assert not Programme.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rates": "SME AI"}, "rates"),
        ({"rates": "FRIEND AI 10"}, "rates"),
        ({"rates": "SME AI 101"}, "rates"),
        ({"rates": "SME AI ten"}, "rates"),
        ({"rates": ""}, "rates"),
        ({"validity_days": "0"}, "validity_days"),
        ({"funding": "City 60"}, "funding"),
        ({"suppliers": "NOT-A-CODE"}, "suppliers"),
        ({"applications_until": "2025-01-01"}, "applications_until"),
        ({"per_order_cap": "-1"}, "per_order_cap"),
        ({"source": ""}, "source"),
        ({"code": "small letters"}, "code"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(changes, field):
    page = propose(issuer_of(), "programme-new", **(rules() | NAMED | changes))

    assert page.status_code == 422
    form = page.context["main"][-1].form
    assert list(form.errors) == [field]
    assert form["mode"].value() == "OFFSET"
    assert proposals() == []


def test_new_rules_start_from_those_in_force_and_show_what_changes():
    programme = factories.ProgrammeFactory()
    browser = issuer_of(programme.issuer)
    address = reverse("portal:programme-rules", args=[programme.pk])

    shown = browser.get(address, headers=ENGLISH)
    values = {
        name: value for name, value in shown.context["main"][-1].form.initial.items() if value
    }
    values |= {"rates": "ANY ANY 40", "source": "Notice 8"}
    values = {name: "on" if value is True else value for name, value in values.items()}
    preview = send(browser, "programme-rules", programme.pk, **values)
    page = propose(browser, "programme-rules", programme.pk, **values)

    assert "ANY ANY 30" in shown.text
    assert "changed" in preview.text
    assert "40%" in preview.text
    assert "wait until another person approves" in page.text
    assert len(proposals()) == 1


def test_rules_are_typed_as_they_were_published():
    data = programme_data(per_order_cap_minor=20_000_050, funding=[])

    said = programme_form.typed(data)

    assert (said["rates"], said["per_order_cap"]) == ("ANY ANY 30", "200000.50")


def test_programmes_of_others_look_like_none_and_traders_see_no_page():
    programme = factories.ProgrammeFactory()

    assert (
        issuer_of().get(reverse("portal:programme-rules", args=[programme.pk])).status_code == 404
    )
    buyer = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    for page in ("programme-new", "issued-vouchers"):
        assert buyer.get(reverse(f"portal:{page}")).status_code == 403
    assert propose(buyer, "programme-new", **rules(), **NAMED).status_code == 403


def test_a_voucher_is_proposed_to_be_taken_back_by_its_issuer_alone():
    voucher = factories.VoucherFactory()
    with tenancy.acting_as_platform():
        issuer = Voucher.objects.get(pk=voucher.pk).programme_version.programme.issuer
    browser, address = issuer_of(issuer), reverse("portal:voucher-claw-back", args=[voucher.pk])

    listed = browser.get(reverse("portal:issued-vouchers"), headers=ENGLISH).text
    asked = browser.get(address, headers=ENGLISH).text
    why = {"ground": "FALSE_EVIDENCE", "reason": "Closed down", "evidence": "Register, page 4"}
    silent = send(browser, "voucher-claw-back", voucher.pk, **why | {"reason": ""})
    foreign = send(issuer_of(), "voucher-claw-back", voucher.pk, **why)
    done = send(browser, "voucher-claw-back", voucher.pk, **why)

    assert voucher.number in listed
    assert "What becomes of it" in asked
    assert (silent.status_code, foreign.status_code) == (422, 404)
    assert (
        f"Another person of your organisation decides on taking {voucher.number} back." in done.text
    )
    with tenancy.acting_as_platform():
        assert Voucher.objects.get(pk=voucher.pk).state == "ACTIVE"
