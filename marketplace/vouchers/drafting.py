"""The file of a draft: a programme's name, its rules as far as known, and worked examples. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from marketplace.vouchers import fields, listed, programme_2, trying
from marketplace.vouchers.contracts import InvalidProgrammeRules
from marketplace.vouchers.fields import Fault, object_of
from marketplace.vouchers.programme_2 import Unready

UNREADY_SHOWN: Final = 20
CODE_MAX: Final = 24
_REGION: Final = fields.pattern("([1-9][0-9]{5})?", _("a GB/T 2260 code of six digits is needed"))


class DraftNotReady(Refusal):
    """A draft lacks members, or clauses, that published rules must have."""

    code = "draft_not_publishable"
    status = 422
    sentence = _("The draft cannot be published, because: %(reasons)s")


class DraftChanged(Refusal):
    """Somebody changed the draft since it was read."""

    code = "draft_changed"
    sentence = _("Somebody changed the draft meanwhile: look at it again, then save it.")


@dataclass(frozen=True, slots=True)
class DraftFile:
    """What a draft says, read but not judged."""

    code: str
    name: str
    name_en: str
    region: str
    source: str


HEAD: Final = object_of(
    DraftFile,
    code=fields.pattern("[A-Z0-9]+(-[A-Z0-9]+)*", _("a programme's code is needed")),
    name=fields.text(most=120),
    name_en=fields.text(least=0, most=160),
    region=_REGION,
    source=fields.text(most=300),
)
PARTS: Final = frozenset({*HEAD.members, "rules", "examples"})


def envelopes(data: object) -> list[tuple[str, dict[str, Any]]]:
    """Return the drafts of a file with their paths: one, a list, or entries of a public list."""
    several = data if isinstance(data, list) else [data]
    return [
        (
            str(number) if isinstance(data, list) else "",
            listed.envelope(each) if listed.is_listed(each) else each,
        )
        for number, each in enumerate(several)
    ]


def wrong(path: str, data: object) -> list[Fault]:
    """Return what keeps a file from being a draft at all; what is only missing does not."""
    if not isinstance(data, Mapping):
        return [Fault(path, str(_("an object is needed")))]
    head = {name: each for name, each in data.items() if name not in ("rules", "examples")}
    found = list(fields.faults(HEAD, path, {"name_en": "", "region": "", **head}))
    if len(str(data.get("code", ""))) > CODE_MAX:
        told = _("a text of at most %(most)s characters is needed") % {"most": CODE_MAX}
        found.append(Fault(fields.under(path, "code"), str(told)))
    found += [
        Fault(fields.under(path, f"rules.{each.path}".rstrip(".")), each.problem)
        for each in programme_2.unready(data.get("rules"))
        if not each.is_missing
    ]
    try:
        trying.read(data.get("examples", []), fields.under(path, "examples"))
    except InvalidProgrammeRules as refusal:
        found.append(Fault(str(refusal.facts["path"]), str(refusal.facts["problem"])))
    return found


def reasons(found: list[Unready]) -> list[str]:
    """Return why a draft is not publishable: each member, and the clause that would say it."""
    return [
        f"{each.path}: {each.problem}" + (f" ({each.clause})" if each.clause else "")
        for each in found
    ]


def require_ready(rules_data: object) -> None:
    """
    Refuse a draft that published rules could not be.

    :raises DraftNotReady: with each member that is missing or wrong, and its clause
    """
    found = reasons(programme_2.unpublishable(rules_data))
    if found:
        more = len(found) - UNREADY_SHOWN
        shown = "; ".join(found[:UNREADY_SHOWN]) + (f"; + {more}" if more > 0 else "")
        raise DraftNotReady(reasons=shown)
