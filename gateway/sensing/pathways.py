"""
The way between two places over the compute hubs: latency, bandwidth, price, and where each is from.

What agents of two providers measured within a day counts first, then what was published by the
market for the two hubs. The way from a place to its hub is assumed by distance, and says so.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gateway.sensing import selectors
from gateway.sensing.contracts import PlaceUnknown
from gateway.sensing.selectors import MeasuredPath
from identity import selectors as identity_selectors
from identity.identifiers import regions
from pricing import selectors as pricing_selectors
from pricing.contracts import PathBasis
from pricing.paths import PathFacts

MEASURED_FOR: Final = timedelta(days=1)
# As the published assumptions: 1.6 times the distance on the sphere, at 200 km/ms, both ways.
MS_PER_KM: Final = Decimal("0.016")
YUAN_PER_GB_AND_KM: Final = Decimal("0.0001")
EARTH_KM: Final = 6_371
TENTH: Final = Decimal("0.1")
TENTH_OF_FEN: Final = Decimal("0.0001")
FEN: Final = Decimal("0.01")
_PLACE: Final = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,4})?),(-?[0-9]{1,3}(?:\.[0-9]{1,4})?)")
Degrees = tuple[Decimal, Decimal]  # latitude, longitude
# About where each cluster lies, in degrees.
HUBS: Final[Mapping[str, Degrees]] = {
    code: (Decimal(latitude), Decimal(longitude))
    for code, latitude, longitude in (
        ("ZJK", "40.8", "114.9"), ("YDA", "31.1", "121.0"), ("WHU", "31.3", "118.4"),
        ("SGN", "24.8", "113.6"), ("TFU", "30.4", "104.1"), ("CKG", "29.6", "106.5"),
        ("HLG", "40.4", "111.8"), ("GAN", "26.4", "106.5"), ("QYG", "35.7", "107.6"),
        ("ZHW", "37.5", "105.2"),
    )
}  # fmt: skip
# About where the seat of each province lies, by the first two digits of its code.
PROVINCES: Final[Mapping[str, Degrees]] = {
    code: (Decimal(latitude), Decimal(longitude))
    for code, latitude, longitude in (
        ("11", "39.9", "116.4"), ("12", "39.1", "117.2"), ("13", "38.0", "114.5"),
        ("14", "37.9", "112.5"), ("15", "40.8", "111.7"), ("21", "41.8", "123.4"),
        ("22", "43.9", "125.3"), ("23", "45.8", "126.5"), ("31", "31.2", "121.5"),
        ("32", "32.1", "118.8"), ("33", "30.3", "120.2"), ("34", "31.8", "117.2"),
        ("35", "26.1", "119.3"), ("36", "28.7", "115.9"), ("37", "36.7", "117.0"),
        ("41", "34.7", "113.6"), ("42", "30.6", "114.3"), ("43", "28.2", "112.9"),
        ("44", "23.1", "113.3"), ("45", "22.8", "108.3"), ("46", "20.0", "110.3"),
        ("50", "29.6", "106.5"), ("51", "30.7", "104.1"), ("52", "26.6", "106.7"),
        ("53", "25.0", "102.7"), ("54", "29.7", "91.1"), ("61", "34.3", "108.9"),
        ("62", "36.1", "103.8"), ("63", "36.6", "101.8"), ("64", "38.5", "106.3"),
        ("65", "43.8", "87.6"), ("71", "25.0", "121.5"), ("81", "22.3", "114.2"),
        ("82", "22.2", "113.5"),
    )
}  # fmt: skip


class PathSource(TextChoices):
    """Where figures of a way are from."""

    MEASURED = "MEASURED", _("measured by agents")
    PUBLISHED = "PUBLISHED", _("measured, published by the market")
    ASSUMED = "ASSUMED", _("assumed by distance")


@dataclass(frozen=True, slots=True)
class NearPlace:
    """A place, its nearest hub, and how far away that is."""

    asked: str
    hub: str
    km: int


@dataclass(frozen=True, slots=True)
class WayLeg:
    """A part of a way; `ms` is there and back, prices are yuan a gigabyte."""

    start: str
    end: str
    ms: Decimal
    slow_ms: Decimal | None  # the 95th of a hundred
    mbps: int | None
    price_per_gb: Decimal
    source: PathSource
    measured_at: datetime | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Pathway:
    """A way from a place to a place, leg by leg and in sum."""

    start: NearPlace
    end: NearPlace
    legs: Sequence[WayLeg]
    ms: Decimal
    mbps: int | None
    price_per_gb: Decimal
    price: Decimal  # of so many gigabytes, in yuan
    gb: int
    is_assumed: bool
    as_of: datetime


def pathway(start: str, end: str, *, gb: int, at: datetime) -> Pathway:
    """
    Return the way between two places: `hub:GAN`, `region:310000`, `place:31.23,121.47`, `code:…`.

    :raises PlaceUnknown: naming the one that there is not
    """
    first, last = near(start, "from"), near(end, "to")
    legs = [
        *_access(first, first.asked, first.hub),
        *_trunk(first.hub, last.hub, at),
        *_access(last, last.hub, last.asked),
    ]
    price = sum((leg.price_per_gb for leg in legs), Decimal(0))
    return Pathway(
        start=first,
        end=last,
        legs=legs,
        ms=sum((leg.ms for leg in legs), Decimal(0)),
        mbps=min((leg.mbps for leg in legs if leg.mbps is not None), default=None),
        price_per_gb=price,
        price=(price * gb).quantize(FEN, ROUND_HALF_UP),
        gb=gb,
        is_assumed=any(leg.source == PathSource.ASSUMED for leg in legs),
        as_of=at,
    )


def near(asked: str, field: str) -> NearPlace:
    """
    Return the hub that a place is at, or nearest to.

    :raises PlaceUnknown: if there is no such hub, region or code, or it is no place
    """
    kind, _colon, name = asked.partition(":")
    if kind == "hub" and name in HUBS:
        return NearPlace(asked, name, 0)
    if kind == "code":
        name, kind = _region_of(name, field), "region"
    if kind == "region" and name in regions.regions():
        return _near_region(asked, name)
    if kind == "place" and (found := _PLACE.fullmatch(name)):
        latitude, longitude = Decimal(found[1]), Decimal(found[2])
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return _nearest(asked, (latitude, longitude))
    raise PlaceUnknown(field=field, place=asked[:60])


def _region_of(code: str, field: str) -> str:
    found = identity_selectors.registered_resources().filter(identifier=code[:96]).first()
    if found is None:
        raise PlaceUnknown(field=field, place=code[:60])
    return str(found.region)


def _near_region(asked: str, code: str) -> NearPlace:
    within = regions.regions()[code].within
    for hub in regions.hubs():
        if set(within) & set(hub.regions):
            return NearPlace(asked, hub.code, 0)
    return _nearest(asked, PROVINCES[code[:2]])


def _nearest(asked: str, place: Degrees) -> NearPlace:
    km, hub = min((distance_km(place, there), code) for code, there in HUBS.items())
    return NearPlace(asked, hub, km)


def distance_km(one: Degrees, other: Degrees) -> int:
    """Return how far two places are apart on the sphere, in whole kilometres."""
    a, b, c, d = (math.radians(each) for each in (*one, *other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return round(2 * EARTH_KM * math.asin(math.sqrt(half)))


def _access(place: NearPlace, start: str, end: str) -> list[WayLeg]:
    """Return the way between a place and its hub; none where it lies at the hub."""
    if not place.km:
        return []
    ms = (place.km * MS_PER_KM).quantize(TENTH, ROUND_HALF_UP)
    price = (place.km * YUAN_PER_GB_AND_KM).quantize(TENTH_OF_FEN, ROUND_HALF_UP)
    return [WayLeg(start, end, max(ms, TENTH), None, None, price, PathSource.ASSUMED)]


def _trunk(start: str, end: str, at: datetime) -> list[WayLeg]:
    if start == end:
        return []
    ends = (min(start, end), max(start, end))
    said = {(each.hub_a, each.hub_b): each for each in pricing_selectors.paths(at=at)}
    measured = {
        (each.hub_a, each.hub_b): each for each in selectors.measured_paths(since=at - MEASURED_FOR)
    }
    return [_leg(start, end, said.get(ends), measured.get(ends))]


def _leg(start: str, end: str, said: PathFacts | None, seen: MeasuredPath | None) -> WayLeg:
    km = distance_km(HUBS[start], HUBS[end])
    price = (km * YUAN_PER_GB_AND_KM + Decimal("0.05")).quantize(FEN, ROUND_HALF_UP)
    ms, mbps, source = (km * MS_PER_KM).quantize(TENTH, ROUND_HALF_UP), None, PathSource.ASSUMED
    if said is not None:
        ms, mbps, price = said.latency_ms, said.bandwidth_gbps * 1000, said.price_per_gb
        is_measured = said.basis == PathBasis.MEASURED
        source = PathSource.PUBLISHED if is_measured else PathSource.ASSUMED
    if seen is None:
        return WayLeg(start, end, ms, None, mbps, price, source)
    return WayLeg(
        start,
        end,
        _ms(seen.middle_us),
        _ms(seen.slow_us),
        seen.mbps if seen.mbps is not None else mbps,
        price,
        PathSource.MEASURED,
        seen.measured_at,
        seen.samples,
    )


def _ms(microseconds: int) -> Decimal:
    return (Decimal(microseconds) / 1000).quantize(TENTH, ROUND_HALF_UP)
