"""Reads of reimbursements: what could be asked for, requests of both sides, and payers' parts."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from common import moments
from identity.contracts import Actor, Role
from marketplace.claims.models import (
    ClaimPart,
    ClaimShare,
    ProgrammePayer,
    Reimbursement,
    ReimbursementLine,
    ReimbursementMove,
    ReimbursementObjection,
)
from marketplace.claims.reimbursement_contracts import (
    REIMBURSEMENT_LINES_MAX,
    ReimbursementNotFound,
    ReimbursementState,
)
from marketplace.claims.reimbursing import PaidContract
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import rules as vouchers_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.selectors import ProgrammeSummary

OF_ALL = frozenset({Role.AUDITOR, Role.FINANCE})


def reimbursements_of(actor: Actor) -> QuerySet[Reimbursement]:
    """Return the requests that an actor reads, newest first: all by duty, else of one's side."""
    found = Reimbursement.objects.select_related("programme", "applicant", "issuer", "claim")
    if not actor.has_role(*OF_ALL):
        own = actor.organization_id
        found = found.filter(Q(issuer_id=own) | Q(applicant_id=own))
    return found.order_by("-id")


def reimbursement(reimbursement_id: UUID, actor: Actor) -> Reimbursement:
    """
    Return a request.

    :raises ReimbursementNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = reimbursements_of(actor).filter(pk=reimbursement_id).first()
    if found is None:
        raise ReimbursementNotFound
    return found


def any_reimbursement(reimbursement_id: UUID) -> Reimbursement:
    """
    Return a request, whoever asked; the caller is the platform.

    :raises ReimbursementNotFound: if there is none
    """
    found = Reimbursement.objects.select_related("programme", "applicant")
    row = found.filter(pk=reimbursement_id).first()
    if row is None:
        raise ReimbursementNotFound
    return row


def reimbursement_lines(reimbursement_id: UUID) -> QuerySet[ReimbursementLine]:
    """Return the lines of a request."""
    found = ReimbursementLine.objects.filter(reimbursement_id=reimbursement_id)
    return found.select_related("trade_record", "contract").order_by("id")


def reimbursement_moves(reimbursement_id: UUID) -> QuerySet[ReimbursementMove]:
    """Return the steps of a request, the first in front."""
    found = ReimbursementMove.objects.filter(reimbursement_id=reimbursement_id)
    return found.select_related("person").order_by("id")


def reimbursement_objections(reimbursement_id: UUID) -> QuerySet[ReimbursementObjection]:
    """Return what was said against a request, the first in front."""
    found = ReimbursementObjection.objects.filter(reimbursement_id=reimbursement_id)
    return found.select_related("organization").order_by("id")


def published_reimbursements(*, at: datetime) -> QuerySet[Reimbursement]:
    """Return what is open to objections, what ends first in front; the caller is the platform."""
    found = Reimbursement.objects.select_related("programme", "applicant")
    return found.filter(state=ReimbursementState.PUBLISHED, publicity_until__gt=at).order_by(
        "publicity_until", "id"
    )


def reimbursing_programmes(*, at: datetime) -> list[ProgrammeSummary]:
    """Return the programmes that take requests now."""
    found = vouchers_selectors.summaries(vouchers_selectors.programmes(), at=at)
    return [each for each in found if vouchers_rules.reimburses(each.rules, at=at)]


def paid_contracts(
    *,
    programme_id: UUID,
    asset: str,
    applicant_id: UUID,
    since: date,
    until: date,
    mine: UUID | None = None,
) -> list[PaidContract]:
    """
    Return the contracts of some days of which a record is new, the oldest first.

    What the request `mine` took is new to it. The caller is the platform.
    """
    live = ReimbursementLine.objects.filter(applicant_id=applicant_id, is_live=True)
    taken = live.filter(programme_id=programme_id)
    if mine is not None:
        taken = taken.exclude(reimbursement_id=mine)
    fresh = (
        settlement_selectors.trade_records()
        .filter(
            buyer_id=applicant_id,
            ends_at__gte=moments.day_period(since).starts_at,
            ends_at__lt=moments.day_period(until).ends_at,
        )
        .exclude(pk__in=taken.values("trade_record_id"))
        .select_related("contract__order", "contract__resource")
        .order_by("sequence")[:REIMBURSEMENT_LINES_MAX]
    )
    by_contract: dict[UUID, list[Any]] = {}
    for record in fresh:
        by_contract.setdefault(record.contract_id, []).append(record)
    whole: dict[UUID, list[Any]] = {pk: [] for pk in by_contract}
    for record in (
        settlement_selectors.trade_records()
        .filter(contract_id__in=list(whole))
        .order_by("sequence")
    ):
        whole[record.contract_id].append(record)
    granted = _granted(taken, whole)
    others = _others(live.exclude(programme_id=programme_id), whole)
    codes = dict(vouchers_selectors.programmes().order_by().values_list("asset", "code"))
    found = []
    for pk, its in by_contract.items():
        assets = {
            part.split(":")[0] for each in whole[pk] for part in each.assets.split(";") if part
        }
        support = {codes[each] for each in assets if each in codes and each != asset}
        found.append(
            PaidContract(
                contract=its[0].contract,
                records=whole[pk],
                fresh=its,
                granted_minor=granted.get(pk, 0),
                supported_by=tuple(sorted(support | others.get(pk, set()))),
                is_offset=asset in assets,
            )
        )
    return found


def _granted(taken: QuerySet[ReimbursementLine], contracts: Collection[UUID]) -> dict[UUID, int]:
    rows = taken.filter(contract_id__in=list(contracts)).values_list("contract_id").order_by()
    return {pk: int(total) for pk, total in rows.annotate(total=Sum("amount_minor"))}


def _others(live: QuerySet[ReimbursementLine], contracts: Collection[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    rows = live.filter(contract_id__in=list(contracts)).exclude(amount_minor=0).order_by()
    for pk, code in rows.values_list("contract_id", "programme__code"):
        found.setdefault(pk, set()).add(code)
    return found


# --- Parts of payers -----------------------------------------------------------------------
def shares_of(actor: Actor) -> QuerySet[ClaimShare]:
    """Return the parts of claims that an actor's organisation pays, newest first; all by duty."""
    found = ClaimShare.objects.select_related("claim__programme", "provider", "payer", "issuer")
    if not actor.has_role(*OF_ALL):
        own = actor.organization_id
        found = found.filter(Q(payer_id=own) | Q(issuer_id=own))
    return found.order_by("-id")


def shares_of_claim(claim_id: UUID) -> list[ClaimShare]:
    """Return who pays how much of a claim."""
    found = ClaimShare.objects.filter(claim_id=claim_id).select_related("payer")
    return list(found.order_by("source"))


def parts_of_claim(claim_id: UUID) -> QuerySet[ClaimPart]:
    """Return what each source pays of each line of a claim."""
    found = ClaimPart.objects.filter(claim_id=claim_id).select_related("line__trade_record")
    return found.order_by("line_id", "source")


def payers_of(programme_id: UUID) -> dict[str, ProgrammePayer]:
    """Return who pays for the sources of a programme that somebody was named for."""
    found = ProgrammePayer.objects.filter(programme_id=programme_id).select_related("payer")
    return {each.source: each for each in found.order_by("id")}
