"""What is wrong with a text that should be a compute identifier, each mistake by its name."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput


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


class WrongNode(InvalidIdentifier):
    """The node part is no code of a node."""

    code = "identifier_invalid_node"
    sentence = _("The node in the compute identifier is a letter N, R, I or P and five characters.")


class NoBoundary(InvalidInput):
    """A prefix ends where its profile has no boundary at which one may be granted."""

    code = "prefix_not_on_boundary"
    sentence = _(
        "A prefix is the beginning of an identifier up to one of its profile's boundaries."
    )
