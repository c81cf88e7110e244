"""What control knows of an application, what it found, and by which rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import django_filters
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.moments import market_date
from identity import evidence, relations
from identity import selectors as identity_selectors
from identity.files import selectors as files_selectors
from marketplace.vouchers import control
from marketplace.vouchers.control import ContractFacts, Dossier, ListedDishonest, PartyFacts
from marketplace.vouchers.control_contracts import (
    ControlCode,
    ControlSeverity,
    FindingNotFound,
    FindingState,
    RuleOfControl,
)
from marketplace.vouchers.models import (
    Application,
    ControlFinding,
    ControlRule,
    DishonestEntry,
    ForeignSupport,
    NamedContract,
    PartyMark,
    SampleDraw,
)

CLEAN_YEARS_MAX: Final = 20  # No programme looks back further.


class FindingFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Number, rule, severity and state of findings."""

    q = django_filters.CharFilter(
        field_name="number", lookup_expr="icontains", max_length=24, label=_("Number")
    )
    state = django_filters.MultipleChoiceFilter(choices=FindingState.choices, label=_("State"))
    code = django_filters.MultipleChoiceFilter(choices=ControlCode.choices, label=_("Rule"))
    severity = django_filters.MultipleChoiceFilter(
        choices=ControlSeverity.choices, label=_("Severity")
    )

    class Meta:
        model = ControlFinding
        fields: list[Any] = []


def control_rules(*, at: datetime) -> list[RuleOfControl]:
    """Return the version of each rule that holds at a moment, in the order of the codes."""
    began = ControlRule.objects.filter(valid_from__lte=at)
    latest = {row.code: row for row in began.order_by("code", "-version").distinct("code")}
    return [
        RuleOfControl(row.code, row.version, row.severity, row.parameters, row.pk)
        for code in ControlCode.values
        if (row := latest.get(code)) is not None
    ]


def control_rule_versions() -> QuerySet[ControlRule]:
    """Return every version of every rule, the latest first."""
    return ControlRule.objects.order_by("code", "-version")


def control_findings(*, issuer_id: UUID | None = None) -> QuerySet[ControlFinding]:
    """Return what control found for an issuer's programmes, or everywhere; the newest first."""
    found = ControlFinding.objects.select_related(
        "application__programme_version__programme", "applicant", "rule", "decided_by"
    ).order_by("-id")
    return found if issuer_id is None else found.filter(issuer_id=issuer_id)


def finding(*, finding_id: UUID, issuer_id: UUID | None = None) -> ControlFinding:
    """
    Return one thing that control found.

    :raises FindingNotFound: if there is none, or it is for another issuer's programme
    """
    found = control_findings(issuer_id=issuer_id).filter(pk=finding_id).first()
    if found is None:
        raise FindingNotFound
    return found


def samples(*, issuer_id: UUID | None = None) -> QuerySet[SampleDraw]:
    """Return samples of awards, the newest first."""
    found = SampleDraw.objects.select_related("programme").order_by("-id")
    return found if issuer_id is None else found.filter(issuer_id=issuer_id)


def sample(*, sample_id: UUID, issuer_id: UUID) -> SampleDraw:
    """
    Return a sample of an issuer's awards.

    :raises NotFound: if there is none, or it is another's
    """
    found = samples(issuer_id=issuer_id).filter(pk=sample_id).first()
    if found is None:
        raise NotFound
    return found


def contracts_of(application_id: UUID) -> QuerySet[NamedContract]:
    """Return the contracts that an application names, as they were named."""
    return NamedContract.objects.filter(application_id=application_id).order_by("id")


def formerly(application: Application) -> QuerySet[Application]:
    """Return the applicant's other applications to the same issuer, the newest first."""
    issuer_id = application.programme_version.programme.issuer_id
    return (
        Application.objects.filter(
            applicant_id=application.applicant_id,
            programme_version__programme__issuer_id=issuer_id,
        )
        .exclude(pk=application.pk)
        .select_related("programme_version__programme", "voucher")
        .order_by("-id")
    )


def contract_facts(rows: Iterable[NamedContract]) -> tuple[ContractFacts, ...]:
    """Return named contracts as control compares them."""
    return tuple(
        ContractFacts(each.seller_uscc, each.number, each.signed_on, each.amount_minor)
        for each in rows
    )


def dossier_of(application: Application, *, at: datetime) -> Dossier:
    """Return what is known of an application; the caller acts for the market."""
    applicant = identity_selectors.organization(application.applicant_id)
    contracts = contract_facts(contracts_of(application.pk))
    today = market_date(at)
    parties = _parties({applicant.uscc, *(each.seller_uscc for each in contracts)}, on=today)
    facts = evidence.facts_of(application.applicant_id, at)
    return Dossier(
        application=application.number,
        programme_code=application.programme_version.programme.code,
        amount_minor=application.amount_minor,
        at=at,
        applicant=parties[applicant.uscc],
        contracts=contracts,
        files=frozenset(files_selectors.hashes_of(application.files)),
        certificates=frozenset(each.number for each in facts.certificates),
        dishonest=_listed(applicant.uscc),
        sellers={each.seller_uscc: parties[each.seller_uscc] for each in contracts},
        supported_elsewhere=_supported(applicant.uscc, contracts),
    )


def _parties(usccs: Collection[str], *, on: date) -> dict[str, PartyFacts]:
    rows = PartyMark.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), uscc__in=usccs, valid_from__lte=on
    )
    marks: dict[str, set[tuple[str, str]]] = {uscc: set() for uscc in usccs}
    for uscc, kind, digest in rows.values_list("uscc", "kind", "digest"):
        marks[uscc].add((kind, digest))
    ties = relations.ties_in_force(on=on)
    stakes: dict[str, frozenset[str]] = {}
    if ties is not None:
        for uscc in usccs:
            party = identity_selectors.organization_by_uscc(uscc)
            if party is not None:
                stakes[uscc] = frozenset(map(str, ties.stakeholders(party.pk)))
    return {
        uscc: PartyFacts(uscc, frozenset(marks[uscc]), stakes.get(uscc, frozenset()))
        for uscc in usccs
    }


def clean_years(organization_id: UUID, *, at: datetime) -> int | None:
    """Return for how many whole years a party stands on no list; None while no list is known."""
    uscc = identity_selectors.organization(organization_id).uscc
    return clean_years_of({organization_id: uscc}, at=at)[organization_id]


def clean_years_of(usccs: Mapping[UUID, str], *, at: datetime) -> dict[UUID, int | None]:
    """Return the same of parties by their credit codes, in two statements for all."""
    if not DishonestEntry.objects.exists():
        return dict.fromkeys(usccs)
    today = market_date(at)
    ends: dict[str, list[date]] = {}
    for row in DishonestEntry.objects.filter(uscc__in=usccs.values(), listed_on__lte=today):
        ends.setdefault(row.uscc, []).append(row.removed_on or today)
    return {pk: _years_since(ends.get(uscc, []), today) for pk, uscc in usccs.items()}


def _years_since(ends: Sequence[date], today: date) -> int:
    if not ends:
        return CLEAN_YEARS_MAX
    last = min(max(ends), today)
    had = (today.month, today.day) >= (last.month, last.day)
    return today.year - last.year - (not had)


def _listed(uscc: str) -> tuple[ListedDishonest, ...]:
    rows = DishonestEntry.objects.filter(uscc=uscc).order_by("listed_on", "id")
    return tuple(ListedDishonest(row.listed_on, row.removed_on, row.source) for row in rows)


def _supported(uscc: str, contracts: Iterable[ContractFacts]) -> dict[str, str]:
    """Return which contracts other cities supported, by the exchanges that the market is in."""
    by_print = {
        (exchange, control.fingerprint(secret.encode(), uscc, each)): control.contract_key(
            uscc, each
        )
        for exchange, secret in exchange_secrets().items()
        for each in contracts
    }
    rows = ForeignSupport.objects.filter(
        fingerprint__in=[mark for _exchange, mark in by_print]
    ).values_list("exchange", "fingerprint", "city")
    return {
        by_print[exchange, mark]: city
        for exchange, mark, city in rows
        if (exchange, mark) in by_print
    }


def exchange_secrets() -> Mapping[str, str]:
    """Return the secrets that cities agreed on, by the name of their exchange."""
    found: Mapping[str, str] = settings.VOUCHERS_EXCHANGE_SECRETS
    return found
