"""A yearly cap spans all books: rounds that meet take turns for a buyer who is in both."""

import threading
from datetime import timedelta

from django.db import connections, transaction
from django.db.models import Sum

from common import tenancy
from marketplace.orders.models import OrderCover
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, place, programme, voucher, wish
from tests.vouchers.cast import yuan

NEXT_YEAR = NOW + timedelta(days=60)
BEFORE_IT_ENDS = 1.0  # seconds in which the other round would long be through


def test_the_last_part_of_a_yearly_cap_is_spent_once(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        books = [listed(region="640500"), listed(region="520100")]
        assert books[0].book_id != books[1].book_id
        haichao = buyer("100")
        city = programme(per_entity_year_cap_minor=yuan("4"))
        # Each voucher is within the cap of the year in which it was issued.
        cards = [voucher(haichao, "4", city, issued_at=when) for when in (NOW, NEXT_YEAR)]
        for listing, card in zip(books, cards, strict=True):  # 3.02 each, if nothing limits it.
            wanted = wish(listing, start=NEXT_YEAR + timedelta(hours=1), voucher_ids=(card.pk,))
            place(haichao, wanted, at=NEXT_YEAR)
        other = threading.Thread(target=clear_alone, args=(books[1],))

        with transaction.atomic():
            clear(books[0], at=NEXT_YEAR)
            other.start()
            other.join(timeout=BEFORE_IT_ENDS)
        other.join()

        with tenancy.acting_as_platform():
            covers = OrderCover.objects.filter(buyer_id=haichao.pk)
            assert covers.count() == 2
            assert covers.aggregate(total=Sum("counted_minor"))["total"] == yuan("4")


def clear_alone(listing) -> None:
    """Clear a book in a session of its own."""
    try:
        clear(listing, at=NEXT_YEAR)
    finally:
        connections.close_all()
