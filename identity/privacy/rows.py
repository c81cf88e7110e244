"""What other rooms may ask of holds in their own queries."""

from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from identity.privacy.contracts import HeldKind
from identity.privacy.models import LegalHold, SeenRecord

HoldRow = LegalHold
SeenRow = SeenRecord


def is_held(
    *, organization: str = "", kind: HeldKind | None = None, object_id: str = "pk"
) -> Exists:
    """
    Return the condition that a row is under a legal hold; asked for the whole market.

    `organization` is the column of the organisation that it belongs to, `kind` what the row is or
    belongs to, and `object_id` the column that names that.
    """
    held = Q()
    if organization:
        held |= Q(kind=HeldKind.ORGANIZATION, object_id=Cast(OuterRef(organization), CharField()))
    if kind is not None:
        held |= Q(kind=kind, object_id=Cast(OuterRef(object_id), CharField()))
    return Exists(LegalHold.objects.filter(held, lifted_at=None))
