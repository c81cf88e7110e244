"""What an hour of a resource is worth in standard hours, and who says so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from identity import selectors as identity_selectors
from metering import definitions, rules, standards
from metering.contracts import ComputePath, Density, Factor, NamedTable, Precision
from metering.models import CapacityCertificate, MeasurementRuleVersion
from metering.rules import MeasuringRule
from metering.table_contracts import HourClass
from metering.table_models import ConversionTableVersion

NOT_STANDARD: Final = "the rule counts native hours only"
NO_FIGURE: Final = "no agreed dense FP16 figure for {chip}"
OTHER_UNIT: Final = "its hours are of the class {name}, which nothing is priced by"
NO_ONE_CHIP: Final = "the resource is not made of one kind of chip"


@dataclass(frozen=True, slots=True)
class RuleFactors:
    """The part of a rule version that converts, and the arithmetic that it names."""

    measuring: MeasuringRule
    is_standard: bool
    accepts_certificates: bool
    by_chip: Mapping[str, tuple[Decimal, str]]
    table: standards.PublishedTable | None = None


@dataclass(frozen=True, slots=True)
class FactorBook:
    """Everything that factors are looked up in, read at once for many windows."""

    rule_factors: Mapping[UUID, RuleFactors]
    specifications: Mapping[UUID, Mapping[str, Any]]
    certificates: Mapping[UUID, list[CapacityCertificate]]

    def factor(
        self, rule_version_id: UUID, resource_id: UUID, *, at: datetime
    ) -> tuple[Factor | None, str]:
        """
        Return the factor in force at a moment, or the reason why there is none.

        By a published table as `standards` says. A rule with figures of its own puts them before
        a certificate: all resources of a chip are then worth the same.
        """
        rule = self.rule_factors[rule_version_id]
        if not rule.is_standard:
            return None, NOT_STANDARD
        specification = self.specifications.get(resource_id, {})
        if rule.table is not None:
            known = self.certificates.get(resource_id, []) if rule.accepts_certificates else []
            return standards.factor(rule.table, specification, known, at=at)
        chip = only_chip(specification)
        if chip in rule.by_chip:
            value, source = rule.by_chip[chip]
            return Factor(value, source), ""
        certified = self._certified(rule, resource_id, at) if rule.accepts_certificates else None
        if certified is not None:
            return certified, ""
        return None, NO_FIGURE.format(chip=chip) if chip else NO_ONE_CHIP

    def priced(
        self, rule_version_id: UUID, resource_id: UUID, *, at: datetime
    ) -> tuple[Factor | None, str]:
        """
        Return the factor that prices, collars and the index count by: the training hour's alone.

        Hours of another class are another unit, and would be added to it.
        """
        factor, reason = self.factor(rule_version_id, resource_id, at=at)
        if factor is not None and not factor.is_priced:
            return None, OTHER_UNIT.format(name=factor.hour_class)
        return factor, reason

    def measuring(self, rule_version_id: UUID) -> MeasuringRule:
        """Return the arithmetic that a rule version names."""
        return self.rule_factors[rule_version_id].measuring

    def _certified(self, rule: RuleFactors, resource_id: UUID, at: datetime) -> Factor | None:
        for certificate in self.certificates.get(resource_id, []):
            if not _is_of_the_reference(certificate):
                continue
            if certificate.valid_from <= at < certificate.valid_to:
                value = rule.measuring.factor_for(certificate.value)
                return Factor(value, certificate.source, certificate.pk)
        return None


def book(pairs: Iterable[tuple[UUID, UUID]]) -> FactorBook:
    """Return the book for pairs of rule version and resource, in three queries, or four."""
    wanted = set(pairs)
    rule_factors = _rule_factors({rule for rule, _ in wanted})
    converting = {resource for rule, resource in wanted if rule_factors[rule].is_standard}
    resources = identity_selectors.resources(converting)
    return FactorBook(
        rule_factors=rule_factors,
        specifications={key: resource.specification for key, resource in resources.items()},
        certificates=certificates_of_all(converting),
    )


def only_chip(specification: Mapping[str, Any]) -> str:
    """Return the one kind of chip that a resource is made of, or nothing."""
    return standards.chip_of(specification)


def convertible_chips(rule_version_id: UUID) -> frozenset[str]:
    """Return the names of the chips that a rule version has a published price factor for."""
    rule = _rule_factors([rule_version_id])[rule_version_id]
    if rule.table is None:
        return frozenset(rule.by_chip)
    if rule.table.hour_class != HourClass.TRAINING:
        return frozenset()
    return frozenset(name for name, row in rule.table.by_name.items() if not row.is_contested)


def total_milli(resource_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the physical capacity of resources, in thousandths of their unit."""
    found = identity_selectors.resources(resource_ids)
    return {key: resource.total_milli for key, resource in found.items()}


def _rule_factors(version_ids: Collection[UUID]) -> dict[UUID, RuleFactors]:
    rows = MeasurementRuleVersion.objects.filter(pk__in=version_ids).values_list("id", "definition")
    parsed = {key: definitions.parse(definition) for key, definition in rows}
    named = {
        (each.conversion.name, each.conversion.version)
        for each in parsed.values()
        if each.conversion
    }
    tables = published_tables(named)
    return {
        key: RuleFactors(
            measuring=rules.RULES.rule(definition.measuring_rule),
            is_standard=definition.standard,
            accepts_certificates=definition.accepts_certificates,
            by_chip=definitions.factors_by_name(definition),
            table=_named(tables, definition.conversion),
        )
        for key, definition in parsed.items()
    }


def published_tables(
    named: Collection[tuple[str, int]],
) -> dict[tuple[str, int], standards.PublishedTable]:
    """Return conversion tables by name and version, in one query, or none where none is named."""
    if not named:
        return {}
    rows = ConversionTableVersion.objects.filter(hour_class__in={name for name, _v in named})
    found = rows.values_list("hour_class", "version", "definition")
    return {
        (name, version): standards.published(name, version, definition)
        for name, version, definition in found
        if (name, version) in named
    }


def _named(
    tables: Mapping[tuple[str, int], standards.PublishedTable], name: NamedTable | None
) -> standards.PublishedTable | None:
    return None if name is None else tables[name.name, name.version]


def _is_of_the_reference(certificate: CapacityCertificate) -> bool:
    """Return whether a certificate compares with the reference of rules with own figures."""
    return (certificate.precision, certificate.density, certificate.path, certificate.unit) == (
        Precision.FP16,
        Density.DENSE,
        ComputePath.TENSOR,
        "TFLOPS",
    )


def certificates_of_all(resource_ids: Collection[UUID]) -> dict[UUID, list[CapacityCertificate]]:
    """Return the certificates of resources, the newest first."""
    found: dict[UUID, list[CapacityCertificate]] = {}
    rows = CapacityCertificate.objects.filter(resource_id__in=resource_ids)
    for certificate in rows.order_by("-certified_at", "-id"):
        found.setdefault(certificate.resource_id, []).append(certificate)
    return found
