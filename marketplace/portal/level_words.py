"""Service levels in words: what is promised, what was measured, and why something goes back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from common.moments import parse_moment
from marketplace.assurance import level_selectors
from marketplace.assurance.level_contracts import LevelCount, LevelPromise, LevelTarget, promise_of
from marketplace.portal import desk, figures
from marketplace.portal.tables.columns import Tag

SOURCES = {
    "AGENT": lambda: _("the provider's agent"),
    "PROBE": lambda: _("the market's probe"),
    "delivery": lambda: _("the delivery"),
    "maintenance": lambda: _("announced maintenance"),
}


def percent(ppm: int | None) -> str:
    """Write millionths as a per cent: `99.47%`; a dash where nothing was measured."""
    return "–" if ppm is None else f"{figures.grouped(Decimal(ppm).scaleb(-4))}%"


def share(bp: int) -> str:
    """Write hundredths of a per cent as a per cent."""
    return f"{figures.grouped(Decimal(bp).scaleb(-2))}%"


def promise_lines(promise: LevelPromise) -> list[str]:
    """Return what is promised, a sentence for each target."""
    lines = []
    if promise.availability_ppm is not None:
        lines.append(
            _("Available %(share)s of a month.") % {"share": percent(promise.availability_ppm)}
        )
        lines += [
            _("Below %(limit)s, %(credit)s of the month's charge goes back.")
            % {"limit": percent(below), "credit": share(credit)}
            for below, credit in promise.tiers
        ]
    if promise.ready_seconds is not None:
        lines.append(
            _("Ready within %(time)s; later, %(credit)s goes back.")
            % {
                "time": figures.duration(promise.ready_seconds),
                "credit": share(promise.ready_credit_bp),
            }
        )
    if promise.response_ms is not None:
        lines.append(
            _("95%% of the market's probes answered within %(ms)s ms; else %(credit)s goes back.")
            % {"ms": promise.response_ms, "credit": share(promise.response_credit_bp)}
        )
    if promise.network_ppm is not None:
        lines.append(
            _("Reachable %(share)s of a month; else %(credit)s goes back.")
            % {"share": percent(promise.network_ppm), "credit": share(promise.network_credit_bp)}
        )
    return lines


def listing_lines(listing_id: UUID, *, now: datetime) -> list[str]:
    """Return what an order of a listing is promised now, and what it will be."""
    level = level_selectors.level_at(listing_id, now)
    lines = promise_lines(promise_of(level)) if level else []
    if level is not None and lines:
        lines.append(_("Service level, version %(version)s.") % {"version": level.version})
    later = level_selectors.levels_of(listing_id).filter(starts_at__gt=now).last()
    if later is not None:
        lines.append(
            _("Other terms hold for orders from %(from)s on.")
            % {"from": figures.moment(later.starts_at)}
        )
    return lines or [_("No service level is promised.")]


def level_tag(row: Any) -> Tag:
    """Return whether a month kept what was promised."""
    if row.is_missed:
        return Tag(_("Missed"), "bad", "alert-triangle")
    return Tag(_("Kept"), "ok", "check")


def missed_words(missed: Mapping[str, int]) -> str:
    """Return which targets were missed."""
    return ", ".join(str(LevelTarget(each).label) for each in sorted(missed))


def money_of(amounts: Mapping[str, int]) -> str:
    """Write amounts by asset: what goes back to vouchers is named."""
    parts = [
        figures.money(minor)
        if asset == "CNY"
        else _("%(amount)s by voucher") % {"amount": figures.money(minor)}
        for asset, minor in sorted(amounts.items())
    ]
    return " + ".join(parts) or figures.money(0)


def order_blocks(order_id: UUID) -> list[desk.Facts]:
    """Return what the contract of an order was made under, and its months."""
    level = level_selectors.level_of_order(order_id)
    if level is None:
        return []
    pairs = [
        (
            _("Month of %(month)s") % {"month": f"{each.month.month:%Y-%m}"},
            desk.Cell(
                percent(each.availability_ppm),
                note=level_tag(each).label,
                address=reverse("portal:level-evaluation", args=[each.pk]),
            ),
        )
        for each in level_selectors.evaluations_of_order(order_id)
    ]
    told = " ".join(promise_lines(promise_of(level)))
    version = _("Service level, version %(version)s.") % {"version": level.version}
    return [desk.Facts(_("Service level"), [(version, desk.Cell(told)), *pairs])]


def times_sheet(document: Mapping[str, Any]) -> desk.Sheet:
    """Return the stretches of time that were not up, each with how it counts and who said so."""
    columns = [
        desk.Column(_("From")),
        desk.Column(_("Until")),
        desk.Column(_("Length"), desk.NUMBER),
        desk.Column(_("Counts as")),
        desk.Column(_("Who said so")),
    ]
    rows = []
    for starts, ends, count, sources in document["result"]["times"]:
        starts_at, ends_at = parse_moment(starts), parse_moment(ends)
        rows.append(
            [
                desk.Cell(figures.moment(starts_at)),
                desk.Cell(figures.moment(ends_at)),
                desk.Cell(figures.short_duration((ends_at - starts_at) // timedelta(seconds=1))),
                desk.Cell(LevelCount(count).label),
                desk.Cell(", ".join(SOURCES[each]() for each in sources)),
            ]
        )
    empty = desk.Empty(_("Never down"), _("All of the time that counts it was up."), "check")
    return desk.Sheet(_("When it was not up"), columns, rows, empty)


def seconds_of(microseconds: int) -> str:
    """Write a length of time in microseconds, rounded to the second."""
    return figures.short_duration((microseconds + 500_000) // 1_000_000)


def calculation(document: Mapping[str, Any]) -> list[str]:
    """Return the worked calculation, line by line, in the figures of the document."""
    result, formula = document["result"], document["formula"]
    if result["availability_ppm"] is None:
        return [_("Nothing was counted: it never ran in this month.")]
    weight, of = formula["network_weight"]
    said = {
        "counted": seconds_of(result["counted_us"]),
        "down": seconds_of(result["machine_us"]),
        "network": seconds_of(result["network_us"]),
        "buffer": figures.duration(formula["buffer_seconds"]),
        "weight": figures.grouped(Decimal(weight) / of),
        "share": percent(result["availability_ppm"]),
    }
    lines = [
        _("Counted: %(counted)s, announced maintenance left out.") % said,
        _("Down: %(down)s; not reachable: %(network)s, which counts %(weight)s times.") % said,
        _(
            "Availability: (%(counted)s − %(down)s − %(weight)s × %(network)s + %(buffer)s)"
            " / %(counted)s = %(share)s, at most 100%%."
        )
        % said,
    ]
    missed = result["missed"]
    lines += [
        _("Missed: %(target)s; alone it gives back %(credit)s.")
        % {"target": LevelTarget(target).label, "credit": share(credit)}
        for target, credit in sorted(missed.items())
    ]
    if missed:
        lines.append(
            _("The largest counts: %(credit)s of %(charged)s = %(back)s.")
            % {
                "credit": share(result["credit_bp"]),
                "charged": money_of(document["facts"]["charged"]),
                "back": money_of(result["credits"]),
            }
        )
    return lines
