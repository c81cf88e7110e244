"""
One price for everybody: where demand meets supply, product by product. Pure, on whole arrays.

A price clears a product if nobody who bids more than it goes without and nobody who asks less is
left over. The lowest such price is taken. Who bids exactly the price is served by turn.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
NO_PRICE: Final = -1
PRICE_MAX: Final = 2**40


@dataclass(frozen=True, slots=True)
class Bids:
    """Divisible orders, in the order of their turns: what of, at most at what price, how much."""

    product: Integers
    limit: Integers
    quantity: Integers


@dataclass(frozen=True, slots=True)
class Asks:
    """What is offered: what of, at least at what price, how much."""

    product: Integers
    price: Integers
    quantity: Integers


@dataclass(frozen=True, slots=True)
class Uniform:
    """The price and volume of each product (`NO_PRICE`: nothing trades), and what each bid got."""

    price: Integers
    volume: Integers
    filled: Integers


def integers(values: Any) -> Integers:
    """Return figures as an array of whole numbers."""
    return np.asarray(values, dtype=np.int64)


def clear(bids: Bids, asks: Asks, *, products: int) -> Uniform:
    """Return the lowest price that clears each product, and what each bid is filled with."""
    _require_sound(bids.limit, bids.quantity)
    _require_sound(asks.price, asks.quantity)
    supply = _Curve(asks.product, asks.price, asks.quantity)
    demand = _Curve(bids.product, bids.limit, bids.quantity)
    price = _prices(demand, supply, products)
    every = np.arange(products, dtype=np.int64)
    offered = supply.up_to(every, price)
    filled = _by_turn(bids, price, offered, demand)
    volume = np.bincount(bids.product, weights=filled, minlength=products)
    volume = _exact(volume, filled, bids.product, products)
    price = np.where(volume > 0, price, NO_PRICE)
    return Uniform(price=price, volume=volume, filled=filled)


class _Curve:
    """How much stands at or below a price, for each product, by one sort."""

    def __init__(self, product: Integers, price: Integers, quantity: Integers) -> None:
        key = product * PRICE_MAX + price
        self.turns = np.argsort(key, kind="stable")
        self.key = key[self.turns]
        self.quantity = quantity[self.turns]
        self.sums = np.concatenate((integers([0]), np.cumsum(self.quantity)))

    def up_to(self, product: Integers, price: Integers) -> Integers:
        """Return what stands at most at a price."""
        start = np.searchsorted(self.key, product * PRICE_MAX, side="left")
        stop = np.searchsorted(self.key, product * PRICE_MAX + price, side="right")
        found: Integers = self.sums[stop] - self.sums[start]
        return found

    def above(self, product: Integers, price: Integers) -> Integers:
        """Return what stands above a price."""
        start = np.searchsorted(self.key, product * PRICE_MAX + price, side="right")
        stop = np.searchsorted(self.key, (product + 1) * PRICE_MAX, side="left")
        found: Integers = self.sums[stop] - self.sums[start]
        return found


def _prices(demand: _Curve, supply: _Curve, products: int) -> Integers:
    """Return, by product, the lowest price above which no more is wanted than offered."""
    # Demand above a price falls as it rises and what is offered grows: halving finds the place.
    keys = np.unique(np.concatenate((demand.key, supply.key)))
    of, price = keys // PRICE_MAX, keys % PRICE_MAX
    low = np.searchsorted(of, np.arange(products), side="left")
    high = np.searchsorted(of, np.arange(products), side="right")
    last = high - 1
    known = high > low
    every = np.arange(products, dtype=np.int64)
    while bool(np.any(low < high)):
        middle = np.minimum((low + high) // 2, len(keys) - 1)
        at = price[middle]
        clears = demand.above(every, at) <= supply.up_to(every, at)
        going = low < high
        high = np.where(going & clears, middle, high)
        low = np.where(going & ~clears, middle + 1, low)
    place = np.clip(np.minimum(low, last), 0, max(len(keys) - 1, 0))
    found: Integers = np.where(known, price[place] if len(keys) else 0, 0)
    return found


def _by_turn(bids: Bids, price: Integers, offered: Integers, demand: _Curve) -> Integers:
    """Return what bids are filled with: all above the price, and by turn what bids exactly it."""
    at = price[bids.product]
    filled = np.where(bids.limit > at, bids.quantity, 0)
    margin = np.flatnonzero(bids.limit == at)
    left = offered - demand.above(np.arange(len(price), dtype=np.int64), price)
    turns = margin[np.argsort(bids.product[margin], kind="stable")]
    product, quantity = bids.product[turns], bids.quantity[turns]
    sums = np.cumsum(quantity)
    first = np.searchsorted(product, product, side="left")
    before = sums - quantity - np.where(first > 0, sums[first - 1], 0)
    filled[turns] = np.clip(left[product] - before, 0, quantity)
    return filled


def _exact(about: Any, filled: Integers, product: Integers, products: int) -> Integers:
    """Return sums by product; those of floats serve where they are exact, which most are."""
    if filled.sum() < 2**53:
        return integers(about)
    sums = np.zeros(products, dtype=np.int64)
    np.add.at(sums, product, filled)
    return sums


def _require_sound(price: Integers, quantity: Integers) -> None:
    if price.size and (price.min() < 0 or price.max() >= PRICE_MAX or quantity.min() < 0):
        raise ValueError("prices and quantities are whole numbers within their bounds")
