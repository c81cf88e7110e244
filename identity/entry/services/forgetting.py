"""What a person who is erased leaves at the ways in: nothing that names them."""

from common import seals, tenancy
from identity.entry.models import AddressChange, SsoLink


def forget_ways_of(*, user_id: int) -> int:
    """Remove links of a person to providers, and of changed addresses; return how many."""
    with seals.signing_in(), tenancy.acting_as_platform():
        changes, _rows = AddressChange.objects.filter(user_id=user_id).delete()
        links, _rows = SsoLink.objects.filter(user_id=user_id).delete()
    return changes + links
