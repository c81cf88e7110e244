"""Write and read compute identifiers by a profile; pure, and strict in both directions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_37_36

from common.errors import InvalidInput
from identity.identifiers import industries, regions
from identity.uscc import is_uscc

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
IDENTIFIER_LENGTH_MAX: Final = 96


class InvalidIdentifier(InvalidInput):
    """The text is no compute identifier of a known profile."""

    code = "identifier_malformed"
    sentence = _("This is not a compute identifier.")

    def __init__(self, **facts: Any) -> None:
        super().__init__(field="identifier", **facts)


class NotAscii(InvalidIdentifier):
    """A character is full-width or of another script."""

    code = "identifier_not_ascii"
    sentence = _("A compute identifier holds ASCII letters and digits only.")


class LowerCase(InvalidIdentifier):
    """A letter is in lower case."""

    code = "identifier_lower_case"
    sentence = _("A compute identifier is written in upper case.")


class WrongLength(InvalidIdentifier):
    """A part is missing, superfluous, too short or too long."""

    code = "identifier_wrong_length"
    sentence = _("The compute identifier, or one of its parts, has the wrong length.")


class UnknownProfile(InvalidIdentifier):
    """The first part names no profile of this market."""

    code = "identifier_unknown_profile"
    sentence = _("The compute identifier belongs to an unknown profile.")


class WrongCheckCharacter(InvalidIdentifier):
    """The check character does not fit the rest: a slip of the pen."""

    code = "identifier_check_character"
    sentence = _("The check character does not fit: the compute identifier has a mistake in it.")


class WrongOwner(InvalidIdentifier):
    """The owner part is no unified social credit code."""

    code = "identifier_invalid_owner"
    sentence = _("The owner in the compute identifier is no unified social credit code.")


class UnknownIndustry(InvalidIdentifier):
    """The industry part is no GB/T 4754 code."""

    code = "identifier_unknown_industry"
    sentence = _("The industry in the compute identifier is unknown.")


class UnknownRegion(InvalidIdentifier):
    """The region part was no GB/T 2260 code in force on that day."""

    code = "identifier_unknown_region"
    sentence = _("The region in the compute identifier is unknown on that date.")


class UnknownCode(InvalidIdentifier):
    """A class, form or component is not in the profile's code list."""

    code = "identifier_unknown_code"
    sentence = _("The compute identifier holds a code that its profile does not list.")


class NotCanonical(InvalidIdentifier):
    """The components are out of order, repeated, or count nothing."""

    code = "identifier_not_canonical"
    sentence = _("The specification in the compute identifier is not in its canonical order.")


class WrongSerial(InvalidIdentifier):
    """The serial is not made of ASCII capitals and digits."""

    code = "identifier_invalid_serial"
    sentence = _("The serial holds up to eight ASCII capitals and digits.")


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """How many of what a resource is made of, by the profile's code."""

    code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ComputeIdentifier:
    """What an identifier says."""

    owner: str
    industry: str
    region: str
    resource_class: str
    form: str
    components: tuple[Component, ...]
    serial: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The layout of one version, read from its definition."""

    version: str
    scheme: str
    separator: str
    classes: Mapping[str, str]
    forms: Mapping[str, str]
    components: Mapping[str, tuple[str, ...]]
    component_separator: str
    code_length: int
    quantity_length: int
    components_max: int
    lengths: Mapping[str, int]
    order: tuple[str, ...]

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> "Profile":
        """Return the layout that a profile's JSON describes."""
        fields = {field["name"]: field for field in definition["fields"]}
        parts = fields["specification"]
        return cls(
            version=definition["version"],
            scheme=fields["scheme"]["value"],
            separator=definition["separator"],
            classes=fields["resource_class"]["codes"],
            forms=fields["form"]["codes"],
            components={code: tuple(names) for code, names in definition["components"].items()},
            component_separator=parts["separator"],
            code_length=parts["code_length"],
            quantity_length=parts["quantity_length"],
            components_max=parts["components_max"],
            lengths={name: field["length"] for name, field in fields.items() if "length" in field},
            order=tuple(fields),
        )

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


def canonical(components: Sequence[Component]) -> tuple[Component, ...]:
    """Return the components merged by code and sorted, so that one pool has one writing."""
    totals: dict[str, int] = {}
    for component in components:
        totals[component.code] = totals.get(component.code, 0) + component.quantity
    return tuple(Component(code, totals[code]) for code in sorted(totals))


def format_identifier(identifier: ComputeIdentifier, *, profile: Profile, on: date) -> str:
    """
    Write an identifier; every part is checked as if it were read.

    :raises InvalidIdentifier: if a part breaks the profile, or the region was not in force
    """
    specification = profile.component_separator.join(
        f"{part.code}{part.quantity:0{profile.quantity_length}d}" for part in identifier.components
    )
    parts = {
        "scheme": profile.scheme,
        "owner": identifier.owner,
        "industry": identifier.industry,
        "region": identifier.region,
        "resource_class": _code_of(profile.classes, identifier.resource_class),
        "form": _code_of(profile.forms, identifier.form),
        "specification": specification,
        "serial": identifier.serial,
    }
    body = profile.separator.join(parts[name] for name in profile.order)
    _require_characters(body, profile)
    text = f"{body}{profile.separator}{_check_character(body)}"
    parse_identifier(text, profile=profile, on=on)
    return text


def _code_of(codes: Mapping[str, str], meaning: str) -> str:
    for code, meant in codes.items():
        if meant == meaning:
            return code
    raise UnknownCode


def _check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 character over the letters and digits."""
    kept = "".join(character for character in body if character in ALPHABET)
    return str(mod_37_36.calc_check_digit(kept))


def parse_identifier(text: str, *, profile: Profile, on: date | None = None) -> ComputeIdentifier:
    """
    Read an identifier; with a day, its region must have been in force then.

    :raises InvalidIdentifier: one named subclass a kind of mistake
    """
    _require_characters(text, profile)
    parts = text.split(profile.separator)
    if parts[0] != profile.scheme:
        raise UnknownProfile
    if len(parts) != len(profile.order) + 1 or len(parts[-1]) != 1:
        raise WrongLength
    fields = dict(zip(profile.order, parts[:-1], strict=True))
    _require_lengths(fields, profile)
    body, _sep, check = text.rpartition(profile.separator)
    if _check_character(body) != check:
        raise WrongCheckCharacter
    for is_right, mistake in _part_checks(fields, on):
        if not is_right():
            raise mistake
    return ComputeIdentifier(
        owner=fields["owner"],
        industry=fields["industry"],
        region=fields["region"],
        resource_class=_meaning(profile.classes, fields["resource_class"]),
        form=_meaning(profile.forms, fields["form"]),
        components=_components(fields["specification"], profile),
        serial=fields["serial"],
    )


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
    allowed = ALPHABET + profile.separator + profile.component_separator
    if any(character not in allowed for character in text):
        raise InvalidIdentifier


def _require_lengths(fields: Mapping[str, str], profile: Profile) -> None:
    for name, text in fields.items():
        if name in profile.lengths and len(text) != profile.lengths[name]:
            raise WrongLength
    size = profile.code_length + profile.quantity_length
    components = fields["specification"].split(profile.component_separator)
    if len(components) > profile.components_max or any(len(part) != size for part in components):
        raise WrongLength


def _part_checks(
    fields: Mapping[str, str], on: date | None
) -> list[tuple[Callable[[], bool], type[InvalidIdentifier]]]:
    return [
        (lambda: is_uscc(fields["owner"]), WrongOwner),
        (lambda: industries.is_industry(fields["industry"]), UnknownIndustry),
        (lambda: _is_region(fields["region"], on), UnknownRegion),
        (lambda: all(character in ALPHABET for character in fields["serial"]), WrongSerial),
    ]


def _is_region(code: str, on: date | None) -> bool:
    region = regions.regions().get(code)
    return region is not None and (on is None or region.is_valid_on(on))


def _meaning(codes: Mapping[str, str], code: str) -> str:
    if code not in codes:
        raise UnknownCode
    return codes[code]


def _components(text: str, profile: Profile) -> tuple[Component, ...]:
    parts = []
    for piece in text.split(profile.component_separator):
        code, digits = piece[: profile.code_length], piece[profile.code_length :]
        if code not in profile.components or not digits.isdigit():
            raise UnknownCode
        parts.append(Component(code, int(digits)))
    if canonical(parts) != tuple(parts) or any(part.quantity == 0 for part in parts):
        raise NotCanonical
    return tuple(parts)
