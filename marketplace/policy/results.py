"""Versions decided on the same inputs, and what came of it: who gains, who is shut out. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from common.canonical import content_hash
from marketplace.policy.deciding import OfParty, VersionDecided
from marketplace.policy.inputs import Tried, TriedApplication, TriedParty
from marketplace.vouchers import rules as vouchers_rules

FORMAT: Final = "suanpan-workbench/1"
ENGINE: Final = "workbench-1"
AFTER, BEFORE = "after", "before"
GROUPS: Final = ("district", "class", "size")
NOTHING: Final = OfParty()
# What a group of enterprises adds up to.
SUMS: Final = ("asked_minor", "granted_minor", "base_minor", "used_minor")


@dataclass(frozen=True, slots=True)
class PartyOutcome:
    """What one enterprise gets by the new rules, and by those they are compared with."""

    party: TriedParty
    district: str
    beneficiary: str
    size: str
    after_minor: int
    before_minor: int | None
    reason: str

    @property
    def change_minor(self) -> int:
        """Return what it gains, or loses."""
        return self.after_minor - (self.before_minor or 0)

    @property
    def line(self) -> str:
        """Return it as it is hashed."""
        before = "" if self.before_minor is None else self.before_minor
        return f"{self.party.key},{self.after_minor},{before},{self.reason}"


def decide(tried: Iterable[Tried], versions: Sequence[VersionDecided]) -> Iterator[int]:
    """Decide everything in the order of time by each version; yield how many are decided."""
    for done, each in enumerate(tried, start=1):
        if isinstance(each, TriedApplication):
            for version in versions:
                version.apply(each)
        else:
            for version in versions:
                version.charge(each)
        yield done


def outcomes(
    parties: Iterable[TriedParty], versions: Mapping[str, VersionDecided], *, on: date
) -> list[PartyOutcome]:
    """Return what each enterprise that asked or bought comes to, by its key."""
    after, before = versions[AFTER].parties, versions.get(BEFORE)
    touched = set(after) | (set(before.parties) if before else set())
    found = []
    for party in parties:
        if party.key not in touched:
            continue
        of = after.get(party.key, NOTHING)
        found.append(
            PartyOutcome(
                party=party,
                district=party.region,
                beneficiary=party.beneficiary(on),
                size=party.size,
                after_minor=of.used_minor,
                before_minor=before.parties.get(party.key, NOTHING).used_minor if before else None,
                reason=of.reason if of.used_minor <= 0 else "",
            )
        )
    return sorted(found, key=_key)


def _key(found: PartyOutcome) -> str:
    return found.party.key


def result(
    versions: Mapping[str, VersionDecided],
    found: Sequence[PartyOutcome],
    *,
    counts: Mapping[str, int],
) -> dict[str, Any]:
    """Return all that a run came to, as it is stored and hashed."""
    return {
        "format": FORMAT,
        "engine": ENGINE,
        "cover_rule": vouchers_rules.RULES.newest,
        "counts": dict(counts),
        "versions": {
            name: version.plain() | {"groups": _groups(version, found)}
            for name, version in versions.items()
        },
        "changes": _changes(found) if BEFORE in versions else None,
        "parties_hash": parties_hash(found),
    }


def _groups(version: VersionDecided, found: Sequence[PartyOutcome]) -> dict[str, Any]:
    """Return the sums of enterprises by district, class and size."""
    sums: dict[str, dict[str, dict[str, int]]] = {
        name: defaultdict(lambda: dict.fromkeys(("parties", "supported", *SUMS), 0))
        for name in GROUPS
    }
    for each in found:
        of = version.parties.get(each.party.key, NOTHING)
        for name, value in zip(GROUPS, (each.district, each.beneficiary, each.size), strict=True):
            group = sums[name][value]
            group["parties"] += 1
            group["supported"] += int(of.used_minor > 0)
            for column in SUMS:
                group[column] += getattr(of, column)
    return {name: dict(sorted(its.items())) for name, its in sums.items()}


def _changes(found: Sequence[PartyOutcome]) -> dict[str, dict[str, int]]:
    """Return how many gain, lose, come in and are shut out, and by how much."""
    changes = {
        name: {"parties": 0, "minor": 0} for name in ("gain", "lose", "same", "new", "shut_out")
    }
    for each in found:
        change, before = each.change_minor, each.before_minor or 0
        names = ["gain" if change > 0 else "lose" if change < 0 else "same"]
        if change > 0 and before <= 0:
            names.append("new")
        if change < 0 and each.after_minor <= 0:
            names.append("shut_out")
        for name in names:
            changes[name]["parties"] += 1
            changes[name]["minor"] += change
    return changes


def parties_hash(found: Sequence[PartyOutcome]) -> str:
    """Return the hash of what each enterprise comes to, one a line."""
    text = "".join(f"{each.line}\n" for each in found)
    return hashlib.sha256(text.encode()).hexdigest()


def run_hash(*, inputs_root: str, terms: Mapping[str, Any], result_hash: str) -> str:
    """Return the hash of a run: what went in, what was asked, and what came out."""
    return content_hash({"inputs": inputs_root, "terms": dict(terms), "result": result_hash})
