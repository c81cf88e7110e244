"""How the definition of a layout is written; what does not fit is named; pure."""

from typing import Annotated, Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Meta

from common.errors import InvalidInput

Name = Annotated[str, Meta(pattern="^[a-z][a-z_]{0,29}$")]
Version = Annotated[str, Meta(pattern="^[1-9][0-9]{0,2}$")]
Written = Annotated[str, Meta(pattern="^[0-9A-Z]{1,8}$")]
Mark = Annotated[str, Meta(pattern="^[./:-]$")]
Count = Annotated[int, Meta(ge=1, le=20)]
Kind = Literal[
    "literal",
    "uscc",
    "industry",
    "region",
    "code",
    "components",
    "serial",
    "node",
    "owner",
    "pool",
    "digits",
]


class ProfileFaults(InvalidInput):
    """A definition is not written as definitions are."""

    code = "profile_faults"
    sentence = _("The definition does not have its form: %(fault)s.")


class CheckSystemForm(msgspec.Struct, forbid_unknown_fields=True):
    """The system of check characters."""

    system: Literal["ISO 7064 MOD 37,36", "ISO 7064 MOD 97,10", "none"]
    length: Annotated[int, Meta(ge=0, le=2)] = 0


class LayoutPart(msgspec.Struct, forbid_unknown_fields=True):
    """A field of a layout."""

    name: Name
    kind: Kind
    value: Written = "0"
    length: Count = 1
    codes: (
        Annotated[
            dict[Written, Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=36)
        ]
        | None
    ) = None
    code_length: Count = 1
    quantity_length: Count = 1
    components_max: Count = 1
    separator: Mark = "."


class LayoutDefinition(msgspec.Struct, forbid_unknown_fields=True):
    """A layout as data."""

    version: Version
    scheme: Written
    # A literal beginning: a pattern that others wrote could take a program its time.
    recognise: Annotated[str, Meta(pattern="^\\^[0-9A-Z./:-]{2,20}$")]
    source: Annotated[str, Meta(min_length=1, max_length=200)]
    separator: Mark
    check: CheckSystemForm
    fields: Annotated[list[LayoutPart], Meta(min_length=2, max_length=12)]
    routing: Annotated[list[Name], Meta(min_length=1, max_length=6)]
    serials_within: Name
    attributes: dict[Name, Literal["code", "record"]]
    vectors: Annotated[
        list[Annotated[str, Meta(min_length=8, max_length=96)]], Meta(min_length=3, max_length=100)
    ]
    components_of: Version | None = None
    components: Annotated[dict[Written, list[str]], Meta(max_length=500)] = {}


def require_wellformed(told: Any) -> None:
    """
    Check how a definition is written.

    :raises ProfileFaults: naming the first thing that is not so
    """
    try:
        msgspec.convert(told, LayoutDefinition)
    except msgspec.ValidationError as error:
        raise ProfileFaults(field="definition", fault=str(error)[:200]) from error


def schema() -> dict[str, Any]:
    """Return the JSON schema of definitions."""
    return msgspec.json.schema(LayoutDefinition)
