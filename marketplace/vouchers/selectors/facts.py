"""
What is known of those who may get support; what nobody attests is unknown, never no.

Region and industry are what identity keeps of an organisation, certificates what it attests. Size,
years without an entry and incubation have no source yet: a programme that asks for them does not
pay, and says what is unknown. Another source of facts is added here.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from identity import selectors as identity_selectors
from identity.selectors import SmeStanding
from marketplace.vouchers.contracts import Beneficiary, Purse
from marketplace.vouchers.terms import HolderFacts


def holder_facts(
    purses: Mapping[UUID, Collection[Purse]], *, certified: Mapping[UUID, SmeStanding]
) -> dict[UUID, HolderFacts]:
    """
    Return what is known of the holders of vouchers whose programme asks; of others, nothing.

    `certified` says which of them hold an SME certificate; one query for the rest.
    """
    asked = [
        holder_id
        for holder_id, its in purses.items()
        if any(purse.rules.terms is not None for purse in its)
    ]
    if not asked:
        return {}
    return {
        pk: HolderFacts(
            region=each.region or None,
            industry=each.industry or None,
            classes=(Beneficiary.SME.value,) if pk in certified else None,
            certificates=(certified[pk].kind.value,) if pk in certified else None,
        )
        for pk, each in identity_selectors.organizations(asked).items()
    }
