"""The kinds of fields that a profile may be made of, and the systems of its check characters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from stdnum.iso7064 import mod_37_36, mod_97_10

from identity.identifiers import industries, regions
from identity.identifiers.refusals import (
    InvalidIdentifier,
    NotCanonical,
    UnknownCode,
    UnknownIndustry,
    UnknownProfile,
    UnknownRegion,
    WrongLength,
    WrongNode,
    WrongOwner,
    WrongSerial,
)
from identity.uscc import is_uscc

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
NODE_KINDS: Final = "NRIP"


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """How many of what a resource is made of, by the profile's code."""

    code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class CheckSystem:
    """A system of check characters: how many there are, and what they are for a text."""

    length: int
    of: Callable[[str], str]


CHECKS: Final[Mapping[str, CheckSystem]] = {
    "ISO 7064 MOD 37,36": CheckSystem(1, lambda text: str(mod_37_36.calc_check_digit(text))),
    "ISO 7064 MOD 97,10": CheckSystem(2, lambda text: str(mod_97_10.calc_check_digits(text))),
    "none": CheckSystem(0, lambda _text: ""),
}


def _is_plain(text: str) -> bool:
    return all(character in ALPHABET for character in text)


def _is_node(text: str) -> bool:
    return text[:1] in NODE_KINDS and _is_plain(text)


# What each kind without a list of codes must look like, and what a text that doesn't is called.
_SHAPES: Final[Mapping[str, tuple[Callable[[str], bool], type[InvalidIdentifier]]]] = {
    "uscc": (is_uscc, WrongOwner),
    "industry": (industries.is_industry, UnknownIndustry),
    "serial": (_is_plain, WrongSerial),
    "node": (_is_node, WrongNode),
    "owner": (_is_plain, InvalidIdentifier),
    "pool": (_is_plain, InvalidIdentifier),
    "digits": (lambda text: all(digit in DIGITS for digit in text), InvalidIdentifier),
}


@dataclass(frozen=True, slots=True)
class IdentifierField:
    """One field of a profile, as its definition tells it."""

    told: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return its name."""
        return str(self.told["name"])

    @property
    def kind(self) -> str:
        """Return its kind."""
        return str(self.told["kind"])

    @property
    def separator(self) -> str:
        """Return what stands between its pieces, if it has several."""
        return str(self.told.get("separator", ""))

    def require_length(self, part: str) -> None:
        """
        Check the length of what stands in its place.

        :raises WrongLength: if it has another
        """
        if self.kind == "components":
            size = self.told["code_length"] + self.told["quantity_length"]
            pieces = part.split(self.separator)
            if len(pieces) > self.told["components_max"] or any(len(it) != size for it in pieces):
                raise WrongLength
        elif "length" in self.told and len(part) != self.told["length"]:
            raise WrongLength

    def require(self, part: str, on: date | None) -> None:
        """
        Check what stands in its place, where that is no matter of a list of codes.

        :raises InvalidIdentifier: the subclass that names the mistake
        """
        if self.kind == "literal" and part != self.told["value"]:
            raise UnknownProfile
        if self.kind == "region":
            region = regions.regions().get(part)
            if region is None or (on is not None and not region.is_valid_on(on)):
                raise UnknownRegion
        is_right, mistake = _SHAPES.get(self.kind, (None, InvalidIdentifier))
        if is_right is not None and not is_right(part):
            raise mistake

    def read(self, part: str, components: Mapping[str, Sequence[str]]) -> Any:
        """
        Return what stands in its place: text, the meaning of a code, or components.

        :raises UnknownCode, NotCanonical: if the lists of the profile don't have it so
        """
        if self.kind == "code":
            if part not in self.told["codes"]:
                raise UnknownCode
            return self.told["codes"][part]
        return self._components(part, components) if self.kind == "components" else part

    def write(self, value: Any, components: Mapping[str, Sequence[str]]) -> str:  # noqa: ARG002
        """
        Return what stands for a value.

        :raises UnknownCode: if the list of codes lacks it
        """
        if self.kind == "literal":
            return str(self.told["value"])
        if self.kind == "code":
            return self._code_of(value)
        if self.kind == "components":
            digits = self.told["quantity_length"]
            return self.separator.join(f"{part.code}{part.quantity:0{digits}d}" for part in value)
        return str(value)

    def _code_of(self, meaning: Any) -> str:
        for code, meant in self.told["codes"].items():
            if meant == meaning:
                return str(code)
        raise UnknownCode

    def _components(self, text: str, known: Mapping[str, Sequence[str]]) -> tuple[Component, ...]:
        parts = []
        for piece in text.split(self.separator):
            length = self.told["code_length"]
            code, digits = piece[:length], piece[length:]
            if code not in known or not digits.isdigit():
                raise UnknownCode
            parts.append(Component(code, int(digits)))
        if canonical(parts) != tuple(parts) or any(part.quantity == 0 for part in parts):
            raise NotCanonical
        return tuple(parts)


def canonical(components: Sequence[Component]) -> tuple[Component, ...]:
    """Return components merged by code and sorted."""
    totals: dict[str, int] = {}
    for component in components:
        totals[component.code] = totals.get(component.code, 0) + component.quantity
    return tuple(Component(code, totals[code]) for code in sorted(totals))
