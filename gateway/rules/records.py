"""What a record says of a resource; pure."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from common import statements
from identity.identifiers import profiles

THOUSAND = 1000
SPECIFICATION_MAX = 200


@dataclass(frozen=True, slots=True)
class RegisteredFacts:
    """What the register knows of a resource when its record is written."""

    code: str
    profile: str
    industry: str
    region: str
    resource_class: str
    form: str
    specification: Mapping[str, Any]
    capacity_unit: str
    total_milli: int
    verification_level: int
    pue: Decimal | None
    grid_region: str
    owner_name: str
    owner_name_en: str
    uscc_masked: str
    registered_at: datetime


def body(
    facts: RegisteredFacts,
    *,
    sequence: int,
    previous: str | None,
    grant: str | None,
    hidden: Sequence[str],
    at: datetime,
    owner_code: str = "",
    aliases: Sequence[str] = (),
) -> dict[str, Any]:
    """
    Return the body of a `record` statement.

    `previous` and `grant` are digests: of the record before, and of the grant that it rests on; a
    root's own codes rest on none. `hidden` are the commitments of what not everybody sees,
    `owner_code` is what the owner signs as, `aliases` are the resource's further codes.
    """
    return {
        "aliases": sorted(aliases),
        "at": at,
        "capacity_unit": facts.capacity_unit,
        "code": facts.code,
        "energy": {"grid_region": facts.grid_region or None, "pue": facts.pue},
        "form": facts.form,
        "grant": grant,
        "hidden": list(hidden),
        "industry": facts.industry,
        "owner": {
            "code": owner_code or None,
            "name": facts.owner_name,
            "name_en": facts.owner_name_en,
            "uscc_masked": facts.uscc_masked,
        },
        "previous": previous,
        "profile": facts.profile,
        "region": facts.region,
        "registered_at": facts.registered_at,
        "resource_class": facts.resource_class,
        "sequence": sequence,
        "specification": facts.specification,
        "total_milli": facts.total_milli,
        "verification": {"level": facts.verification_level},
    }


def components(specification: Mapping[str, Any]) -> list[str]:
    """Return the names of the chips that a specification counts, each once."""
    several = specification.get("chips")
    listed = several if isinstance(several, list) else [specification]
    named = [each.get("chip") for each in listed if isinstance(each, Mapping)]
    return list(dict.fromkeys(str(name) for name in named if name))


def chip_codes(specification: Mapping[str, Any]) -> list[str]:
    """Return the chips of a specification by the profile's codes; an unknown one by its name."""
    return [_chips().get(name, name)[:60] for name in components(specification)]


def specification_text(specification: Mapping[str, Any]) -> str:
    """
    Return what a specification counts, sorted: `NH1S:8`, `NH1S:8.NT04:4`; else vCPUs or nodes.

    Of two resources that are built alike it is the same text, whoever registered them.
    """
    several = specification.get("chips")
    listed = several if isinstance(several, list) else [specification]
    counted = sorted(
        f"{_chips().get(str(each['chip']), str(each['chip']))[:60]}:{each.get('cards', 1)}"
        for each in listed
        if isinstance(each, Mapping) and each.get("chip")
    )
    if counted:
        return ".".join(counted)[:SPECIFICATION_MAX]
    for name in ("vcpu", "nodes"):
        if specification.get(name):
            return f"{name.upper()}:{specification[name]}"[:SPECIFICATION_MAX]
    return ""


@functools.cache
def _chips() -> dict[str, str]:
    listed = profiles.definition(profiles.CURRENT_VERSION)["components"]
    return {name: code for code, names in listed.items() for name in names}


def prefixes(code: str) -> list[str]:
    """Return every beginning of a code that ends at the end of a part, the longest first."""
    parts = code.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def covers(prefix: str, code: str) -> bool:
    """Return whether a code, or a longer prefix, lies under a prefix."""
    return code.startswith(f"{prefix}-")


def milli(value: Decimal | None) -> int | None:
    """Return a figure in thousandths, for columns that are searched."""
    return None if value is None else int(value * THOUSAND)


def milli_of_text(text: str | None) -> int | None:
    """Return a figure that is written as text in thousandths."""
    return None if text is None else milli(Decimal(text))


def as_json(text: str, signatures: Sequence[str]) -> dict[str, Any]:
    """Return how a statement is carried: its text as it stands, and its signature lines."""
    return {"text": text, "signatures": [line.rstrip("\n") for line in signatures]}


def with_decoys(known: Sequence[tuple[str, str, Any]]) -> list[str]:
    """Return the commitments of what a record hides, with decoys: their number tells little."""
    decoys = [
        (statements.new_salt(), "", None) for _ in range(statements.decoys_missing(len(known)))
    ]
    return statements.hidden([*known, *decoys])
