"""The sample's voucher programmes with their budgets, the buyers' vouchers and deposits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from common.money import Money
from identity.approvals.contracts import Person, Proposed
from identity.projects import selectors as projects_selectors
from identity.projects import services as projects_services
from identity.rows import OrganizationRow, PersonRow
from marketplace.budgets import services as budgets_services
from marketplace.budgets.contracts import CapPeriod, CapScope
from marketplace.demo import files
from marketplace.payments import services as payments_services
from marketplace.payouts import selectors as payouts_selectors
from marketplace.payouts import services as payouts_services
from marketplace.payouts.contracts import NewAccount
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import Decision, LineKind

Members = Mapping[str, Sequence[PersonRow]]
VALIDITY_DAYS: Final = 365
VOUCHER_MINOR: Final = 80_000_00
DEPOSIT_MINOR: Final = 1_200_000_00
# A bank of the sample; no such accounts exist.
BANK_NAME: Final = "示例银行 Sample Bank"
BANK_CODE: Final = "999999999999"
ACCOUNT_STEM: Final = "622200000000"
PROJECT_CODE: Final = "MODEL"
PROJECT_NAME: Final = "质检大模型 / Inspection model"
BUDGET_MINOR: Final = 1_500_000_00  # a month, more than a buyer of the sample pays in
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
        officers = [Person(officer.pk, issuer.pk) for officer in members["ISSUER"]]
        _open_programme(entry, first=officers[0], second=officers[1], since=since)
    return len(entries)


def fund_buyers(*, known: Mapping[str, OrganizationRow], members: Members, since: datetime) -> None:
    """Give every buyer cash, and some of them a voucher."""
    clerks = [Person(clerk.pk, known["operator"].pk) for clerk in members["FINANCE"]]
    for entry in files.entries("organizations"):
        if "BUYER" in entry["roles"]:
            _deposit(known[entry["key"]], entry, clerks=clerks, since=since)
    programmes = {programme.code: programme for programme in vouchers_selectors.programmes()}
    for key, code in HOLDERS:
        holder, programme = known[key], programmes[code]
        if vouchers_selectors.applications(applicant_id=holder.pk).exists():
            continue
        application = vouchers_services.apply(
            programme_id=programme.pk,
            applicant_id=holder.pk,
            amount_minor=VOUCHER_MINOR,
            purpose="模型训练与推理 / Model training and inference",
            applied_by_id=members["BUYER"][0].pk,
            now=since,
        )
        for officer in members["ISSUER"][:2]:
            vouchers_services.decide(
                application_id=application.pk,
                decision=Decision.APPROVE,
                issuer_id=programme.issuer_id,
                decided_by_id=officer.pk,
                note="",
                now=since,
            )
        vouchers_services.issue_voucher(
            application_id=application.pk,
            issuer_id=programme.issuer_id,
            issued_by_id=members["ISSUER"][0].pk,
            now=since,
        )


def open_bank_accounts(
    *, known: Mapping[str, OrganizationRow], members: Members, since: datetime
) -> None:
    """Let every provider be paid to a bank account, which has cooled by now."""
    for number, entry in enumerate(files.entries("organizations"), start=1):
        provider = known[entry["key"]]
        if "PROVIDER" in entry["roles"] and not payouts_selectors.bank_account(
            provider_id=provider.pk
        ):
            payouts_services.set_bank_account(
                provider_id=provider.pk,
                account=NewAccount(
                    holder=provider.name,
                    bank_name=BANK_NAME,
                    bank_code=BANK_CODE,
                    account_number=f"{ACCOUNT_STEM}{number:04d}",
                ),
                person_id=members["PROVIDER"][0].pk,
                now=since,
            )


def open_projects(
    *, known: Mapping[str, OrganizationRow], members: Members, since: datetime
) -> dict[UUID, UUID]:
    """Give every buyer a project and a monthly budget of it; return the projects by buyer."""
    by_id = members["BUYER"][0].pk
    found: dict[UUID, UUID] = {}
    for entry in files.entries("organizations"):
        if "BUYER" not in entry["roles"]:
            continue
        buyer = known[entry["key"]]
        found[buyer.pk] = _open_project(buyer.pk, by_id=by_id, since=since)
    return found


def _open_project(buyer_id: UUID, *, by_id: int, since: datetime) -> UUID:
    """Open the sample's project, unless it is there, with what it may spend each month."""
    for project in projects_selectors.projects_open_to(organization_id=buyer_id, person_id=by_id):
        if project.code == PROJECT_CODE:
            return project.pk
    made = projects_services.open_project(
        organization_id=buyer_id, code=PROJECT_CODE, name=PROJECT_NAME, by_id=by_id, now=since
    )
    budgets_services.set_cap(
        organization_id=buyer_id,
        scope=CapScope.PROJECT,
        project_id=made.pk,
        period=CapPeriod.MONTH,
        amount_minor=BUDGET_MINOR,
        by_id=by_id,
        now=since,
    )
    return made.pk


def _open_programme(
    entry: Mapping[str, Any], *, first: Person, second: Person, since: datetime
) -> None:
    """Set up a programme with its budget, as two people of its issuer agree."""
    proposed = vouchers_services.propose_programme(
        code=entry["code"],
        name=entry["name"],
        name_en=entry["name_en"],
        region=entry["region"],
        rules_data=_rules(entry),
        source=entry["source"],
        by=first,
        now=since,
    )
    approving: dict[str, Any] = {
        "person_id": second.id,
        "organization_id": second.organization_id,
        "now": since,
    }
    programme = vouchers_services.create_programme(proposal_id=proposed.id, **approving)
    made = vouchers_services.fund_programme(
        programme_id=programme.pk,
        amount_minor=Money.parse(entry["budget"]).minor,
        reference=f"SAMPLE-BUDGET-{entry['code']}",
        by=first,
        now=since,
    )
    if isinstance(made, Proposed):
        vouchers_services.confirm_funding(proposal_id=made.id, **approving)


def _deposit(
    buyer: OrganizationRow, entry: Mapping[str, Any], *, clerks: Sequence[Person], since: datetime
) -> None:
    """Give a buyer cash, as two clerks agree."""
    made = payments_services.record_deposit(
        organization_id=buyer.pk,
        amount_minor=DEPOSIT_MINOR,
        reference=f"SAMPLE-DEPOSIT-{entry['uscc'][-8:]}",
        by=clerks[0],
        now=since,
    )
    if isinstance(made, Proposed):
        payments_services.confirm_deposit(
            proposal_id=made.id,
            person_id=clerks[1].id,
            organization_id=clerks[1].organization_id,
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
        "funding": [{"source": entry["funds"], "share": "1"}],
    }
