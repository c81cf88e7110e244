"""How large suppliers are, and which programmes ask."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from marketplace.vouchers import programme_rules
from marketplace.vouchers.models import ProgrammeVersion, SupplierSize
from marketplace.vouchers.terms import SupplierFacts


def supplier_sizes(*, supplier_id: UUID | None = None) -> QuerySet[SupplierSize]:
    """Return what suppliers qualified with, or one of them, the latest first."""
    found = SupplierSize.objects.select_related("supplier").order_by("-id")
    return found if supplier_id is None else found.filter(supplier_id=supplier_id)


def sizes_in_force(
    *, at: datetime, supplier_ids: Collection[UUID] | None = None
) -> dict[UUID, SupplierSize]:
    """Return what each supplier qualifies with at a moment: one statement."""
    found = SupplierSize.objects.filter(valid_from__lte=at)
    if supplier_ids is not None:
        found = found.filter(supplier_id__in=supplier_ids)
    newest = found.order_by("supplier_id", "-valid_from", "-id").distinct("supplier_id")
    return {each.supplier_id: each for each in newest}


def supplier_facts(supplier_ids: Collection[UUID], *, at: datetime) -> dict[UUID, SupplierFacts]:
    """Return what is known of the size of suppliers; of whom nothing is known, nothing."""
    found = sizes_in_force(at=at, supplier_ids=supplier_ids) if supplier_ids else {}
    return {pk: SupplierFacts(each.pflops, each.racks) for pk, each in found.items()}


def programmes_that_ask_for_size(*, at: datetime) -> list[str]:
    """Return the codes of the programmes whose rules in force ask how large a supplier is."""
    versions = ProgrammeVersion.objects.filter(valid_from__lte=at)
    newest = versions.order_by("programme_id", "-version").distinct("programme_id")
    return sorted(
        version.programme.code
        for version in newest.select_related("programme")
        if programme_rules.parse(version.rules).asks_for_size
    )
