"""
The help centre: how-tos of `docs/how-to` that members need, in both languages, by role.

The text is written once, for the repository and for the portal. `docs/how-to/NAME.md` is English,
`docs/how-to/zh/NAME.md` Chinese. What developers and hosts of the market need is not shown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt

from identity.contracts import Actor, Role

FOLDER: Final = "docs/how-to"
FOUND_MAX: Final = 20
EXCERPT: Final = 160
_LINK: Final = re.compile(r"\]\((?!https?:|/|#)([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """A how-to, and who needs it; nobody named: every member."""

    name: str
    roles: frozenset[Role] = frozenset()

    def is_for(self, actor: Actor | None) -> bool:
        """Return whether a member needs it."""
        return not self.roles or (actor is not None and actor.has_role(*self.roles))


@dataclass(frozen=True, slots=True)
class HowTo:
    """A how-to in one language."""

    name: str
    title: str
    lead: str
    text: str


TOPICS: Final = (
    HelpTopic("place-an-order", frozenset({Role.BUYER})),
    HelpTopic("place-many-orders", frozenset({Role.BUYER})),
    HelpTopic("post-a-demand", frozenset({Role.BUYER})),
    HelpTopic("take-part-in-a-call-round", frozenset({Role.BUYER, Role.OPERATOR})),
    HelpTopic("keep-to-a-budget", frozenset({Role.BUYER})),
    HelpTopic("read-a-statement", frozenset({Role.BUYER, Role.PROVIDER})),
    HelpTopic("apply-for-a-voucher", frozenset({Role.BUYER})),
    HelpTopic("try-a-programme", frozenset({Role.ISSUER})),
    HelpTopic("register-a-resource", frozenset({Role.PROVIDER})),
    HelpTopic("list-capacity", frozenset({Role.PROVIDER})),
    HelpTopic("price-by-the-time-of-use", frozenset({Role.PROVIDER})),
    HelpTopic("send-readings", frozenset({Role.PROVIDER})),
    HelpTopic("run-an-agent", frozenset({Role.PROVIDER})),
    HelpTopic("write-a-driver", frozenset({Role.PROVIDER})),
    HelpTopic(
        "check-a-service-level-by-hand", frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR})
    ),
    HelpTopic("prove-a-resource", frozenset({Role.PROVIDER})),
    HelpTopic("assess-a-resource"),
    HelpTopic("decide-applications", frozenset({Role.ISSUER})),
    HelpTopic("book-deposits", frozenset({Role.FINANCE})),
    HelpTopic("see-to-what-was-set-aside", frozenset({Role.OPERATOR})),
    HelpTopic("stop-a-delivery", frozenset({Role.OPERATOR})),
    HelpTopic("verify-an-export"),
    HelpTopic("clear-a-round-again", frozenset({Role.BUYER, Role.AUDITOR, Role.OPERATOR})),
    HelpTopic("verify-the-ledger", frozenset({Role.AUDITOR, Role.OPERATOR, Role.FINANCE})),
    HelpTopic("receive-webhooks"),
    HelpTopic("sign-in-safely"),
)


def topics_for(actor: Actor | None) -> list[HowTo]:
    """Return the how-tos that a member needs, in the reader's language."""
    return [how_to(topic.name) for topic in TOPICS if topic.is_for(actor)]


def find(actor: Actor | None, text: str) -> list[HowTo]:
    """Return the how-tos of a member that hold every word of a text, titles first."""
    words = text.lower().split()
    found = [each for each in topics_for(actor) if _holds(each, words)]
    found.sort(key=lambda each: not all(word in each.title.lower() for word in words))
    return found[:FOUND_MAX]


def _holds(found: HowTo, words: Sequence[str]) -> bool:
    whole = f"{found.title}\n{found.text}".lower()
    return all(word in whole for word in words)


def is_known(name: str) -> bool:
    """Return whether the help centre has a how-to of this name."""
    return any(topic.name == name for topic in TOPICS)


def how_to(name: str) -> HowTo:
    """Return a how-to in the reader's language."""
    return _read(name, is_english=get_language() == "en")


@cache
def _read(name: str, *, is_english: bool) -> HowTo:
    text = path(name, is_english=is_english).read_text(encoding="utf-8")
    head, _, rest = text.partition("\n")
    lead = next((line for line in rest.splitlines() if line and line[0] not in "#`|-"), "")
    return HowTo(name, head.removeprefix("# ").strip(), _plain(lead)[:EXCERPT], rest.strip())


def path(name: str, *, is_english: bool) -> Path:
    """Return where the text of a how-to is."""
    folder = settings.BASE_DIR / FOLDER
    return (folder if is_english else folder / "zh") / f"{name}.md"


def _plain(text: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", lambda found: found[1] or "", text)


def rendered(text: str) -> SafeString:
    """Return a how-to as markup: files of this repository, without markup of their own."""
    known = _LINK.sub(lambda found: f"]({_address(found[1])})", text)
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return mark_safe(str(markdown.render(known)))  # noqa: S308 - own files, HTML is escaped


def _address(target: str) -> str:
    """Return where a link of the repository leads in the portal; to the list if to no how-to."""
    name = target.partition("#")[0].rpartition("/")[2].removesuffix(".md")
    if is_known(name):
        return reverse("portal:help-topic", args=[name])
    return reverse("portal:help")


def neighbours(actor: Actor | None, name: str) -> Iterator[HowTo]:
    """Yield the member's other how-tos."""
    return (each for each in topics_for(actor) if each.name != name)
