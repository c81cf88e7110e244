"""What a statement says, whatever file it came in."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.utils.translation import gettext as _

from marketplace.payments.contracts import STATEMENT_LINES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """One booking of the bank; what left is negative."""

    line: int
    amount_minor: int
    booked_on: date
    reference: str = ""
    text: str = ""
    party: str = ""
    party_account: str = ""


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A file of the bank."""

    form: str
    account: str
    lines: tuple[ReadLine, ...]
    opening_minor: int | None = None
    closing_minor: int | None = None

    def identities(self) -> list[str]:
        """
        Return by what each line is known again in another file.

        The bank's reference where there is one. Else what it says, and the how manieth of those
        that say the same that day it is: two equal payments are two.
        """
        seen: dict[tuple[object, ...], int] = {}
        found = []
        for line in self.lines:
            says: tuple[object, ...] = (self.account, line.booked_on, line.amount_minor)
            says += (
                ("ref", line.reference)
                if line.reference
                else (line.text, line.party, line.party_account)
            )
            seen[says] = seen.get(says, 0) + 1
            named = "\x1f".join(str(each) for each in (*says, seen[says]))
            found.append(sha256(named.encode()).hexdigest())
        return found


def cut(text: str, most: int) -> str:
    """Return a text without control characters, as long as fits."""
    return "".join(each if each.isprintable() else " " for each in text).strip()[:most]


def at_line(line: int, problem: object) -> str:
    """Return what is wrong in a line, with its number, in the reader's language."""
    return _("line %(line)s: %(problem)s") % {"line": line, "problem": problem}


def too_long() -> str:
    """Return the sentence for more lines than are taken at once."""
    return _("more than %(most)s lines") % {"most": STATEMENT_LINES_MAX}
