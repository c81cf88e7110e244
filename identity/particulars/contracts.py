"""What other rooms see of names, addresses and branches, and what is refused about them."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

TEXT_MAX: Final = 200
NAME_MAX: Final = 120


class PlaceKind(TextChoices):
    """What an organisation has at a place."""

    REGISTERED = "REGISTERED", _("Registered office")
    BUSINESS = "BUSINESS", _("Place of business")
    POSTAL = "POSTAL", _("Postal address")
    BRANCH = "BRANCH", _("Branch")


class PlaceNotFound(NotFound):
    """No such place, or another organisation's."""


class InvalidPlace(InvalidInput):
    """What was said of a place is wrong."""

    code = "invalid_place"
    sentence = _("Name the place, a region in force, and days in their order.")


class PlaceHeld(Refusal):
    """There is one of a kind at a time."""

    code = "place_held"
    sentence = _("There is one already at that time: end it first, or begin later.")


class PlaceEnded(Refusal):
    """A place ends once."""

    code = "place_ended"
    sentence = _("This has an end already.")
