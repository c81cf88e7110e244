"""The ways to conversations about orders, and to what others wrote about all of them."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from identity.contracts import Actor, Role
from marketplace.fulfilment import talk_selectors as fulfilment_talk
from marketplace.fulfilment.talk_contracts import TalkSide
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest

COUNTED_MAX: Final = 100


def messages_link(request: PortalRequest) -> list[desk.Link]:
    """Return where the messages to a buyer or provider stand, with how many are unread."""
    if not request.actor.has_role(Role.BUYER, Role.PROVIDER):
        return []
    unread = fulfilment_talk.unread_count(request.actor.organization_id, most=COUNTED_MAX)
    count = f"{COUNTED_MAX - 1}+" if unread == COUNTED_MAX else str(unread)
    label = _("Messages (%(count)s unread)") % {"count": count} if unread else _("Messages")
    return [desk.Link(label, reverse("portal:order-messages"), "mail")]


def talk_told(order: Any, actor: Actor) -> str:
    """Return what the link to a party's conversation about an order says; empty without one."""
    listing = order.listing or order.wanted_listing
    own = actor.organization_id
    is_party = own in (order.buyer_id, order.provider_id)
    if listing is None or not is_party or not actor.has_role(Role.BUYER, Role.PROVIDER):
        return ""
    side = TalkSide.BUYER if own == order.buyer_id else TalkSide.PROVIDER
    unread = fulfilment_talk.unread_of(order.pk, side)
    told = _("Conversation (%(count)s unread)") % {"count": unread}
    return told if unread else _("Conversation")


def talk_link(order: Any, actor: Actor) -> list[desk.Link]:
    """Return the way to the conversation about an order, for its two parties."""
    told = talk_told(order, actor)
    address = reverse("portal:order-talk", args=[order.pk])
    return [desk.Link(told, address, "mail")] if told else []
