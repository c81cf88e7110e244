"""Write and read compute identifiers by a profile; pure, and strict in both directions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from identity.identifiers import kinds
from identity.identifiers.kinds import ALPHABET, Component, IdentifierField
from identity.identifiers.refusals import (
    InvalidIdentifier,
    LowerCase,
    NoBoundary,
    NotAscii,
    UnknownCode,
    UnknownProfile,
    WrongCheckCharacter,
    WrongLength,
)

IDENTIFIER_LENGTH_MAX: Final = 96
# Where prefixes may be granted in a profile that doesn't say it: after each of its first fields
# that name somebody or some place.
ROUTABLE: Final = frozenset({"uscc", "industry", "region", "node", "owner", "pool"})


@dataclass(frozen=True, slots=True)
class Identifier:
    """
    What an identifier says.

    `parts` are its fields by name: text, for coded fields what the code means, for a specification
    its components. `prefixes` are its beginnings at which one may be granted, the shortest first.
    """

    profile: str
    parts: Mapping[str, Any]
    prefixes: tuple[str, ...] = ()

    @property
    def serial(self) -> str:
        """Return the serial."""
        return str(self.parts["serial"])

    @property
    def region(self) -> str:
        """Return the region's code; empty where the profile keeps it in the record."""
        return str(self.parts.get("region", ""))

    @property
    def components(self) -> tuple[Component, ...]:
        """Return what it is made of; nothing where the profile keeps that in the record."""
        return tuple(self.parts.get("specification", ()))


@dataclass(frozen=True, slots=True)
class Profile:
    """The layout of one version, read from its definition."""

    version: str
    scheme: str
    recognise: re.Pattern[str]
    separator: str
    fields: tuple[IdentifierField, ...]
    check: kinds.CheckSystem
    routing: tuple[str, ...]
    serials_within: str
    attributes: Mapping[str, str]
    components: Mapping[str, tuple[str, ...]]
    vectors: tuple[str, ...]

    @classmethod
    def from_definition(
        cls, definition: Mapping[str, Any], *, components: Mapping[str, Sequence[str]] | None = None
    ) -> "Profile":
        """
        Return the layout that a profile's JSON describes.

        `components` are those of the profile named by `components_of`, where it has none itself.
        """
        fields = tuple(IdentifierField(told) for told in definition["fields"])
        scheme = definition.get("scheme") or str(fields[0].told["value"])
        separator = definition["separator"]
        routing = tuple(definition.get("routing") or _first_routable(fields))
        listed = definition.get("components") or components or {}
        return cls(
            version=definition["version"],
            scheme=scheme,
            recognise=re.compile(definition.get("recognise") or re.escape(scheme + separator)),
            separator=separator,
            fields=fields,
            check=kinds.CHECKS[definition["check"]["system"]],
            routing=routing,
            serials_within=definition.get("serials_within") or routing[0],
            attributes=definition.get("attributes", {}),
            components={code: tuple(names) for code, names in listed.items()},
            vectors=tuple(definition["vectors"]),
        )

    def recognises(self, text: str) -> bool:
        """Return whether a text claims to follow this profile."""
        return self.recognise.match(text) is not None

    def field(self, name: str) -> IdentifierField:
        """
        Return one of the fields.

        :raises KeyError: if the profile has none of this name
        """
        return {field.name: field for field in self.fields}[name]

    def has(self, name: str) -> bool:
        """Return whether the field stands in the code, and not only in the record."""
        return any(field.name == name for field in self.fields)

    @property
    def quantity_max(self) -> int:
        """Return how many of a component can be counted."""
        digits = self.field("specification").told["quantity_length"] if self.counts else 6
        return int(10**digits) - 1

    @property
    def counts(self) -> bool:
        """Return whether the code says what a resource is made of."""
        return self.has("specification")

    def component_code(self, name: str) -> str:
        """
        Return the code of a component by one of its names.

        :raises UnknownCode: if the profile lists no such component
        """
        for code, names in self.components.items():
            if name in names:
                return code
        raise UnknownCode(component=name[:60])

    def first_name(self, name: str) -> str:
        """
        Return the name that a component is listed under first; it goes by that everywhere.

        :raises UnknownCode: if the profile lists no such component
        """
        return self.components[self.component_code(name)][0]

    @property
    def serial_length(self) -> int:
        """Return how many characters a serial has."""
        return int(self.field("serial").told["length"])

    def prefix_of_serials(self, allotted: Mapping[str, str]) -> str:
        """Return the prefix within which a serial is given once, from what is allotted."""
        written = []
        for field in self.fields:
            written.append(field.write(allotted.get(field.name, ""), self.components))
            if field.name == self.serials_within:
                break
        return self.separator.join(written)


def _first_routable(fields: Sequence[IdentifierField]) -> list[str]:
    found = []
    for field in fields[1:]:
        if field.kind not in ROUTABLE:
            break
        found.append(field.name)
    return found


def format_identifier(parts: Mapping[str, Any], *, profile: Profile, on: date) -> str:
    """
    Write an identifier from its parts, as `Identifier.parts` has them; each is checked as if read.

    Parts that the profile keeps in the record alone are passed over.

    :raises InvalidIdentifier: if a part breaks the profile, or the region was not in force
    """
    written = (
        field.write(parts.get(field.name, ""), profile.components) for field in profile.fields
    )
    body = profile.separator.join(written)
    _require_characters(body, profile)
    check = profile.check.of(_checked(body))
    text = f"{body}{profile.separator}{check}" if profile.check.length else body
    parse_identifier(text, profile=profile, on=on)
    return text


def parse_identifier(text: str, *, profile: Profile, on: date | None = None) -> Identifier:
    """
    Read an identifier; with a day, its region must have been in force then.

    :raises InvalidIdentifier: one named subclass a kind of mistake
    """
    _require_characters(text, profile)
    parts = text.split(profile.separator)
    if parts[0] != profile.scheme:
        raise UnknownProfile
    written = _written(parts, profile)
    if profile.check.length:
        body, _sep, check = text.rpartition(profile.separator)
        if profile.check.of(_checked(body)) != check:
            raise WrongCheckCharacter
    for field, part in zip(profile.fields, written, strict=True):
        field.require(part, on)
    found = {
        field.name: field.read(part, profile.components)
        for field, part in zip(profile.fields, written, strict=True)
        if field.kind != "literal"
    }
    return Identifier(profile.version, found, _prefixes(written, profile))


def read_prefix(text: str, *, profile: Profile) -> str:
    """
    Return the name of the field at whose end a prefix lies.

    :raises NoBoundary: if it is no beginning of an identifier up to a boundary of the profile
    :raises InvalidIdentifier: if one of its parts is not what the profile says
    """
    _require_characters(text, profile)
    parts = text.split(profile.separator)
    fields = profile.fields[: len(parts)]
    if len(fields) != len(parts) or fields[-1].name not in profile.routing:
        raise NoBoundary(field="prefix")
    for field, part in zip(fields, parts, strict=True):
        field.require_length(part)
        field.require(part, None)
    return fields[-1].name


def require_plain(text: str) -> None:
    """
    Check what holds for identifiers of every profile: a bounded length, ASCII, upper case.

    :raises InvalidIdentifier: otherwise
    """
    if len(text) > IDENTIFIER_LENGTH_MAX or not text:
        raise WrongLength
    if not text.isascii():
        raise NotAscii
    if text != text.upper():
        raise LowerCase
    if not text.isprintable():
        raise InvalidIdentifier


def _require_characters(text: str, profile: Profile) -> None:
    require_plain(text)
    allowed = ALPHABET + profile.separator + "".join(field.separator for field in profile.fields)
    if any(character not in allowed for character in text):
        raise InvalidIdentifier


def _written(parts: Sequence[str], profile: Profile) -> Sequence[str]:
    """Return the parts that fields have, once all have their lengths."""
    closing = 1 if profile.check.length else 0
    if len(parts) != len(profile.fields) + closing:
        raise WrongLength
    if closing and len(parts[-1]) != profile.check.length:
        raise WrongLength
    written = parts[: len(profile.fields)]
    for field, part in zip(profile.fields, written, strict=True):
        field.require_length(part)
    return written


def _checked(body: str) -> str:
    return "".join(character for character in body if character in ALPHABET)


def _check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 character over the letters and digits."""
    return kinds.CHECKS["ISO 7064 MOD 37,36"].of(_checked(body))


def _prefixes(written: Sequence[str], profile: Profile) -> tuple[str, ...]:
    ends = [at for at, field in enumerate(profile.fields, 1) if field.name in profile.routing]
    return tuple(profile.separator.join(written[:end]) for end in ends)
