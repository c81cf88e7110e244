"""Pure rules: the life of an organisation, and the lines of its checklist."""

import functools
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import get_language

from identity.contracts import Role
from identity.onboarding.contracts import ChecklistLine, Life, LifeMove, LineBy

NEWEST: Final = 1
TRANSITIONS: Final = {
    (Life.REQUESTED, LifeMove.ACCEPTED): Life.ONBOARDING,
    (Life.ONBOARDING, LifeMove.ACTIVATED): Life.ACTIVE,
    (Life.ACTIVE, LifeMove.SUSPENDED): Life.SUSPENDED,
    (Life.SUSPENDED, LifeMove.REINSTATED): Life.ACTIVE,
    (Life.ONBOARDING, LifeMove.CLOSED): Life.CLOSED,
    (Life.ACTIVE, LifeMove.CLOSED): Life.CLOSED,
    (Life.SUSPENDED, LifeMove.CLOSED): Life.CLOSED,
}


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line as the checklist asks it; `fact` is what the market knows by itself, if it does."""

    code: str
    roles: frozenset[Role]
    by: LineBy
    fact: str
    label: Mapping[str, str]


@functools.cache
def checklist(version: int) -> tuple[AskedLine, ...]:
    """Return the lines of a version; what was published stays, a change is the next version."""
    path = Path(__file__).parent / "data" / f"checklist-{version}.json"
    return tuple(
        AskedLine(
            each["code"],
            frozenset(map(Role, each["roles"])),
            LineBy(each["by"]),
            each["fact"],
            each["label"],
        )
        for each in json.loads(path.read_text(encoding="utf-8"))["lines"]
    )


def lines_of(
    role: Role, version: int, *, facts: Collection[str], confirmed: Mapping[str, str]
) -> list[ChecklistLine]:
    """Return a role's checklist by the facts that hold and the notes of what was confirmed."""
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return [
        ChecklistLine(
            line.code,
            line.label[language],
            line.by,
            line.fact in facts if line.fact else line.code in confirmed,
            confirmed.get(line.code, ""),
        )
        for line in checklist(version)
        if role in line.roles
    ]
