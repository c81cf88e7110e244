"""How what two operators do to a delivery reads to the second of them."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common import tenancy
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.portal import delivery_words, figures, names
from marketplace.portal.proposal_lines import Content, ProposalLine


def proposed_stop(content: Content, _at: datetime) -> list[ProposalLine]:
    """Return what a second operator reads of an emergency stop."""
    with tenancy.acting_as_platform():
        found = fulfilment_selectors.delivery_of_order(UUID(content["order_id"]))
        parties = []
        if found is not None:
            parties = [
                ProposalLine(_("Order number"), found.order_number),
                ProposalLine(_("Provider"), names.named(found.provider)),
                ProposalLine(_("Buyer"), names.named(found.buyer)),
                ProposalLine(_("State"), str(delivery_words.tag(found).label)),
                ProposalLine(_("Until"), figures.moment(found.leaves_at)),
            ]
    return [
        *parties,
        ProposalLine(_("Reason"), content["reason"]),
        ProposalLine(_("Evidence"), content["evidence"]),
    ]
