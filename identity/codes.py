"""Reads of codes: what one gave way to, and which further ones a resource has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import RENAME_STEPS_MAX, RENAMED_TO_MAX
from identity.models import ComputeResource
from identity.register_models import CodeAlias, CodeRename


@dataclass(frozen=True, slots=True)
class RenameTrail:
    """
    What a code gave way to, step by step, and the codes that stand at the end.

    `is_cut`: more than four steps would have to be followed (`renamed_too_often`).
    """

    steps: Sequence[CodeRename]
    ends: Sequence[str]
    is_cut: bool


def trail_of(code: str) -> RenameTrail:
    """Follow what a code gave way to, four steps at most; one statement for each step."""
    steps: list[CodeRename] = []
    ends: list[str] = []
    open_codes = [code]
    for _step in range(RENAME_STEPS_MAX):
        found = {
            each.from_code: each for each in CodeRename.objects.filter(from_code__in=open_codes)
        }
        ends += [each for each in open_codes if each not in found]
        steps += [found[each] for each in open_codes if each in found]
        named = [target for each in open_codes if each in found for target in found[each].to_codes]
        open_codes = list(dict.fromkeys(named))
        if not open_codes:
            break
    is_cut = CodeRename.objects.filter(from_code__in=open_codes).exists() if open_codes else False
    return RenameTrail(steps, [] if not steps else [*ends, *open_codes], is_cut)


def resources_by_code(codes: Collection[str]) -> dict[str, ComputeResource]:
    """Return the resources of this register by their codes, with their owners; one statement."""
    found = ComputeResource.objects.select_related("provider").filter(identifier__in=codes)
    return {each.identifier: each for each in found}


def former_codes(code: str) -> list[str]:
    """Return the codes that gave way to this one, the oldest first, 16 at most."""
    found = CodeRename.objects.filter(to_codes__contains=[code]).order_by("renamed_at")
    return list(found.values_list("from_code", flat=True)[:RENAMED_TO_MAX])


def aliases_of(resource_id: UUID) -> QuerySet[CodeAlias]:
    """Return the further codes of a resource, the oldest first."""
    return CodeAlias.objects.filter(resource_id=resource_id).order_by("id")


def alias(code: str) -> CodeAlias | None:
    """Return the further code of exactly this writing."""
    return CodeAlias.objects.filter(code=code).first()


def codes_beside(resource_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return the further codes of resources, by resource; those without any are left out."""
    found: dict[UUID, list[str]] = {}
    for row in CodeAlias.objects.filter(resource_id__in=resource_ids).order_by("id"):
        found.setdefault(row.resource_id, []).append(row.code)
    return found


def first_codes(further: Sequence[str]) -> dict[str, str]:
    """Return the code that the resource of each further code was registered under."""
    found = CodeAlias.objects.filter(code__in=further).select_related("resource")
    return {each.code: each.resource.identifier for each in found}


def renames_of(given_up: Sequence[str]) -> dict[str, CodeRename]:
    """Return what codes of this register gave way to, by the code that did."""
    return {each.from_code: each for each in CodeRename.objects.filter(from_code__in=given_up)}


def registered_by(codes: Sequence[str], organization_id: UUID) -> set[str]:
    """Return which of some codes an organisation registered here; one statement for all."""
    return set(codes_of_owner(organization_id).filter(identifier__in=codes))


def codes_of_owner(organization_id: UUID) -> QuerySet[ComputeResource, str]:
    """Return the codes that an organisation registered here, as a query for others to narrow."""
    owned = ComputeResource.objects.filter(provider_id=organization_id)
    return owned.values_list("identifier", flat=True)
