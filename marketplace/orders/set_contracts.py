"""What is ordered together: storage and a network beside an order of compute."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from marketplace.orders.contracts import Repeated

BESIDE_MAX: Final = 2  # storage, and a network


@dataclass(frozen=True, slots=True)
class OrderedBeside:
    """What of a listing that stands beside another is ordered with it, for the same time."""

    listing_id: UUID
    units_milli: int
    quote_id: UUID | None = None
    repeated: Repeated | None = None  # where it is unusually large by itself


class NotBeside(Refusal):
    """Such a listing does not stand beside the one that is ordered, or is not open."""

    code = "order_not_beside"
    status = 422
    sentence = _("What is ordered with it does not stand beside the listing, or is not on sale.")


class SetRefused(Refusal):
    """One of several orders would not clear, so none was placed."""

    code = "order_set_refused"
    sentence = _("Nothing was ordered, for not all of it can be had: %(listing)s: %(reason)s")
