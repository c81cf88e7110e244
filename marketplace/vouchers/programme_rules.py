"""
The data format of a programme's rules: read strictly, written canonically, hashed.

Every member must be present and no other may be; amounts are whole fen, shares are decimal text.
Data without a `schema` are of version 1, which stands here; `programme_2` has the next.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.moments import InvalidMoment, parse_moment
from common.money import AMOUNT_MINOR_MAX, parse_decimal
from identity.contracts import ResourceClass
from identity.uscc import is_uscc
from marketplace.vouchers import programme_2
from marketplace.vouchers.contracts import (
    ANY,
    Beneficiary,
    Funding,
    InvalidProgrammeRules,
    LineKind,
    Mode,
    ProgrammeRules,
    Rate,
)

RATES_MAX: Final = 64
LINES_MAX: Final = 32
SUPPLIERS_MAX: Final = 5_000
VALIDITY_DAYS_MAX: Final = 3_660
Reader = Callable[[str, Any], Any]


def parse(data: object) -> ProgrammeRules:
    """
    Read a programme's rules.

    :raises InvalidProgrammeRules: naming the member and what is wrong with it
    """
    if programme_2.is_version_2(data):
        return programme_2.parse(data)
    if not isinstance(data, dict):
        raise _bad("", _("an object is needed"))
    for name in sorted(MEMBERS - data.keys()):
        raise _bad(name, _("this member is missing"))
    for name in sorted(data.keys() - MEMBERS):
        raise _bad(name, _("this member is unknown"))
    rules = ProgrammeRules(**{name: READERS[name](name, data[name]) for name in READERS})
    _check_windows(rules)
    return rules


def canonical(rules: ProgrammeRules) -> dict[str, Any]:
    """Return the data that write the rules; `parse(canonical(rules)) == rules`."""
    if rules.terms is not None:
        return programme_2.canonical(rules.terms)
    return {
        "mode": str(rules.mode),
        "rates": [
            {
                "beneficiary": rate.beneficiary,
                "resource_class": rate.resource_class,
                "share": f"{rate.share:f}",
            }
            for rate in rules.rates
        ],
        "eligible_lines": sorted(rules.eligible_lines),
        "per_order_cap_minor": rules.per_order_cap_minor,
        "per_entity_year_cap_minor": rules.per_entity_year_cap_minor,
        "validity_days": rules.validity_days,
        "applications_from": _text(rules.applications_from),
        "applications_until": _text(rules.applications_until),
        "orders_from": _text(rules.orders_from),
        "requires_sme_certificate": rules.requires_sme_certificate,
        "suppliers": None if rules.suppliers is None else sorted(rules.suppliers),
        "combines": rules.combines,
        "funding": [{"source": part.source, "share": f"{part.share:f}"} for part in rules.funding],
    }


def _bad(path: str, problem: object) -> InvalidProgrammeRules:
    return InvalidProgrammeRules(field="rules", path=path, problem=str(problem))


def _check_windows(rules: ProgrammeRules) -> None:
    first, last = rules.applications_from, rules.applications_until
    if first and last and first >= last:
        raise _bad("applications_until", _("it must lie after applications_from"))


def _choice(*allowed: str) -> Reader:
    def read(path: str, value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _bad(path, _("one of %(choices)s is needed") % {"choices": ", ".join(allowed)})
        return value

    return read


def _mode(path: str, value: object) -> Mode:
    return Mode(_choice(*Mode.values)(path, value))


def _share(path: str, value: object) -> Decimal:
    try:
        share = parse_decimal(value) if isinstance(value, str) else None
    except Refusal:
        share = None
    if share is None or not 0 < share <= 1:
        raise _bad(path, _("a share above 0 and up to 1 is needed, as text: “0.30”"))
    return share


def _cap(path: str, value: object) -> int | None:
    if value is None:
        return None
    return _whole(path, value, most=AMOUNT_MINOR_MAX)


def _days(path: str, value: object) -> int:
    return _whole(path, value, most=VALIDITY_DAYS_MAX)


def _whole(path: str, value: object, *, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _bad(path, _("a whole number from 1 to %(most)s is needed") % {"most": most})
    return value


def _flag(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _bad(path, _("true or false is needed"))
    return value


def _moment(path: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return parse_moment(value if isinstance(value, str) else "")
    except InvalidMoment as refusal:
        raise _bad(path, refusal) from refusal


def _list(path: str, value: object, *, most: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise _bad(path, _("a list of 1 to %(most)s entries is needed") % {"most": most})
    return value


def _members(path: str, value: object, readers: dict[str, Reader]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != readers.keys():
        names = ", ".join(readers)
        raise _bad(path, _("exactly these members are needed: %(names)s") % {"names": names})
    return {name: read(f"{path}.{name}", value[name]) for name, read in readers.items()}


def _name(path: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 40 or not value.isprintable():
        raise _bad(path, _("a short text is needed"))
    return value


def _rates(path: str, value: object) -> tuple[Rate, ...]:
    readers: dict[str, Reader] = {
        "beneficiary": _choice(*Beneficiary.values, ANY),
        "resource_class": _choice(*ResourceClass.values, ANY),
        "share": _share,
    }
    return tuple(
        Rate(**_members(f"{path}.{n}", entry, readers))
        for n, entry in enumerate(_list(path, value, most=RATES_MAX))
    )


def _lines(path: str, value: object) -> frozenset[str]:
    read = _choice(*LineKind.values)
    entries = _list(path, value, most=LINES_MAX)
    return frozenset(read(f"{path}.{n}", entry) for n, entry in enumerate(entries))


def _suppliers(path: str, value: object) -> frozenset[str] | None:
    if value is None:
        return None
    for n, code in enumerate(_list(path, value, most=SUPPLIERS_MAX)):
        if not isinstance(code, str) or not is_uscc(code):
            raise _bad(f"{path}.{n}", _("a unified social credit code is needed"))
    return frozenset(value if isinstance(value, list) else ())


def _funding(path: str, value: object) -> tuple[Funding, ...]:
    if value == []:
        return ()
    parts = tuple(
        Funding(**_members(f"{path}.{n}", entry, {"source": _name, "share": _share}))
        for n, entry in enumerate(_list(path, value, most=RATES_MAX))
    )
    if sum((part.share for part in parts), start=Decimal(0)) != 1:
        raise _bad(path, _("the shares must add up to 1"))
    if len({part.source for part in parts}) != len(parts):
        raise _bad(path, _("each source may appear once"))
    return parts


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


READERS: Final[dict[str, Reader]] = {
    "mode": _mode,
    "rates": _rates,
    "eligible_lines": _lines,
    "per_order_cap_minor": _cap,
    "per_entity_year_cap_minor": _cap,
    "validity_days": _days,
    "applications_from": _moment,
    "applications_until": _moment,
    "orders_from": _moment,
    "requires_sme_certificate": _flag,
    "suppliers": _suppliers,
    "combines": _flag,
    "funding": _funding,
}
MEMBERS: Final = frozenset(READERS)
