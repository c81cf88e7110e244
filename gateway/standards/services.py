"""Entries that operators make in the directory."""

import re
from datetime import datetime
from typing import Final

from django.db import transaction

from common import tenancy
from gateway.standards import selectors
from gateway.standards.contracts import (
    CODE_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    VERSION_LENGTH_MAX,
    DirectoryKind,
    EntryInvalid,
    EntryThere,
    SupportKind,
)
from gateway.standards.event_names import StandardsEvent
from gateway.standards.models import DirectoryEntry
from gateway.standards.selectors import DirectoryLine
from identity.events import services as events

DECISION: Final = re.compile(r"[0-9]{4}")
URL: Final = re.compile(r"https://[^\s]{1,290}")


@transaction.atomic
def enter(*, line: DirectoryLine, by_id: int | None, now: datetime) -> DirectoryEntry:
    """
    Enter a version of a standard, policy or technology; it stays as it is.

    :raises EntryInvalid: naming the field that has not its form, or a rule that there is not
    :raises EntryThere: if this version, or this clause of it, is entered already
    """
    rules = {f"{kind}/{version}" for kind, version in selectors.rules()}
    is_good = {
        "kind": line.kind in set(DirectoryKind.values) - {DirectoryKind.RULE},
        "code": 1 <= len(line.code) <= CODE_LENGTH_MAX and line.code == line.code.strip(),
        "version": 1 <= len(line.version) <= VERSION_LENGTH_MAX,
        "title": 1 <= len(line.title.strip()) <= TITLE_LENGTH_MAX,
        "title_en": len(line.title_en) <= TITLE_LENGTH_MAX,
        "support": line.support in SupportKind.values,
        "note": len(line.note) <= NOTE_LENGTH_MAX,
        "url": not line.url or bool(URL.fullmatch(line.url)),
        "clause": len(line.clause) <= CODE_LENGTH_MAX,
        "rule": not line.rule or line.rule in rules,
        "decision": not line.decision or bool(DECISION.fullmatch(line.decision)),
    }
    wrong = next((name for name, good in is_good.items() if not good), None)
    if wrong:
        raise EntryInvalid(field=wrong)
    there = [(each.code, each.version, each.clause) for each in selectors.directory(kind=line.kind)]
    if (line.code, line.version, line.clause) in there:
        raise EntryThere(field="version")
    made = DirectoryEntry(
        kind=line.kind,
        code=line.code,
        version=line.version,
        title=line.title.strip(),
        title_en=line.title_en.strip(),
        support=line.support,
        note=line.note,
        url=line.url,
        clause=line.clause,
        rule=line.rule,
        decision=line.decision,
        entered_at=now,
        entered_by_id=by_id,
    )
    with tenancy.acting_as_platform():
        made.save(force_insert=True)
        events.record(
            [
                events.Event(
                    name=StandardsEvent.ENTERED,
                    object_kind="directory-entry",
                    object_id=made.pk,
                    object_label=f"{made.code} {made.version}",
                    facts={"code": made.code, "version": made.version},
                )
            ]
        )
    return made
