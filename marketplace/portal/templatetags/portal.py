"""What templates need to write figures, times, icons and identifiers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import template
from django.forms import Form
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from common import clock as market_clock
from common.money import EXACT, Money
from identity import uscc as identity_uscc
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from ledger.contracts import Op
from marketplace.portal import abacus as beads_of
from marketplace.portal import (
    drawing,
    export_words,
    figures,
    icons,
    names,
    order_page,
    order_words,
    score_words,
)
from marketplace.portal import remark_words as remarks
from marketplace.portal import styles as sheet
from marketplace.vouchers import explained, wording
from marketplace.vouchers.contracts import Beneficiary, Cover, CoverPlan
from pricing import wording as pricing_wording
from pricing.contracts import RateUnit
from pricing.plan_models import RateTerms
from pricing.rules import SECONDS_PER_HOUR

register = template.Library()


@register.simple_tag
def icon(name: str, style: str = "") -> SafeString:
    """Draw an icon: `{% icon "ticket" %}`, `{% icon "check" "small" %}`."""
    return icons.svg(name, style)


@register.filter
def quote_number(pk: UUID) -> str:
    """Return the short name of a quote."""
    return names.quoted(pk)


@register.filter
def remark(code: str) -> str:
    """Return what the remark of a charge says."""
    return str(remarks.sentence(code))


@register.simple_tag
def styles() -> SafeString:
    """Link the style sheet: its parts one by one, or their bundle where files are collected."""
    links = ((static(path),) for path in sheet.linked())
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag
def abacus(number: str) -> beads_of.Abacus | None:
    """Set a number on an abacus; nothing where it is no number that one holds."""
    try:
        return beads_of.abacus(number)
    except ValueError:
        return None


@register.simple_tag
def beads(percent: int | str, count: int | str = 10) -> beads_of.BeadBar:
    """Show a share in per cent as a bar of beads."""
    return beads_of.bead_bar(int(percent), count=int(count))


@register.simple_tag
def plot(chart: drawing.Chart, width: int, height: int) -> drawing.Plot:
    """Draw a chart for a width."""
    return drawing.draw(chart, width=width, height=height)


@register.simple_tag
def heat_cells(heat: drawing.Heat, width: int) -> drawing.HeatDrawing:
    """Draw a heat map for a width."""
    return drawing.draw_heat(heat, width=width)


@register.simple_tag
def ranked_rows(ranked: drawing.Ranked) -> list[drawing.RankedRow]:
    """Draw a ranking."""
    return drawing.draw_ranked(ranked)


@register.simple_tag
def budget_parts(programme: Any) -> tuple[drawing.Part, ...]:
    """Draw what became of a programme's budget: charged, committed, left."""
    amounts = (programme.captured_minor, programme.committed_minor, programme.pool_minor)
    parts = [(str(place + 1), amount) for place, amount in enumerate(amounts)]
    return drawing.draw_ranked(drawing.Ranked([drawing.Row("", parts, "")]))[0].parts


@register.filter
def tenth(value: int) -> str:
    """Write a score of 1,000 as one of 100."""
    return score_words.score_text(value)


@register.filter
def cover_words(cover: Cover | Mapping[str, Any]) -> list[str]:
    """Say a cover line by line, and what cut it, as decided now or as recorded."""
    said = explained.as_data(cover) if isinstance(cover, Cover) else cover
    return wording.cover_words(said)


@register.filter
def plan_words(plan: CoverPlan) -> list[str]:
    """Say what a combination gains over plain expiry, and what is not met or not known."""
    return wording.plan_words(plan)


@register.filter
def bare(field: Any) -> SafeString:
    """Draw an input without the placeholder that a library gives it: its label says it."""
    drawn: SafeString = field.as_widget(attrs={"placeholder": ""})
    return drawn


@register.filter
def money(amount: int | Money | None, asset: str = "CNY") -> str:
    """Write whole fen (or a Money) as `¥1,284,902.50`."""
    if amount is None:
        return "—"
    if isinstance(amount, Money):
        return figures.money(amount.minor, amount.asset, amount.scale)
    return figures.money(int(amount), asset)


@register.filter
def unsigned_money(amount: int | None) -> str:
    """Write whole fen without the currency sign, for columns whose heading names it."""
    return "" if amount is None else figures.grouped(Decimal(amount).scaleb(-2), 2)


@register.filter
def whole_yuan(amount: int) -> str:
    """Write whole fen as yuan without the rest, short where it is much."""
    return figures.counted(Decimal(amount // 100))


@register.filter
def quantity(value: Any, digits: int | None = None) -> str:
    """Write an exact quantity with thousands separators."""
    return "—" if value in (None, "") else figures.grouped(value, digits)


@register.filter
def unit_hours(quantity: Decimal, unit: str) -> str:
    """Write unit-seconds as hours of their unit, and what is counted as it is."""
    if unit == "byte":
        moved = RateUnit.GB_MOVED
        return f"{figures.grouped(quantity.scaleb(-9, context=EXACT))} {moved.label}"
    timed = unit.removesuffix("-second")
    if timed not in CapacityUnit.values:
        return f"{figures.grouped(quantity)} {unit}"
    hours = figures.grouped(EXACT.divide(quantity, SECONDS_PER_HOUR), 2)
    words = {"hours": hours, "unit": CapacityUnit(timed).label}
    return gettext("%(hours)s %(unit)s-hours") % words


@register.filter
def units(milli: int | None) -> str:
    """Write whole thousandths of a unit as units."""
    return "—" if milli is None else figures.grouped(Decimal(milli).scaleb(-3))


@register.filter
def counted(value: Decimal | int | None) -> str:
    """Write a big number short."""
    return "—" if value is None else figures.counted(value)


@register.filter
def short_duration(seconds: Decimal | int | None) -> str:
    """Write a length of time."""
    return "—" if seconds is None else figures.short_duration(seconds)


@register.filter
def duration(seconds: int) -> str:
    """Write a length of time exactly, in words."""
    return figures.duration(seconds)


@register.filter
def spoken(text: str) -> str:
    """Write what was said in both languages in the reader's."""
    return names.spoken(text)


@register.filter
def when(moment: datetime | None) -> str:
    """Write a moment in full: `2026-11-20 14:05 (UTC+8)`."""
    return "—" if moment is None else figures.moment(moment)


@register.filter
def instant(moment: datetime | None) -> str:
    """Write a moment to the second: `2026-11-20 14:05:07`."""
    return "—" if moment is None else figures.time_of(moment, "%Y-%m-%d %H:%M:%S")


@register.filter
def clock(moment: datetime | None) -> str:
    """Write the time of day: `14:02:11`."""
    return "—" if moment is None else figures.time_of(moment, "%H:%M:%S")


@register.filter
def day(moment: datetime | date | None) -> str:
    """Write a day: `2026-11-20`."""
    if moment is None:
        return "—"
    on_the_clock = figures.local(moment) if isinstance(moment, datetime) else moment
    return f"{on_the_clock:%Y-%m-%d}"


@register.filter
def last_day(end: datetime | date) -> str:
    """Write the last day of a period whose end, a moment or a day, is not part of it."""
    is_moment = isinstance(end, datetime)
    return day(end - (timedelta(microseconds=1) if is_moment else timedelta(days=1)))


@register.filter
def sum_values(amounts: Mapping[str, int]) -> int:
    """Return the sum of the amounts."""
    return sum(amounts.values())


@register.filter
def tone(resource_class: str) -> str:
    """Return the colour of a class of resources, the same on tags and charts."""
    return names.tone(resource_class)


@register.filter
def shortened(text: str, ends: int = 6) -> str:
    """Show both ends of a long hash."""
    return text if len(text) <= 2 * ends + 1 else f"{text[:ends]}…{text[-ends:]}"


@register.filter
def masked(uscc: str) -> str:
    """Show a social credit code as the API does: both ends of it."""
    return identity_uscc.masked(uscc)


@register.filter
def named(thing: Any, field: str = "name") -> str:
    """Return a thing's name in the reader's language; English falls back to Chinese."""
    return names.named(thing, field)


@register.filter
def percent(share: Decimal | None, digits: int = 1) -> str:
    """Write a share of one as per cent."""
    return "—" if share is None else f"{figures.grouped(share * 100, digits)}%"


@register.filter
def class_name(code: str) -> str:
    """Return the name of a class of resources."""
    return str(ResourceClass(code).label)


@register.filter
def beneficiary_name(code: str) -> str:
    """Return what a beneficiary counts as."""
    return str(Beneficiary(code).label)


@register.filter
def kind_name(code: str) -> str:
    """Return the name of a kind of account."""
    return str(names.ACCOUNT_KINDS.get(code, code))


@register.filter
def account_name(code: str) -> str:
    """Return what an account is for; of someone else's, the ledger shows the kind alone."""
    return kind_name(code.partition(":")[0])


@register.filter
def reason_name(code: str) -> str:
    """Return why value moved."""
    return str(names.REASONS.get(code, code))


@register.filter
def operation_name(op: Op) -> str:
    """Return what a transfer does with its amount."""
    return str(names.OPERATIONS[op])


@register.filter
def component_name(code: str) -> str:
    """Return what a component of a price is for; a provider's own codes stay as they are."""
    return str(names.COMPONENTS.get(code, code))


@register.simple_tag(takes_context=True)
def phase_of(context: template.Context, order: Any) -> dict[str, Any]:
    """Return what an order is doing now: its word, its colour and its icon."""
    now = context.get("now") or market_clock.now()
    phase = order_page.phase_of(order, at=now)
    return {
        "code": phase.value,
        "label": phase.label,
        "tone": order_words.TONES[phase],
        "icon": order_words.ICONS.get(phase, ""),
    }


@register.filter
def span(period: Any) -> str:
    """Write from when to when something is, the day once where it is the same."""
    return figures.span(period.starts_at, period.ends_at)


@register.filter
def column_words(columns: Sequence[str]) -> list[tuple[Any, str]]:
    """Return the columns of a file in words, each with its code."""
    return export_words.heads(columns)


@register.filter
def shown_cells(row: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Write a row of a file as people read it."""
    return export_words.cells(columns, row)


@register.filter
def minute(moment: datetime | None) -> str:
    """Write a moment to the minute, where its zone stands elsewhere: `2026-11-20 14:05`."""
    return "—" if moment is None else f"{figures.local(moment):%Y-%m-%d %H:%M}"


@register.filter
def place(region: str) -> str:
    """Return where a region is: its own name and its compute hub's."""
    return names.place(region)


@register.filter
def form_name(code: str) -> str:
    """Return how a resource is handed over."""
    return str(ResourceForm(code).label)


@register.filter
def unit_name(code: str, milli: int = 1000) -> str:
    """Return the name of a capacity unit, for so many thousandths of it."""
    return names.unit(CapacityUnit(code), is_one=milli == 1000)


@register.filter
def rate_unit(code: str, quantity: Decimal | str = "1") -> str:
    """Return the name of the unit that a price is for, for so much of it."""
    return names.unit(RateUnit(code), is_one=Decimal(quantity) == 1)


@register.filter
def line_notes(line: Mapping[str, Any], lines: Iterable[Mapping[str, Any]] = ()) -> str:
    """Return when a line's use was, what multiplied its price, and whether it was prepaid."""
    return pricing_wording.line_notes(line, lines)


@register.filter
def line_factor(line: Mapping[str, Any]) -> str:
    """Return by what a line's unit price is multiplied."""
    return pricing_wording.factor_text(line)


@register.filter
def rate_words(terms: RateTerms) -> list[str]:
    """Return what a plan's terms say, a sentence each."""
    return list(pricing_wording.told(terms))


@register.filter
def hub_name(code: str) -> str:
    """Return the name of a hub cluster."""
    return names.hub(code)


@register.filter
def price(value: Any, digits: int | None = None) -> str:
    """Write a unit price with `digits` after the point, by default as many as it has (2 to 6)."""
    if not isinstance(value, Decimal):
        return "—"
    return figures.unit_price(value) if digits is None else f"¥{figures.grouped(value, digits)}"


@register.filter
def less(value: Decimal, share: Decimal) -> str:
    """Write a unit price that a voucher pays a share of."""
    return f"¥{figures.grouped(value * (1 - share), 2)}"


@register.filter
def all_in_less(value: Any, share: Decimal) -> str:
    """Write an all-in price after a voucher's share of what the plan asks."""
    return price(value.less(share), 2)


@register.filter
def per_p_day(value: Decimal) -> str:
    """Write a price of a training standard hour by the day of a PFLOPS, dense FP16."""
    return f"¥{figures.grouped(figures.per_p_day(value), 2)}"


@register.filter
def exaflops(standard_hours: Decimal) -> str:
    """Write standard hours an hour as dense FP16 nameplate figures, in EFLOPS."""
    return figures.grouped(standard_hours * 312 / 1_000_000, 2)


@register.filter
def petaflops(standard_hours: Decimal | None) -> str:
    """Write standard hours an hour as dense FP16 nameplate figures, in PFLOPS."""
    return "—" if standard_hours is None else figures.petaflops(standard_hours)


@register.filter
def specification(spec: dict[str, Any]) -> list[str]:
    """Return a specification as short phrases."""
    return names.specification(spec)


@register.filter
def decimal(text: str) -> Decimal:
    """Read the exact number that a stored line writes as text."""
    return Decimal(text)


@register.filter
def field_label(form: Form, name: str) -> str:
    """Return the label of an input."""
    return str(form.fields[name].label or "") if name in form.fields else ""


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """Return the value of a key, nothing without a mapping."""
    return mapping.get(key) if mapping else None
