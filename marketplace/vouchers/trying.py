"""
Trying rules on a purchase that nobody made: worked examples, and what a preview says. Pure.

An example is data: who buys what, what is known of the parties, and what the rules must come to.
The decision is that of real orders, on a voucher large enough that only the rules bind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.money import AMOUNT_MINOR_MAX
from identity.contracts import CertificateKind, ResourceClass, ResourceForm
from marketplace.vouchers import fields, programme_2, rules
from marketplace.vouchers.contracts import (
    Beneficiary,
    CoverPlan,
    LineKind,
    PayableLine,
    ProgrammeRules,
    Purchase,
    Purse,
)
from marketplace.vouchers.fields import Field, list_of, object_of, optional, whole_number
from marketplace.vouchers.terms import (
    ChipOrigin,
    HolderFacts,
    PayMode,
    Size,
    SupplierFacts,
)

EXAMPLES_MAX: Final = 50
NOBODY: Final = UUID(int=0)
SOMEBODY: Final = UUID(int=1)
CODE: Final = "EXAMPLE"


class ExampleFails(Refusal):
    """A worked example of a draft comes to another amount than it says."""

    code = "worked_example_fails"
    status = 422
    sentence = _("The worked example “%(title)s” expects %(expected)s fen and gets %(got)s.")


@dataclass(frozen=True, slots=True)
class Example:
    """A purchase, what is known of it, and what a programme must pay of it, in fen."""

    title: str
    at: datetime
    beneficiary: str
    resource_class: str
    form: str | None
    chip_origin: str | None
    holder: HolderFacts
    supplier: SupplierFacts
    supplier_uscc: str
    lines: tuple[PayableLine, ...]
    used_minor: int
    expected_minor: int


@dataclass(frozen=True, slots=True)
class TriedExample:
    """What rules came to for an example."""

    example: Example
    plan: CoverPlan

    @property
    def got_minor(self) -> int:
        """Return what would be paid."""
        return self.plan.total_minor

    @property
    def is_right(self) -> bool:
        """Tell whether that is what the example says."""
        return self.got_minor == self.example.expected_minor


def _line(kind: str, amount_minor: int) -> PayableLine:
    return PayableLine(kind, amount_minor)


_HOLDER: Final = object_of(
    HolderFacts,
    region=optional(fields.text(most=6)),
    size=optional(fields.choice(*Size.values)),
    industry=optional(fields.text(most=5)),
    classes=optional(list_of(fields.choice(*Beneficiary.values), most=3)),
    certificates=optional(list_of(fields.choice(*CertificateKind.values), most=4)),
    clean_years=optional(whole_number(least=0, most=99)),
    is_incubated=optional(fields.FLAG),
)
_SUPPLIER: Final = object_of(
    SupplierFacts,
    pflops=optional(whole_number(least=0, most=10**9)),
    racks=optional(whole_number(least=0, most=10**9)),
)
EXAMPLE: Final[Field] = object_of(
    Example,
    title=fields.text(most=120),
    at=fields.MOMENT,
    beneficiary=fields.choice(*Beneficiary.values),
    resource_class=fields.choice(*ResourceClass.values),
    form=optional(fields.choice(*ResourceForm.values)),
    chip_origin=optional(fields.choice(*ChipOrigin.values)),
    holder=_HOLDER,
    supplier=_SUPPLIER,
    supplier_uscc=fields.text(least=0, most=18),
    lines=list_of(
        object_of(_line, kind=fields.choice(*LineKind.values), amount_minor=whole_number()),
        least=1,
        most=20,
    ),
    used_minor=whole_number(least=0),
    expected_minor=whole_number(least=0),
)
UNSAID: Final[dict[str, Any]] = {
    "beneficiary": Beneficiary.SME.value,
    "resource_class": ResourceClass.AI.value,
    "form": None,
    "chip_origin": None,
    "supplier_uscc": "",
    "used_minor": 0,
}


def complete(data: object) -> object:
    """Return an example with what it may leave out: facts that it does not name are unknown."""
    if not isinstance(data, Mapping):
        return data
    holder, supplier = data.get("holder", {}), data.get("supplier", {})
    found = UNSAID | dict(data)
    if isinstance(holder, Mapping):
        found["holder"] = asdict(HolderFacts()) | dict(holder)
    if isinstance(supplier, Mapping):
        found["supplier"] = asdict(SupplierFacts()) | dict(supplier)
    return found


def read(data: object, path: str = "examples") -> tuple[Example, ...]:
    """
    Read the worked examples of a draft.

    :raises InvalidProgrammeRules: naming the member that is missing or wrong
    """
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) > EXAMPLES_MAX:
        told = _("a list of %(least)s to %(most)s entries is needed")
        raise fields.bad(path, told % {"least": 0, "most": EXAMPLES_MAX})
    found = []
    for number, each in enumerate(data):
        whole_one = complete(each)
        for fault in fields.faults(EXAMPLE, f"{path}.{number}", whole_one):
            raise fields.bad(fault.path, fault.problem)
        found.append(EXAMPLE.read(f"{path}.{number}", whole_one))
    return tuple(found)


def tried(parsed: ProgrammeRules, example: Example) -> TriedExample:
    """Return what rules come to for an example."""
    is_ex_post = parsed.terms is not None and parsed.terms.mode == PayMode.EX_POST
    purchase = Purchase(
        order_id=NOBODY,
        holder_id=NOBODY,
        supplier_id=SOMEBODY,
        supplier_uscc=example.supplier_uscc,
        resource_class=example.resource_class,
        ordered_at=example.at,
        lines=example.lines,
        holder_is_certified=bool(example.holder.certificates),
        form=example.form or "",
        chip_origin=example.chip_origin or "",
        holder=example.holder,
        supplier=example.supplier,
        paid_at=example.at,
        is_ex_post=is_ex_post,
    )
    cap = parsed.per_entity_year_cap_minor
    plan = rules.cover(
        purchase,
        [_purse(parsed, example)],
        at=example.at,
        entity_year_left={} if cap is None else {CODE: cap - example.used_minor},
    )
    return TriedExample(example, plan)


def _purse(parsed: ProgrammeRules, example: Example) -> Purse:
    terms = parsed.terms
    return Purse(
        voucher_id=NOBODY,
        number=CODE,
        programme_code=CODE,
        programme_version=1,
        rules=parsed,
        beneficiary=example.beneficiary,
        valid_from=example.at,
        expires_at=max(example.at, datetime(2000, 1, 1, tzinfo=UTC)) + timedelta(days=1),
        available_minor=AMOUNT_MINOR_MAX,
        programme_left_minor=None if terms is None else terms.limits.programme_minor,
    )


def require_right(parsed: ProgrammeRules, examples: Sequence[Example]) -> None:
    """
    Run the worked examples of rules.

    :raises ExampleFails: naming the first that comes to another amount, what was expected and got
    """
    for example in examples:
        found = tried(parsed, example)
        if not found.is_right:
            raise ExampleFails(
                title=example.title, expected=example.expected_minor, got=found.got_minor
            )


def usual(parsed: ProgrammeRules, *, at: datetime, amount_minor: int) -> Example:
    """Return the purchase of somebody who meets every rule: what a preview speaks of."""
    terms = parsed.terms
    example = Example(
        title="",
        at=at,
        beneficiary=Beneficiary.SME,
        resource_class=ResourceClass.AI,
        form=None,
        chip_origin=None,
        holder=HolderFacts(),
        supplier=SupplierFacts(),
        supplier_uscc=min(parsed.suppliers or {""}),
        lines=(PayableLine(min(parsed.eligible_lines), amount_minor),),
        used_minor=0,
        expected_minor=0,
    )
    return example if terms is None else _meeting(example, parsed, at=at)


def _meeting(example: Example, parsed: ProgrammeRules, *, at: datetime) -> Example:
    terms = parsed.terms
    assert terms is not None
    who, scope = terms.beneficiaries, terms.scope
    paid = scope.contracts_from or at
    classes = who.classes or (Beneficiary.SME.value,)
    kinds = scope.classes or (ResourceClass.AI.value,)
    return replace(
        example,
        at=paid if paid > at or (scope.contracts_until and at >= scope.contracts_until) else at,
        beneficiary=Beneficiary.SME if Beneficiary.SME in classes else classes[0],
        resource_class=ResourceClass.AI if ResourceClass.AI in kinds else kinds[0],
        form=scope.forms[0] if scope.forms else None,
        chip_origin=scope.origins[0] if scope.origins else None,
        holder=HolderFacts(
            region=who.regions.codes[0] if who.regions else None,
            size=who.sizes[0] if who.sizes else None,
            industry=who.industries[0] if who.industries else None,
            classes=(classes[0],),
            certificates=who.certificates or (),
            clean_years=who.clean_years,
        ),
        supplier=SupplierFacts(terms.suppliers.pflops_min, terms.suppliers.racks_min),
        lines=(PayableLine(terms.eligible_lines[0], example.lines[0].amount_minor),),
    )


def members_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the members of two sets of data that differ, in the order of version 2."""
    names = [*programme_2.MEMBERS, *sorted({*before, *after} - programme_2.MEMBERS.keys())]
    return [name for name in names if before.get(name) != after.get(name)]
