"""What is at work for an organisation right now: orders that clear, exports that are written."""

from dataclasses import dataclass

from identity.contracts import Actor, Role
from marketplace.audit import selectors as audit_selectors
from marketplace.audit.services.requesting import WAITING
from marketplace.orders import selectors as orders_selectors


@dataclass(frozen=True, slots=True)
class RunningJobs:
    """How many jobs run, and the page that shows them."""

    clearing: int
    exporting: int

    @property
    def count(self) -> int:
        """Return how many jobs run."""
        return self.clearing + self.exporting

    @property
    def page(self) -> str:
        """Return the name of the page to look at first."""
        return "portal:orders" if self.clearing else "portal:exports"


def running(actor: Actor) -> RunningJobs:
    """Return what is at work for an actor's organisation."""
    clearing = 0
    if actor.has_role(Role.BUYER):
        clearing = orders_selectors.clearing_count(buyer_id=actor.organization_id)
    waiting = audit_selectors.exports_of(actor.organization_id).filter(state__in=WAITING)
    return RunningJobs(clearing=clearing, exporting=waiting.count())
