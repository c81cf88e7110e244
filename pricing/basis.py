"""
Whether a plan's prices must name the document and the clause that they rest on.

This room knows no books and no listings; who knows for which plans a rule of the market demands a
document tells it here, before a version is published.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput


class BasisGround(TextChoices):
    """Why a plan must name a document and its clause."""

    COMMUNITY = "COMMUNITY", _("what is given to the community is free by rule")
    COLLAR = "COLLAR", _("a book that it is sold in has a price collar")
    VOUCHERS = "VOUCHERS", _("vouchers may pay for it")


class BasisDemanded(InvalidInput):
    """A rule of the market demands the document and the clause that prices rest on."""

    code = "price_basis_demanded"
    sentence = _(
        "These prices name the document that they rest on, and its clause, for %(because)s. Publish"
        " a version of the plan that does."
    )


BasisDemander = Callable[[UUID, datetime], BasisGround | None]

_demanders: Final[list[BasisDemander]] = []


def install(demander: BasisDemander) -> None:
    """Let a room say of which plans a document is demanded."""
    if demander not in _demanders:
        _demanders.append(demander)


def demanded(plan_id: UUID, *, at: datetime) -> BasisGround | None:
    """Return why the next version of a plan must name a document, if it must."""
    found = (each(plan_id, at) for each in _demanders)
    return next((ground for ground in found if ground is not None), None)


def refusal_of(ground: BasisGround, *, field: str) -> BasisDemanded:
    """Return what says that a document is missing, and why it is demanded."""
    return BasisDemanded(field=field, because=ground.label)


def require_named(plan_id: UUID, *, source: str, clause: str, at: datetime) -> None:
    """
    Check that the next version of a plan names what a rule of the market demands.

    :raises BasisDemanded: if it names no document or no clause, and must
    """
    if source.strip() and clause.strip():
        return
    ground = demanded(plan_id, at=at)
    if ground is not None:
        raise refusal_of(ground, field="clause" if source.strip() else "source")
