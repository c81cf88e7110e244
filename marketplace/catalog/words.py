"""
What people type, read as terms: words of a listing, or facts that listings have columns for.

Forms and classes go by many names in both languages, and figures by their units: "H100 bare metal",
"4090 VM", "裸金属 80GB". One reading serves pages and API.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from identity.contracts import ResourceClass, ResourceForm

TERMS_MAX: Final = 12  # more words than anybody types; each costs a condition
SHORT: Final = 3  # Latin names this short stand in the middle of too many words
FORMS: Final[dict[ResourceForm, str]] = {
    ResourceForm.BARE_METAL: "bare metal|bare-metal|baremetal|bare|metal|裸金属|裸机|整机|物理机",
    ResourceForm.VM: "virtual machines|virtual machine|vms|vm|虚拟机|云主机|云服务器",
    ResourceForm.CONTAINER: "containers|container|docker|k8s|kubernetes|容器",
    ResourceForm.API: "programming interface|api|接口",
}
CLASSES: Final[dict[ResourceClass, str]] = {
    ResourceClass.AI: "ai compute|ai|gpu|npu|智算|智能计算",
    ResourceClass.GENERAL: "general compute|general|cpu|通算|通用计算",
    ResourceClass.HPC: "high-performance compute|high-performance|hpc|超算|高性能计算",
}
MEMORY: Final = frozenset({"gb", "g", "gib"})
PROCESSORS: Final = frozenset({"vcpu", "vcpus", "core", "cores", "核"})
GIGABITS: Final[dict[str, int]] = {
    "gb/s": 1,
    "gbps": 1,
    "gbit/s": 1,
    "g": 1,
    "tb/s": 1000,
    "tbps": 1000,
    "tbit/s": 1000,
}
FIGURE: Final = re.compile(
    r"(?<![a-z0-9.])(\d{1,7}(?:\.\d{1,3})?)\s?"
    r"(gbit/s|tbit/s|gb/s|tb/s|gbps|tbps|gib|gb|g|vcpus|vcpu|cores|core|核)(?![a-z0-9/])"
)
# A border between Chinese and Latin text is a border of words, with or without a space.
BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])(?=[a-z0-9])")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a listing must have: any of these facts, or the word in what it is called."""

    word: str = ""  # empty where the facts alone decide
    form: str = ""
    resource_class: str = ""
    memory_gb: int | None = None
    vcpu: int | None = None
    network_gbps: int | None = None


def _vocabulary() -> dict[str, Term]:
    found: dict[str, Term] = {}
    for form, forms in FORMS.items():
        found |= {name: Term(_spoken(name), form=form.value) for name in forms.split("|")}
    for kind, kinds in CLASSES.items():
        found |= {name: Term(_spoken(name), resource_class=kind.value) for name in kinds.split("|")}
    return found


def _spoken(name: str) -> str:
    return "" if name.isascii() and len(name) <= SHORT else name


VOCABULARY: Final = _vocabulary()
_NAME: Final = re.compile(
    "|".join(
        rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)
        for name in sorted(VOCABULARY, key=len, reverse=True)
    )
)


def normal(*texts: str) -> str:
    """Return texts as one, in small letters of ordinary width, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", " ".join(texts)).casefold().split())


def terms(text: str) -> tuple[Term, ...]:
    """Return what a text asks for; each term must hold."""
    return tuple(dict.fromkeys(_terms(normal(text))))[:TERMS_MAX]


def _terms(text: str) -> Iterator[Term]:
    at = 0
    for found in _marks(text):
        yield from _words(text[at : found.start()])
        yield _figure(found) if found.re is FIGURE else VOCABULARY[found[0]]
        at = found.end()
    yield from _words(text[at:])


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Return figures and known names where they stand, never one within another."""
    end = 0
    marks = [*FIGURE.finditer(text), *_NAME.finditer(text)]
    for found in sorted(marks, key=lambda each: (each.start(), -each.end())):
        if found.start() >= end:
            end = found.end()
            yield found


def _words(text: str) -> Iterator[Term]:
    for word in BORDER.sub(" ", text).split():
        yield Term(word)


def _figure(found: re.Match[str]) -> Term:
    number, unit = Decimal(found[1]), found[2]
    whole = int(number) if number == int(number) else None
    return Term(
        f"{found[1]}{unit}",
        memory_gb=whole if unit in MEMORY else None,
        vcpu=whole if unit in PROCESSORS else None,
        network_gbps=int(number * GIGABITS[unit]) if unit in GIGABITS else None,
    )


# --- What a specification says -----------------------------------------------------------------
def facts(specification: Mapping[str, Any]) -> dict[str, int | None]:
    """Return the figures of a specification that the market is searched by; none is made up."""
    return {
        "card_memory_gb": _whole(specification.get("card_memory_gb")),
        "vcpu": _whole(specification.get("vcpu") or specification.get("vcpu_per_node")),
        "memory_gb": _whole(specification.get("memory_gb")),
        "network_gbps": gigabits(str(specification.get("network", ""))),
    }


def _whole(value: Any) -> int | None:
    is_figure = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
    return value if is_figure else None


def gigabits(text: str) -> int | None:
    """Return how many gigabits a second a network of these words carries, if they say so."""
    for found in FIGURE.finditer(normal(text)):
        if found[2] in GIGABITS and found[2] != "g":
            return min(int(Decimal(found[1]) * GIGABITS[found[2]]), 2**31 - 1)
    return None
