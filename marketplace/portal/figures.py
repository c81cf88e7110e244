"""Numbers and times as a reader sees them, alike in both languages."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import clock, moments
from common.money import EXACT

MINUS: Final = "\N{MINUS SIGN}"
SIGNS: Final = {"CNY": "¥"}
DIGITS_SHOWN_MAX: Final = 6


def local(moment: datetime) -> datetime:
    """Return a moment on the clock of the market."""
    return moment.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE))


def zone_name(moment: datetime) -> str:
    """Return the distance from UTC, for example `UTC+8`."""
    return moments.offset_name(local(moment))


def moment(at: datetime) -> str:
    """Write a moment in full: `2026-11-20 14:05 (UTC+8)`; see `moments.written`."""
    return moments.written(at)


def day_and_time(at: datetime) -> tuple[str, str]:
    """Return the day of a moment with its zone, and its time on that day's clock."""
    there = at.astimezone(moments.reader_zone() or moments.market_zone())
    return f"{there:%Y-%m-%d} ({moments.offset_name(there)})", f"{there:%H:%M}"


def time_of(at: datetime, form: str) -> str:
    """Write a part of a moment: on the market's clock, or on the reader's, which is named then."""
    zone = moments.reader_zone()
    if zone is None:
        return f"{local(at):{form}}"
    there = at.astimezone(zone)
    return f"{there:{form}} {moments.offset_name(there)}"


def span(start: datetime, end: datetime) -> str:
    """
    Write from when to when: `2026-11-20 14:05 – 15:05`, with the day again where it differs.

    Seconds are written where there are any.
    """
    first, last = local(start), local(end)
    form = "%H:%M:%S" if first.second or last.second else "%H:%M"
    day = "" if first.date() == last.date() else f"{last:%Y-%m-%d} "
    return f"{first:%Y-%m-%d} {first:{form}} – {day}{last:{form}}"


def today(now: datetime | None = None) -> datetime:
    """Return midnight of the current day on the clock of the market."""
    return local(now or clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)


def grouped(value: Decimal | int, digits: int | None = None) -> str:
    """Write a number with thousands separators; without `digits`, as many as it needs (up to 6)."""
    number = Decimal(value)
    if digits is None:
        needed = max(0, -int(number.normalize(EXACT).as_tuple().exponent))
        digits = min(needed, DIGITS_SHOWN_MAX)
    unit = Decimal(1).scaleb(-digits)
    rounded = number.quantize(unit, rounding=ROUND_HALF_EVEN, context=EXACT)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{digits}f}"


def unit_price(value: Decimal) -> str:
    """Write a price of a unit: `¥3.60`, `¥0.004`; two digits at least, six at most."""
    needed = max(2, -int(value.normalize(EXACT).as_tuple().exponent))
    return f"¥{grouped(value, min(needed, DIGITS_SHOWN_MAX))}"


def money(minor: int, asset: str = "CNY", scale: int = 2) -> str:
    """Write an amount: `¥1,284,902.50`. Vouchers are counted in yuan as well."""
    amount = Decimal(minor).scaleb(-scale, context=EXACT)
    sign = MINUS if amount < 0 else ""
    return f"{sign}{SIGNS.get(asset, '¥')}{grouped(abs(amount), scale)}"


def counted(value: Decimal | int) -> str:
    """Write a big number short, for tiles: `128.4万` or `1.3M`. Small ones stay whole."""
    number = Decimal(value)
    chinese = (get_language() or "").startswith("zh")
    steps = (
        ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4 * 10, "万"))
        if chinese
        else ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"))
    )
    for size, word in steps:
        if abs(number) >= size:
            unit = Decimal(10) ** 4 if word == "万" else size
            return grouped(number / unit, 1) + word
    return grouped(number, 0 if abs(number) >= 100 or not number % 1 else 2)


def petaflops(standard_hours: Decimal) -> str:
    """Write standard hours an hour as dense FP16 nameplate figures, in PFLOPS."""
    shown = standard_hours * 312 / 1_000
    return grouped(shown, 0 if shown >= 100 else 1)


def per_p_day(price: Decimal) -> Decimal:
    """Return a price of a standard hour of training by the day of 1 PFLOPS: 312 TFLOPS an hour."""
    return price * 24 * 1000 / 312


def short_duration(seconds: Decimal | int) -> str:
    """Write a length of time: `0.4 s`, `12 min`, `3.5 h`, `2 d`, in the reader's language."""
    number = Decimal(seconds)
    units = (
        (86400, _("%(count)s d")),
        (3600, _("%(count)s h")),
        (60, _("%(count)s min")),
        (1, _("%(count)s s")),
    )
    size, written = next((each for each in units if number >= each[0]), units[-1])
    whole = number / size
    return written % {"count": grouped(whole, 1 if whole % 1 else 0)}


LENGTHS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def in_whole_units(seconds: int) -> tuple[int, str]:
    """Return a length of time in the largest unit of which it is a whole number."""
    unit = next(name for name in reversed(LENGTHS) if seconds % LENGTHS[name] == 0)
    return seconds // LENGTHS[unit], unit


def duration(seconds: int) -> str:
    """Write a length of time exactly, in words: `90 seconds`, `1 hour`, `36 hours`."""
    count, unit = in_whole_units(seconds)
    words = {
        "second": ngettext("%(count)s second", "%(count)s seconds", count),
        "minute": ngettext("%(count)s minute", "%(count)s minutes", count),
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "day": ngettext("%(count)s day", "%(count)s days", count),
    }
    return words[unit] % {"count": grouped(count)}
