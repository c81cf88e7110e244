"""One line of a proposal, and how its values read."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.moments import parse_moment
from marketplace.portal import figures

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One fact of a proposal; `now` is what it would replace, empty where there is nothing."""

    label: str | Promise
    proposed: str
    now: str = ""
    is_effect: bool = False  # It follows from what is proposed, and says nothing once decided.

    @property
    def is_change(self) -> bool:
        """Return whether it replaces something else."""
        return bool(self.now) and self.now != self.proposed


def holds_from(moment: str | None) -> str:
    """Return from when something holds that is proposed."""
    return (
        figures.moment(parse_moment(moment)) if moment else _("As early as it may, once approved")
    )


def per_cent(rate: Decimal | str) -> str:
    """Return a share in per cent."""
    return f"{figures.grouped(Decimal(rate) * 100)}%"
