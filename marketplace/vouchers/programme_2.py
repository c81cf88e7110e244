"""
Version 2 of the data format of a programme's rules: every member, and the clause that says it.

Data alone: nothing in it is evaluated. A draft may leave out what nobody knows yet; what is
published leaves out nothing. Amounts are whole fen, shares decimal text, times name their zone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.canonical import decimal_text
from identity.contracts import CertificateKind, ResourceClass, ResourceForm
from identity.identifiers import regions
from identity.uscc import is_uscc
from marketplace.vouchers import fields
from marketplace.vouchers.contracts import (
    ANY,
    Beneficiary,
    Funding,
    LineKind,
    Mode,
    ProgrammeRules,
    Rate,
)
from marketplace.vouchers.fields import Fault, Field, list_of, object_of, optional, whole_number
from marketplace.vouchers.terms import (
    ApplicationWindow,
    Beneficiaries,
    BudgetPart,
    ChipOrigin,
    Clause,
    ClawBackGround,
    ClawBackTerms,
    EvidenceKind,
    IssuingOffice,
    LimitKind,
    OriginRate,
    Payee,
    PayingOffice,
    PayMode,
    ProgrammeLimits,
    ProgrammeTerms,
    Regions,
    Scope,
    Size,
    Stacking,
    Suppliers,
)

SCHEMA: Final = 2
SCHEMA_ID: Final = "urn:suanpan:programme-rules:2"
ENTRIES_MAX: Final = 64
SUPPLIERS_MAX: Final = 5_000
DAYS_MAX: Final = 3_660
# The certificates that identity attests today.
SME_KINDS: Final = frozenset({CertificateKind.SME.value, CertificateKind.TECHNOLOGY_SME.value})


@dataclass(frozen=True, slots=True)
class Unready:
    """What keeps a draft from being published: a member, and the clause that would say it."""

    path: str
    problem: str
    clause: str
    is_missing: bool


def _whole_funding(path: str, found: tuple[PayingOffice, ...]) -> None:
    if sum((part.share for part in found), start=Decimal(0)) != 1:
        raise fields.bad(path, _("the shares must add up to 1"))
    if len({part.source for part in found}) != len(found):
        raise fields.bad(path, _("each source may appear once"))


def _forward(path: str, first: datetime | None, last: datetime | None, told: object) -> None:
    if first and last and first >= last:
        raise fields.bad(path, told)


def _window_runs(path: str, found: ApplicationWindow) -> None:
    _forward(f"{path}.closes", found.opens, found.closes, _("it must lie after the opening"))


def _scope_runs(path: str, found: Scope) -> None:
    told = _("it must lie after the beginning")
    _forward(f"{path}.contracts_until", found.contracts_from, found.contracts_until, told)
    _forward(f"{path}.paid_until", found.paid_from, found.paid_until, told)


def _known_then(path: str, found: Regions) -> None:
    """Refuse a code that the table of the day does not have."""
    known = regions.regions()
    for number, code in enumerate(found.codes):
        region = known.get(code)
        if region is None or not region.is_valid_on(found.table):
            raise fields.bad(f"{path}.codes.{number}", _("the table of that day has no such code"))


def _each_period_once(path: str, found: tuple[BudgetPart, ...]) -> None:
    periods = [(part.year, part.quarter) for part in found]
    if len(set(periods)) != len(periods):
        raise fields.bad(path, _("each period may appear once"))


def _each_limit_once(path: str, found: tuple[str, ...]) -> None:
    if set(found) != set(LimitKind.values):
        raise fields.bad(path, _("each limit is named once"))


def _some(*values: str, least: int = 1) -> Field:
    return list_of(fields.choice(*values), least=least, most=len(values))


def _cap() -> Field:
    return optional(whole_number())


_USCC: Final = fields.text_that(
    fields.pattern("[0-9A-HJ-NPQRTUW-Y]{18}", ""),
    is_uscc,
    _("a unified social credit code is needed"),
)
_REGION: Final = fields.pattern("[1-9][0-9]{5}", _("a GB/T 2260 code of six digits is needed"))
_INDUSTRY: Final = fields.pattern("[A-T][0-9]{0,4}", _("a GB/T 4754 code is needed"))
_CODE: Final = fields.pattern("[A-Z0-9]+(-[A-Z0-9]+)*", _("a programme's code is needed"))
_CLAUSE: Final = object_of(
    Clause,
    number=fields.text(most=40),
    text=fields.text(most=2_000),
    source=fields.text(most=300),
)

MEMBERS: Final[dict[str, Field]] = {
    "issuer": object_of(
        IssuingOffice, name=fields.text(most=120), name_en=fields.text(least=0, most=160)
    ),
    "funding": list_of(
        object_of(PayingOffice, source=fields.text(), share=fields.SHARE),
        least=1,
        most=ENTRIES_MAX,
        rule=_whole_funding,
    ),
    "budget": list_of(
        object_of(
            BudgetPart,
            year=whole_number(least=2000, most=2999),
            quarter=optional(whole_number(most=4)),
            amount_minor=whole_number(),
        ),
        least=1,
        most=ENTRIES_MAX,
        rule=_each_period_once,
    ),
    "windows": list_of(
        fields.ruled(
            object_of(
                ApplicationWindow,
                opens=optional(fields.MOMENT),
                closes=optional(fields.MOMENT),
                cap_minor=_cap(),
            ),
            _window_runs,
        ),
        most=ENTRIES_MAX,
    ),
    "mode": fields.choice(*PayMode.values),
    "beneficiaries": object_of(
        Beneficiaries,
        regions=optional(
            fields.ruled(
                object_of(
                    Regions, table=fields.DAY, codes=list_of(_REGION, least=1, most=SUPPLIERS_MAX)
                ),
                _known_then,
            )
        ),
        sizes=optional(_some(*Size.values)),
        industries=optional(list_of(_INDUSTRY, least=1, most=ENTRIES_MAX)),
        classes=optional(_some(*Beneficiary.values)),
        certificates=_some(*CertificateKind.values, least=0),
        clean_years=whole_number(least=0, most=20),
        incubated_makers=fields.FLAG,
    ),
    "eligible_lines": _some(*LineKind.values),
    "scope": fields.ruled(
        object_of(
            Scope,
            classes=optional(_some(*ResourceClass.values)),
            forms=optional(_some(*ResourceForm.values)),
            origins=optional(_some(*ChipOrigin.values)),
            contracts_from=optional(fields.MOMENT),
            contracts_until=optional(fields.MOMENT),
            paid_from=optional(fields.MOMENT),
            paid_until=optional(fields.MOMENT),
        ),
        _scope_runs,
    ),
    "suppliers": object_of(
        Suppliers,
        listed=optional(list_of(_USCC, least=1, most=SUPPLIERS_MAX)),
        pflops_min=optional(whole_number(most=10**9)),
        racks_min=optional(whole_number(most=10**9)),
        unrelated=fields.FLAG,
    ),
    "rates": list_of(
        object_of(
            OriginRate,
            beneficiary=fields.choice(*Beneficiary.values, ANY),
            resource_class=fields.choice(*ResourceClass.values, ANY),
            chip_origin=fields.choice(*ChipOrigin.values, ANY),
            share=fields.SHARE,
        ),
        least=1,
        most=ENTRIES_MAX,
    ),
    "limits": object_of(
        ProgrammeLimits,
        order=list_of(fields.choice(*LimitKind.values), least=4, most=4, rule=_each_limit_once),
        per_order_minor=_cap(),
        per_entity_year_minor=_cap(),
        programme_minor=_cap(),
    ),
    "stacking": object_of(
        Stacking, combines=fields.FLAG, excludes=list_of(_CODE, most=ENTRIES_MAX)
    ),
    "validity_days": whole_number(most=DAYS_MAX),
    "payee": fields.choice(*Payee.values),
    "evidence": _some(*EvidenceKind.values, least=0),
    "publicity_days": whole_number(least=0, most=90),
    "claw_back": object_of(
        ClawBackTerms,
        within_days=optional(whole_number(most=DAYS_MAX)),
        grounds=_some(*ClawBackGround.values, least=0),
    ),
}
CLAUSES: Final = object_of(dict, **dict.fromkeys(MEMBERS, _CLAUSE))
WHOLE: Final = object_of(
    dict,
    schema=Field(fields.choice("2").read, {"const": SCHEMA}),
    clauses=CLAUSES,
    **MEMBERS,
)


def is_version_2(data: object) -> bool:
    """Tell whether data say that they are of this version."""
    return isinstance(data, Mapping) and "schema" in data


def unready(data: object) -> list[Unready]:
    """Return everything that keeps a draft from being published, in the order of the members."""
    if not isinstance(data, dict):
        return [Unready("", str(_("an object is needed")), "", is_missing=False)]
    found: list[Fault] = []
    if data.get("schema") != SCHEMA or isinstance(data.get("schema"), bool):
        found.append(Fault("schema", str(_("it must be %(version)s") % {"version": SCHEMA})))
    found += fields.faults(
        object_of(dict, clauses=CLAUSES, **MEMBERS),
        "",
        {name: each for name, each in data.items() if name != "schema"} | _said(data),
    )
    unsaid = {f"clauses.{name}" for name in MEMBERS if name not in data}
    found = [each for each in found if each.path not in unsaid]  # The member says it already.
    order = {name: place for place, name in enumerate(["schema", *MEMBERS, "clauses"])}
    found.sort(key=lambda fault: order.get(fault.path.partition(".")[0], -1))
    return [
        Unready(each.path, each.problem, _clause(data, each.path), each.is_missing)
        for each in found
    ]


def unpublishable(data: object) -> list[Unready]:
    """
    Return everything that keeps rules from being published: what is unready, and what never pays.

    Rules that were published before stay readable: `parse` asks for whole members alone.
    """
    found = unready(data)
    if not isinstance(data, dict) or any(each.path in ("mode", "payee") for each in found):
        return found
    told = _never_paid(PayMode(data["mode"]), Payee(data["payee"]))
    if told:
        found.append(Unready("payee", told, _clause(data, "payee"), is_missing=False))
    return found


def _never_paid(mode: PayMode, payee: Payee) -> str:
    """Say why one of the ways in which rules pay would pay nobody, if one would."""
    if mode != PayMode.EX_POST and payee == Payee.BUYER:
        return str(
            _("vouchers that pay at clearing are claimed by providers: the buyer alone is none")
        )
    if mode != PayMode.OFFSET and payee == Payee.PROVIDER:
        return str(_("what is reimbursed afterwards is paid to buyers: the provider alone is none"))
    return ""


def _said(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the clauses, without the texts that are still empty: those are missing."""
    clauses = data.get("clauses", {})
    if not isinstance(clauses, dict):
        return {}
    return {
        "clauses": {
            name: {part: said for part, said in clause.items() if said != ""}
            if isinstance(clause, dict)
            else clause
            for name, clause in clauses.items()
        }
    }


def _clause(data: Mapping[str, Any], path: str) -> str:
    """Return the number and source of the clause that says a member, as far as it is known."""
    parts = path.split(".")
    member = parts[1] if parts[0] == "clauses" and len(parts) > 1 else parts[0]
    clauses = data.get("clauses")
    clause = clauses.get(member) if isinstance(clauses, dict) else None
    if not isinstance(clause, dict):
        return ""
    return " ".join(str(clause[part]) for part in ("source", "number") if clause.get(part))


def parse(data: object) -> ProgrammeRules:
    """
    Read whole rules of this version.

    :raises InvalidProgrammeRules: naming the first member that is missing or wrong
    """
    found = unready(data)
    if found or not isinstance(data, dict):
        raise fields.bad(found[0].path, found[0].problem)
    members = {name: field.read(name, data[name]) for name, field in MEMBERS.items()}
    return projected(ProgrammeTerms(clauses=CLAUSES.read("clauses", data["clauses"]), **members))


def projected(terms: ProgrammeTerms) -> ProgrammeRules:
    """Return rules whose members of version 1 say what version 2 comes to for who reads them."""
    opens = [window.opens for window in terms.windows]
    closes = [window.closes for window in terms.windows]
    certificates = frozenset(terms.beneficiaries.certificates)
    return ProgrammeRules(
        mode=Mode.EX_POST if terms.mode == PayMode.EX_POST else Mode.OFFSET,
        rates=tuple(Rate(r.beneficiary, r.resource_class, r.share) for r in terms.rates),
        eligible_lines=frozenset(terms.eligible_lines),
        per_order_cap_minor=terms.limits.per_order_minor,
        per_entity_year_cap_minor=terms.limits.per_entity_year_minor,
        validity_days=terms.validity_days,
        applications_from=min((each for each in opens if each), default=None)
        if all(opens)
        else None,
        applications_until=max((each for each in closes if each), default=None)
        if all(closes)
        else None,
        orders_from=terms.scope.contracts_from,
        requires_sme_certificate=bool(certificates) and certificates <= SME_KINDS,
        suppliers=None if terms.suppliers.listed is None else frozenset(terms.suppliers.listed),
        combines=terms.stacking.combines,
        funding=tuple(Funding(part.source, part.share) for part in terms.funding),
        terms=terms,
    )


def cited(rules: ProgrammeRules) -> ProgrammeRules:
    """Return rules whose clauses keep number and source: what decisions cite and rounds store."""
    if rules.terms is None:
        return rules
    clauses = {name: replace(each, text="") for name, each in rules.terms.clauses.items()}
    return replace(rules, terms=replace(rules.terms, clauses=clauses))


def canonical(terms: ProgrammeTerms) -> dict[str, Any]:
    """Return the data that write the rules; `parse(canonical(terms)).terms == terms`."""
    return {"schema": SCHEMA} | {name: _plain(each) for name, each in asdict(terms).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date):  # A moment is one, too.
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def json_schema() -> dict[str, Any]:
    """Return the published JSON schema of whole rules."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Rules of a compute voucher programme, version 2",
        **WHOLE.schema,
    }
