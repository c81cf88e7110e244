"""Two operators who agree on what a standard hour may cost in a book."""

from decimal import Decimal

from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.catalog import services
from marketplace.catalog.contracts import Band
from tests import cast
from tests.cast import NOW

CHEAP = Band(Decimal("0.01"), 5_000, 5_000)  # nobody offers anything as cheap


def office():
    """Return two operators of one office."""
    home = cast.organization("Office")
    return [Person(cast.member(home, Role.OPERATOR).pk, home.pk) for _each in range(2)]


def proposed(listing, by, band=CHEAP, *, reason="spikes", at=NOW):
    return services.propose_collar(
        resource_class=listing.resource_class,
        hub=listing.hub,
        band=band,
        reason=reason,
        by=by,
        now=at,
    )


def agreed(proposal, by, *, at=NOW):
    return services.confirm_collar(
        proposal_id=proposal.id, person_id=by.id, organization_id=by.organization_id, now=at
    )
