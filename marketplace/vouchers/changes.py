"""What changed in the rules of programmes, for those who read of it. Programmes are public."""

from collections.abc import Collection
from uuid import UUID

from common.notice import Change
from marketplace.vouchers import programme_rules, worsening
from marketplace.vouchers.models import ProgrammeVersion


def changes(version_ids: Collection[UUID]) -> dict[UUID, Change]:
    """Return versions of programmes, each with the one before it, in two queries."""
    found = ProgrammeVersion.objects.select_related("programme__issuer").in_bulk(version_ids)
    earlier = {
        (each.programme_id, each.version): each
        for each in ProgrammeVersion.objects.filter(
            programme_id__in={version.programme_id for version in found.values()},
            version__in={version.version - 1 for version in found.values()},
        )
    }
    return {
        key: _change(version, earlier.get((version.programme_id, version.version - 1)))
        for key, version in found.items()
    }


def _change(version: ProgrammeVersion, before: ProgrammeVersion | None) -> Change:
    programme = version.programme
    return Change(
        name=programme.name,
        name_en=programme.name_en,
        owner=programme.issuer.name,
        owner_en=programme.issuer.name_en,
        source=version.source,
        after=version.rules,
        before=None if before is None else before.rules,
        is_worse=before is not None
        and worsening.is_worse(
            programme_rules.parse(before.rules), programme_rules.parse(version.rules)
        ),
    )
