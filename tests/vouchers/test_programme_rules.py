import pytest
from stdnum.cn import uscc

from marketplace.vouchers import programme_rules
from marketplace.vouchers.contracts import InvalidProgrammeRules
from tests.vouchers.cast import rate, rules_data

GOOD = rules_data(
    rates=[rate("0.60", beneficiary="STARTUP"), rate("0.50", resource_class="AI")],
    applications_from="2026-01-01T00:00:00+08:00",
    applications_until="2026-12-31T00:00:00+08:00",
    suppliers=["91110108551385082Q"],
    funding=[{"source": "province", "share": "0.5"}, {"source": "city", "share": "0.5"}],
    per_order_cap_minor=1,
)


def test_rules_written_and_read_again_are_the_same():
    parsed = programme_rules.parse(GOOD)

    assert programme_rules.parse(programme_rules.canonical(parsed)) == parsed


def test_a_bare_date_is_a_day_of_the_market():
    parsed = programme_rules.parse(GOOD | {"applications_from": "2026-01-01"})

    assert parsed == programme_rules.parse(GOOD)


@pytest.mark.parametrize("registrar", ["A1", "N1", "Y1", "G1", "51"])
def test_suppliers_of_every_registrar_are_known(registrar):
    head = f"{registrar}110108551385082"
    code = head + uscc.calc_check_digit(head)

    assert programme_rules.parse(GOOD | {"suppliers": [code]}).suppliers == frozenset([code])


BROKEN = {
    "no object": [],
    "missing": {k: v for k, v in GOOD.items() if k != "mode"},
    "unknown": GOOD | {"bonus": 1},
    "mode": GOOD | {"mode": "GIFT"},
    "rates empty": GOOD | {"rates": []},
    "rates text": GOOD | {"rates": "0.3"},
    "rate float": GOOD | {"rates": [rate("0.3") | {"share": 0.3}]},
    "rate above one": GOOD | {"rates": [rate("1.01")]},
    "rate zero": GOOD | {"rates": [rate("0")]},
    "rate nan": GOOD | {"rates": [rate("NaN")]},
    "rate member": GOOD | {"rates": [rate("0.3") | {"note": "x"}]},
    "class": GOOD | {"rates": [rate("0.3", resource_class="QUANTUM")]},
    "lines": GOOD | {"eligible_lines": ["LUNCH"]},
    "cap zero": GOOD | {"per_order_cap_minor": 0},
    "cap bool": GOOD | {"per_order_cap_minor": True},
    "cap huge": GOOD | {"per_entity_year_cap_minor": 10**18},
    "days": GOOD | {"validity_days": 0},
    "days none": GOOD | {"validity_days": None},
    "window": GOOD | {"applications_until": "2025-01-01T00:00:00+08:00"},
    "no offset": GOOD | {"orders_from": "2025-01-01T00:00:00"},
    "no time": GOOD | {"orders_from": "soon"},
    "year one": GOOD | {"orders_from": "0001-01-01T00:00:00+14:00"},
    "year 9999": GOOD | {"applications_until": "9999-12-31T23:59:59-12:00"},
    "week date": GOOD | {"orders_from": "2026-W47-5T00:00:00+08:00"},
    "odd offset": GOOD | {"orders_from": "2026-11-20T00:00:00+08:00:30"},
    "flag": GOOD | {"combines": "yes"},
    "supplier": GOOD | {"suppliers": ["91110108551385082X"]},
    "supplier spaced": GOOD | {"suppliers": ["9111 0108551385082Q"]},
    "supplier lower": GOOD | {"suppliers": ["91110108551385082q"]},
    "funding sum": GOOD | {"funding": [{"source": "city", "share": "0.5"}]},
    "funding twice": GOOD | {"funding": [{"source": "city", "share": "0.5"}] * 2},
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_rules_that_break_their_format_are_refused(data):
    with pytest.raises(InvalidProgrammeRules) as refused:
        programme_rules.parse(data)

    assert refused.value.facts["problem"]
