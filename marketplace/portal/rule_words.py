"""What measurement rules and conversion tables say, in words, and how two versions differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace.portal import figures, names
from metering.table_contracts import HourClass

SHOWN_MAX: Final = 100
# What is told first; a member that nobody knows yet is told by its name.
LABELS: Final = {
    "metric": gettext_lazy("What is counted"),
    "window_seconds": gettext_lazy("Windows"),
    "grace_seconds": gettext_lazy("Late readings"),
    "aggregate": gettext_lazy("Added up by"),
    "standard": gettext_lazy("Standard hours"),
    "conversion": gettext_lazy("Conversion table"),
    "accepts_certificates": gettext_lazy("Capacity certificates"),
    "measuring_rule": gettext_lazy("Arithmetic"),
}
USUAL: Final = frozenset({*LABELS, "factors"})
LEFT_OUT: Final = frozenset({"factors", "rows"})
Saying = Callable[[Mapping[str, Any]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Compared:
    """One member that two versions tell differently, and who is worse off by the later one."""

    label: str
    before: str
    after: str
    worse_for: str


def titled(of: Mapping[str, Any]) -> str:
    """Return a name in the reader's language."""
    english = of.get("name_en") if names.in_english() else ""
    return str(english or of.get("name", ""))


def of_measurement(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what a rule says, clause by clause, by a plain label."""
    told = {
        str(LABELS[member]): clause(member, said[member]) for member in LABELS if member in said
    }
    for member in sorted(said.keys() - LABELS.keys() - LEFT_OUT):
        told[member] = _plain(said[member])
    for entry in said.get("factors", ()):
        label = _("Factor of %(chip)s") % {"chip": entry["chip"]}
        told[label] = f"{entry['factor']} ({entry['tflops']} TFLOPS)"
    return told


def further(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the members of a rule beyond those that every rule has."""
    return [(member, clause(member, said[member])) for member in sorted(said.keys() - USUAL)]


def of_table(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what a conversion table says: its hour, and each row."""
    reference = said["reference"]
    told = {_("One standard hour"): _("an hour of %(what)s") % {"what": reference["of"]}}
    for row in said.get("rows", ()):
        label = _("Factor of %(chip)s") % {"chip": row["name"]}
        told[label] = factor_of_row(row, said["line"]["unit"])
    return told


def factor_of_row(row: Mapping[str, Any], unit: str) -> str:
    """Return a row's factor with its figure, or that its figures contradict each other."""
    shown = " / ".join(row["figures"])
    if row["factor"] is None:
        return _("none: published figures contradict each other (%(figures)s %(unit)s)") % {
            "figures": shown,
            "unit": unit,
        }
    return f"{row['factor']} ({shown} {unit})"


def told_apart(
    say: Saying, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[Compared]:
    """Return what two versions say otherwise, member by member; of a first version, all."""
    old, new = ({} if before is None else say(before)), say(after)
    return [
        Compared(
            label,
            old.get(label, ""),
            new.get(label, ""),
            "" if before is None else _worse_for(old.get(label, ""), new.get(label, "")),
        )
        for label in dict.fromkeys([*new, *old])
        if old.get(label, "") != new.get(label, "")
    ]


def hour_class_name(name: str) -> str:
    """Return what an hour of a class is."""
    return str(HourClass(name).label) if name in HourClass.values else name


def clause(member: str, value: Any) -> str:
    """Return what one member of a rule says."""
    say = CLAUSES.get(member, _plain)
    return say(value)


def _windows(value: Any) -> str:
    length = {"length": figures.duration(int(value))}
    return _("%(length)s each, counted from 00:00 UTC") % length


def _grace(value: Any) -> str:
    return _("taken for %(length)s after a window ended") % {"length": figures.duration(int(value))}


def _aggregate(value: Any) -> str:
    return _("sum") if value == "SUM" else str(value)


def _standard(value: Any) -> str:
    return _("yes") if value else _("no: native hours only")


def _certificates(value: Any) -> str:
    return _("count: a measured one lowers a factor") if value else _("are not used")


def _table(value: Any) -> str:
    return f"{value['name']} v{value['version']}" if value else "—"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _worse_for(before: str, after: str) -> str:
    """Return who pays more or earns less by a change: of a factor, one of the two; else both."""
    old, new = _leading(before), _leading(after)
    if old is None or new is None:
        return _("buyer and provider, or either: it measures otherwise")
    if new > old:
        return _("the buyer: an hour counts for more")
    return _("the provider: an hour counts for less")


def _leading(text: str) -> Decimal | None:
    """Return the factor that a text begins with."""
    head = text.partition(" (")[0]
    if "." not in head:
        return None
    try:
        return Decimal(head)
    except InvalidOperation:
        return None


def rows_counted(count: int) -> str:
    """Return how many rows a table has."""
    return ngettext("%(count)s row", "%(count)s rows", count) % {
        "count": figures.grouped(Decimal(count))
    }


CLAUSES: Final[Mapping[str, Callable[[Any], str]]] = {
    "window_seconds": _windows,
    "grace_seconds": _grace,
    "aggregate": _aggregate,
    "standard": _standard,
    "accepts_certificates": _certificates,
    "conversion": _table,
}
