"""How audits of capacity read: sizes, states, and what the market knows line by line."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import ResourceClass
from marketplace.portal import figures
from marketplace.portal.tables import Tag
from metering.verifying.contracts import ChallengeState, WattVerdict

TONES: Final = {
    "OPEN": ("warn", "alert-triangle"),
    "EXAMINING": ("brand", ""),
    "ASKED": ("warn", ""),
    "ANSWERED": ("brand", ""),
    "CONFIRMED": ("ok", "check"),
    "LOWER": ("warn", "alert-triangle"),
    "NOT_FOUND": ("bad", "x"),
}
GRAVITY_TONES: Final = {"NOTE": "neutral", "MINOR": "warn", "MAJOR": "bad"}
VERDICT_TONES: Final = {
    "OPEN": "neutral",
    "AGREES": "ok",
    "DIFFERS": "bad",
    "NOT_SHOWN": "warn",
}
COUNTED: Final = {
    "resources": gettext_lazy("resources"),
    "serials": gettext_lazy("serial numbers"),
    "resources_with_serials": gettext_lazy("resources with serial numbers"),
    "meters": gettext_lazy("meters"),
    "meters_with_use": gettext_lazy("meters with use"),
    "records": gettext_lazy("usage records"),
}


def audit_state(audit: Any) -> Tag:
    """Return where an audit stands, or what it came to."""
    said = audit.conclusion or audit.state
    tone, icon = TONES.get(said, ("neutral", ""))
    label = audit.get_conclusion_display() if audit.conclusion else audit.get_state_display()
    return Tag(label, tone, icon)


def size_words(size: Any) -> str:
    """Return a size in words; what is unknown is left out."""
    return of_size(size.pflops, size.racks)


def of_size(pflops: int | None, racks: int | None) -> str:
    """Return computing power and racks in words; what is unknown is left out."""
    said = []
    if pflops is not None:
        said.append(_("%(count)s PFLOPS") % {"count": figures.grouped(pflops)})
    if racks is not None:
        said.append(_("%(count)s racks") % {"count": figures.grouped(racks)})
    return " · ".join(said)


def known_words(facts: Mapping[str, Any]) -> str:
    """Return what the market knows of a line, as one short text."""
    said = [
        f"{figures.grouped(facts[name])} {label}"
        for name, label in COUNTED.items()
        if name in facts
    ]
    said += [
        f"{ResourceClass(each['class']).label}: {figures.grouped(each['total_milli'] // 1000)}"
        f" {each['unit']}"
        for each in facts.get("by_class", ())
    ]
    said += [f"L{level}: {count}" for level, count in facts.get("by_level", {}).items()]
    for name, words in (("by_verdict", WattVerdict), ("by_state", ChallengeState)):
        if name in facts:
            counted = [f"{words(key).label} {n}" for key, n in facts[name].items()]
            said += counted or [_("none")]
    if "days" in facts:
        said.append(_("in %(days)s days") % {"days": facts["days"]})
    return " · ".join(said)
