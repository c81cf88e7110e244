"""A demand's terms: checked against their limits, and as the document that is kept. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from common.canonical import content_hash
from identity.contracts import ResourceClass, ResourceForm
from identity.identifiers import profiles
from marketplace.demands.contracts import (
    AT_ONCE,
    DATA_GB_MAX,
    LIMIT_MINOR_MAX,
    NAMES_MAX,
    OPTIONS_MAX,
    STANDING_MAX,
    WINDOW_MAX,
    DemandKind,
    DemandTerms,
    InvalidDemand,
    LimitMissing,
    Need,
    Option,
    Preference,
)
from marketplace.orders.contracts import (
    SECONDS_AHEAD_MAX,
    SECONDS_MAX,
    UNITS_MILLI_MAX,
    VOUCHERS_MAX,
)

AHEAD_MAX: Final = timedelta(seconds=SECONDS_AHEAD_MAX)
FIGURE_MAX: Final = 2**31 - 1
Problem = tuple[str, bool, str]


def document_of(value: Any) -> Any:
    """Return a value as JSON data; equal values give equal data."""
    return msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))


def thawed(data: Any, kind: type[Any] = DemandTerms) -> Any:
    """Return the value that `document_of` wrote."""
    return msgspec.convert(data, kind, strict=True, str_keys=True)


def hash_of(data: Any) -> str:
    """Return the SHA-256 of plain data."""
    return content_hash(data)


def settled(terms: DemandTerms, *, at: datetime) -> DemandTerms:
    """
    Return terms as they are kept: chips by their first names, what begins at once with its grace.

    :raises InvalidDemand, LimitMissing: if a value breaks its limits
    """
    check(terms, at=at)
    return replace(terms, options=tuple(_settled(each, at=at) for each in terms.options))


def _settled(option: Option, *, at: datetime) -> Option:
    chips = tuple(sorted({profiles.component_names(chip)[0] for chip in option.need.chips}))
    need = replace(option.need, chips=chips, hubs=tuple(sorted(set(option.need.hubs))))
    begins_now = option.starts_at <= at + timedelta(minutes=1)
    latest = option.latest_start_at
    if begins_now and latest is None:
        latest = option.starts_at + AT_ONCE
    return replace(option, need=need, latest_start_at=latest)


def check(terms: DemandTerms, *, at: datetime) -> None:
    """
    Check what can be checked without looking anything up.

    :raises InvalidDemand: naming the field
    :raises LimitMissing: if an option has no price limit and the market price was not accepted
    """
    for field, is_wrong, problem in (*_of_terms(terms, at=at), *_of_options(terms, at=at)):
        if is_wrong:
            raise InvalidDemand(field=field, problem=problem)
    if not terms.at_market_price and not all(each.limit.is_set for each in terms.options):
        raise LimitMissing(field="at_market_price")
    if terms.at_market_price and any(each.limit.is_set for each in terms.options):
        told = _("it has a price limit or takes the market price, not both")
        raise InvalidDemand(field="at_market_price", problem=told)


def check_need(need: Need) -> None:
    """
    Check what a listing must be.

    :raises InvalidDemand: naming the field
    """
    for field, is_wrong, problem in _of_need(need):
        if is_wrong:
            raise InvalidDemand(field=field, problem=problem)


def _of_terms(terms: DemandTerms, *, at: datetime) -> Iterator[Problem]:
    stands = terms.kind == DemandKind.STANDING
    expires = terms.expires_at
    yield "options", not 1 <= len(terms.options) <= OPTIONS_MAX, _between(1, OPTIONS_MAX)
    yield "kind", terms.kind not in DemandKind.values, _("there is no such kind")
    yield "prefer", terms.prefer not in Preference.values, _("there is no such preference")
    yield "expires_at", stands == (expires is None), _("it waits until a moment, or not at all")
    yield "expires_at", bool(expires and expires <= at), _("that moment is past")
    yield (
        "expires_at",
        bool(expires and expires - at > STANDING_MAX),
        _("it waits at most %(days)s days") % {"days": STANDING_MAX.days},
    )
    yield "data_gb", not 0 <= terms.data_gb <= DATA_GB_MAX, _between(0, DATA_GB_MAX)
    yield "voucher_ids", len(terms.voucher_ids) > VOUCHERS_MAX, _between(0, VOUCHERS_MAX)
    nearest = terms.prefer == Preference.NEAREST
    unplaced = any(not each.need.near_hub for each in terms.options)
    yield "near_hub", nearest and unplaced, _("nearest to what? Name a place")


def _of_options(terms: DemandTerms, *, at: datetime) -> Iterator[Problem]:
    for option in terms.options:
        yield from _of_amount(option)
        yield from _of_time(option, at=at)
        yield from _of_limit(option)
        yield from _of_need(option.need)


def _of_amount(option: Option) -> Iterator[Problem]:
    units, least = option.units_milli, option.least_milli
    yield "units_milli", not 1 <= units <= UNITS_MILLI_MAX, _between(1, UNITS_MILLI_MAX)
    yield (
        "least_milli",
        least is not None and not 1 <= least <= units,
        _("the minimum is no more than the whole"),
    )
    yield "seconds", not 1 <= option.seconds <= SECONDS_MAX, _between(1, SECONDS_MAX)


def _of_time(option: Option, *, at: datetime) -> Iterator[Problem]:
    starts, latest = option.starts_at, option.latest_start_at
    yield (
        "starts_at",
        bool(starts.microsecond or (latest and latest.microsecond)),
        _("it starts and ends on whole seconds"),
    )
    yield (
        "starts_at",
        max(latest or starts, starts) < at.replace(microsecond=0),
        _("it starts in the past"),
    )
    yield "starts_at", starts - at > AHEAD_MAX, _("it starts more than 366 days ahead")
    yield "latest_start_at", bool(latest and latest < starts), _("it is before the first start")
    yield (
        "latest_start_at",
        bool(latest and latest - starts > WINDOW_MAX),
        _("a start window is at most %(days)s days") % {"days": WINDOW_MAX.days},
    )


def _of_limit(option: Option) -> Iterator[Problem]:
    for name in option.limit.__dataclass_fields__:
        value = getattr(option.limit, name)
        wrong = value is not None and not 0 <= value <= LIMIT_MINOR_MAX
        yield name, wrong, _between(0, LIMIT_MINOR_MAX)


def _of_need(need: Need) -> Iterator[Problem]:
    yield (
        "resource_class",
        need.resource_class not in ResourceClass.values,
        _("there is no such class"),
    )
    is_form = not need.form or need.form in ResourceForm.values
    yield "form", not is_form, _("there is no such form")
    for name in ("chips", "hubs", "only", "never"):
        yield name, len(getattr(need, name)) > NAMES_MAX, _between(0, NAMES_MAX)
    for name in ("card_memory_gb", "cards_per_node", "network_gbps", "carbon_max"):
        value = getattr(need, name)
        yield name, value is not None and not 0 <= value <= FIGURE_MAX, _between(0, FIGURE_MAX)
    yield "near_ms", need.near_ms is not None and need.near_ms < 0, _between(0, FIGURE_MAX)
    yield "near_hub", need.near_ms is not None and not need.near_hub, _("near what? Name a place")
    level = need.verification_min
    yield "verification_min", level is not None and not 0 <= level <= 3, _between(0, 3)
    score = need.quality_min
    yield "quality_min", score is not None and not 0 <= score <= 100, _between(0, 100)


def _between(least: int, most: int) -> str:
    return _("%(least)s to %(most)s are allowed") % {"least": least, "most": most}


def moved(terms: DemandTerms, *, at: datetime) -> DemandTerms:
    """Return the same terms beginning at a moment, for a demand that is posted again."""
    first = min(option.starts_at for option in terms.options)
    later = at.replace(microsecond=0) - first
    options = tuple(
        replace(
            option,
            starts_at=option.starts_at + later,
            latest_start_at=option.latest_start_at and option.latest_start_at + later,
        )
        for option in terms.options
    )
    return replace(terms, options=options)
