"""Rule changes and proofs as people meet them: signed in or not, in every look."""

import pytest

from common import clock, tenancy
from ledger import sealing
from marketplace.audit import documents, services
from marketplace.bulletin.models import DailyIndex
from marketplace.settlement.models import Charge
from marketplace.vouchers.models import ProgrammeVersion
from pricing import services as pricing_services
from pricing.models import RatePlanVersion
from tests.approvals import agreed
from tests.portal.visitor import LOOKS, SHORT, demo, visit

pytestmark = pytest.mark.browser
PHONE = SHORT[1]


@pytest.fixture(scope="module")
def announced(site):
    """Announce one change of each kind on the sample market, and seal its documents."""
    now = clock.now()
    with tenancy.acting_as_platform():
        plan = RatePlanVersion.objects.select_related("plan").order_by("id").first()
        tiers = [{"from": "0", "unit_price": "88.5"}, {"from": "1000", "unit_price": "80"}]
        part = plan.components[0] | {"tiers": tiers}
        pricing_services.publish_version(
            provider_id=plan.provider_id, plan_id=plan.plan_id, components=[part], now=now
        )
    agreed.fee("0.035", now=now, source="Decision 12 of the market's board.")
    with tenancy.acting_as_platform():
        found = ProgrammeVersion.objects.select_related("programme__issuer").order_by("id")
        version = found.first()
    agreed.rules(
        version.programme,
        now=now,
        rules_data=version.rules | {"validity_days": 90, "per_order_cap_minor": 1_000_000},
        source="Second notice of the programme.",
    )
    for kind in documents.KINDS.values():
        while services.seal_documents(kind=kind, now=now)[1]:
            continue
    while sealing.seal():
        continue
    return site


def wrong(announced: str, chromium, look) -> list[str]:
    with tenancy.acting_as_platform():
        charge, index = Charge.objects.first(), DailyIndex.objects.first()
    pages = {"": ["/rules/changes/", "/accounts/login/"], demo("auditor"): ["/rules/changes/"]}
    pages[demo("auditor")].append(f"/audit/documents/settlement.charge/{charge.pk}/")
    if index:
        pages[demo("auditor")].append(f"/audit/documents/bulletin.index/{index.pk}/")
    found = []
    for email, paths in pages.items():
        with visit(chromium, announced, email=email, look=look) as visitor:
            for path in paths:
                visitor.open(path)
                found += [f"{path}: {each}" for each in visitor.accessibility()]
                if visitor.overflow() > 0:
                    found.append(f"{path}: {visitor.overflow()} px wider than the screen")
            found += visitor.complaints
    return found


def test_changes_and_proofs_are_accessible(announced, chromium):
    assert wrong(announced, chromium, PHONE) == []


@pytest.mark.slow
@pytest.mark.parametrize("look", [look for look in LOOKS if look != PHONE], ids=str)
def test_changes_and_proofs_are_accessible_in_every_look(announced, chromium, look):
    assert wrong(announced, chromium, look) == []
