"""Capacity files in other people's words, read into ours: pure, and each bad row by its number."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from common import tabular
from common.errors import Refusal
from common.money import parse_decimal
from common.plain_text import turns_direction
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.services import ResourceFacts
from marketplace.catalog.least import ANY, LEAST_SECONDS_MAX, Least
from marketplace.importing.contracts import BadRow, TooManyRows, UnknownCapacityFormat

ROWS_MAX: Final = 100_000
NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
LEAST_QUANTITY: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?", re.ASCII)
NEGATIVE: Final = re.compile(r"-[0-9]{1,9}", re.ASCII)
SERIAL: Final = re.compile(r"[0-9A-Z]{1,8}", re.ASCII)
# Where cells are not parted by commas, people write one before the decimals. Three digits after it
# may as well be thousands, unless nothing but a zero stands before it.
DECIMAL_COMMA: Final = re.compile(r"(-?(?:[0-9]{1,16}|0)),([0-9]{1,2}|[0-9]{4,9})|(0),([0-9]{3})")
REGION: Final = re.compile(r"[0-9]{6}", re.ASCII)
INDUSTRY: Final = re.compile(r"[A-Z][0-9]{2}", re.ASCII)
TEXT_LENGTH_MAX: Final = 120
VALUE_SHOWN_MAX: Final = 40

OPENB: Final = tabular.Layout("openb-nodes", ("sn", "cpu_milli", "memory_mib", "gpu", "model"), ())
OWN: Final = tabular.Layout(
    "suanpan-csv",
    ("name", "region", "class", "form", "unit", "quantity"),
    (
        *("name_en", "chip", "memory_gb", "industry", "serial", "pue"),
        *(
            "hardware_serials",
            "price_unit",
            "unit_price",
            "vouchers",
            "least_quantity",
            "least_seconds",
        ),
    ),
)
# Codes of this importer for what the reader of lines calls by its own names.
READER_CODES: Final = {"wrong_cell_count": "wrong_columns", "unclosed_quote": "invalid_csv"}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a file does not say and the operator does."""

    region: str
    form: ResourceForm
    with_cpu: bool = True


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """
    One resource that a line of a file offers. A line may offer two: cards, and virtual CPUs.

    `identity` is what the row is known by within its source. A serial that `is_derived` from it is
    a wish: where another source has it, the resource gets the next number.
    """

    line: int
    identity: str
    facts: ResourceFacts
    priced_as: str  # the entry of the price list: a chip, or "vcpu" or "node"
    price_unit: str = ""  # with unit_price: the line brings its own price
    unit_price: str = ""
    accepts_vouchers: bool = True
    least: Least = ANY
    is_derived: bool = False


@dataclass(slots=True)
class CapacityFile:
    """What a file holds: what its good lines offer, and the bad ones."""

    format_name: str
    rows: list[CapacityRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    lines: int = 0  # of data


class RowRefused(ValueError):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A line cannot be read; it names the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


Reader = Callable[[int, Mapping[str, str], Defaults], Iterator[CapacityRow]]


def read(lines: tabular.Lines, *, defaults: Defaults, format_name: str = "") -> CapacityFile:
    """
    Read a file; the format is the one its header shows, unless it is named.

    :raises FileRefused: if the header belongs to no known format
    :raises UnknownCapacityFormat: if it belongs to another than the named one
    :raises TooManyRows: if the file has more rows than are taken at once
    """
    table = tabular.Table(lines, OWN, OPENB)
    if format_name not in ("", table.layout.name):
        raise UnknownCapacityFormat
    found = CapacityFile(table.layout.name)
    names: Counter[str] = Counter()
    for row in table:
        found.lines += 1
        if found.lines > ROWS_MAX:
            raise TooManyRows(rows_max=ROWS_MAX)
        if isinstance(row, tabular.BadLine):
            found.bad.append(
                BadRow(row.number, READER_CODES.get(row.code, row.code), row.detail, row.column)
            )
            continue
        try:
            found.rows += _rows(row, table, defaults, names)
        except RowRefused as refused:
            column = refused.code.removeprefix("invalid_")
            column = column if column in row.cells else ""
            found.bad.append(BadRow(row.number, refused.code, str(refused), column))
    return found


def _rows(
    row: tabular.Record, table: tabular.Table, defaults: Defaults, names: Counter[str]
) -> list[CapacityRow]:
    cells = dict(row.cells)
    _require_plain(cells)
    if table.header.separator != ",":
        _use_points(cells)
    if table.layout is OWN:
        # Rows of one name without serials are told apart by their order.
        names[cells["name"]] += 1
        cells["nth"] = str(names[cells["name"]])
    return list(FORMATS[table.layout.name](row.number, cells, defaults))


def _require_plain(cells: Mapping[str, str]) -> None:
    for name, cell in cells.items():
        if len(cell) > TEXT_LENGTH_MAX or any(ord(character) < 32 for character in cell):
            told = _("%(name)s is too long or holds control characters") % {"name": name}
            raise RowRefused("invalid_text", told)
        if turns_direction(cell):
            told = _("%(name)s holds marks that turn the direction of text") % {"name": name}
            raise RowRefused("invalid_text", told)


def _use_points(cells: dict[str, str]) -> None:
    """Write decimal commas as points, in place."""
    for name in ("unit_price", "pue"):
        written = DECIMAL_COMMA.fullmatch(cells.get(name, ""))
        if written is not None:
            whole, decimals = written[1] or written[3], written[2] or written[4]
            cells[name] = f"{whole}.{decimals}"


# --- openb -------------------------------------------------------------------------------------
def _openb_node(line: int, row: Mapping[str, str], defaults: Defaults) -> Iterator[CapacityRow]:
    """Read a node of the openb cluster: its cards are one resource, its CPUs another."""
    number = re.search(r"[0-9]{1,7}$", row["sn"])
    if number is None:
        told = _("sn must end with the node's number, not %(value)s") % {"value": _shown(row, "sn")}
        raise RowRefused("invalid_serial", told)
    cpu_milli, memory_mib = _number(row, "cpu_milli"), _number(row, "memory_mib")
    cards = _number(row, "gpu")
    if bool(row["model"]) != bool(cards):
        raise RowRefused("invalid_model", _("gpu and model must both be there, or neither"))
    if cards:
        yield CapacityRow(
            line=line,
            identity=f"cards of {row['sn']}",
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
            is_derived=True,
        )
    if defaults.with_cpu and cpu_milli:
        if cpu_milli < 1000:
            detail = _("a node holds at least one whole CPU, cpu_milli is %(milli)s") % {
                "milli": cpu_milli
            }
            raise RowRefused("invalid_cpu_milli", detail)
        yield CapacityRow(
            line=line,
            identity=f"processors of {row['sn']}",
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
            is_derived=True,
        )


# --- Our own CSV -------------------------------------------------------------------------------
def _own_row(line: int, row: Mapping[str, str], defaults: Defaults) -> Iterator[CapacityRow]:
    unit = _choice(row, "unit", CapacityUnit.values)
    quantity = _number(row, "quantity")
    if not quantity:
        raise RowRefused("invalid_quantity", _("quantity must be positive"))
    chip = row.get("chip", "")
    if bool(chip) != (unit == CapacityUnit.CARD):
        raise RowRefused("invalid_chip", _("name a chip where the unit is card, and only there"))
    if not row["name"]:
        raise RowRefused("invalid_name", _("name is empty"))
    serial = _serial(row)
    yield CapacityRow(
        line=line,
        identity=f"serial {serial:0>8}" if serial else f"{row['nth']} of {row['name']}",
        facts=ResourceFacts(
            name=row["name"],
            name_en=row.get("name_en", ""),
            region=_region(row, defaults),
            resource_class=ResourceClass(_choice(row, "class", ResourceClass.values)),
            form=ResourceForm(_choice(row, "form", ResourceForm.values)),
            specification=_specification(row, unit, quantity, chip),
            capacity_unit=CapacityUnit(unit),
            total_milli=quantity * 1000,
            industry=_industry(row),
            serial=serial,
            pue=_pue(row),
            hardware_serials=tuple(row.get("hardware_serials", "").split()),
        ),
        priced_as=chip or unit,
        price_unit=_price_unit(row),
        unit_price=row.get("unit_price", ""),
        accepts_vouchers=_choice({"vouchers": row.get("vouchers") or "yes"}, "vouchers", YES_NO)
        == "yes",
        least=_least(row, quantity),
    )


def _least(row: Mapping[str, str], quantity: int) -> Least:
    """Return the least that a line lets people order of it."""
    text = row.get("least_quantity") or "0.001"
    if not LEAST_QUANTITY.fullmatch(text) or not 0 < Decimal(text) <= quantity:
        raise RowRefused(
            "invalid_least_quantity",
            _("least_quantity is at most the quantity, with at most 3 decimals"),
        )
    seconds = row.get("least_seconds") or "1"
    if not NUMBER.fullmatch(seconds) or not 1 <= int(seconds) <= LEAST_SECONDS_MAX:
        raise RowRefused(
            "invalid_least_seconds",
            _("least_seconds is a whole number to %(most)s") % {"most": LEAST_SECONDS_MAX},
        )
    return Least(least_milli=int(Decimal(text) * 1000), least_seconds=int(seconds))


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
        told = _("%(name)s must be positive, not %(value)s") % {
            "name": name,
            "value": _shown(row, name),
        }
        raise RowRefused(f"invalid_{name}", told)
    if not NUMBER.fullmatch(row[name]):
        detail = _("%(name)s must be a whole number of at most 9 digits, not %(value)s") % {
            "name": name,
            "value": _shown(row, name),
        }
        raise RowRefused(f"invalid_{name}", detail)
    return int(row[name])


def _shown(row: Mapping[str, str], name: str) -> str:
    """Return a cell as a sentence quotes it."""
    cell = row[name]
    return repr(cell if len(cell) <= VALUE_SHOWN_MAX else f"{cell[:VALUE_SHOWN_MAX]}…")


def _choice(row: Mapping[str, str], name: str, choices: tuple[str, ...] | list[str]) -> str:
    if row[name] not in choices:
        detail = _("%(name)s must be one of %(choices)s, not %(value)s") % {
            "name": name,
            "choices": ", ".join(choices),
            "value": _shown(row, name),
        }
        raise RowRefused(f"invalid_{name}", detail)
    return row[name]


def _region(row: Mapping[str, str], defaults: Defaults) -> str:
    if row["region"] and not REGION.fullmatch(row["region"]):
        detail = _("region is a GB/T 2260 code of six digits, not %(value)s") % {
            "value": _shown(row, "region")
        }
        raise RowRefused("invalid_region", detail)
    return row["region"] or defaults.region


def _industry(row: Mapping[str, str]) -> str:
    industry = row.get("industry") or "I64"
    if not INDUSTRY.fullmatch(industry):
        detail = _("industry is a letter and two digits, not %(value)s") % {
            "value": _shown(row, "industry")
        }
        raise RowRefused("invalid_industry", detail)
    return industry


def _serial(row: Mapping[str, str]) -> str:
    serial = row.get("serial", "")
    if serial and not SERIAL.fullmatch(serial):
        detail = _("serial is 1 to 8 ASCII capitals and digits, not %(value)s") % {
            "value": _shown(row, "serial")
        }
        raise RowRefused("invalid_serial", detail)
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
        detail = _("pue is a number from 1 to 9.999, not %(value)s") % {"value": _shown(row, "pue")}
        raise RowRefused("invalid_pue", detail)
    return pue


def _price_unit(row: Mapping[str, str]) -> str:
    unit, price = row.get("price_unit", ""), row.get("unit_price", "")
    if bool(unit) != bool(price):
        raise RowRefused("invalid_price", _("price_unit and unit_price belong together"))
    return _choice(row, "price_unit", PRICE_UNITS) if unit else ""


FORMATS: Final[dict[str, Reader]] = {"suanpan-csv": _own_row, "openb-nodes": _openb_node}
