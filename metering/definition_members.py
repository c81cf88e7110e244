"""What the members of a measurement rule may say, with a sentence for each fault. Pure."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from metering import measure_1, rules
from metering.contracts import Aggregate, Combine, InvalidRule, Reads, RuleDefinition

FIRST_AGGREGATE: Final = "SUM"  # all that `measure-1` knows, as it writes it
PARTS_MAX: Final = 16
STATES_MAX: Final = 16
WEIGHT_MAX: Final = Decimal(10_000)
STEP_MAX: Final = Decimal(10) ** 15
LATENESS_SECONDS_MAX: Final = 366 * 86_400
_STATE: Final = re.compile(r"[a-z][a-z_]{0,11}")
_TABLE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PLAIN: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,12})?")
# What a member says that asks for nothing: the only thing that `measure-1` takes.
_SILENT: Final[Mapping[str, tuple[object, ...]]] = {
    "reads": (Reads.DELTA,),
    "weights": ([], ()),
    "combine": ("",),
    "multipliers": ([], ()),
    "increment": ("0",),
    "minimum": ("0",),
}


def choices() -> dict[str, Any]:
    """Return the members that know a few words alone, for the JSON schema."""
    words = {
        "aggregate": [FIRST_AGGREGATE, *Aggregate],
        "reads": list(Reads),
        "combine": ["", *Combine],
        "measuring_rule": list(rules.RULES.versions),
    }
    return {name: {"enum": [str(word) for word in known]} for name, known in words.items()}


def require_sound(definition: RuleDefinition) -> None:
    """
    Let every member say something that can be measured.

    :raises InvalidRule: with a sentence about the first that does not
    """
    if definition.measuring_rule == measure_1.NAME:
        _require_first(definition)
    else:
        _require_aggregate(definition)
        _require_weights(definition)
        _require_states(definition)
        _require_steps(definition)
    _require_rest(definition)


def _require(is_sound: bool, sentence: str) -> None:
    if not is_sound:
        raise InvalidRule(reason=sentence)


def _require_first(definition: RuleDefinition) -> None:
    _require(
        definition.aggregate == FIRST_AGGREGATE,
        _("the only aggregate of measure-1 is SUM"),
    )
    for member, silent in _SILENT.items():
        _require(
            getattr(definition, member) in silent,
            _("measure-1 knows no %(member)s: name measure-2") % {"member": member},
        )


def _require_aggregate(definition: RuleDefinition) -> None:
    _require(
        definition.aggregate in list(Aggregate),
        _("aggregate is one of %(known)s") % {"known": ", ".join(Aggregate)},
    )
    _require(
        definition.reads in list(Reads),
        _("reads is one of %(known)s") % {"known": ", ".join(Reads)},
    )
    _require(
        definition.reads != Reads.CUMULATIVE or definition.aggregate == Aggregate.SUM,
        _("a counter is measured by the sum of its increases"),
    )
    _require(
        definition.aggregate != Aggregate.TIME_WEIGHTED_MEAN or definition.reads == Reads.GAUGE,
        _("a mean over time is taken of a gauge"),
    )


def _require_weights(definition: RuleDefinition) -> None:
    weights = definition.weights
    _require(
        bool(weights) == bool(definition.combine),
        _("weights and combine come together"),
    )
    if not weights:
        return
    _require(
        definition.combine in list(Combine),
        _("combine is one of %(known)s") % {"known": ", ".join(Combine)},
    )
    _require(definition.aggregate != Aggregate.UNIQUE, _("counts of sources cannot be weighed"))
    _require(
        len(weights) <= PARTS_MAX,
        _("a rule weighs at most %(limit)s metrics") % {"limit": PARTS_MAX},
    )
    _require_once((each.metric for each in weights), _("a metric is weighed twice"))
    for each in weights:
        _require(
            0 < _number(each.weight) <= WEIGHT_MAX,
            _("the weight of %(name)s is a number above 0, at most %(limit)s, as text")
            % {"name": each.metric, "limit": WEIGHT_MAX},
        )
    _require_sources((each.source for each in weights), _("name the source of every weight"))


def _require_states(definition: RuleDefinition) -> None:
    states = definition.multipliers
    _require(
        len(states) <= STATES_MAX,
        _("a rule knows at most %(limit)s states") % {"limit": STATES_MAX},
    )
    _require_once((each.state for each in states), _("a state is named twice"))
    for each in states:
        _require(
            _STATE.fullmatch(each.state) is not None,
            _("a state is at most 12 lower-case letters"),
        )
        _require(
            0 <= _number(each.factor) <= 1,
            _("the multiplier of %(name)s is a number between 0 and 1, as text")
            % {"name": each.state},
        )
    _require_sources((each.source for each in states), _("name the clause of every multiplier"))


def _require_steps(definition: RuleDefinition) -> None:
    for member in ("increment", "minimum"):
        _require(
            0 <= _number(getattr(definition, member)) <= STEP_MAX,
            _("%(member)s is a number of 0 or more, as text") % {"member": member},
        )


def _require_rest(definition: RuleDefinition) -> None:
    lateness, table = definition.lateness_seconds, definition.conversion
    _require(
        lateness is None or 0 <= lateness <= LATENESS_SECONDS_MAX,
        _("lateness_seconds lies between 0 and a year"),
    )
    if table is None:
        return
    _require(definition.standard, _("a rule without standard hours names no conversion table"))
    _require(
        _TABLE.fullmatch(table.name) is not None and table.version > 0,
        _("a conversion table is named by its code and version"),
    )


def _require_once(names: Iterable[str], sentence: str) -> None:
    found = list(names)
    _require(len(found) == len(set(found)), sentence)


def _require_sources(sources: Iterable[str], sentence: str) -> None:
    _require(all(source.strip() for source in sources), sentence)


def _number(text: str) -> Decimal:
    """Return a plain number, or one that lies outside of every limit."""
    return Decimal(text) if _PLAIN.fullmatch(text) else Decimal(-1)
