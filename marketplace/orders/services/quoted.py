"""Quotes are ordered at once, and for the project that they were made for."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from identity.projects import selectors as projects_selectors
from marketplace.orders import selectors
from pricing.rows import QuoteRow


class QuoteUsed(Refusal):
    """An order stands at the quote already."""

    code = "quote_used"
    sentence = _("This quote was used: order %(order)s stands at it.")


class QuoteForProject(Refusal):
    """A quote was made for a project, and the order is for something else."""

    code = "quote_for_project"
    sentence = _("This quote was made for the project %(project)s; order at it for that.")


def require_its_project(quote: QuoteRow, project_id: UUID | None) -> None:
    """
    Check that an order at a quote is for the project that the quote was made for, if for any.

    :raises QuoteForProject: naming the project
    """
    if quote.project_id is None or quote.project_id == project_id:
        return
    found = projects_selectors.by_ids([quote.project_id]).get(quote.project_id)
    raise QuoteForProject(field="project_id", project="" if found is None else found.code)


def used_quotes(quote_ids: Collection[UUID], *, buyer_id: UUID) -> dict[UUID, str]:
    """Return which quotes of a buyer were used, each with the number of its order."""
    return selectors.orders_at_quotes(quote_ids, buyer_id=buyer_id)
