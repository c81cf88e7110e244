"""
The cases of the conformance suite, as the repository ships them: one row a case.

A row says what is sent and what must come back, or names the test that tries it inside, or why it
is not tried. `needs` is what somebody has to give the suite before the row can be asked.
"""

import functools
from pathlib import Path
from typing import Any, Final

import msgspec

FILE: Final = Path(__file__).parent / "data" / "conformance-cases.json"
# What may be needed, each with the words for a report that lacks it.
NEEDED: Final = {
    "url": "",
    "code": "no code that the node answers for was given",
    "peer": "no key of an admitted peer was given",
    "liar": "no keys and port of an admitted peer that lies were given",
    "token": "no API key of the node was given",
    "log": "no key of a log that the node's policy names was given",
}
INSIDE: Final = "inside"
NONE: Final = "none"


class SignedHow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a request of the suite is signed otherwise than it is sent."""

    at: int = 0  # seconds from now
    authority: str = ""
    body: str | None = None
    path: str = ""
    epoch: str = "1"
    purpose: str = "http"
    spoil: tuple[str, str] = ("", "")
    second_label: bool = False


class SuiteAttempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is sent, and what must come back; exactly one of the first five is given."""

    ask: str = ""  # a method; with `path`, `body`, `headers`, `signed`
    codes: list[str] = []
    push: str = ""  # an item's fault
    liar: str = ""  # a mode of the fake peer
    check: str = ""  # a check of several steps, by its name
    path: str = ""
    body: str = ""
    headers: dict[str, str] = {}
    signed: SignedHow | None = None
    status: list[int] = []
    code: list[str] = []
    reason: list[str] = []
    refused: list[str] = []
    ms: int = 0
    stale: bool = False  # an older answer, said to be stale, is right, too
    slow: bool = False


class SuiteCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case: what it is about, what it needs, what is tried, and where it is tried inside."""

    id: str
    name: str
    needs: str
    tries: list[SuiteAttempt] = []
    tests: list[str] = []
    why: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    cases: list[SuiteCase]


@functools.cache
def all_cases() -> tuple[SuiteCase, ...]:
    """Return every case, in order."""
    return tuple(msgspec.json.decode(FILE.read_bytes(), type=_File).cases)


def listed() -> list[dict[str, Any]]:
    """Return each case with where it is tried, for a list of them."""
    return [
        {
            "id": each.id,
            "name": each.name,
            "needs": each.needs,
            "tests": each.tests,
            "why": each.why,
        }
        for each in all_cases()
    ]
