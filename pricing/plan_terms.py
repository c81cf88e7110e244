"""Plans under `rate-2` as data: their strict form, a sentence for each fault. Nothing evaluated."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, combinations, pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from common.canonical import decimal_text
from pricing import early_ends
from pricing.contracts import (
    METERED,
    TIERS_MAX,
    UNIT_PRICE_MAX,
    InvalidRates,
    RateComponent,
    RateUnit,
)
from pricing.plan_figures import CLOCK, FACTOR, FACTOR_MAX, PRICE, QUANTITY, VALUE
from pricing.plan_models import (
    FLAT_BAND,
    OWED_FROM_START,
    CountedBy,
    CountedOver,
    DayKind,
    FactorTable,
    PlanModel,
    PlanPart,
    RateTerms,
    RateTier,
    SoldAs,
    TimeBand,
)

PARTS_MAX: Final = 16
BANDS: Final = ("sharp", "peak", FLAT_BAND, "valley", "deep")
BAND_TIMES_MAX: Final = 32
DAYS_NAMED_MAX: Final = 366
FACTOR_VALUES_MAX: Final = 64
FACTOR_KINDS: Final = ("group", "region", "class", "energy", "quality", "green", "path")
TO_MINOR: Final = (1, 10, 100)
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_TERMS_KEYS: Final = {
    "zone", "components", "bands", "holidays", "workdays", "factors", "counted_by",
    "fiscal_month", "to_minor", "early_end",
}  # fmt: skip
_ANY_METERED: Final = {"per", "bands", "factors", "sold_as"}
# In a plan with prices of several things: the units of each. No unit is one of two.
SOLD_UNITS: Final = {
    SoldAs.COMPUTE: (RateUnit.STANDARD_HOUR, RateUnit.UNIT_HOUR),
    SoldAs.STORAGE: (RateUnit.GB_MONTH,),
    SoldAs.NETWORK: (RateUnit.GB_MOVED,),
}
# By model: the members it must have, and those it may have.
MEMBERS: Final[Mapping[PlanModel, tuple[set[str], set[str]]]] = {
    PlanModel.UNIT: ({"unit", "unit_price"}, _ANY_METERED | {"increment"}),
    PlanModel.GRADUATED: ({"unit", "tiers"}, _ANY_METERED | {"increment"}),
    PlanModel.VOLUME: ({"unit", "tiers"}, _ANY_METERED | {"increment"}),
    PlanModel.PACKAGE: ({"unit", "block", "price"}, _ANY_METERED),
    PlanModel.READY: ({"unit_price"}, _ANY_METERED),
    PlanModel.RESERVED: ({"unit_price", "discount"}, _ANY_METERED),
    PlanModel.PREPAID: (
        {"unit", "hours", "price", "unit_price"},
        {"factors", "sold_as", "owed_from"},
    ),
    PlanModel.FLAT: ({"price", "per"}, {"factors", "sold_as"}),
    PlanModel.MINIMUM: ({"price", "per"}, {"sold_as"}),
}
Data = Mapping[str, Any]


def parse(data: Any) -> RateTerms:
    """
    Return the terms that plain data says.

    :raises InvalidRates: naming everything that is wrong, a sentence a fault
    """
    if found := list(faults(data)):
        raise InvalidRates(field="terms", problem=" ".join(found[:20]))
    return RateTerms(
        zone=data["zone"],
        parts=tuple(_part(each) for each in data["components"]),
        bands=tuple(_band(each) for each in data.get("bands", ())),
        holidays=tuple(sorted(map(date.fromisoformat, data.get("holidays", ())))),
        workdays=tuple(sorted(map(date.fromisoformat, data.get("workdays", ())))),
        factors=tuple(
            FactorTable(
                kind=kind,
                otherwise=Decimal(table["otherwise"]),
                values=tuple(
                    (value, Decimal(factor)) for value, factor in sorted(table["values"].items())
                ),
            )
            for kind, table in sorted(data.get("factors", {}).items())
        ),
        counted_by=CountedBy(data.get("counted_by", CountedBy.CONTRACT)),
        fiscal_month=data.get("fiscal_month", 1),
        to_minor=data.get("to_minor", 1),
        early_end=early_ends.parsed(data.get("early_end")),
    )


def terms_json(terms: RateTerms) -> dict[str, Any]:
    """Return terms as the plain data that `parse` reads, each figure once and without zeros."""
    data: dict[str, Any] = {
        "zone": terms.zone,
        "components": [_part_json(part) for part in terms.parts],
    }
    if terms.bands:
        data["bands"] = [
            {
                "band": each.band,
                "from": _clock(each.starts),
                "until": _clock(each.ends),
                "days": list(each.days),
                **({"months": list(each.months)} if each.months else {}),
            }
            for each in terms.bands
        ]
    for name in ("holidays", "workdays"):
        if days := getattr(terms, name):
            data[name] = [day.isoformat() for day in days]
    if terms.factors:
        data["factors"] = {
            table.kind: {
                "otherwise": decimal_text(table.otherwise),
                "values": {value: decimal_text(factor) for value, factor in table.values},
            }
            for table in terms.factors
        }
    if terms.counted_by != CountedBy.CONTRACT:
        data["counted_by"] = str(terms.counted_by)
    if terms.fiscal_month != 1:
        data["fiscal_month"] = terms.fiscal_month
    if terms.to_minor != 1:
        data["to_minor"] = terms.to_minor
    return data | early_ends.as_member(terms.early_end)


def require_plain_times(terms: RateTerms) -> None:
    """
    Refuse times of use of different bands that overlap: which of them holds would not be plain.

    :raises InvalidRates: naming the first two
    """
    if clash := clashing_times(terms.bands):
        raise InvalidRates(field="terms", problem=clash)


def clashing_times(bands: Sequence[TimeBand]) -> str:
    """Return which two times of different bands overlap, in a sentence; empty where none do."""
    for one, other in combinations(bands, 2):
        if (
            one.band != other.band
            and one.starts < other.ends
            and other.starts < one.ends
            and set(one.days) & set(other.days)
            and (not one.months or not other.months or set(one.months) & set(other.months))
        ):
            told = _("Times of use overlap: %(one)s and %(other)s.")
            return told % {"one": _told_time(one), "other": _told_time(other)}
    return ""


def times_of(times: Sequence[Data]) -> list[TimeBand]:
    """Return times of use that are sound, as plain data says them."""
    return [_band(each) for each in times]


def _told_time(each: TimeBand) -> str:
    return f"{each.band} {_clock(each.starts)}–{_clock(each.ends)}"


def projected(terms: RateTerms) -> tuple[RateComponent, ...]:
    """Return what lists show of a plan: each thing that is counted, at its price outside bands."""
    shown = []
    for part in terms.parts:
        if part.model == PlanModel.PACKAGE:
            price = (part.price / part.block).quantize(Decimal("0.000001"))
            tiers: tuple[RateTier, ...] = (RateTier(Decimal(0), min(price, UNIT_PRICE_MAX)),)
        elif part.is_metered:
            tiers = part.tiers
        else:
            continue
        shown.append(RateComponent(part.code, RateUnit(part.unit), tiers))
    return tuple(shown)


# --- Reading ------------------------------------------------------------------------------------
def _part(data: Data) -> PlanPart:
    model = PlanModel(data["model"])
    tiers: tuple[RateTier, ...] = ()
    if model in (PlanModel.GRADUATED, PlanModel.VOLUME):
        tiers = tuple(
            RateTier(Decimal(each["from"]), Decimal(each["unit_price"])) for each in data["tiers"]
        )
    elif model == PlanModel.PREPAID:
        tiers = (
            RateTier(Decimal(0), Decimal(0)),
            RateTier(Decimal(data["hours"]), Decimal(data["unit_price"])),
        )
    elif "unit_price" in data:
        tiers = (RateTier(Decimal(0), Decimal(data["unit_price"])),)
    is_counted = model not in (PlanModel.FLAT, PlanModel.MINIMUM)
    unit = data.get("unit", RateUnit.UNIT_HOUR if is_counted else RateUnit.PERIOD)
    return PlanPart(
        code=data["code"],
        model=model,
        unit=str(unit),
        tiers=tiers,
        per=CountedOver(data.get("per", CountedOver.CONTRACT)),
        price=Decimal(data.get("price", 0)),
        block=Decimal(data.get("block", 0)),
        increment=Decimal(data.get("increment", 0)),
        discount=Decimal(data.get("discount", 0)),
        bands=tuple((band, Decimal(by)) for band, by in sorted(data.get("bands", {}).items())),
        factors=tuple(sorted(data.get("factors", ()))),
        sold_as=data.get("sold_as", ""),
        owed_from=data.get("owed_from", ""),
    )


def _part_json(part: PlanPart) -> dict[str, Any]:
    needed, allowed = MEMBERS[part.model]
    values: dict[str, Any] = {
        "unit": part.unit,
        "per": str(part.per),
        "price": decimal_text(part.price),
        "block": decimal_text(part.block),
        "discount": decimal_text(part.discount),
        "bands": {band: decimal_text(by) for band, by in part.bands},
        "factors": list(part.factors),
        "sold_as": part.sold_as,
        "owed_from": part.owed_from,
    }
    if part.increment:
        values["increment"] = decimal_text(part.increment)
    if part.tiers:
        values["unit_price"] = decimal_text(part.tiers[-1].unit_price)
        values["hours"] = decimal_text(part.tiers[-1].starts_from)
        values["tiers"] = [
            {"from": decimal_text(tier.starts_from), "unit_price": decimal_text(tier.unit_price)}
            for tier in part.tiers
        ]
    kept = {name: values[name] for name in values if name in needed}
    kept |= {name: values[name] for name in values if name in allowed and values[name]}
    return {"code": part.code, "model": str(part.model), **kept}


def _band(data: Data) -> TimeBand:
    return TimeBand(
        band=data["band"],
        starts=_minutes(data["from"]),
        ends=_minutes(data["until"]),
        days=tuple(data.get("days", [*map(str, DayKind)])),
        months=tuple(sorted(data.get("months", ()))),
    )


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


# --- Faults -------------------------------------------------------------------------------------
def faults(data: Any) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong with a plan's terms."""
    for fault in located_faults(data):
        if fault.place is None:
            yield fault.sentence
        else:
            part = data["components"][fault.place]
            name = part.get("code") if isinstance(part, Mapping) else None
            yield f"{name if isinstance(name, str) else fault.place + 1}: {fault.sentence}"


class TermsFault(NamedTuple):
    """What is wrong: in which component, counted from 0, or in none; in which member; in words."""

    place: int | None
    member: str
    sentence: str


def located_faults(data: Any) -> Iterator[TermsFault]:
    """Yield each thing that is wrong with a plan's terms, with where it stands."""
    if not isinstance(data, Mapping):
        yield TermsFault(None, "", _("The terms are an object with a zone and components."))
        return
    for member, sentence in chain(_member_faults(data), _frame_faults(data)):
        yield TermsFault(None, member, sentence)
    parts = data.get("components")
    if (
        not isinstance(parts, Sequence)
        or isinstance(parts, str)
        or not 1 <= len(parts) <= PARTS_MAX
    ):
        told = _("There are 1 to %(most)s components.") % {"most": PARTS_MAX}
        yield TermsFault(None, "components", told)
        return
    for member, sentence in _shared_faults(data):
        yield TermsFault(None, member, sentence)
    found = [
        TermsFault(place, member, sentence)
        for place, part in enumerate(parts)
        for member, sentence in _part_faults(part, data)
    ]
    together = () if found else _faults_together(parts, data)
    yield from found or (TermsFault(None, "components", each) for each in together)


def _member_faults(data: Data) -> Iterator[tuple[str, str]]:
    for name in sorted(data.keys() - _TERMS_KEYS, key=str):
        yield "", _("There is no member %(name)s.") % {"name": name}


def _shared_faults(data: Data) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with times, days and factors, which all components share."""
    yield from (("bands", each) for each in _band_faults(data))
    yield from _day_faults(data)
    yield from (("factors", each) for each in _factor_faults(data))


def _frame_faults(data: Data) -> Iterator[tuple[str, str]]:
    if not isinstance(data.get("zone"), str) or data["zone"] not in _zones():
        yield "zone", _("The zone is a time zone's name, such as Asia/Shanghai.")
    if data.get("counted_by", "contract") not in [*CountedBy]:
        yield "counted_by", _("Tiers are counted by contract, buyer_month or buyer_year.")
    month = data.get("fiscal_month", 1)
    if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= 12:
        yield "fiscal_month", _("The fiscal year begins in a month from 1 to 12.")
    if isinstance(data.get("to_minor", 1), bool) or data.get("to_minor", 1) not in TO_MINOR:
        yield "to_minor", _("Amounts are rounded up to 1, 10 or 100 minor units.")
    if "early_end" in data:
        yield from (("early_end", each) for each in early_ends.faults(data["early_end"]))


def _part_faults(part: Any, data: Data) -> Iterator[tuple[str, str]]:
    if not isinstance(part, Mapping):
        yield "", _("A component is an object.")
        return
    if not isinstance(part.get("code"), str) or not _CODE.fullmatch(part["code"]):
        yield "code", _("A code is lower-case letters, digits and hyphens.")
    if part.get("model") not in [*PlanModel]:
        yield "model", _("The model is one of %(models)s.") % {"models": ", ".join(PlanModel)}
        return
    needed, allowed = MEMBERS[PlanModel(part["model"])]
    for name in sorted(needed - part.keys()):
        yield name, _("It lacks %(name)s.") % {"name": name}
    for name in sorted(part.keys() - needed - allowed - {"code", "model"}, key=str):
        yield str(name), _("There is no member %(name)s.") % {"name": name}
    if "unit" in part and part["unit"] not in [*METERED]:
        yield "unit", _("The unit is one of %(units)s.") % {"units": ", ".join(METERED)}
    if part.get("per", "contract") not in [*CountedOver]:
        yield "per", _("It counts per contract or per month.")
    yield from _sold_faults(part)
    figures = list(_figure_faults(part))
    yield from figures or _step_faults(part, data)
    yield from _times_faults(part, data)


def _sold_faults(part: Data) -> Iterator[tuple[str, str]]:
    if "sold_as" not in part:
        return
    sold_as, unit = part["sold_as"], _counted_unit(part)
    if sold_as not in [*SoldAs]:
        told = _("A price is of one of %(kinds)s.") % {"kinds": ", ".join(SoldAs)}
        yield "sold_as", told
    elif unit in METERED and unit not in SOLD_UNITS[SoldAs(sold_as)]:
        told = _("What is sold as %(kind)s is not charged by the %(unit)s.")
        yield "sold_as", told % {"kind": sold_as, "unit": unit}


def _counted_unit(part: Data) -> str | None:
    """Return the unit that a component counts; none where it counts no use."""
    if part["model"] in (PlanModel.FLAT, PlanModel.MINIMUM):
        return None
    unit: str = part.get("unit", RateUnit.UNIT_HOUR.value)
    return unit


def _figure_faults(part: Data) -> Iterator[tuple[str, str]]:
    for name in ("unit_price", "price"):
        if name in part and not _is_number(part[name], PRICE, most=UNIT_PRICE_MAX):
            told = _("%(name)s is a price as text, such as 3.18, of at most six digits.")
            yield name, told % {"name": name}
    for name in ("block", "hours", "increment"):
        if name in part and (not _is_number(part[name], QUANTITY) or not Decimal(part[name])):
            yield name, _("%(name)s is a quantity above nothing, as text.") % {"name": name}
    yield from _owed_faults(part)
    if "discount" in part and not _is_number(part["discount"], FACTOR, most=Decimal(1)):
        yield "discount", _("The discount is a share from 0 to 1, as text.")
    if "tiers" in part:
        for sentence in _tier_faults(part["tiers"]):
            yield "tiers", sentence


def _step_faults(part: Data, data: Data) -> Iterator[tuple[str, str]]:
    """Yield why tiers cannot count in steps: a tier holds whole ones, of one contract."""
    if part["model"] != PlanModel.GRADUATED or "increment" not in part or "tiers" not in part:
        return
    step = Decimal(part["increment"])
    if any(Decimal(tier["from"]) % step for tier in part["tiers"]):
        told = _("Tiers in steps begin at whole steps: at multiples of %(step)s.")
        yield "increment", told % {"step": part["increment"]}
    if data.get("counted_by", CountedBy.CONTRACT) != CountedBy.CONTRACT:
        yield "increment", _("Tiers that count more than one contract have no steps.")


def _owed_faults(part: Data) -> Iterator[tuple[str, str]]:
    if part.get("owed_from", OWED_FROM_START) != OWED_FROM_START:
        yield "owed_from", _("Prepaid hours are owed from start, or with the first use: no member.")


def _tier_faults(tiers: Any) -> Iterator[str]:
    is_list = isinstance(tiers, Sequence) and not isinstance(tiers, str)
    if not is_list or not 1 <= len(tiers) <= TIERS_MAX:
        yield _("There are 1 to %(most)s tiers.") % {"most": TIERS_MAX}
        return
    for tier in tiers:
        if not isinstance(tier, Mapping) or set(tier) != {"from", "unit_price"}:
            yield _("A tier has from and unit_price.")
            return
        if not _is_number(tier["from"], QUANTITY) or not _is_number(
            tier["unit_price"], PRICE, most=UNIT_PRICE_MAX
        ):
            yield _("The figures of a tier are text, such as 3.18, of at most six digits.")
            return
    borders = [Decimal(tier["from"]) for tier in tiers]
    if borders[0] != 0 or any(low >= high for low, high in pairwise(borders)):
        yield _("Tiers start at 0 and rise.")


def _times_faults(part: Data, data: Data) -> Iterator[tuple[str, str]]:
    bands = part.get("bands", {})
    if not isinstance(bands, Mapping) or not all(
        band in BANDS and _is_number(by, FACTOR, most=FACTOR_MAX) for band, by in bands.items()
    ):
        told = _("Bands are %(bands)s, each with a factor as text.")
        yield "bands", told % {"bands": ", ".join(BANDS)}
    elif bands and not data.get("bands"):
        yield "bands", _("The plan says no times for its bands.")
    kinds = part.get("factors", ())
    if not isinstance(kinds, Sequence) or isinstance(kinds, str):
        yield "factors", _("Factors are a list of kinds.")
        return
    tables = data.get("factors", {})
    for kind in kinds:
        if not isinstance(tables, Mapping) or not isinstance(kind, str) or kind not in tables:
            yield "factors", _("The plan has no factors of the kind %(kind)s.") % {"kind": kind}
    if len(set(map(str, kinds))) < len(kinds):
        yield "factors", _("A kind of factors is named twice.")


def _band_faults(data: Data) -> Iterator[str]:
    bands = data.get("bands", ())
    is_list = isinstance(bands, Sequence) and not isinstance(bands, str)
    if not is_list or len(bands) > BAND_TIMES_MAX:
        yield _("There are at most %(most)s times of bands.") % {"most": BAND_TIMES_MAX}
        return
    for place, each in enumerate(bands, start=1):
        if not isinstance(each, Mapping) or not {"band", "from", "until"} <= set(each) <= {
            "band", "from", "until", "days", "months"
        }:  # fmt: skip
            yield _(
                "Time %(place)s: it has band, from and until, and may have days and months."
            ) % {"place": place}
            continue
        if not _is_sound_time(each):
            yield _(
                "Time %(place)s: a band, and times such as 08:00 that begin before they end, on"
                " known days and months."
            ) % {"place": place}


def _is_sound_time(each: Data) -> bool:
    days, months = each.get("days", [*DayKind]), each.get("months", ())
    return (
        each["band"] in BANDS
        and all(isinstance(each[at], str) and CLOCK.fullmatch(each[at]) for at in ("from", "until"))
        and _minutes(each["from"]) < _minutes(each["until"])
        and isinstance(days, Sequence)
        and not isinstance(days, str)
        and bool(days)
        and all(day in [*DayKind] for day in days)
        and isinstance(months, Sequence)
        and not isinstance(months, str)
        and all(type(month) is int and 1 <= month <= 12 for month in months)
    )


def _day_faults(data: Data) -> Iterator[tuple[str, str]]:
    for name in ("holidays", "workdays"):
        days = data.get(name, ())
        is_list = isinstance(days, Sequence) and not isinstance(days, str)
        if not is_list or len(days) > DAYS_NAMED_MAX or not all(map(_is_day, days)):
            yield name, _("%(name)s are days such as 2026-10-01.") % {"name": name}


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _factor_faults(data: Data) -> Iterator[str]:
    tables = data.get("factors", {})
    if not isinstance(tables, Mapping):
        yield _("Factors are tables by kind.")
        return
    for kind, table in tables.items():
        if kind not in FACTOR_KINDS:
            yield _("A kind of factors is one of %(kinds)s.") % {"kinds": ", ".join(FACTOR_KINDS)}
        elif not _is_sound_table(table):
            yield _("Factors by %(kind)s: otherwise and values, each a figure as text.") % {
                "kind": kind
            }
        elif kind == "group" and any(
            Decimal(each) > Decimal(table["otherwise"]) for each in table["values"].values()
        ):
            yield _("No group pays more than the list price, which is what others pay.")


def _is_sound_table(table: Any) -> bool:
    return (
        isinstance(table, Mapping)
        and set(table) == {"otherwise", "values"}
        and _is_number(table["otherwise"], FACTOR, most=FACTOR_MAX)
        and isinstance(table["values"], Mapping)
        and len(table["values"]) <= FACTOR_VALUES_MAX
        and all(
            isinstance(value, str)
            and VALUE.fullmatch(value)
            and _is_number(factor, FACTOR, most=FACTOR_MAX)
            for value, factor in table["values"].items()
        )
    )


def _faults_together(parts: Sequence[Data], data: Data) -> Iterator[str]:
    """Yield what is wrong with components that are sound each by itself."""
    if len({part["code"] for part in parts}) < len(parts):
        yield _("A component code occurs twice.")
    kinds = {part.get("sold_as", "") for part in parts}
    if len(kinds) > 1 and "" in kinds:
        yield _("Every component says what it is a price of, or none does.")
    for kind in sorted(kinds):
        models = [part["model"] for part in parts if part.get("sold_as", "") == kind]
        if set(models) <= {PlanModel.FLAT, PlanModel.MINIMUM}:
            yield _("A plan has a component that counts what is used.")
        if models.count(PlanModel.MINIMUM) > 1:
            yield _("A plan has one minimum.")
    every = [part["model"] for part in parts]
    yield from early_ends.faults_beside(data.get("early_end", {}), every)
    counted_by = data.get("counted_by", CountedBy.CONTRACT)
    is_monthly = any(
        part["model"] == PlanModel.MINIMUM and part["per"] == CountedOver.MONTH for part in parts
    )
    if is_monthly and (
        counted_by == CountedBy.BUYER_YEAR
        or any(
            part.get("per") != CountedOver.MONTH
            for part in parts
            if counted_by == CountedBy.CONTRACT or part["model"] != PlanModel.GRADUATED
        )
    ):
        yield _("Beside a minimum of a month every component counts by the month.")
    if counted_by != CountedBy.CONTRACT and any(
        part["model"] == PlanModel.PREPAID or _rises(part) for part in parts
    ):
        yield _("Tiers that count more than one contract never rise, and nothing is prepaid.")


def _rises(part: Data) -> bool:
    prices = [Decimal(tier["unit_price"]) for tier in part.get("tiers", ())]
    return part["model"] == PlanModel.GRADUATED and any(
        low < high for low, high in pairwise(prices)
    )


def _is_number(value: Any, form: re.Pattern[str], *, most: Decimal | None = None) -> bool:
    if not isinstance(value, str) or not form.fullmatch(value):
        return False
    return most is None or Decimal(value) <= most


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
