"""How an answer to an appeal reads while it waits for another operator."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from identity import selectors as identity_selectors
from identity.appeals import selectors as appeals_selectors
from marketplace.portal import names


def of_appeal(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield whose appeal it is, what it says, and the answer: that the suspension stays."""
    organization = identity_selectors.organization(UUID(content["organization_id"]))
    yield _("Organisation"), names.named(organization)
    for each in appeals_selectors.appeals_of(organization.pk).values():
        if str(each.pk) == content["appeal_id"]:
            yield _("What the organisation says"), each.text
    yield _("Answer"), _("The suspension stays.")
    yield _("Reason that the organisation reads"), content["answer"]
