"""Capacity files in other people's words, read into ours: pure, and each bad row by its number."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from common.errors import Refusal
from common.money import parse_decimal
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.services import ResourceFacts
from marketplace.catalog.contracts import BadRow, UnknownFormat

ROWS_MAX: Final = 100_000
NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
NEGATIVE: Final = re.compile(r"-[0-9]{1,9}", re.ASCII)
SERIAL: Final = re.compile(r"[0-9A-Z]{1,8}", re.ASCII)
TEXT_LENGTH_MAX: Final = 120

OPENB_COLUMNS: Final = ("sn", "cpu_milli", "memory_mib", "gpu", "model")
REQUIRED_COLUMNS: Final = ("name", "region", "class", "form", "unit", "quantity")
OPTIONAL_COLUMNS: Final = (
    "name_en",
    "chip",
    "memory_gb",
    "industry",
    "serial",
    "pue",
    "price_unit",
    "unit_price",
    "vouchers",
)
OWN_REQUIRED: Final = frozenset(REQUIRED_COLUMNS)
OWN_COLUMNS: Final = OWN_REQUIRED | frozenset(OPTIONAL_COLUMNS)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a file does not say and the operator does."""

    region: str
    form: ResourceForm
    with_cpu: bool = True


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """One resource that a line of a file offers. A line may offer two: cards, and virtual CPUs."""

    line: int
    facts: ResourceFacts
    priced_as: str  # the entry of the price list: a chip, or "vcpu" or "node"
    price_unit: str = ""  # with unit_price: the line brings its own price
    unit_price: str = ""
    accepts_vouchers: bool = True


class RowRefused(ValueError):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A line cannot be read; it names the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


Reader = Callable[[int, Mapping[str, str], Defaults], Iterator[CapacityRow]]


def read(
    text: str, *, defaults: Defaults, format_name: str = ""
) -> tuple[list[CapacityRow], list[BadRow]]:
    """
    Read a whole file; the format is the one its header shows, unless it is named.

    :raises UnknownFormat: if the header belongs to no known format, or not to the named one
    """
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = _header(lines)
    reader = _reader(header, format_name)
    rows: list[CapacityRow] = []
    bad: list[BadRow] = []
    try:
        for number, cells in enumerate(lines, start=1):
            if number > ROWS_MAX:
                bad.append(BadRow(lines.line_num, "too_many_rows", f"at most {ROWS_MAX} rows"))
                break
            if not cells:
                continue
            try:
                rows += reader(lines.line_num, _cells(header, cells), defaults)
            except RowRefused as refused:
                bad.append(BadRow(lines.line_num, refused.code, str(refused)))
    except csv.Error as error:
        bad.append(BadRow(lines.line_num, "invalid_csv", str(error)))
    return rows, bad


def _header(lines: Iterator[list[str]]) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cell in next(lines, ()))
    except csv.Error as error:
        raise UnknownFormat from error


def _reader(header: tuple[str, ...], format_name: str) -> Reader:
    found = ""
    if header == OPENB_COLUMNS:
        found = "openb-nodes"
    elif len(set(header)) == len(header) and OWN_REQUIRED <= set(header) <= OWN_COLUMNS:
        found = "suanpan-csv"
    if not found or format_name not in ("", found):
        raise UnknownFormat
    return FORMATS[found]


def _cells(header: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise RowRefused("wrong_columns", f"{len(cells)} columns instead of {len(header)}")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    for name, cell in row.items():
        if len(cell) > TEXT_LENGTH_MAX or any(ord(character) < 32 for character in cell):
            raise RowRefused("invalid_text", f"{name} is too long or holds control characters")
    return row


# --- openb -------------------------------------------------------------------------------------
def _openb_node(line: int, row: Mapping[str, str], defaults: Defaults) -> Iterator[CapacityRow]:
    """Read a node of the openb cluster: its cards are one resource, its CPUs another."""
    number = re.search(r"[0-9]{1,7}$", row["sn"])
    if number is None:
        raise RowRefused("invalid_serial", "sn must end with the node's number")
    cpu_milli, memory_mib = _number(row, "cpu_milli"), _number(row, "memory_mib")
    cards = _number(row, "gpu")
    if bool(row["model"]) != bool(cards):
        raise RowRefused("invalid_model", "gpu and model must both be there, or neither")
    if cards:
        yield CapacityRow(
            line=line,
            facts=ResourceFacts(
                name=f"{row['sn']} · {cards} × {row['model']}",
                region=defaults.region,
                resource_class=ResourceClass.AI,
                form=defaults.form,
                specification={
                    "chip": row["model"],
                    "cards": cards,
                    "node": row["sn"],
                    "memory_mib": memory_mib,
                },
                capacity_unit=CapacityUnit.CARD,
                total_milli=cards * 1000,
                serial=f"G{number.group():0>7}",
            ),
            priced_as=row["model"],
        )
    if defaults.with_cpu and cpu_milli:
        if cpu_milli < 1000:
            raise RowRefused("invalid_cpu_milli", "a node holds at least one whole CPU")
        yield CapacityRow(
            line=line,
            facts=ResourceFacts(
                name=f"{row['sn']} · {cpu_milli // 1000} vCPU",
                region=defaults.region,
                resource_class=ResourceClass.GENERAL,
                form=defaults.form,
                specification={
                    "vcpu": cpu_milli // 1000,
                    "node": row["sn"],
                    "memory_mib": memory_mib,
                },
                capacity_unit=CapacityUnit.VCPU,
                total_milli=cpu_milli,
                serial=f"C{number.group():0>7}",
            ),
            priced_as="vcpu",
        )


# --- Our own CSV -------------------------------------------------------------------------------
def _own_row(line: int, row: Mapping[str, str], defaults: Defaults) -> Iterator[CapacityRow]:
    unit = _choice(row, "unit", CapacityUnit.values)
    quantity = _number(row, "quantity")
    if not quantity:
        raise RowRefused("invalid_quantity", "quantity must be positive")
    chip = row.get("chip", "")
    if bool(chip) != (unit == CapacityUnit.CARD):
        raise RowRefused("invalid_chip", "name a chip where the unit is card, and only there")
    if not row["name"]:
        raise RowRefused("invalid_name", "name is empty")
    yield CapacityRow(
        line=line,
        facts=ResourceFacts(
            name=row["name"],
            name_en=row.get("name_en", ""),
            region=row["region"] or defaults.region,
            resource_class=ResourceClass(_choice(row, "class", ResourceClass.values)),
            form=ResourceForm(_choice(row, "form", ResourceForm.values)),
            specification=_specification(row, unit, quantity, chip),
            capacity_unit=CapacityUnit(unit),
            total_milli=quantity * 1000,
            industry=row.get("industry") or "I64",
            serial=_serial(row),
            pue=_pue(row),
        ),
        priced_as=chip or unit,
        price_unit=_price_unit(row),
        unit_price=row.get("unit_price", ""),
        accepts_vouchers=_choice({"vouchers": row.get("vouchers") or "yes"}, "vouchers", YES_NO)
        == "yes",
    )


YES_NO: Final = ("yes", "no")
PRICE_UNITS: Final = ("standard_hour", "unit_hour")
SPECIFICATION_NAMES: Final = {"card": "cards", "vcpu": "vcpu", "node": "nodes"}


def _specification(
    row: Mapping[str, str], unit: str, quantity: int, chip: str
) -> dict[str, str | int]:
    specification: dict[str, str | int] = {SPECIFICATION_NAMES[unit]: quantity}
    if chip:
        specification["chip"] = chip
    if row.get("memory_gb"):
        specification["memory_gb"] = _number(row, "memory_gb")
    return specification


def _number(row: Mapping[str, str], name: str) -> int:
    if NEGATIVE.fullmatch(row[name]):
        raise RowRefused(f"invalid_{name}", f"{name} must be positive")
    if not NUMBER.fullmatch(row[name]):
        raise RowRefused(f"invalid_{name}", f"{name} must be a whole number of at most 9 digits")
    return int(row[name])


def _choice(row: Mapping[str, str], name: str, choices: tuple[str, ...] | list[str]) -> str:
    if row[name] not in choices:
        raise RowRefused(f"invalid_{name}", f"{name} must be one of {', '.join(choices)}")
    return row[name]


def _serial(row: Mapping[str, str]) -> str:
    serial = row.get("serial", "")
    if serial and not SERIAL.fullmatch(serial):
        raise RowRefused("invalid_serial", "serial is 1 to 8 ASCII capitals and digits")
    return serial


def _pue(row: Mapping[str, str]) -> Decimal | None:
    text = row.get("pue", "")
    if not text:
        return None
    try:
        pue = parse_decimal(text)
    except Refusal:
        pue = Decimal(0)
    if not 1 <= pue < 10 or -int(pue.as_tuple().exponent) > 3:
        raise RowRefused("invalid_pue", "pue is a number from 1 to 9.999")
    return pue


def _price_unit(row: Mapping[str, str]) -> str:
    unit, price = row.get("price_unit", ""), row.get("unit_price", "")
    if bool(unit) != bool(price):
        raise RowRefused("invalid_price", "price_unit and unit_price belong together")
    return _choice(row, "price_unit", PRICE_UNITS) if unit else ""


FORMATS: Final[dict[str, Reader]] = {"suanpan-csv": _own_row, "openb-nodes": _openb_node}
