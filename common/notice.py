"""
When new rules may take effect: worse terms a week after they were announced, nothing backwards.

Each room says what is worse by a pure rule of its own; what is unclear counts as worse. The
database holds the same (`suanpan_keep_notice`), with the clock of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common import moments
from common.errors import Refusal

NOTICE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a rule for its readers: whose it is, what it says, what the one before said."""

    name: str
    name_en: str
    owner: str  # whose rule it is; empty for the market's own
    owner_en: str
    source: str
    after: Mapping[str, Any]
    before: Mapping[str, Any] | None
    is_worse: bool


class NoticeTooShort(Refusal):
    """Terms that are worse for somebody would take effect before their notice is over."""

    code = "notice_too_short"
    status = 422
    sentence = _(
        "These terms are worse than those before, or may be: they take effect %(days)s days after"
        " they are announced, from %(earliest)s on."
    )

    def __str__(self) -> str:
        """Return the sentence with the moment as people read it; the fact stays as it is."""
        earliest = self.facts.get("earliest")
        if earliest is None:
            return super().__str__()
        shown = moments.written(datetime.fromisoformat(earliest))
        return str(self.sentence) % (self.facts | {"earliest": shown})


class BackDated(Refusal):
    """Rules would take effect before they are announced."""

    code = "rule_back_dated"
    status = 422
    sentence = _("Rules take effect when they are announced, or later.")


class OutOfTurn(Refusal):
    """Rules would take effect before, or together with, others that were announced earlier."""

    code = "rule_out_of_turn"
    sentence = _("Other rules that take effect at that time or later were announced already.")


def to_announce_by(starts_at: datetime, *, is_worse: bool) -> datetime:
    """Return until when terms may be announced, to take effect at a moment."""
    return starts_at - NOTICE if is_worse else starts_at


def effective_at(
    asked: datetime | None,
    *,
    now: datetime,
    before: datetime | None,
    is_worse: bool,
    field: str = "starts_at",
) -> datetime:
    """
    Return when terms take effect: at the moment asked for, or else as early as they may.

    `before` is when the version before them does; there is none before the first, which may begin
    in the past: nobody relied on other terms.

    :raises BackDated: if the moment is past
    :raises OutOfTurn: if the version before takes effect then, or later
    :raises NoticeTooShort: if the terms are worse and the moment is too near
    """
    if before is None:
        return asked or now
    first = now + NOTICE if is_worse else now
    moment = asked or first
    if moment < now:
        raise BackDated(field=field)
    if moment <= before:
        raise OutOfTurn(field=field)
    if moment < first:
        raise too_short(now=now, field=field)
    return moment


def too_short(*, now: datetime, field: str) -> NoticeTooShort:
    """Return the refusal of worse terms, naming when they may take effect."""
    earliest = (now + NOTICE).isoformat(timespec="seconds")
    return NoticeTooShort(field=field, days=NOTICE.days, earliest=earliest)
