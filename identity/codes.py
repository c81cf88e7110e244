"""Reads of codes: what one gave way to, and which further ones a resource has."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import RENAME_STEPS_MAX
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


def aliases_of(resource_id: UUID) -> QuerySet[CodeAlias]:
    """Return the further codes of a resource, the oldest first."""
    return CodeAlias.objects.filter(resource_id=resource_id).order_by("id")


def alias(code: str) -> CodeAlias | None:
    """Return the further code of exactly this writing."""
    return CodeAlias.objects.filter(code=code).first()
