"""
Which chip the name of a kind of card stands for.

Schedulers write what an administrator or the driver calls a card: `h100`, `nvidia_h100_80gb_hbm3`,
`tesla_v100-sxm2-32gb`. A name is taken for a chip of the identifier profile only if all that it
says of model, memory and form fits; what fits none is refused by name, or named by hand.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from identity.identifiers import profiles
from marketplace.importing.formats.lines import UNTYPED, Reckoning, UnreadableError

_TOKENS = re.compile(r"[a-z0-9]+")
_MEMORY = re.compile(r"(\d{1,4})gb?")
_FORM = re.compile(r"(sxm|pcie)\d?")
_VENDORS: Final = frozenset(
    {"nvidia", "tesla", "geforce", "amd", "instinct", "huawei", "hygon", "cambricon"}
    | {"kunlunxin", "moore", "threads", "dcu", "npu", "mlu"}
)
_MEMORIES: Final = frozenset(["hbm2", "hbm3", "hbm3e"])  # told by model and size
# The memory of chips whose name in the profile says nothing of it: another size is another card.
_GIGABYTES: Final = {"h100": "80", "h800": "80", "a800": "80", "p100": "16", "h20": "96"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the name of a card says."""

    model: str
    memory: str
    form: str


def chips(kind: str, reckoning: Reckoning) -> tuple[str, ...]:
    """
    Return the chip that a kind of card is, as the identifier profile names it first.

    An untyped card is any chip unless it was named by hand.

    :raises UnreadableError: if the profile knows no such chip
    """
    if kind in reckoning.cards:
        return (reckoning.cards[kind],)
    if kind == UNTYPED:
        return ()
    found = find(kind)
    if found is None:
        told = _("%(kind)s is no chip of the identifier profile: name it, --card %(card)s=CHIP") % {
            "kind": repr(kind[:60]),
            "card": kind,
        }
        raise UnreadableError("unknown_chip", told)
    return (found,)


def find(kind: str) -> str | None:
    """Return the first name of the chip that a name can only mean; None if there is none."""
    names = _names()
    for written in (kind, *_spellings(kind)):
        if written in names:
            return names[written]
    said = _said(kind)
    fitting = {first for chip, first in _kinds() if _fits(said, chip, first)}
    return fitting.pop() if len(fitting) == 1 else None


def _spellings(kind: str) -> Iterator[str]:
    yield " ".join(_TOKENS.findall(kind.lower()))
    yield "".join(_TOKENS.findall(kind.lower()))


def _fits(said: _Kind, chip: _Kind, first: str) -> bool:
    """Return whether a name says all that tells the chip from others, and nothing otherwise."""
    if said.model != chip.model:
        return False
    memory = chip.memory or _GIGABYTES.get(chip.model, "")
    if said.memory != memory and (chip.memory or said.memory):
        return False
    # Where the form is left out, the model alone is the form that the profile calls so.
    return not chip.form or chip.form == (said.form or _usual_form(said.model, first, chip.form))


def _said(name: str) -> _Kind:
    model, memory, form = [], "", ""
    for token in _TOKENS.findall(name.lower()):
        if found := _MEMORY.fullmatch(token):
            memory = found[1]
        elif found := _FORM.fullmatch(token):
            form = found[1]
        elif token not in _VENDORS and token not in _MEMORIES:
            model.append(token)
    return _Kind("".join(model), memory, form)


def _usual_form(model: str, first: str, form: str) -> str:
    return form if _names().get(model) == first else ""


@functools.cache
def _names() -> dict[str, str]:
    """Return the first names of chips by every spelling of every name."""
    names = {}
    for written, first in _profile():
        for spelling in (written, *_spellings(written)):
            names[spelling] = first
    return names


@functools.cache
def _kinds() -> tuple[tuple[_Kind, str], ...]:
    return tuple((_said(first), first) for first in {first for _written, first in _profile()})


def _profile() -> Iterator[tuple[str, str]]:
    components = profiles.definition(profiles.CURRENT_VERSION)["components"]
    for code, names in components.items():
        if code not in ("NODE", "VCPU"):
            for name in names:
                yield name, names[0]
