"""Figures, conditions and findings of verification in words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from marketplace.portal import figures
from metering.verifying import rules as verifying_rules

FIGURES: Final[Mapping[str, Any]] = {
    "cpu_gemm_fp64": _("Matrix product FP64, processor"),
    "cpu_gemm_fp32": _("Matrix product FP32, processor"),
    "memory_triad": _("Memory bandwidth"),
    "disk_write": _("Disk, writing in order"),
    "disk_read": _("Disk, reading in order"),
    "disk_random_read": _("Disk, reading at random"),
    "disk_random_write": _("Disk, writing at random"),
    "network_round_trip": _("Round trip to the market"),
    "network_down": _("From the market"),
    "network_up": _("To the market"),
    "gpu_gemm_fp16": _("Dense FP16, one card"),
    "gpu_gemm_bf16": _("Dense BF16, one card"),
    "gpu_gemm_tf32": _("Dense TF32, one card"),
    "gpu_gemm_int8": _("Dense INT8, one card"),
    "gpu_memory": _("Memory bandwidth, one card"),
    "inference_tokens": _("Tokens a second"),
    "inference_first_token": _("Until the first token"),
}
FINDINGS: Final[Mapping[str, Any]] = {
    "paper_compute": _("less power than idle cards draw"),
    "above_power": _("more power than the cards can draw"),
    "pue_implausible": _("a PUE that no site has"),
    "scheduler_differs": _("the scheduler counted otherwise"),
}


def figure_named(name: str) -> str:
    """Return what a figure is called."""
    return str(FIGURES.get(name, name))


def figure_told(figure: Mapping[str, Any]) -> str:
    """Return a figure with its unit."""
    return f"{figures.grouped(Decimal(figure['value']))} {figure['unit']}"


def spread_told(spread: Any) -> str:
    """Return a spread in per cent."""
    return "—" if spread is None else f"{Decimal(spread) * 100:.2f} %"


def main_told(row: Any) -> str:
    """Return the figure of a certificate that counts for its resource; else the first."""
    name = verifying_rules.main_figure(verifying_rules.resource_size(row.resource.specification))
    found = [each for each in row.figures if each["name"] == name] or row.figures
    return figure_told(found[0]) if found else "—"


def findings_told(row: Any) -> str:
    """Return what does not add up."""
    return "; ".join(str(FINDINGS.get(each, each)) for each in row.findings)
