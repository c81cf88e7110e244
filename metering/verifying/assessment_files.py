"""
Assessments as files: a table of figures, in English or as the ODCC writes its columns.

One row is one figure; what is said once of all of them may stand in any row.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from common import moments, tabular
from common.errors import InvalidInput
from common.money import parse_decimal
from common.tabular.contracts import TableUnreadable
from metering.verifying.contracts import FIGURES_MAX, NAME_MAX, Assessed, BenchmarkFigure

ENGLISH: Final = tabular.Layout(
    "suanpan-assessment",
    ("figure", "unit", "value"),
    ("repeats", "spread", "benchmark", "version", "measured_at", "valid_days", "condition"),
)
CHINESE: Final = tabular.Layout(
    "odcc-assessment",
    ("指标", "单位", "测评值"),
    ("重复次数", "离散度", "测评基准", "基准版本", "测评时间", "有效天数", "测试条件"),
)
AS_ENGLISH: Final[Mapping[str, str]] = dict(
    zip(
        (*CHINESE.required, *(CHINESE.optional or ())),
        (*ENGLISH.required, *(ENGLISH.optional or ())),
        strict=True,
    )
)
# What the assessors' tables call figures that the market knows by another name.
FIGURES: Final[Mapping[str, str]] = {
    "FP16稠密算力": "gpu_gemm_fp16",
    "BF16稠密算力": "gpu_gemm_bf16",
    "TF32稠密算力": "gpu_gemm_tf32",
    "INT8稠密算力": "gpu_gemm_int8",
    "显存带宽": "gpu_memory",
    "FP64算力": "cpu_gemm_fp64",
    "FP32算力": "cpu_gemm_fp32",
    "内存带宽": "memory_triad",
    "推理吞吐": "inference_tokens",
}
VALID_DAYS: Final = 365


@dataclass(slots=True)
class AssessmentFile:
    """What a file says, and the rows that cannot be read: line and sentence."""

    figures: list[BenchmarkFigure] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    bad: list[tuple[int, str]] = field(default_factory=list)
    content: bytes = b""
    name: str = ""

    def assessed(self, *, measured_at: datetime | None = None) -> Assessed:
        """
        Return it as an assessment.

        :raises InvalidInput: if a moment or number that holds for all rows cannot be read
        """
        at = self.said.get("measured_at")
        days = self.said.get("valid_days", str(VALID_DAYS))
        if not (days.isascii() and days.isdigit() and len(days) < 6):
            raise TableUnreadable(field="file", problem=_("the valid days are no number"))
        when = moments.parse_moment(at, moments.market_zone()) if at else measured_at
        if when is None:
            raise TableUnreadable(field="file", problem=_("it does not say when it was measured"))
        return Assessed(
            benchmark=self.said.get("benchmark", ""),
            benchmark_version=self.said.get("version", ""),
            figures=self.figures,
            conditions={"told": self.said["condition"]} if "condition" in self.said else {},
            measured_at=when,
            valid_days=int(days),
            document=self.content,
            document_name=self.name,
        )


def read(content: bytes, *, name: str = "") -> AssessmentFile:
    """
    Read a file of figures.

    :raises FileRefused: if it is no such table, or holds no figure
    """
    found = AssessmentFile(content=content, name=name)
    for row in tabular.Table(tabular.Lines(io.BytesIO(content)), ENGLISH, CHINESE):
        if isinstance(row, tabular.BadLine):
            found.bad.append((row.number, row.detail))
        else:
            _take(found, row)
        if len(found.figures) > FIGURES_MAX:
            raise TableUnreadable(field="file", problem=_("more than 64 figures"))
    if not found.figures and not found.bad:
        raise TableUnreadable(field="file", problem=_("there is no row below the header"))
    return found


def _take(found: AssessmentFile, row: Any) -> None:
    cells = {AS_ENGLISH.get(name, name): text for name, text in row.cells.items()}
    for name in ("benchmark", "version", "measured_at", "valid_days", "condition"):
        if cells.get(name):
            found.said.setdefault(name, cells[name][:NAME_MAX])
    try:
        found.figures.append(figure(cells))
    except (InvalidInput, ValueError) as error:
        found.bad.append((row.number, str(error)))


def figure(cells: Mapping[str, str]) -> BenchmarkFigure:
    """
    Return one figure of a table.

    :raises ValueError, InvalidInput: saying why, if it is none
    """
    name = FIGURES.get(cells["figure"].replace(" ", ""), cells["figure"])
    if not name.isascii() or not name.replace("_", "").isalnum() or not name.islower():
        message = _("The figure %(name)s is not known.") % {"name": name[:40]}
        raise ValueError(message)
    repeats = cells.get("repeats") or "1"
    if not (repeats.isascii() and repeats.isdigit() and 1 <= int(repeats[:6]) <= 1000):
        raise ValueError(_("The repeats are no number from 1 to 1000."))
    spread = cells.get("spread") or ""
    return BenchmarkFigure(
        name=name[:40],
        unit=cells["unit"][:16] or "1",
        value=parse_decimal(cells["value"]),
        repeats=int(repeats),
        spread=_share(spread) if spread else None,
    )


def _share(text: str) -> Decimal:
    """Return a share that is written as a fraction or in per cent."""
    is_percent = text.endswith(("%", "％"))
    value = parse_decimal(text.rstrip("%％ "))
    return value / 100 if is_percent else value
