"""Work that was set aside, of all rooms: what waits for a person, and what may be done about it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import Count, Min, Value

from common import tenancy
from common.errors import NotFound
from common.reviews import Closing, ReviewKind, ReviewNotFound, Waiting
from identity.webhooks import reviews as webhooks_reviews
from marketplace.audit import reviews as audit_reviews
from marketplace.catalog import reviews as catalog_reviews
from marketplace.orders import reviews as orders_reviews
from marketplace.settlement import reviews as settlement_reviews
from marketplace.vouchers import reviews as vouchers_reviews
from metering import reviews as metering_reviews

# A room adds its kinds here.
KINDS: Final[tuple[ReviewKind, ...]] = (
    *orders_reviews.KINDS,
    *catalog_reviews.KINDS,
    *metering_reviews.KINDS,
    *settlement_reviews.KINDS,
    *vouchers_reviews.KINDS,
    *audit_reviews.KINDS,
    *webhooks_reviews.KINDS,
)


def kind(name: str) -> ReviewKind:
    """
    Return a kind by its name.

    :raises LookupError: if there is none
    """
    found = next((each for each in KINDS if each.name == name), None)
    if found is None:
        message = f"there is no kind {name}; there are {', '.join(each.name for each in KINDS)}"
        raise LookupError(message)
    return found


def counts() -> list[tuple[ReviewKind, int, datetime]]:
    """Return the kinds of which something waits, how much, since when: one statement for all."""
    sums = [
        each.rows()
        .order_by()
        .values(name=Value(each.name))
        .annotate(count=Count("pk"), oldest=Min(each.since))
        .values_list("name", "count", "oldest")
        for each in KINDS
    ]
    by_name = {each.name: each for each in KINDS}
    found = sums[0].union(*sums[1:], all=True)
    return [(by_name[name], count, oldest) for name, count, oldest in found if count]


def waiting(kinds: Iterable[ReviewKind] = KINDS) -> list[Waiting]:
    """Return what waits for a check, kind by kind, the longest first."""
    return [row for each in kinds for row in each.waiting()]


def row(wanted: ReviewKind, name: str) -> Waiting:
    """
    Return a row that waits, by id or number.

    :raises ReviewNotFound: if none waits under this name
    """
    found = _known(wanted).get(name)
    if found is None:
        raise ReviewNotFound
    return found


def _known(wanted: ReviewKind) -> dict[str, Waiting]:
    there = wanted.waiting(limit=None)
    return {each.id: each for each in there} | {each.number: each for each in there}


def retry(wanted: ReviewKind, names: Iterable[str]) -> tuple[list[Waiting], list[str]]:
    """Try rows of a kind again, by id or number; return them and the names that do not wait."""
    known = _known(wanted)
    tried: list[Waiting] = []
    unknown: list[str] = []
    for name in names:
        try:
            found = known[name]
            wanted.retry(found.id)
        except (KeyError, NotFound):
            unknown.append(name)
        else:
            tried.append(found)
    return tried, unknown


def close(wanted: ReviewKind, name: str, closing: Closing) -> Waiting:
    """
    Close a row for good, with a reason.

    :raises NotFound: if none waits under this name
    :raises NotClosable: if that would lose money or facts
    """
    with tenancy.acting_as_platform():
        found = row(wanted, name)
        wanted.close(found.id, closing)
    return found
