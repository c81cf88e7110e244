"""What is signed when a code gives way to others, and whether it may be believed; pure."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from common import statements

STEPS_MAX: Final = 4
ENDS_MAX: Final = 16
KINDS: Final = frozenset({"rename", "split", "merge", "move"})
_Code = Annotated[str, Meta(pattern=r"^[0-9A-Z][0-9A-Z./:-]{0,95}$")]
_Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]


class RenameShape(msgspec.Struct, frozen=True):
    """What is read of a `rename` statement."""

    from_code: _Code = msgspec.field(name="from")
    to: Annotated[list[_Code], Meta(min_length=1, max_length=ENDS_MAX)]
    kind: str
    reason: Annotated[str, Meta(max_length=500)]
    at: Annotated[datetime, Meta(tz=True)]
    renamed_at: Annotated[datetime, Meta(tz=True)]
    owner: Annotated[str, Meta(max_length=64)] | None
    record: _Digest | None
    receiver: Annotated[str, Meta(pattern=r"^[NRIP][0-9A-Z]{5}$")] | None = None


@dataclass(frozen=True, slots=True)
class RenameStep:
    """A code that gave way: to which, how, when and why; and the statement that says so."""

    from_code: str
    to: tuple[str, ...]
    kind: str
    reason: str
    at: str
    digest: str | None  # None until a worker signed it
    text: str = ""
    signatures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenamesFollowed:
    """
    What a code gave way to, step by step, and where that ends.

    `outcome` is `followed` (the ends stand), `renamed_too_often` (more than four steps) or
    `rename_loop` (statements of several nodes lead in a circle).
    """

    steps: tuple[RenameStep, ...]
    ends: tuple[str, ...]
    outcome: str


def body(
    *,
    from_code: str,
    to: Sequence[str],
    kind: str,
    reason: str,
    owner: str | None,
    record: str | None,
    receiver: str | None,
    renamed_at: datetime,
    at: datetime,
) -> dict[str, Any]:
    """
    Return the body of a `rename` statement that is signed at a moment.

    `record` is the digest of the code's record before, `receiver` the node that a move leads to.
    """
    return {
        "at": at,
        "from": from_code,
        "kind": kind,
        "owner": owner,
        "reason": one_line(reason),
        "receiver": receiver,
        "record": record,
        "renamed_at": renamed_at,
        "sequence": 1,
        "to": list(to),
    }


def one_line(text: str) -> str:
    """Return a text without what no statement may hold: ends of lines, and other controls."""
    plain = "".join(" " if unicodedata.category(each) in _BARRED else each for each in text)
    return " ".join(plain.split())


_BARRED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def read(body: Mapping[str, Any]) -> RenameShape | None:
    """Return what a statement says of a rename; None if it has not its form."""
    try:
        found = msgspec.convert(body, RenameShape)
    except msgspec.ValidationError:
        return None
    is_sound = (
        found.kind in KINDS
        and found.from_code not in found.to
        and len(set(found.to)) == len(found.to)
        and (found.receiver is None or found.kind == "move")
    )
    return found if is_sound else None


def step(body: Mapping[str, Any], *, digest: str, text: str, lines: Sequence[str]) -> RenameStep:
    """Return a step that a statement says, which was believed before."""
    return RenameStep(
        str(body["from"]),
        tuple(body["to"]),
        str(body["kind"]),
        str(body["reason"]),
        str(body["renamed_at"]),
        digest,
        text,
        tuple(line.rstrip("\n") for line in lines),
    )


def as_told(step: RenameStep) -> dict[str, Any]:
    """Return a step as a signed answer names it."""
    return {
        "at": step.at,
        "from": step.from_code,
        "kind": step.kind,
        "reason": step.reason,
        "statement": step.digest,
        "to": list(step.to),
    }


def unsigned(
    from_code: str, to: Sequence[str], *, kind: str, reason: str, at: datetime
) -> RenameStep:
    """Return a step that the register knows and no worker has signed yet."""
    moment = statements.moment(at)
    return RenameStep(from_code, tuple(to), kind, one_line(reason), moment, None)


def follow(
    code: str, steps_of: Callable[[Sequence[str]], Mapping[str, RenameStep]]
) -> RenamesFollowed:
    """
    Follow what a code gave way to, four steps at most, and never twice through one code.

    `steps_of` returns the steps of codes that gave way; it is asked once for each level.
    """
    steps: list[RenameStep] = []
    ends: list[str] = []
    open_codes, seen, outcome = [code], {code}, "followed"
    for _level in range(STEPS_MAX):
        found = steps_of(open_codes)
        ends += [each for each in open_codes if each not in found]
        steps += [found[each] for each in open_codes if each in found]
        named = [to for each in open_codes if each in found for to in found[each].to]
        open_codes = [each for each in dict.fromkeys(named) if each not in seen]
        if any(each in seen for each in named):
            outcome = "rename_loop"
        seen.update(open_codes)
        if not open_codes:
            break
    if open_codes and steps_of(open_codes):
        outcome = "renamed_too_often"
    return RenamesFollowed(
        tuple(steps), tuple([*ends, *open_codes][:ENDS_MAX]) if steps else (), outcome
    )
