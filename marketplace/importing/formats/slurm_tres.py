"""
What a job held, as Slurm writes trackable resources: `cpu=8,gres/gpu:a100=2,mem=64G,node=1`.

Only what decides the price is read: cards by their kind, else processors, else whole nodes. What
cannot be told apart (a slice of unknown size, a card of unknown kind) refuses the job; what does
not matter (memory, energy, licences, disks) sinks none.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from marketplace.importing.formats import cards
from marketplace.importing.formats.lines import UNTYPED, Reckoning, UnreadableError, not_read

PROCESSORS: Final = "cpu"
NODES: Final = "node"
# Generic resources that are cards, and those that are parts of a card.
CARDS: Final = frozenset(["gpu", "npu", "dcu", "mlu", "gcu", "xpu", "tpu", "gcd"])
SLICES: Final = frozenset(["shard", "mps"])
# Generic resources beside the cards: they set no price here.
BESIDE: Final = frozenset(
    ["craynetwork", "nic", "hca", "ib", "bandwidth", "tmpdisk", "tmpfs", "gpumem", "gpuutil"]
)
_BESIDE_DISKS: Final = frozenset(["localtmp", "localscratch", "scratch", "ssd", "nvme", "lscratch"])
_PART = re.compile(r"([^=]*?)(?:=|(?<=.):)([0-9]{1,12}(?:\.[0-9]{1,6})?)([KMGTP]?)", re.ASCII)
_PROFILE = re.compile(
    r"(?:(.*?)[._:-])??(?:mig[._:-])?((?:\d{1,2}c\.)?\d{1,2}g[._]\d{1,4}gb(?:\+[a-z.]+)?)",
    re.ASCII,
)
_GENERIC = re.compile(r"^gres[:/]")
_SUFFIX: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}
_FRACTIONS_MAX: Final = 1000  # thousandths of a card


@dataclass(frozen=True, slots=True)
class Held:
    """So many thousandths of a unit, of one kind of card where it is cards."""

    unit: str
    milli: int
    chips: tuple[str, ...] = ()
    kind: str = ""  # as it was written


@dataclass(frozen=True, slots=True)
class _Gres:
    name: str
    kind: str
    amount: Decimal


def held(cells: Mapping[str, str], reckoning: Reckoning, *, name: str = "AllocTRES") -> list[Held]:
    """
    Return what a job held: its cards by kind, else its processors, else its nodes.

    :raises UnreadableError: if a part that matters cannot be read or mapped
    """
    amounts = parse(cells[name], name=name)
    gres = [each for part in amounts.items() if (each := _gres(*part)) is not None]
    whole = [each for each in gres if each.name in CARDS]
    parts = [each for each in gres if each.name in SLICES]
    if whole and parts:
        told = _("%(name)s: whole cards and %(part)s at once") % {
            "name": name,
            "part": _written(parts[0]),
        }
        raise UnreadableError("card_slice", told)
    if whole:
        typed = _typed(whole, name) or _asked(whole, cells) or whole
        return _added(_cards(each, reckoning) for each in typed)
    if parts:
        return _added(_slice(each, reckoning) for each in parts)
    for unit in (PROCESSORS, NODES):
        if amount := amounts.get(unit):
            word = "vcpu" if unit == PROCESSORS else unit
            return [Held(f"{word}-second", int(amount * 1000))]
    return []


def parse(text: str, *, name: str = "AllocTRES") -> dict[str, Decimal]:
    """
    Read the parts of a TRES text that decide the price.

    :raises UnreadableError: if one of them is not name=amount, or comes twice
    """
    amounts: dict[str, Decimal] = {}
    for part in (_GENERIC.sub("gres/", each.strip()) for each in text.split(",")):
        if not part or not _matters(part):
            continue
        written = _PART.fullmatch(part)
        if written is None or not written[1] or written[1] in amounts:
            raise UnreadableError("bad_tres", not_read(name, part))
        amounts[written[1]] = Decimal(written[2]) * _SUFFIX[written[3]]
    return amounts


def _matters(part: str) -> bool:
    unit = re.split(r"[=:]", part, maxsplit=1)[0]
    return unit in (PROCESSORS, NODES) or unit.startswith("gres/") or unit in CARDS


def _gres(part: str, amount: Decimal) -> _Gres | None:
    """
    Return a generic resource that sets the price; None for others.

    :raises UnreadableError: if nothing is known of it
    """
    if part in (PROCESSORS, NODES) or not amount:
        return None
    name, _colon, kind = part.removeprefix("gres/").partition(":")
    if name in BESIDE or name in _BESIDE_DISKS:
        return None
    if name not in CARDS and name not in SLICES:
        told = _("gres/%(name)s is neither a card nor known to set no price") % {"name": name[:40]}
        raise UnreadableError("unknown_gres", told)
    return _Gres(name, kind, amount)


def _typed(whole: list[_Gres], name: str) -> list[_Gres]:
    """
    Return the cards by kind, where the text says of which kinds they are.

    :raises UnreadableError: if the kinds do not add up to the cards
    """
    typed = [each for each in whole if each.kind]
    total = sum(each.amount for each in whole if not each.kind)
    by_kind = sum(each.amount for each in typed)
    if typed and total and total != by_kind:
        told = _("%(name)s: %(total)s cards, but their kinds add up to %(sum)s") % {
            "name": name,
            "total": total,
            "sum": by_kind,
        }
        raise UnreadableError("bad_tres", told)
    return typed


def _asked(whole: list[_Gres], cells: Mapping[str, str]) -> list[_Gres]:
    """Return the kinds that a job asked for, if it was given so many cards without a kind."""
    try:
        asked = [_gres(*part) for part in parse(cells.get("ReqTRES", "")).items()]
    except UnreadableError:
        return []
    typed = [each for each in asked if each is not None and each.kind and each.name in CARDS]
    given = sum(each.amount for each in whole)
    return typed if sum(each.amount for each in typed) == given else []


def _cards(gres: _Gres, reckoning: Reckoning) -> Held:
    profile = _PROFILE.fullmatch(gres.kind.lower())
    if profile is not None and gres.kind not in reckoning.cards:
        return _slice(gres, reckoning)
    kind = gres.kind or (UNTYPED if gres.name == "gpu" else gres.name)
    chips = cards.chips(kind, reckoning)
    return Held("card-second", _milli(gres, Decimal(1)), chips, gres.kind)


def _slice(gres: _Gres, reckoning: Reckoning) -> Held:
    """
    Return a part of a card, if it was said which part it is, and of which card.

    :raises UnreadableError: if it was not
    """
    profile = _PROFILE.fullmatch(gres.kind.lower())
    names = [gres.kind, profile[2] if profile else gres.name]
    part = next((reckoning.slices[each] for each in names if each in reckoning.slices), None)
    if part is None:
        told = _("%(part)s is a part of a card, and not said which: --slice %(name)s=PART") % {
            "part": _written(gres),
            "name": names[1],
        }
        raise UnreadableError("card_slice", told)
    kind = (profile[1] or "") if profile else gres.kind
    chips = cards.chips(kind or UNTYPED, reckoning)
    if not chips:
        told = _("%(part)s does not say of which card: --card %(name)s=CHIP") % {
            "part": _written(gres),
            "name": UNTYPED,
        }
        raise UnreadableError("card_slice", told)
    return Held("card-second", _milli(gres, part), chips, gres.kind or gres.name)


def _milli(gres: _Gres, part: Decimal) -> int:
    thousandths = gres.amount * part * _FRACTIONS_MAX
    if thousandths != thousandths.to_integral_value():
        told = _("%(part)s: no whole thousandths of a card") % {"part": _written(gres)}
        raise UnreadableError("bad_tres", told)
    return int(thousandths)


def _written(gres: _Gres) -> str:
    return f"gres/{gres.name}:{gres.kind[:60]}" if gres.kind else f"gres/{gres.name}"


def _added(parts: Iterator[Held]) -> list[Held]:
    """Return one holding for each chip, in the order of names."""
    by_chip: dict[tuple[str, ...], Held] = {}
    for each in parts:
        before = by_chip.get(each.chips)
        milli = each.milli + (before.milli if before else 0)
        kind = before.kind if before else each.kind
        by_chip[each.chips] = Held(each.unit, milli, each.chips, kind)
    return [by_chip[chips] for chips in sorted(by_chip)]
