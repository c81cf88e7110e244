"""What books allow a standard hour to cost."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import QuerySet

from marketplace.catalog.models import PriceCollar


def collars() -> QuerySet[PriceCollar]:
    """Return every collar there was, the latest first."""
    return PriceCollar.objects.select_related("book").order_by("-id")


def collars_in_force(*, book_ids: Collection[int], at: datetime) -> Mapping[int, PriceCollar]:
    """Return, by book, the collar that holds at a moment; where any price goes there is none."""
    began = PriceCollar.objects.filter(book_id__in=book_ids, valid_from__lte=at)
    return _bands(began)


def collar_in_force(*, book_id: int, at: datetime) -> PriceCollar | None:
    """Return the collar of a book that holds at a moment, if it has one."""
    return collars_in_force(book_ids=[book_id], at=at).get(book_id)


def collars_to_come(*, book_id: int, at: datetime) -> QuerySet[PriceCollar]:
    """Return what was announced for a book and does not hold yet, the next first."""
    return PriceCollar.objects.filter(book_id=book_id, valid_from__gt=at).order_by(
        "valid_from", "id"
    )


def announced(*, resource_classes: Collection[str]) -> Mapping[int, PriceCollar]:
    """Return, by book of some classes, the latest collar, whether it holds already or not."""
    return _bands(
        PriceCollar.objects.filter(book__resource_class__in=resource_classes).select_related("book")
    )


def _bands(found: QuerySet[PriceCollar]) -> Mapping[int, PriceCollar]:
    latest = found.order_by("book_id", "-valid_from", "-id").distinct("book_id")
    return {each.book_id: each for each in latest if each.reference is not None}
