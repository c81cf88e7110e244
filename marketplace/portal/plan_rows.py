"""
A plan's terms as rows of fields, and back: what stands in which field, and what rows there are.

Components are `c0_…`, their tiers `c0_tier0_…`, times of use `time0_…`, factors `fact0_…`. Rows
are those whose fields were sent, in the order of their numbers; numbers may have gaps.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pricing import plan_figures, plan_terms
from pricing.contracts import TIERS_MAX
from pricing.plan_models import CountedBy, CountedOver, DayKind, PlanModel

COMPONENT, TIME, FACT, TIER = "c", "time", "fact", "tier"
# Of a component: the fields that stand once, and how it is multiplied in each band.
PART_FIELDS: Final = (
    "model", "code", "sold_as", "unit", "price", "more", "size", "discount", "increment", "per",
    "owed_from", "factors",
)  # fmt: skip
BAND_FIELDS: Final = {f"by_{band}": band for band in plan_terms.BANDS}
ROW_FIELDS: Final = {
    TIME: ("band", "from", "until", "days", "months"),
    FACT: ("kind", "value", "by"),
    TIER: ("until", "price"),
}
# The fields of an early end, and its members.
END_FIELDS: Final = {
    "end_notice": "notice_hours", "end_fee": "fee", "end_gives_back": "gives_back",
}  # fmt: skip
# The field of a row whose being sent says that the row is there.
FIRST: Final = {COMPONENT: "model", TIME: "from", FACT: "value", TIER: "until"}
NUMBER_MAX: Final = 999
Data = dict[str, Any]


def numbers(typed: Iterable[str], stem: str) -> list[int]:
    """Return the numbers of the rows under a stem, such as `time` or `c0_tier`, in order."""
    first = FIRST[stem.rpartition("_")[2]]
    form = re.compile(rf"{stem}(0|[1-9][0-9]{{0,2}})_{first}", re.ASCII)
    return sorted(int(found[1]) for name in typed if (found := form.fullmatch(name)))


def most(stem: str) -> int:
    """Return how many rows there may be under a stem."""
    kinds = len(plan_terms.FACTOR_KINDS)
    return {
        COMPONENT: plan_terms.PARTS_MAX,
        TIME: plan_terms.BAND_TIMES_MAX,
        FACT: kinds * (plan_terms.FACTOR_VALUES_MAX + 1),
        TIER: TIERS_MAX,
    }[stem.rpartition("_")[2]]


def is_stem(text: str) -> bool:
    """Return whether rows may stand under a text."""
    return bool(re.fullmatch(r"c|time|fact|c[0-9]{1,3}_tier", text, re.ASCII))


def added(typed: Any, stem: str) -> Any:
    """Return what was typed with one more row under a stem; what is no stem adds nothing."""
    typed = typed.copy()
    there = numbers(typed, stem) if is_stem(stem) else []
    number = there[-1] + 1 if there else 0
    if is_stem(stem) and len(there) < most(stem) and number <= NUMBER_MAX:
        begins = PlanModel.UNIT.value if stem == COMPONENT else ""
        typed[f"{stem}{number}_{FIRST[stem.rpartition('_')[2]]}"] = begins
    return typed


def removed(typed: Any, row: str) -> Any:
    """Return what was typed without a row, such as `time0` or `c0_tier1`; a plan keeps one part."""
    typed = typed.copy()
    found = re.fullmatch(r"(c[0-9]{1,3}_tier|c|time|fact)([0-9]{1,3})", row, re.ASCII)
    if found is None or (found[1] == COMPONENT and len(numbers(typed, COMPONENT)) < 2):
        return typed
    for name in [name for name in typed if name.startswith(f"{row}_")]:
        del typed[name]
    return typed


# --- From terms to fields -----------------------------------------------------------------------
def initial_of(terms: Mapping[str, Any] | None, name: str) -> Data:
    """Return terms as what the fields hold; the form reads the same terms of it again."""
    if terms is None:
        return {"name": name, "c0_model": PlanModel.UNIT.value, "c0_unit": "unit_hour"}
    typed: Data = {
        "name": name,
        "zone": terms["zone"],
        "holidays": " ".join(terms.get("holidays", ())),
        "workdays": " ".join(terms.get("workdays", ())),
        "counted_by": terms.get("counted_by", CountedBy.CONTRACT.value),
        "fiscal_month": terms.get("fiscal_month", 1),
        "to_minor": str(terms.get("to_minor", 1)),
    }
    ending = terms.get("early_end", {})
    typed |= {field: ending.get(member, "") for field, member in END_FIELDS.items()}
    for number, part in enumerate(terms["components"]):
        typed |= _fields(f"c{number}_", _typed_part(part))
        for row, tier in enumerate(part.get("tiers", ())):
            after = part["tiers"][row + 1 : row + 2]
            until = after[0]["from"] if after else ""
            typed |= _fields(f"c{number}_tier{row}_", {"until": until, "price": tier["unit_price"]})
    for row, each in enumerate(terms.get("bands", ())):
        days = list(each.get("days", ()))
        fields = {name: each[name] for name in ("band", "from", "until")} | {
            "days": [] if set(days) == {*map(str, DayKind)} else days,
            "months": [str(month) for month in each.get("months", ())],
        }
        typed |= _fields(f"time{row}_", fields)
    for row, (kind, value, by) in enumerate(_table_rows(terms.get("factors", {}))):
        typed |= _fields(f"fact{row}_", {"kind": kind, "value": value, "by": by})
    return typed


def _fields(stem: str, values: Mapping[str, Any]) -> Data:
    return {stem + name: value for name, value in values.items()}


def _table_rows(tables: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for kind, table in tables.items():
        yield from ((kind, value, by) for value, by in table["values"].items())
        yield kind, "", table["otherwise"]


def _typed_part(part: Mapping[str, Any]) -> Data:
    is_of_units = "price" not in part
    bands = part.get("bands", {})
    return {
        "code": part["code"],
        "model": part["model"],
        "unit": part.get("unit", ""),
        "sold_as": part.get("sold_as", ""),
        "price": part.get("unit_price", "") if is_of_units else part["price"],
        "more": "" if is_of_units else part.get("unit_price", ""),
        "size": part.get("block", part.get("hours", "")),
        "discount": part.get("discount", ""),
        "increment": part.get("increment", ""),
        "factors": list(part.get("factors", ())),
        "per": part.get("per", CountedOver.CONTRACT.value),
        # A component that becomes a prepaid one is owed from the start unless somebody says else.
        "owed_from": part.get("owed_from", "" if part["model"] == PlanModel.PREPAID else "start"),
    } | {field: bands.get(band, "") for field, band in BAND_FIELDS.items()}


# --- From fields to terms -----------------------------------------------------------------------
def terms_of(typed: Mapping[str, Any]) -> Data:
    """Return what the fields say, right or wrong; a row whose fields are all empty says nothing."""
    data: Data = {
        "zone": typed.get("zone", ""),
        "components": [_part(typed, number) for number in parts(typed)],
    }
    times = [piece for each in filled(typed, TIME) for piece in over_midnight(time_of(each))]
    if times:
        data["bands"] = times
    for name in ("holidays", "workdays"):
        if days := (typed.get(name) or "").split():
            data[name] = days
    if tables := _tables(filled(typed, FACT)):
        data["factors"] = tables
    return data | _counting(typed) | _early_end(typed)


def _counting(typed: Mapping[str, Any]) -> Data:
    """Return whose use counts and how it is rounded, where it is not as everywhere."""
    data: Data = {}
    if typed.get("counted_by") != CountedBy.CONTRACT:
        data["counted_by"] = typed.get("counted_by")
    if typed.get("fiscal_month") not in (1, None):
        data["fiscal_month"] = typed["fiscal_month"]
    if typed.get("to_minor") not in ("1", None):
        data["to_minor"] = int(typed["to_minor"])
    return data


def _early_end(typed: Mapping[str, Any]) -> Data:
    said = {member: typed.get(field) for field, member in END_FIELDS.items()}
    filled_in = {name: value for name, value in said.items() if value not in ("", None)}
    return {"early_end": filled_in} if filled_in else {}


def parts(typed: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the components that say how they are priced."""
    return [number for number in numbers(typed, COMPONENT) if typed.get(f"c{number}_model")]


def row_of(typed: Mapping[str, Any], stem: str, number: int) -> Data:
    """Return the fields of a row by their names; what was not sent is empty."""
    names = ROW_FIELDS[stem.rpartition("_")[2]]
    return {name: typed.get(f"{stem}{number}_{name}") or "" for name in names}


def filled(typed: Mapping[str, Any], stem: str) -> list[Data]:
    """Return the rows under a stem that have something in them."""
    rows = (row_of(typed, stem, number) for number in numbers(typed, stem))
    return [row for row in rows if any(row.values())]


def time_of(row: Mapping[str, Any]) -> Data:
    """Return a row of times of use as data; days and months that are not chosen are left out."""
    said = {name: row[name] for name in ("band", "from", "until")}
    if row["days"]:
        said["days"] = list(row["days"])
    if row["months"]:
        said["months"] = [int(month) for month in row["months"]]
    return said


def over_midnight(time: Data) -> list[Data]:
    """Return a time that begins in the evening and ends in the morning as two, each of one day."""
    begins, ends = time["from"], time["until"]
    is_known = plan_figures.is_clock(begins) and plan_figures.is_clock(ends)
    if not is_known or begins <= ends or begins == "24:00":
        return [time]
    morning = [] if ends == "00:00" else [time | {"from": "00:00"}]
    return [time | {"until": "24:00"}, *morning]


def _part(typed: Mapping[str, Any], number: int) -> Data:
    """Return a component with the members of its model; what is typed beside them is left out."""
    said = {name: typed.get(f"c{number}_{name}") or "" for name in (*PART_FIELDS, *BAND_FIELDS)}
    model = PlanModel(said["model"])
    needed, allowed = plan_terms.MEMBERS[model]
    values: Data = {
        "unit": said["unit"],
        "sold_as": said["sold_as"],
        "unit_price": said["more"] if "price" in needed else said["price"],
        "price": said["price"],
        "hours" if model == PlanModel.PREPAID else "block": said["size"],
        "discount": said["discount"],
        "increment": said["increment"],
        "per": said["per"] or CountedOver.CONTRACT.value,
        "owed_from": said["owed_from"],
        "tiers": _tiers(filled(typed, f"c{number}_{TIER}")),
        "bands": {band: said[field] for field, band in BAND_FIELDS.items() if said[field]},
        "factors": list(said["factors"]),
    }
    kept = {name: value for name, value in values.items() if name in needed and value != ""}
    kept |= {name: value for name, value in values.items() if name in allowed and value}
    if kept.get("per") == CountedOver.CONTRACT and "per" not in needed:
        del kept["per"]
    return {"code": said["code"], "model": model.value, **kept}


def _tiers(rows: Sequence[Mapping[str, Any]]) -> list[Data]:
    """Return tiers, each from where the one before ends."""
    begins = ["0", *(row["until"] for row in rows)]
    return [
        {"from": start, "unit_price": row["price"]}
        for start, row in zip(begins, rows, strict=False)
    ]


def _tables(rows: Sequence[Mapping[str, Any]]) -> Data:
    found: Data = {}
    for row in rows:
        table = found.setdefault(row["kind"], {"otherwise": "1", "values": {}})
        if row["value"]:
            table["values"][row["value"]] = row["by"]
        else:
            table["otherwise"] = row["by"]
    return found
