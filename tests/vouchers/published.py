"""Whole rules of version 2 that the tests change a member of."""

from copy import deepcopy
from typing import Any

from marketplace.vouchers import programme_2

SOURCE = "川府发〔2025〕1号"
NOTHING_ASKED: dict[str, Any] = {
    "schema": 2,
    "issuer": {"name": "成都市经济和信息化局", "name_en": "Chengdu bureau"},
    "funding": [{"source": "city", "share": "1"}],
    "budget": [{"year": 2026, "quarter": None, "amount_minor": 10**13}],
    "windows": [],
    "mode": "OFFSET",
    "beneficiaries": {
        "regions": None,
        "sizes": None,
        "industries": None,
        "classes": None,
        "certificates": [],
        "clean_years": 0,
        "incubated_makers": False,
    },
    "eligible_lines": ["COMPUTE"],
    "scope": {
        "classes": None,
        "forms": None,
        "origins": None,
        "contracts_from": None,
        "contracts_until": None,
        "paid_from": None,
        "paid_until": None,
    },
    "suppliers": {"listed": None, "pflops_min": None, "racks_min": None, "unrelated": True},
    "rates": [
        {"beneficiary": "ANY", "resource_class": "ANY", "chip_origin": "ANY", "share": "0.6"}
    ],
    "limits": {
        "order": ["PER_ORDER_CAP", "ENTITY_YEAR_CAP", "PROGRAMME_CAP", "WINDOW_CAP"],
        "per_order_minor": None,
        "per_entity_year_minor": None,
        "programme_minor": None,
    },
    "stacking": {"combines": True, "excludes": []},
    "validity_days": 365,
    "payee": "PROVIDER",
    "evidence": ["CONTRACT", "INVOICE"],
    "publicity_days": 5,
    "claw_back": {"within_days": 730, "grounds": ["FALSE_EVIDENCE"]},
}


def rules_2(**changes: Any) -> dict[str, Any]:
    """Return whole rules; a member that is an object keeps what the change does not say."""
    found = deepcopy(NOTHING_ASKED)
    found["clauses"] = {
        name: {"number": f"第{place}条", "text": f"{name}。", "source": SOURCE}
        for place, name in enumerate(programme_2.MEMBERS, start=1)
    }
    for name, change in changes.items():
        is_part = isinstance(change, dict) and isinstance(found.get(name), dict)
        found[name] = found[name] | change if is_part else change
    return found


def share(
    of: str, *, beneficiary: str = "ANY", resource_class: str = "ANY", origin: str = "ANY"
) -> dict[str, str]:
    """Return one entry of the rates."""
    return {
        "beneficiary": beneficiary,
        "resource_class": resource_class,
        "chip_origin": origin,
        "share": of,
    }
