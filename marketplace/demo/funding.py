"""The sample's voucher programmes with their budgets, the buyers' vouchers and deposits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from common.money import Money
from identity.rows import OrganizationRow, PersonRow
from marketplace.demo import files
from marketplace.orders import services as orders_services
from marketplace.orders.models import DepositProposal
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import Beneficiary, Decision, LineKind
from marketplace.vouchers.models import FundingProposal

Members = Mapping[str, Sequence[PersonRow]]
VALIDITY_DAYS: Final = 365
VOUCHER_MINOR: Final = 80_000_00
DEPOSIT_MINOR: Final = 1_200_000_00
# Who holds a voucher of which programme; the rest of the buyers pay in cash.
HOLDERS: Final = (("haichao", "CD2025"), ("longjing", "CD2025"), ("zhengda", "HN2025"))


def open_programmes(
    *, known: Mapping[str, OrganizationRow], members: Members, since: datetime
) -> int:
    """Set up the programmes that are missing, each with its budget; return how many there are."""
    existing = set(vouchers_selectors.programmes().values_list("code", flat=True))
    entries = files.entries("programmes")
    for entry in entries:
        if entry["code"] in existing:
            continue
        issuer = known[entry["issuer"]]
        programme = vouchers_services.create_programme(
            code=entry["code"],
            name=entry["name"],
            name_en=entry["name_en"],
            region=entry["region"],
            issuer_id=issuer.pk,
            rules_data=_rules(entry),
            source=entry["source"],
            published_by_id=members["ISSUER"][0].pk,
            now=since,
        )
        made = vouchers_services.fund_programme(
            programme_id=programme.pk,
            issuer_id=issuer.pk,
            amount_minor=Money.parse(entry["budget"]).minor,
            reference=f"SAMPLE-BUDGET-{entry['code']}",
            funded_by_id=members["ISSUER"][0].pk,
            now=since,
        )
        if isinstance(made, FundingProposal):
            vouchers_services.confirm_funding(
                proposal_id=made.pk,
                issuer_id=issuer.pk,
                person_id=members["ISSUER"][1].pk,
                now=since,
            )
    return len(entries)


def fund_buyers(*, known: Mapping[str, OrganizationRow], members: Members, since: datetime) -> None:
    """Give every buyer cash, and some of them a voucher."""
    for entry in files.entries("organizations"):
        if "BUYER" in entry["roles"]:
            made = orders_services.record_deposit(
                organization_id=known[entry["key"]].pk,
                amount_minor=DEPOSIT_MINOR,
                reference=f"SAMPLE-DEPOSIT-{entry['uscc'][-8:]}",
                recorded_by_id=members["FINANCE"][0].pk,
                now=since,
            )
            if isinstance(made, DepositProposal):
                orders_services.confirm_deposit(
                    proposal_id=made.pk,
                    organization_id=known["operator"].pk,
                    person_id=members["FINANCE"][1].pk,
                    now=since,
                )
    programmes = {programme.code: programme for programme in vouchers_selectors.programmes()}
    for key, code in HOLDERS:
        holder, programme = known[key], programmes[code]
        if vouchers_selectors.applications(applicant_id=holder.pk).exists():
            continue
        application = vouchers_services.apply(
            programme_id=programme.pk,
            applicant_id=holder.pk,
            amount_minor=VOUCHER_MINOR,
            beneficiary=Beneficiary.SME,
            purpose="模型训练与推理 / Model training and inference",
            applied_by_id=members["BUYER"][0].pk,
            now=since,
        )
        vouchers_services.decide(
            application_id=application.pk,
            decision=Decision.APPROVE,
            issuer_id=programme.issuer_id,
            decided_by_id=members["ISSUER"][0].pk,
            note="",
            now=since,
        )


def _rules(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a programme's rules from its published terms."""
    cap = entry["cap_per_entity_year"]
    return {
        "mode": entry["mode"],
        "rates": [{"beneficiary": "ANY", "resource_class": "ANY", "share": entry["rate"]}],
        "eligible_lines": [LineKind.COMPUTE.value],
        "per_order_cap_minor": None,
        "per_entity_year_cap_minor": Money.parse(cap).minor if cap else None,
        "validity_days": VALIDITY_DAYS,
        "applications_from": None,
        "applications_until": None,
        "orders_from": None,
        "requires_sme_certificate": True,
        "suppliers": None,
        "combines": False,
        "funding": [{"source": entry["name_en"], "share": "1"}],
    }
