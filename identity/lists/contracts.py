"""What other rooms see of how people want their lists."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

LIST_LENGTH_MAX: Final = 40
COLUMNS_MAX: Final = 40
COLUMN_LENGTH_MAX: Final = 40
SIZES: Final = (10, 20, 25, 50, 100)
VIEWS_MAX: Final = 20
VIEW_NAME_LENGTH_MAX: Final = 40
QUERY_LENGTH_MAX: Final = 2_000


class RowHeight(TextChoices):
    """How high the rows of a list are."""

    COMFORTABLE = "COMFORTABLE", _("Comfortable rows")
    COMPACT = "COMPACT", _("Compact rows")


@dataclass(frozen=True, slots=True)
class View:
    """A name for what a list shows under some filters, in some order."""

    id: UUID
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants a list; nothing: as it comes."""

    columns: tuple[str, ...] = ()
    density: RowHeight = RowHeight.COMFORTABLE
    size: int | None = None
    views: tuple[View, ...] = ()


class InvalidSize(InvalidInput):
    """A page of a list has one of a few sizes."""

    code = "invalid_page_size"
    sentence = _("A page has 10, 20, 25, 50 or 100 rows.")


class InvalidViewName(InvalidInput):
    """A view is named by what people can read."""

    code = "invalid_view_name"
    sentence = _("A name has 1 to 40 characters, all of which can be read.")


class TooManyViews(Refusal):
    """A person keeps so many views of a list."""

    code = "too_many_views"
    status = 409
    sentence = _("You keep 20 views of this list. Remove one first.")


class ViewNameTaken(Refusal):
    """Two views of a list do not bear one name."""

    code = "view_name_taken"
    status = 409
    sentence = _("You keep a view of this name already.")
