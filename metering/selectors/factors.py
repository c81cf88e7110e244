"""What an hour of a resource is worth in standard hours, and who says so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from identity import selectors as identity_selectors
from metering import definitions, rules
from metering.contracts import ComputePath, Density, Factor, Precision
from metering.models import CapacityCertificate, MeasurementRuleVersion
from metering.rules import MeasuringRule

NOT_STANDARD: Final = "the rule counts native hours only"
NO_FIGURE: Final = "no agreed dense FP16 figure for {chip}"
NO_ONE_CHIP: Final = "the resource is not made of one kind of chip"


@dataclass(frozen=True, slots=True)
class RuleFactors:
    """The part of a rule version that converts, and the arithmetic that it names."""

    measuring: MeasuringRule
    is_standard: bool
    accepts_certificates: bool
    by_chip: Mapping[str, tuple[Decimal, str]]


@dataclass(frozen=True, slots=True)
class FactorBook:
    """Everything that factors are looked up in, read at once for many windows."""

    rule_factors: Mapping[UUID, RuleFactors]
    chips: Mapping[UUID, str]
    certificates: Mapping[UUID, list[CapacityCertificate]]

    def factor(
        self, rule_version_id: UUID, resource_id: UUID, *, at: datetime
    ) -> tuple[Factor | None, str]:
        """
        Return the factor in force at a moment, or the reason why there is none.

        A published figure in the rule comes before a certificate: all resources of a chip are
        then worth the same.
        """
        rule = self.rule_factors[rule_version_id]
        if not rule.is_standard:
            return None, NOT_STANDARD
        chip = self.chips.get(resource_id, "")
        if chip in rule.by_chip:
            value, source = rule.by_chip[chip]
            return Factor(value, source), ""
        certified = self._certified(rule, resource_id, at) if rule.accepts_certificates else None
        if certified is not None:
            return certified, ""
        return None, NO_FIGURE.format(chip=chip) if chip else NO_ONE_CHIP

    def measuring(self, rule_version_id: UUID) -> MeasuringRule:
        """Return the arithmetic that a rule version names."""
        return self.rule_factors[rule_version_id].measuring

    def _certified(self, rule: RuleFactors, resource_id: UUID, at: datetime) -> Factor | None:
        for certificate in self.certificates.get(resource_id, []):
            if certificate.valid_from <= at < certificate.valid_to:
                value = rule.measuring.factor_for(certificate.value)
                return Factor(value, certificate.source, certificate.pk)
        return None


def book(pairs: Iterable[tuple[UUID, UUID]]) -> FactorBook:
    """Return the book for pairs of rule version and resource, in three queries."""
    wanted = set(pairs)
    rule_factors = _rule_factors({rule for rule, _ in wanted})
    converting = {resource for rule, resource in wanted if rule_factors[rule].is_standard}
    resources = identity_selectors.resources(converting)
    return FactorBook(
        rule_factors=rule_factors,
        chips={key: only_chip(resource.specification) for key, resource in resources.items()},
        certificates=_certificates(converting),
    )


def only_chip(specification: Mapping[str, Any]) -> str:
    """Return the one kind of chip that a resource is made of, or nothing."""
    chips = {str(part["chip"]) for part in specification.get("chips", ()) if part.get("chip")}
    if specification.get("chip"):
        chips.add(str(specification["chip"]))
    return chips.pop() if len(chips) == 1 else ""


def convertible_chips(rule_version_id: UUID) -> frozenset[str]:
    """Return the names of the chips that a rule version has a published factor for."""
    return frozenset(_rule_factors([rule_version_id])[rule_version_id].by_chip)


def total_milli(resource_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the physical capacity of resources, in thousandths of their unit."""
    found = identity_selectors.resources(resource_ids)
    return {key: resource.total_milli for key, resource in found.items()}


def _rule_factors(version_ids: Collection[UUID]) -> dict[UUID, RuleFactors]:
    rows = MeasurementRuleVersion.objects.filter(pk__in=version_ids).values_list("id", "definition")
    parsed = {key: definitions.parse(definition) for key, definition in rows}
    return {
        key: RuleFactors(
            measuring=rules.RULES.rule(definition.measuring_rule),
            is_standard=definition.standard,
            accepts_certificates=definition.accepts_certificates,
            by_chip=definitions.factors_by_name(definition),
        )
        for key, definition in parsed.items()
    }


def _certificates(resource_ids: Collection[UUID]) -> dict[UUID, list[CapacityCertificate]]:
    """Return the certificates that compare with the reference, the newest first."""
    found: dict[UUID, list[CapacityCertificate]] = {}
    rows = CapacityCertificate.objects.filter(
        resource_id__in=resource_ids,
        precision=Precision.FP16,
        density=Density.DENSE,
        path=ComputePath.TENSOR,
        unit="TFLOPS",
    ).order_by("-certified_at", "-id")
    for certificate in rows:
        found.setdefault(certificate.resource_id, []).append(certificate)
    return found
