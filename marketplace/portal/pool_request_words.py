"""How a pool that was asked for reads while its allotment waits for another operator."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from identity import selectors as identity_selectors
from identity.contracts import ResourceClass
from marketplace.portal import figures, names


def of_pool_request(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield who asked, what is allotted and what for, and what the provider will read."""
    owner = identity_selectors.organization(UUID(content["organization_id"]))
    classes = " · ".join(str(ResourceClass(each).label) for each in content["classes"])
    yield _("Organisation"), f"{names.named(owner)} · {owner.uscc}"
    yield _("Name of the pool"), content["name"]
    yield _("Codes at most"), figures.grouped(content["resources_max"])
    yield (
        _("Regions"),
        " · ".join(names.places_under(each) for each in content["regions"]) or _("everywhere"),
    )
    yield _("Classes"), classes or _("all")
    yield _("What it is for"), content["reason"]
    yield _("Answer"), content["answer"] or "—"
