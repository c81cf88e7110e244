"""
Rules by version: what was decided under a version can be decided again for ever.

A version is one function (or a few that belong together) in a file of its own, under a name that
rows store. A rulebook maps the names to them; a new version is a new file and a line in its book,
and no line is ever taken out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal

Rule = TypeVar("Rule")
_books: dict[str, "Rulebook[Any]"] = {}


def books() -> list["Rulebook[Any]"]:
    """Return the books of this release by kind, those whose rooms are loaded."""
    return [_books[kind] for kind in sorted(_books)]


class UnknownRuleVersion(Refusal):
    """A row names a version of a rule that this release does not know."""

    code = "unknown_rule_version"
    status = 422
    sentence = _("This release knows no %(kind)s rule %(version)s.")


@dataclass(frozen=True, slots=True)
class Rulebook(Generic[Rule]):
    """The versions of one kind of rule, the oldest first; the newest decides what is new."""

    kind: str
    versions: Mapping[str, Rule]

    def __post_init__(self) -> None:
        """Enter it among the books of this release."""
        _books[self.kind] = self

    @property
    def newest(self) -> str:
        """Return the name of the version that new decisions are made under."""
        return list(self.versions)[-1]

    def rule(self, version: str) -> Rule:
        """
        Return the rule that a row was, or is to be, decided under.

        :raises UnknownRuleVersion: if no file of this release holds it
        """
        if version not in self.versions:
            raise UnknownRuleVersion(kind=self.kind, version=version)
        return self.versions[version]
