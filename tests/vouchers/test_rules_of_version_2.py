"""Rules of version 2: read strictly, drafts with what they lack, the schema, and what is worse."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest
from django.db import connection
from django.utils import translation

from marketplace.vouchers import (
    explained,
    listed,
    programme_2,
    programme_rules,
    rules,
    wording,
    worsening,
)
from marketplace.vouchers.contracts import InvalidProgrammeRules, Mode, PayableLine, Unfit
from marketplace.vouchers.terms import HolderFacts, SupplierFacts
from tests.vouchers.cast import NOON, purchase, purse, yuan
from tests.vouchers.published import SOURCE, rules_2, share

COVER = rules.RULES.rule("cover-2")
BEIJING_TIME = timezone(timedelta(hours=8))
ENTRIES = [  # place, code, rate, cap a year, pool, mode: what a public list has of ten programmes
    ("北京", "110000", None, 2_000_000, None, "ex_post"),
    ("上海", "310000", "0.30", None, 600_000_000, "mixed"),
    ("深圳", "440300", {"std": "0.50", "startup": "0.60"}, 10_000_000, 500_000_000, "ex_post"),
    ("杭州", "330100", {"domestic": "0.30", "other": "0.20"}, 8_000_000, 250_000_000, None),
    ("成都", "510100", "0.60", 5_000_000, 100_000_000, "offset"),
    ("河南", "410000", "0.20", 1_000_000, 50_000_000, "offset_or_reward"),
    ("贵州", "520000", {"corpus_2026": "0.30"}, None, {"2026": 140_000_000}, "offset"),
    ("廊坊", "131000", None, None, 10_000_000, "offset"),
    ("扬州", "321000", None, None, None, "ex_post"),
    ("庆阳", "621000", None, None, None, "ex_post"),
]
NAMES = ("place", "gbt2260", "rate", "cap_per_entity_year_cny", "pool_cny", "mode")


def test_rules_written_and_read_again_are_the_same():
    parsed = programme_rules.parse(rules_2())

    assert programme_rules.parse(programme_rules.canonical(parsed)) == parsed
    assert parsed.mode is Mode.OFFSET
    assert parsed.terms.clauses["rates"].source == SOURCE


def test_the_schema_says_what_is_read():
    schema = programme_2.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(rules_2(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(rules_2(mode="GIFT"), schema)


def test_the_schema_in_the_documents_is_the_one_that_is_served():
    file = Path(__file__).parents[2] / "docs/rooms/programme-rules-2.schema.json"

    assert json.loads(file.read_text(encoding="utf-8")) == programme_2.json_schema()


BROKEN = {
    "mode": ({"mode": "GIFT"}, "mode"),
    "unknown member": ({"bonus": 1}, "bonus"),
    "unknown part": ({"limits": {"bonus": 1}}, "limits.bonus"),
    "share": ({"rates": [share("1.01")]}, "rates.0.share"),
    "float": ({"rates": [share("0.3") | {"share": 0.3}]}, "rates.0.share"),
    "window": (
        {"windows": [{"opens": "2026-02-01", "closes": "2026-01-01", "cap_minor": None}]},
        "windows.0.closes",
    ),
    "limits twice": ({"limits": {"order": ["PER_ORDER_CAP"] * 4}}, "limits.order"),
    "funding": ({"funding": [{"source": "city", "share": "0.9"}]}, "funding"),
    "supplier": ({"suppliers": {"listed": ["91110108551385082X"]}}, "suppliers.listed.0"),
    "code": ({"stacking": {"excludes": ["not a code"]}}, "stacking.excludes.0"),
    "schema": ({"schema": 3}, "schema"),
    "flag": ({"stacking": {"combines": 1}}, "stacking.combines"),
    "huge": ({"limits": {"per_order_minor": 10**18}}, "limits.per_order_minor"),
    "region of no table": (
        {"beneficiaries": {"regions": {"table": "2024-01-01", "codes": ["110000", "990000"]}}},
        "beneficiaries.regions.codes.1",
    ),
    "region": (
        {"beneficiaries": {"regions": {"table": "2024-01-01", "codes": ["99"]}}},
        "beneficiaries.regions.codes.0",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_named_by_its_path(case):
    change, path = BROKEN[case]

    with pytest.raises(InvalidProgrammeRules) as refused:
        programme_rules.parse(rules_2(**change))

    assert refused.value.facts["path"] == path


def test_what_is_not_said_yet_is_named_with_its_clause():
    data = rules_2()
    del data["payee"], data["limits"]["per_order_minor"]
    data["clauses"]["mode"]["number"] = ""

    found = programme_2.unready(data)

    assert [(each.path, each.clause) for each in found] == [
        ("limits.per_order_minor", f"{SOURCE} 第11条"),
        ("payee", f"{SOURCE} 第14条"),
        ("clauses.mode.number", SOURCE),
    ]
    assert all(each.is_missing for each in found)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry[1] for entry in ENTRIES])
def test_ten_published_programmes_load_and_say_what_they_lack(entry):
    file = listed.envelope(dict(zip(NAMES, entry, strict=True)) | {"name": "算力券"})

    found = programme_2.unready(file["rules"])

    assert listed.is_listed(dict.fromkeys(NAMES) | {"name": ""})
    assert found
    assert all(each.is_missing for each in found), found
    assert {"validity_days", "payee"} <= {each.path for each in found}
    assert ("rates" in {each.path for each in found}) is (entry[1] in UNSAID_RATES)


UNSAID_RATES = {"110000", "520000", "131000", "321000", "621000"}

# --- What a purchase must meet -----------------------------------------------------------------
LISTED = "91110108551385082Q"
CHENGDU = {"regions": {"table": "2024-01-01", "codes": ["510100"]}}


def decided(change, *, bought=None, **facts):
    voucher = purse(**rules_2(**change))
    given = bought or purchase("1000")
    fields = {name: getattr(given, name) for name in given.__slots__} | facts
    return COVER(type(given)(**fields), [voucher], at=NOON, entity_year_left={})


def of(**facts):
    return {"holder": HolderFacts(**facts)}


ASKED = {
    "in the city": ({"beneficiaries": CHENGDU}, of(region="510104"), None),
    "in another city": ({"beneficiaries": CHENGDU}, of(region="110105"), Unfit.NOT_MET),
    "nobody knows where": ({"beneficiaries": CHENGDU}, of(), Unfit.UNKNOWN),
    "industry": ({"beneficiaries": {"industries": ["I65"]}}, of(industry="I6540"), None),
    "size": ({"beneficiaries": {"sizes": ["SMALL"]}}, of(size="LARGE"), Unfit.NOT_MET),
    "an incubated maker of any size": (
        {"beneficiaries": {"sizes": ["SMALL"], "incubated_makers": True}},
        of(size="LARGE", is_incubated=True),
        None,
    ),
    "certificate": (
        {"beneficiaries": {"certificates": ["TECHNOLOGY_SME", "HIGH_TECH"]}},
        of(certificates=("SME", "HIGH_TECH")),
        None,
    ),
    "three clean years": ({"beneficiaries": {"clean_years": 3}}, of(clean_years=3), None),
    "two clean years": ({"beneficiaries": {"clean_years": 3}}, of(clean_years=2), Unfit.NOT_MET),
    "power": (
        {"suppliers": {"pflops_min": 100, "racks_min": 1_000}},
        {"supplier": SupplierFacts(pflops=100)},
        None,
    ),
    "racks instead of power": (
        {"suppliers": {"pflops_min": 100, "racks_min": 1_000}},
        {"supplier": SupplierFacts(pflops=99, racks=1_000)},
        None,
    ),
    "too small": (
        {"suppliers": {"pflops_min": 100, "racks_min": 1_000}},
        {"supplier": SupplierFacts(pflops=99, racks=999)},
        Unfit.NOT_MET,
    ),
    "nobody knows how large": ({"suppliers": {"pflops_min": 100}}, {}, Unfit.UNKNOWN),
    "listed": ({"suppliers": {"listed": [LISTED]}}, {"supplier_uscc": LISTED}, None),
    "not listed": ({"suppliers": {"listed": [LISTED]}}, {}, Unfit.SUPPLIER),
    "related": ({}, {"is_related": True}, Unfit.RELATED_PARTY),
    "supported before": (
        {"stacking": {"combines": False}},
        {"supported_by": ("OTHER",)},
        Unfit.NOT_COMBINABLE,
    ),
    "reimbursed": ({"mode": "EX_POST"}, {}, Unfit.EX_POST),
    "either": ({"mode": "BOTH"}, {"is_ex_post": True}, None),
    "another form": ({"scope": {"forms": ["API"]}}, {"form": "VM"}, Unfit.NO_RATE),
    "nobody knows whose chips": ({"scope": {"origins": ["DOMESTIC"]}}, {}, Unfit.NO_RATE),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_a_programme_asks_is_met_not_met_or_unknown(case):
    change, facts, reason = ASKED[case]

    plan = decided(change, **facts)

    assert [each for _id, each in plan.unfit] == ([] if reason is None else [reason])
    assert bool(plan.total_minor) is (reason is None)


@pytest.mark.parametrize(
    ("signed", "is_paid"),
    [
        (datetime(2023, 8, 31, 23, 59, 59, tzinfo=BEIJING_TIME), False),
        (datetime(2023, 9, 1, tzinfo=BEIJING_TIME), True),
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=BEIJING_TIME), True),
        (datetime(2026, 1, 1, tzinfo=BEIJING_TIME), False),
    ],
)
def test_beijing_supports_contracts_of_its_time(signed, is_paid):
    scope = {
        "contracts_from": "2023-09-01T00:00:00+08:00",
        "contracts_until": "2026-01-01T00:00:00+08:00",
    }

    plan = decided({"scope": scope}, ordered_at=signed)

    assert bool(plan.total_minor) is is_paid
    assert [each.member for each in plan.looked[0].findings if "contracts" in each.member]


def test_beijing_supports_compute_lines_only():
    bought = purchase("100", storage="30", network="20")

    (cover,) = decided({"rates": [share("1")]}, bought=bought).covers

    assert (cover.base_minor, cover.amount_minor) == (yuan("100"), yuan("100"))
    assert [(each.line, each.amount_minor) for each in cover.lines] == [(0, yuan("100"))]


def test_henan_halves_a_capped_fifth():
    voucher = purse(
        **rules_2(
            rates=[share("0.20")],
            limits={"per_entity_year_minor": yuan("1000000")},
            funding=[{"source": "province", "share": "0.5"}, {"source": "city", "share": "0.5"}],
        )
    )

    plan = COVER(
        purchase("6500000"), [voucher], at=NOON, entity_year_left={"CITY": yuan("1000000")}
    )

    (cut,) = plan.covers[0].cuts
    assert (cut.before_minor, cut.after_minor) == (yuan("1300000"), yuan("1000000"))
    assert rules.split_funding(plan.total_minor, voucher.rules.funding) == {
        "province": yuan("500000"),
        "city": yuan("500000"),
    }


def test_shenzhen_and_shanghai_pay_what_they_published():
    start_up = [share("0.60", beneficiary="STARTUP"), share("0.50")]

    shenzhen = decided({"rates": start_up}, bought=purchase("15000000"), **of(classes=("STARTUP",)))
    capped = {"rates": start_up, "limits": {"per_order_minor": yuan("10000000")}}
    others = decided(capped, bought=purchase("24000000"))
    shanghai = decided({"rates": [share("0.30")]}, bought=purchase("2345678.90"))

    assert shenzhen.total_minor == yuan("9000000")
    assert others.total_minor == yuan("10000000")
    assert shanghai.total_minor == yuan("703703.67")


def test_hangzhou_pays_more_for_domestic_chips():
    rates = [share("0.30", origin="DOMESTIC"), share("0.20", origin="OTHER")]
    lines = (
        PayableLine("COMPUTE", yuan("100"), chip_origin="DOMESTIC"),
        PayableLine("COMPUTE", yuan("100"), chip_origin="OTHER"),
    )

    (cover,) = decided({"rates": rates}, lines=lines).covers

    assert [each.amount_minor for each in cover.lines] == [yuan("30"), yuan("20")]


# --- What is worse -----------------------------------------------------------------------------
WINDOW = {"opens": "2026-01-01T00:00:00+08:00", "closes": None, "cap_minor": None}
CHANGES = {
    "nothing": ({}, {}, False),
    "clause": ({}, {"clauses": {}}, False),
    "both modes": ({}, {"mode": "BOTH"}, False),
    "other mode": ({}, {"mode": "EX_POST"}, True),
    "higher share": ({}, {"rates": [share("0.7")]}, False),
    "lower share": ({}, {"rates": [share("0.5")]}, True),
    "share of some": ({}, {"rates": [share("0.7", origin="DOMESTIC")]}, True),
    "cap": ({}, {"limits": {"per_order_minor": 5}}, True),
    "no cap": ({"limits": {"per_order_minor": 5}}, {"limits": {"per_order_minor": None}}, False),
    "region": ({}, {"beneficiaries": CHENGDU}, True),
    "region gone": ({"beneficiaries": CHENGDU}, {"beneficiaries": {"regions": None}}, False),
    "clean years": ({}, {"beneficiaries": {"clean_years": 1}}, True),
    "certificate": ({}, {"beneficiaries": {"certificates": ["SME"]}}, True),
    "sizes": ({}, {"beneficiaries": {"sizes": ["SMALL"]}}, True),
    "makers": ({"beneficiaries": {"incubated_makers": True}}, {}, True),
    "lines": ({"eligible_lines": ["COMPUTE", "STORAGE"]}, {"eligible_lines": ["STORAGE"]}, True),
    "forms": ({}, {"scope": {"forms": ["VM"]}}, True),
    "dates": ({}, {"scope": {"contracts_from": "2026-01-01T00:00:00+08:00"}}, True),
    "window": ({}, {"windows": [WINDOW]}, True),
    "window gone": ({"windows": [WINDOW]}, {}, False),
    "window cap": ({"windows": [WINDOW]}, {"windows": [WINDOW | {"cap_minor": 9}]}, True),
    "power": ({}, {"suppliers": {"pflops_min": 1}}, True),
    "power or racks": (
        {"suppliers": {"pflops_min": 9}},
        {"suppliers": {"pflops_min": 9, "racks_min": 9}},
        False,
    ),
    "racks for power": (
        {"suppliers": {"pflops_min": 9}},
        {"suppliers": {"pflops_min": None, "racks_min": 9}},
        True,
    ),
    "excludes": ({}, {"stacking": {"excludes": ["OTHER"]}}, True),
    "stands alone": ({}, {"stacking": {"combines": False}}, True),
    "validity": ({}, {"validity_days": 364}, True),
    "payee": ({}, {"payee": "BUYER"}, True),
    "evidence": ({}, {"evidence": ["CONTRACT", "INVOICE", "METERING"]}, True),
    "less evidence": ({}, {"evidence": ["CONTRACT"]}, False),
    "publicity": ({}, {"publicity_days": 6}, True),
    "claw-back for ever": ({}, {"claw_back": {"within_days": None}}, True),
    "grounds": ({}, {"claw_back": {"grounds": ["NOT_USED"]}}, True),
    "budget": ({}, {"budget": [{"year": 2027, "quarter": 1, "amount_minor": 5}]}, True),
}


def _whole(change):
    data = rules_2(**{name: each for name, each in change.items() if name != "clauses"})
    return programme_rules.parse(data)


@pytest.mark.django_db
def test_what_is_worse_is_said_alike_in_python_and_in_the_database():
    for name, (earlier, later, expected) in CHANGES.items():
        before, after = _whole(earlier), _whole(later)
        stored = [
            json.dumps({"rules": programme_rules.canonical(each)}) for each in (before, after)
        ]
        with connection.cursor() as cursor:
            cursor.execute("SELECT vouchers_version_is_worse(%s::jsonb, %s::jsonb)", stored)
            (judged,) = cursor.fetchone()

        assert (worsening.is_worse(before, after), judged) == (expected, expected), name


@pytest.mark.parametrize(
    ("day", "is_open"),
    [(1, True), (14, True), (15, False), (19, False), (20, True), (30, True)],
)
def test_applications_are_taken_in_each_window_until_the_moment_it_ends(day, is_open):
    windows = [
        {"opens": None, "closes": "2026-06-15T00:00:00+08:00", "cap_minor": 500},
        {"opens": "2026-06-20T00:00:00+08:00", "closes": None, "cap_minor": None},
    ]
    parsed = programme_rules.parse(rules_2(windows=windows))

    at = datetime(2026, 6, day, tzinfo=BEIJING_TIME)

    assert rules.takes_applications(parsed, at=at) is is_open


def test_faults_are_said_in_the_readers_language():
    with translation.override("zh-hans"):
        (found,) = programme_2.unready(rules_2(publicity_days=91))

    assert "91" not in found.problem
    assert found.problem == "须为 0 至 90 的整数"


def test_a_cover_is_told_line_by_line_with_its_clauses():
    change = {"limits": {"per_order_minor": yuan("100")}, "beneficiaries": {"clean_years": 3}}

    plan = decided(change, **of(clean_years=3))
    unknown = decided(change)
    with translation.override("en"):
        said = wording.cover_words(explained.as_data(plan.covers[0]))
        lacking = wording.plan_words(unknown)

    assert said == [
        f"Compute: up to 60% of ¥1,000, ¥100 ({SOURCE} 第10条)",
        f"cut from ¥600 to ¥100 by the programme's cap per order ({SOURCE} 第11条)",
    ]
    assert lacking == [f"V-1: Who gets it: Not known ({SOURCE} 第6条)"]


def test_rules_are_told_in_plain_words_with_their_clauses():
    terms = programme_rules.parse(rules_2(beneficiaries=CHENGDU)).terms

    with translation.override("en"):
        words = wording.with_clauses(terms)

    assert words["Shares"] == f"everything 60% ({SOURCE} 第10条)"
    assert words["Who gets it"] == f"region 510100 ({SOURCE} 第6条)"
