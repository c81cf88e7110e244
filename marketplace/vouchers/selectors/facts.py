"""
What is known of those who may get support; what nobody attests is unknown, never no.

Region and industry are what identity keeps of an organisation; class, size and certificates what it
attests. Years without an entry are known once a list of the dishonest was brought in. Incubation
has no source yet: a programme that asks for it alone does not pay, and says what is unknown.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from common import tenancy
from identity import evidence
from identity.evidence import OrganizationFacts
from identity.selectors import SmeStanding
from marketplace.vouchers.contracts import Beneficiary, Purse
from marketplace.vouchers.selectors.controls import clean_years
from marketplace.vouchers.terms import HolderFacts


def holder_facts(
    purses: Mapping[UUID, Collection[Purse]],
    *,
    certified: Mapping[UUID, SmeStanding],
    at: datetime,
) -> dict[UUID, HolderFacts]:
    """
    Return what is known of the holders of vouchers whose programme asks; of others, nothing.

    `certified` says which of them hold an SME certificate; two statements for the rest, and two
    for each holder of whom a programme asks how long no entry was known.
    """
    asked = [
        holder_id
        for holder_id, its in purses.items()
        if any(purse.rules.terms is not None for purse in its)
    ]
    return {
        pk: _facts(facts, purses[pk], is_certified=pk in certified, at=at)
        for pk, facts in (evidence.facts_of_many(asked, at) if asked else {}).items()
    }


def _facts(
    facts: OrganizationFacts, its: Collection[Purse], *, is_certified: bool, at: datetime
) -> HolderFacts:
    classes = {str(facts.standing.value)} if facts.standing.is_known else set()
    if is_certified:
        classes.add(Beneficiary.SME.value)
    kinds = sorted({each.kind.value for each in facts.certificates})
    years = None
    if any(purse.rules.terms and purse.rules.terms.beneficiaries.clean_years for purse in its):
        with tenancy.acting_as_platform():  # The lists of the dishonest are the market's.
            years = clean_years(facts.organization_id, at=at)
    return HolderFacts(
        region=facts.region.value or None,
        size=None if facts.size.value is None else str(facts.size.value),
        industry=facts.industry.value or None,
        classes=tuple(sorted(classes)) or None,
        certificates=tuple(kinds) or None,
        clean_years=years,
    )
