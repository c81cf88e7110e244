"""
Fields of published data: each reads a value strictly and says its form as JSON schema.

A draft may leave members out: `faults` tells what is wrong from what is merely not said yet.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.moments import InvalidMoment, parse_moment
from common.money import AMOUNT_MINOR_MAX, parse_decimal
from marketplace.vouchers.contracts import InvalidProgrammeRules

Reader = Callable[[str, Any], Any]
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SHOWN_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Field:
    """How one value is read, what it looks like, and the members or entries it is made of."""

    read: Reader
    schema: Mapping[str, Any]
    members: Mapping[str, "Field"] = field(default_factory=dict)
    entry: "Field | None" = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a path lacks, or that is wrong with it."""

    path: str
    problem: str
    is_missing: bool = False


def bad(path: str, problem: object) -> InvalidProgrammeRules:
    """Return the refusal of a member."""
    return InvalidProgrammeRules(field="rules", path=path, problem=str(problem))


def choice(*allowed: str) -> Field:
    """Return a field that is one of some words."""

    def read(path: str, value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise bad(path, _("one of %(choices)s is needed") % {"choices": ", ".join(allowed)})
        return value

    return Field(read, {"enum": list(allowed)})


def whole_number(*, least: int = 1, most: int = AMOUNT_MINOR_MAX) -> Field:
    """Return a field that is a whole number."""

    def read(path: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            told = _("a whole number from %(least)s to %(most)s is needed")
            raise bad(path, told % {"least": least, "most": most})
        return value

    return Field(read, {"type": "integer", "minimum": least, "maximum": most})


def text(*, least: int = 1, most: int = 40) -> Field:
    """Return a field that is a line of text."""

    def read(path: str, value: object) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or not _is_clean(value):
            raise bad(path, _("a text of at most %(most)s characters is needed") % {"most": most})
        return value

    return Field(read, {"type": "string", "minLength": least, "maxLength": most})


def _is_clean(value: str) -> bool:
    return all(character.isprintable() or character in "\n\t\u3000" for character in value)


def pattern(form: str, told: object) -> Field:
    """Return a field that is a code of some form."""
    compiled = re.compile(form, re.ASCII)

    def read(path: str, value: object) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise bad(path, told)
        return value

    return Field(read, {"type": "string", "pattern": f"^(?:{form})$"})


def text_that(base: Field, holds: Callable[[str], bool], told: object) -> Field:
    """Return a field of texts that must hold something beyond their form."""

    def read(path: str, value: Any) -> Any:
        if not isinstance(value, str) or not holds(value):
            raise bad(path, told)
        return value

    return replace(base, read=read)


def _read_share(path: str, value: object) -> Decimal:
    try:
        share = parse_decimal(value) if isinstance(value, str) else None
    except Refusal:
        share = None
    if share is None or not 0 < share <= 1 or len(f"{share:f}") > len("0.123456789"):
        raise bad(path, _("a share above 0 and up to 1 is needed, as text: “0.30”"))
    return share


def _read_flag(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise bad(path, _("true or false is needed"))
    return value


def _read_moment(path: str, value: object) -> datetime:
    try:
        return parse_moment(value if isinstance(value, str) else "")
    except InvalidMoment as refusal:
        raise bad(path, refusal) from refusal


def _read_day(path: str, value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) and _DAY.fullmatch(value) else "")
    except ValueError as error:
        raise bad(path, _("a day such as 2026-11-20 is needed")) from error


SHARE: Final = Field(_read_share, {"type": "string", "pattern": r"^(0\.[0-9]{1,9}|1(\.0{1,9})?)$"})
FLAG: Final = Field(_read_flag, {"type": "boolean"})
MOMENT: Final = Field(_read_moment, {"type": "string", "minLength": 10, "maxLength": 40})
DAY: Final = Field(_read_day, {"type": "string", "format": "date"})


def optional(base: Field) -> Field:
    """Return a field that may also be null, which says that there is no such rule."""

    def read(path: str, value: object) -> Any:
        return None if value is None else base.read(path, value)

    return replace(base, read=read, schema={"anyOf": [base.schema, {"type": "null"}]})


def list_of(
    entry: Field, *, least: int = 0, most: int, rule: Callable[[str, Any], None] | None = None
) -> Field:
    """Return a field that is a list of entries that differ."""

    def read(path: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            told = _("a list of %(least)s to %(most)s entries is needed")
            raise bad(path, told % {"least": least, "most": most})
        found = tuple(entry.read(f"{path}.{n}", each) for n, each in enumerate(value))
        if len(set(found)) != len(found):
            raise bad(path, _("each entry may appear once"))
        if rule:
            rule(path, found)
        return found

    schema = {"type": "array", "items": entry.schema, "minItems": least, "maxItems": most}
    return Field(read, schema | {"uniqueItems": True}, entry=entry)


def object_of(kind: Callable[..., Any], /, **members: Field) -> Field:
    """Return a field that is an object of exactly these members."""

    def read(path: str, value: object) -> Any:
        if not isinstance(value, dict) or value.keys() != members.keys():
            names = ", ".join(members)
            raise bad(path, _("exactly these members are needed: %(names)s") % {"names": names})
        return kind(**{n: each.read(under(path, n), value[n]) for n, each in members.items()})

    schema = {
        "type": "object",
        "properties": {name: member.schema for name, member in members.items()},
        "required": list(members),
        "additionalProperties": False,
    }
    return Field(read, schema, members)


def ruled(base: Field, rule: Callable[[str, Any], None]) -> Field:
    """Return a field whose whole value meets a rule beyond those of its members."""

    def read(path: str, value: object) -> Any:
        found = base.read(path, value)
        rule(path, found)
        return found

    return replace(base, read=read)


def under(path: str, name: str) -> str:
    """Return the path of a member."""
    return f"{path}.{name}" if path else name


def faults(base: Field, path: str, value: object) -> Iterator[Fault]:
    """Yield what is wrong with a value, and which members it leaves unsaid; deepest first."""
    within = list(_faults_within(base, path, value))
    yield from within
    if within:
        return
    try:
        base.read(path, value)
    except InvalidProgrammeRules as refusal:
        yield Fault(str(refusal.facts["path"]), str(refusal.facts["problem"]))


def _faults_within(base: Field, path: str, value: object) -> Iterator[Fault]:
    if base.entry is not None and isinstance(value, list):
        for number, each in enumerate(value):
            yield from faults(base.entry, f"{path}.{number}", each)
    if base.members and isinstance(value, dict):
        for name in sorted(map(str, value.keys() - base.members.keys())):
            shown = json.dumps(name, ensure_ascii=False)[1:-1][:SHOWN_MAX]
            yield Fault(under(path, shown), str(_("this member is unknown")))
        for name, member in base.members.items():
            if name not in value:
                yield Fault(under(path, name), str(_("this member is missing")), is_missing=True)
            else:
                yield from faults(member, under(path, name), value[name])
