"""What the public site's frame needs: its pages, and what stands at the foot."""

import re
from dataclasses import dataclass
from typing import Final

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import clock
from marketplace.portal import figures

register = template.Library()
PAGES: Final = (
    ("portal:market", _("Market")),
    ("portal:prices", _("Price index")),
    ("portal:public-programmes", _("Vouchers")),
    ("portal:code-search", _("Search for codes")),
    ("portal:rule-changes", _("Rule changes")),
    ("status", _("Status")),
)


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page in the head of the public site."""

    address: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Foot:
    """What the law wants at the foot of a public site, where a deployment has it."""

    icp: str
    police: str
    police_code: str
    zone: str


@register.simple_tag
def public_pages() -> list[PublicPage]:
    """Return the pages that everybody may read."""
    return [PublicPage(reverse(name), label) for name, label in PAGES]


@register.simple_tag
def public_foot() -> Foot:
    """Return the record numbers of this deployment, and the market's zone."""
    police: str = settings.SITE_POLICE_NUMBER
    return Foot(
        icp=settings.SITE_ICP_NUMBER,
        police=police,
        police_code="".join(re.findall(r"[0-9]", police)),
        zone=figures.zone_name(clock.now()),
    )
