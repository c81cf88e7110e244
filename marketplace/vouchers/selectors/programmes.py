"""Programmes with the rules in force and the state of their budgets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum

from common import tenancy
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.vouchers import programme_rules, rules
from marketplace.vouchers.contracts import ProgrammeNotFound, ProgrammeRules
from marketplace.vouchers.models import (
    Programme,
    ProgrammeDraft,
    ProgrammeFunding,
    ProgrammeVersion,
)


@dataclass(frozen=True, slots=True)
class ProgrammeSummary:
    """A programme with the version in force and the state of its budget."""

    id: UUID
    code: str
    name: str
    name_en: str
    region: str
    issuer_id: UUID
    issuer_name: str
    issuer_name_en: str
    version_id: UUID
    version: int
    source: str
    content_hash: str
    rules: ProgrammeRules
    rules_data: dict[str, Any]
    funded_minor: int
    pool_minor: int
    takes_applications: bool
    captured_minor: int = 0  # see `with_captured`

    @property
    def committed_minor(self) -> int:
        """Return what vouchers hold that was not charged yet."""
        return max(self.issued_minor - self.captured_minor, 0)

    @property
    def issued_minor(self) -> int:
        """Return what was issued and has not come back."""
        return self.funded_minor - self.pool_minor


def programme(*, programme_id: UUID, issuer_id: UUID | None = None) -> Programme:
    """
    Return a programme; with `issuer_id`, only that issuer's.

    :raises ProgrammeNotFound: if there is none
    """
    found = Programme.objects.filter(pk=programme_id)
    if issuer_id is not None:
        found = found.filter(issuer_id=issuer_id)
    result = found.first()
    if result is None:
        raise ProgrammeNotFound
    return result


def version_of_code(*, code: str, at: datetime) -> ProgrammeVersion:
    """
    Return the rules in force of the programme with a code.

    :raises ProgrammeNotFound: if there is none, or none of its versions holds yet
    """
    found = Programme.objects.filter(code=code).first()
    if found is None:
        raise ProgrammeNotFound
    return version_in_force(programme_id=found.pk, at=at)


def drafts(*, issuer_id: UUID) -> QuerySet[ProgrammeDraft]:
    """Return an issuer's drafts, those changed last in front."""
    return ProgrammeDraft.objects.filter(issuer_id=issuer_id).order_by("-changed_at", "code")


def draft(*, draft_id: UUID, issuer_id: UUID) -> ProgrammeDraft:
    """
    Return a draft of an issuer.

    :raises ProgrammeNotFound: if there is none, or it is another's
    """
    found = drafts(issuer_id=issuer_id).filter(pk=draft_id).first()
    if found is None:
        raise ProgrammeNotFound
    return found


def version_in_force(*, programme_id: UUID, at: datetime) -> ProgrammeVersion:
    """
    Return the version of a programme's rules that holds at a moment.

    :raises ProgrammeNotFound: if none holds yet
    """
    version = (
        ProgrammeVersion.objects.filter(programme_id=programme_id, valid_from__lte=at)
        .select_related("programme")
        .order_by("-version")
        .first()
    )
    if version is None:
        raise ProgrammeNotFound
    return version


def programmes() -> QuerySet[Programme]:
    """Return every programme with its versions, the newest programme first."""
    versions = ProgrammeVersion.objects.order_by("programme_id", "-version")
    return (
        Programme.objects.select_related("issuer")
        .prefetch_related(Prefetch("versions", queryset=versions))
        .order_by("-id")
    )


def pools(codes: Iterable[str]) -> dict[str, int]:
    """Return what programmes have left to issue, by code; the caller acts for the market."""
    by_account = {accounts.voucher_pool(code): code for code in codes}
    found = ledger_selectors.balances(list(by_account))
    return {by_account[account]: balance.available for account, balance in found.items()}


def summaries(
    found: Iterable[Programme], *, at: datetime, left: Mapping[str, int] | None = None
) -> list[ProgrammeSummary]:
    """
    Return programmes with the version in force and their budgets; two queries for all.

    What a programme has left is public; who has read it hands it over.
    """
    listed = list(found)
    if left is None:
        with tenancy.acting_as_platform():
            left = pools(each.code for each in listed)
    funded = dict(
        ProgrammeFunding.objects.filter(programme__in=listed)
        .values_list("programme_id")
        .annotate(total=Sum("amount_minor"))
    )
    result = []
    for each in listed:
        version = next((v for v in each.versions.all() if v.valid_from <= at), None)
        if version is None:
            continue
        parsed = programme_rules.parse(version.rules)
        result.append(
            ProgrammeSummary(
                id=each.id,
                code=each.code,
                name=each.name,
                name_en=each.name_en,
                region=each.region,
                issuer_id=each.issuer_id,
                issuer_name=each.issuer.name,
                issuer_name_en=each.issuer.name_en,
                version_id=version.id,
                version=version.version,
                source=version.source,
                content_hash=version.content_hash,
                rules=parsed,
                rules_data=version.rules,
                funded_minor=int(funded.get(each.id, 0)),
                pool_minor=left.get(each.code, 0),
                takes_applications=rules.takes_applications(parsed, at=at),
            )
        )
    return result


def captured(codes: Iterable[str]) -> dict[str, int]:
    """Return what providers were paid by vouchers of programmes; the caller reads every ledger."""
    assets = {accounts.programme_asset(code): code for code in codes}
    return {
        assets[line.asset]: line.credits - line.debits
        for line in ledger_selectors.trial_balance()
        if line.kind == accounts.AccountKind.VOUCHER_CLAIM and line.asset in assets
    }


def with_captured(found: Iterable[ProgrammeSummary]) -> list[ProgrammeSummary]:
    """Return programmes with what was charged to their vouchers; one query for all."""
    listed = list(found)
    used = captured(each.code for each in listed) if listed else {}
    return [replace(each, captured_minor=used.get(each.code, 0)) for each in listed]


def programme_summary(*, programme_id: UUID, at: datetime) -> ProgrammeSummary:
    """
    Return one programme with the version in force and its budget.

    :raises ProgrammeNotFound: if there is none, or none of its versions is in force yet
    """
    found = summaries(programmes().filter(pk=programme_id), at=at)
    if not found:
        raise ProgrammeNotFound
    return found[0]
