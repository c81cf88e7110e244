"""Words that records hold as codes or in both languages are read in the reader's own."""

import pytest
from django.utils import translation

from identity.contracts import Actor, Role
from marketplace.portal import desk, figures, names, rates_form, shell
from marketplace.portal.fact_words import facts_shown
from tests import cast

BOTH = "贵州省财政 | Province of Guizhou"


def in_language(language, function, *given):
    with translation.override(language):
        return function(*given)


@pytest.mark.parametrize(
    ("language", "read"), [("en", "Province of Guizhou"), ("zh-hans", "贵州省财政")]
)
def test_what_is_said_in_both_languages_is_read_in_one(language, read):
    assert in_language(language, names.spoken, BOTH) == read


def test_what_the_market_brought_along_is_translated_and_what_was_typed_is_not():
    assert in_language("zh-hans", names.spoken, "installed with the market") == "随市场安装"
    assert in_language("zh-hans", names.spoken, names.FIRST_FEE) != names.FIRST_FEE
    assert in_language("zh-hans", names.spoken, "City notice 7") == "City notice 7"


def test_facts_are_words_amounts_and_moments_and_no_identifiers():
    facts = {
        "gross_minor": 302_150,
        "matched_at": "2026-11-26T16:35:31.178337Z",
        "order_id": "01a218b6-51b3-7b08-8880-95f28ac3c978",
        "code": "capacity_exhausted",
        "vouchers": 0,
        "reason": "",
    }

    told = in_language("en", facts_shown, facts)

    assert told == (
        "Reason Not enough capacity was left for the whole period."
        " · amount ¥3,021.50 · matched 2026-11-27 00:35 (UTC+8) · vouchers 0"
    )
    assert "金额 ¥3,021.50" in in_language("zh-hans", facts_shown, facts)


def test_a_length_of_time_has_one_unit_in_the_readers_language():
    assert in_language("en", figures.short_duration, 12 * 60) == "12 min"
    assert in_language("zh-hans", figures.short_duration, 12 * 60) == "12 分钟"
    assert in_language("zh-hans", figures.short_duration, 0) == "0 秒"


def test_the_prices_of_a_plan_are_told_in_words():
    parts = [
        {
            "code": "usage",
            "unit": "standard_hour",
            "tiers": [{"from": "0", "unit_price": "3.35"}, {"from": "1000", "unit_price": "3.1"}],
        }
    ]

    told = in_language("en", lambda: list(rates_form.told(parts)))

    assert told == [
        "Measured use · ¥3.35 / standard hour",
        "Measured use · ≥ 1,000: ¥3.10 / standard hour",
    ]


def test_a_moment_in_a_table_of_a_record_stands_on_one_line():
    assert desk.Cell("2026-11-27 00:36 (UTC+8)").is_moment
    assert not desk.Cell("T-00000044").is_moment


# --- Side bar ----------------------------------------------------------------------------------
def actor(*roles: Role) -> Actor:
    return Actor(cast.NOW, frozenset(roles), 1)  # type: ignore[arg-type] # no page is opened


def test_who_has_many_pages_finds_some_groups_folded_and_never_the_own_one():
    operator = actor(Role.OPERATOR)

    with translation.override("en"):
        here = {str(group.label): group for group in shell.side_bar(operator, "/orders/")}
        away = {str(group.label): group for group in shell.side_bar(operator, "/approvals/")}

    assert {label for label, group in away.items() if group.is_folded} == {
        "Market",
        "Evidence",
        "Your organisation",
    }
    assert not here["Market"].is_folded
    assert sum(len(g.lines) for g in away.values() if not g.is_folded) <= shell.LINES_MAX


def test_who_has_few_pages_finds_nothing_folded():
    assert not any(group.is_folded for group in shell.side_bar(actor(Role.BUYER), "/orders/"))
