"""How well the sample's resources are proved: by their providers' word, or by a third party."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from common.moments import market_date
from identity.rows import OrganizationRow, PersonRow
from metering.verifying import rules as verifying_rules
from metering.verifying import selectors as verifying_selectors
from metering.verifying import services as verifying_services
from metering.verifying.contracts import Assessed, BenchmarkFigure

DECLARED_SHARE: Final = Decimal("0.95")
ASSESSED_SHARE: Final = Decimal("0.88")
ACCREDITED_FOR: Final = timedelta(days=1_000)
VALID_DAYS: Final = 700
PER_VCPU: Final = Decimal(24)  # GFLOPS in FP64, of the sample's processors
UNITS: Final = {"gpu_gemm_fp16": "TFLOPS", "cpu_gemm_fp64": "GFLOPS"}


@dataclass(frozen=True, slots=True)
class SampleProver:
    """Who says what of the sample's resources."""

    known: Mapping[str, OrganizationRow]
    members: Mapping[str, Sequence[PersonRow]]

    def accredit(self, *, since: datetime) -> None:
        """Let the sample's auditor assess, once."""
        lab = self.known["audit"]
        if not verifying_selectors.all_assessors().filter(organization_id=lab.pk).exists():
            verifying_services.name_assessor(
                organization_id=lab.pk,
                accreditation="CNAS L0000 (sample)",
                first_day=market_date(since),
                last_day=market_date(since + ACCREDITED_FOR),
                person_id=self.members["OPERATOR"][0].pk,
                now=since,
            )

    def prove(
        self, resource_id: UUID, provider_id: UUID, specification: Any, *, level: int, at: datetime
    ) -> None:
        """Let a provider declare its resource; where level 3 is said a third party verifies it."""
        declared = _figures(specification, DECLARED_SHARE)
        verifying_services.declare(
            resource_id=resource_id,
            provider_id=provider_id,
            person_id=self.members["PROVIDER"][0].pk,
            figures=declared,
            now=at,
        )
        if level == 3:
            self._assess(resource_id, provider_id, specification, at)

    def _assess(
        self, resource_id: UUID, provider_id: UUID, specification: Any, at: datetime
    ) -> None:
        lab, market = self.known["audit"], self.known["operator"]
        asked = verifying_services.ask_assessment(
            resource_id=resource_id,
            provider_id=provider_id,
            person_id=self.members["PROVIDER"][0].pk,
            assessor_organization_id=lab.pk,
            note="",
            now=at,
        )
        said = Assessed(
            benchmark="ODCC-like (sample)",
            benchmark_version="1",
            figures=_figures(specification, ASSESSED_SHARE),
            conditions={"told": "figures of the sample, measured by nobody"},
            measured_at=at,
            valid_days=VALID_DAYS,
        )
        verifying_services.record_assessment(
            assessment_id=asked.pk,
            assessor_organization_id=lab.pk,
            person_id=self.members["AUDITOR"][0].pk,
            said=said,
            now=at,
        )
        verifying_services.grant_assessment(
            assessment_id=asked.pk,
            organization_id=market.pk,
            person_id=self.members["OPERATOR"][0].pk,
            now=at,
        )


def _figures(specification: Any, share: Decimal) -> list[BenchmarkFigure]:
    size = verifying_rules.resource_size(specification)
    name = verifying_rules.main_figure(size)
    most = verifying_rules.bound(name, size) if size.is_accelerated else None
    value = most if most is not None else PER_VCPU * max(size.vcpus, 1)
    figure = (value * share).quantize(Decimal("0.1"))
    return [BenchmarkFigure(name, UNITS[name], figure, 7, Decimal("0.02"))]
