"""Scenes of the sample market: the drafts of the release, agreed on by two operators."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from identity.approvals.contracts import Person
from identity.rows import OrganizationRow, PersonRow
from marketplace.drivers import scene_selectors
from marketplace.drivers import services as drivers_services


def publish_scenes(
    *,
    known: Mapping[str, OrganizationRow],
    members: Mapping[str, Sequence[PersonRow]],
    now: datetime,
) -> int:
    """Let one operator propose and another publish the drafts that are missing; count scenes."""
    published = {row.code for row in scene_selectors.scenes()}
    desk = known["operator"]
    first, second = members["OPERATOR"][:2]
    drafts = scene_selectors.drafts_of_release()
    for code, content in drafts.items():
        if code in published:
            continue
        proposed = drivers_services.propose_scene(
            code=code, content=content, by=Person(first.pk, desk.pk), now=now
        )
        drivers_services.publish_scene(
            proposal_id=proposed.id, person_id=second.pk, organization_id=desk.pk, now=now
        )
    return len(published | drafts.keys())
