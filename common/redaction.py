"""
What may not stand in a log: secrets, and who somebody is.

Tracebacks are written without the values of variables and without the messages of exceptions; both
may carry a password, a body or a name. What lines say otherwise is searched for what looks like it.
A line of JSON is searched value by value, so that it stays one.
"""

import json
import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

HIDDEN: Final = "…"
# Nobody reads on, and patterns would search for long.
LINE_CHARACTERS_MAX: Final = 16_384
# Of each value of a line of JSON that was longer.
VALUE_CHARACTERS_MAX: Final = 2_048
_NAMES: Final = (
    r"[\w-]{0,40}(?:password|passwd|passphrase|secret|token|credential|session_?id|csrf|api[_-]?key"
    r"|access[_-]?key|private[_-]?key|otp|recovery[_-]?code)[\w-]{0,40}"
)
_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
_SECRET: Final = re.compile(
    rf"(?i){_NAMES}|(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|e-?mail(?:_address)?"
)
_PATTERNS: Final = (
    # Headers, to the end of the line.
    (re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)([\"']?\s*[:=]).*"),
     rf"\1\2 {HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # Keys of ours, and addresses with somebody's password.
    (re.compile(r"\bspn_[\w-]{6,}"), f"spn_{HIDDEN}"),
    (re.compile(r"(://)[^/\s@]*@"), rf"\1{HIDDEN}@"),
    # What follows the question mark of an address, and what resets or invites by its path.
    (re.compile(r"(?<=[\w/.-])\?(?=[^\s\"'<>?])[^\s\"'<>]+"), f"?{HIDDEN}"),
    (re.compile(r"(?i)(/(?:reset/key|invitations?|confirm-email)/)[^/\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)\b({_NAMES})([\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&,;)}}\]]+)"),
     rf"\1\2{HIDDEN}"),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    # PostgreSQL's details of rows.
    (re.compile(r"(\)=)\(.*\)"), rf"\1({HIDDEN})"),
)  # fmt: skip


def redacted(text: str) -> str:
    """Return a text without what looks like a secret or a person's address; long lines are cut."""
    return "".join(_object(line) or _text(line) for line in _LINES.findall(text))


def as_line(facts: dict[str, Any]) -> str:
    """Return facts as one line of JSON, redacted; of a line that grew long the rest is left out."""
    safe = redacted_facts(facts)
    line = _dumped(safe)
    if len(line) <= LINE_CHARACTERS_MAX:
        return line
    kept: dict[str, Any] = {"is_cut": True}
    for name, value in safe.items():
        short = value[:VALUE_CHARACTERS_MAX] if isinstance(value, str) else value
        if len(_dumped(kept | {name: short})) <= LINE_CHARACTERS_MAX:
            kept[name] = short
    return _dumped(kept)


def redacted_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts whose names and values tell no secret."""
    return {
        _line(str(name)): HIDDEN if _SECRET.fullmatch(str(name)) else _value(value)
        for name, value in facts.items()
    }


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return redacted_facts(value)
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    return _text(str(value))


def _object(line: str) -> str:
    """Return a line of JSON, redacted; nothing if it is none."""
    if not line.startswith("{") or len(line) > LINE_CHARACTERS_MAX:
        return ""
    try:
        return as_line(json.loads(line)) + "\n" * line.endswith("\n")
    except (ValueError, RecursionError):
        return ""


def _text(text: str) -> str:
    return "".join(map(_line, text.splitlines(keepends=True)))


def _dumped(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=str)


def _line(line: str) -> str:
    if len(line) > LINE_CHARACTERS_MAX:
        line = f"{line[:LINE_CHARACTERS_MAX]} {HIDDEN}\n"
    for pattern, instead in _PATTERNS:
        line = pattern.sub(instead, line)
    return line


def described(error: BaseException) -> str:
    """Return what an error is, without what it says: its kind, and the codes that name no value."""
    facts = [
        f"{name}={value}"
        for name, value in (
            ("errno", getattr(error, "errno", None)),
            ("sqlstate", getattr(error, "sqlstate", None)),
            ("constraint", getattr(getattr(error, "diag", None), "constraint_name", None)),
            ("code", getattr(error, "code", None)),
        )
        if isinstance(value, str | int) and len(str(value)) <= 80
    ]
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return f"{name}({', '.join(facts)})"


def traced(error: BaseException, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    """Return the lines of a traceback: where, and what kind, down to the first cause."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from traced(cause, seen | {id(error)})
        yield "led to:"
    yield from _frames(error.__traceback__)
    yield described(error)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        yield f'  File "{code.co_filename}", line {line}, in {code.co_name}'
