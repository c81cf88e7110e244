"""
Pod lists of the openb cluster trace: one line a pod, times in seconds since the trace began.

A pod holds `num_gpu` cards of which it may use `gpu_milli` thousandths each, or only processors.
One without `scheduled_time` was still pending when the trace ended: it used nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.utils.translation import gettext as _

from common.tabular import BadLine, Layout, Record
from marketplace.importing.contracts import BadRow, UsageFormat, UsageRow
from marketplace.importing.formats import cards
from marketplace.importing.formats.lines import (
    Reckoning,
    UnreadableError,
    bad_row,
    moment_after,
    unit_seconds,
    whole,
)

COLUMNS: Final = (
    "name",
    "cpu_milli",
    "memory_mib",
    "num_gpu",
    "gpu_milli",
    "gpu_spec",
    "qos",
    "pod_phase",
    "creation_time",
    "deletion_time",
    "scheduled_time",
)
LAYOUT: Final = Layout(UsageFormat.OPENB_PODS, COLUMNS)


def rows(records: Iterable[Record | BadLine], reckoning: Reckoning) -> Iterator[UsageRow | BadRow]:
    """Yield each pod's use, in card-seconds or, without cards, in vcpu-seconds."""
    for record in records:
        if isinstance(record, BadLine):
            yield bad_row(record)
            continue
        try:
            yield _usage(record.number, record.cells, reckoning)
        except UnreadableError as error:
            yield error.bad_row(record.number)


def _usage(number: int, cells: Mapping[str, str], reckoning: Reckoning) -> UsageRow:
    if not cells["name"]:
        raise UnreadableError("missing_name", _("the pod has no name"))
    unit, held = _held(cells)
    created, ran = _times(cells)
    return UsageRow(
        line=number,
        subject_name=cells["name"],
        requested_at=moment_after(reckoning.origin, created, name="creation_time"),
        starts_at=ran and moment_after(reckoning.origin, ran[0], name="scheduled_time"),
        ends_at=ran and moment_after(reckoning.origin, ran[1], name="deletion_time"),
        quantity=unit_seconds(held, ran[1] - ran[0] if ran else 0),
        unit=unit,
        units_milli=held,
        chips=_chips(cells["gpu_spec"], reckoning) if unit == "card-second" else (),
        facts={name: cells[name] for name in COLUMNS if name != "name"},
    )


def _held(cells: Mapping[str, str]) -> tuple[str, int]:
    """Return the unit that a pod is counted in, and the thousandths of it that it holds."""
    cards, share, processors = (
        whole(cells, name) for name in ("num_gpu", "gpu_milli", "cpu_milli")
    )
    if share > 1000:
        told = _("gpu_milli: %(share)s is more than a whole card") % {"share": share}
        raise UnreadableError("bad_share", told)
    if bool(share) != bool(cards):
        told = _("num_gpu is %(cards)s, but gpu_milli %(share)s") % {"cards": cards, "share": share}
        raise UnreadableError("bad_share", told)
    if cards:
        return "card-second", cards * share
    return "vcpu-second", processors


def _chips(text: str, reckoning: Reckoning) -> tuple[str, ...]:
    """Return the kinds of card of which any will do."""
    found: list[str] = []
    unknown: UnreadableError | None = None
    for kind in filter(None, text.split("|")):
        try:
            found += cards.chips(kind, reckoning)
        except UnreadableError as error:
            unknown = error
    if unknown is not None and not found:
        raise unknown
    return tuple(sorted(set(found)))


def _times(cells: Mapping[str, str]) -> tuple[int, tuple[int, int] | None]:
    """Return when a pod was asked for, and from when to when it ran, if it did."""
    created = whole(cells, "creation_time")
    if not cells["scheduled_time"]:
        return created, None
    scheduled, deleted = whole(cells, "scheduled_time"), whole(cells, "deletion_time")
    if not created <= scheduled < deleted:
        told = _("a pod is created, then scheduled, then deleted")
        raise UnreadableError("bad_period", told)
    return created, (scheduled, deleted)
