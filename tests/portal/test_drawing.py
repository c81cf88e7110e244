"""Charts are drawn on the server, from the figures that stand below them."""

import re
from decimal import Decimal

import pytest

from marketplace.portal import drawing
from marketplace.portal.drawing.scales import mark_text, scale
from tests.portal import cotton


def chart(**changes):
    given = {
        "title": "Hours",
        "head": "Day",
        "categories": ["11-01", "11-02", "11-03"],
        "series": [drawing.Series("AI", [Decimal(10), Decimal(20), Decimal(30)], "ai")],
    }
    return drawing.Chart(**given | changes)


def drawn(chart) -> str:
    return cotton.drawn("<c-chart :of='of' />", of=chart)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([0, 1], "0.00 0.25 0.50 0.75 1.00"),
        ([3, 97], "0 25 50 75 100"),
        ([-20, 60], "-20 0 20 40 60"),
        ([1_200_000], "0 0.5M 1M 1.5M"),
        ([], "0.00 0.25 0.50 0.75 1.00"),
        ([0, 0], "0.00 0.25 0.50 0.75 1.00"),
    ],
    ids=["one", "hundred", "below zero", "a million", "nothing", "zero"],
)
def test_an_axis_goes_in_round_steps_and_holds_every_figure(values, marks):
    axis = scale(values)

    assert axis.low <= min(values, default=0)
    assert axis.high >= max(values, default=0)
    assert axis.step == axis.marks[1] - axis.marks[0]
    assert [mark_text(mark, axis.step) for mark in axis.marks] == marks.split()


@pytest.mark.parametrize(
    ("most", "marks"), [(1, "0 1"), (9, "0 3 6 9"), (40, "0 10 20 30 40")], ids=["1", "9", "40"]
)
def test_an_axis_of_what_is_counted_has_no_parts_of_one(most, marks):
    axis = scale([0, most], is_whole=True)

    assert [mark_text(mark, axis.step) for mark in axis.marks] == marks.split()


def test_an_axis_of_prices_need_not_begin_at_zero():
    axis = scale([Decimal("3.18"), Decimal("3.42")], from_zero=False)

    assert axis.low > 3
    assert mark_text(axis.low, axis.step) == "3.1"


def test_large_figures_of_an_axis_are_short():
    axis = scale([0, 4_000_000])

    assert [mark_text(mark, axis.step) for mark in axis.marks] == ["0", "1M", "2M", "3M", "4M"]


def test_a_missing_figure_is_a_gap_and_a_dash_in_the_table():
    series = drawing.Series("AI", [Decimal(1), None, Decimal(3), Decimal(4)])
    gapped = chart(categories=["1", "2", "3", "4"], series=[series])

    [line] = drawing.draw(gapped).lines

    assert line.path.count("M") == 2
    assert len(line.points) == 3
    assert '<td class="is-number">—</td>' in drawn(gapped)


def test_bars_that_are_stacked_stand_on_each_other():
    one = drawing.Series("AI", [Decimal(10)])
    two = drawing.Series("HPC", [Decimal(30)])
    plot = drawing.draw(chart(categories=["1"], series=[one, two], kind=drawing.Kind.STACKED))

    lower, upper = plot.bars
    assert Decimal(upper.y) + Decimal(upper.height) == Decimal(lower.y)
    assert abs(Decimal(upper.height) / Decimal(lower.height) - 3) < Decimal("0.05")
    assert Decimal(lower.y) + Decimal(lower.height) == Decimal(plot.base)


def test_the_table_below_a_chart_holds_every_figure_without_any_script():
    page = drawn(chart(digits=2))

    assert re.findall(r'<td class="is-number">([^<]+)</td>', page) == ["10.00", "20.00", "30.00"]
    assert "<script" not in page
    assert "style=" not in page
    assert page.count('role="img"') == 2  # wide and narrow


def test_a_label_of_a_chart_is_text_and_never_markup():
    page = drawn(
        chart(series=[drawing.Series("<b>x</b>", [1, 2, 3])], categories=["<i>", "b", "c"])
    )

    assert "<b>x" not in page
    assert "<i>" not in page


def test_a_chart_of_nothing_says_so():
    page = drawn(chart(series=[drawing.Series("AI", [None, None, None])]))

    assert "<svg" not in page


def test_a_thousand_days_are_drawn_with_few_words_below():
    days = [str(day) for day in range(1000)]
    plot = drawing.draw(chart(categories=days, series=[drawing.Series("AI", range(1000))]))

    assert len(plot.below) <= 10
    assert plot.below[0].text == "0"


def test_cells_are_the_darker_the_more_they_hold_and_empty_where_nothing_is_known():
    heat = drawing.Heat("Use", "Hour", ["0", "1", "2"], [("Mon", [0, None, 100])], unit="%")

    [row] = drawing.draw_heat(heat).rows

    assert [cell.shade for cell in row.cells] == ["0.06", "", "1.00"]
    assert row.cells[2].text == "Mon 2 · 100%"


def test_the_longest_bar_of_a_ranking_is_as_wide_as_there_is_room():
    rows = [
        drawing.Row("H100", [("1", Decimal(60)), ("voucher", Decimal(40))], "100.00"),
        drawing.Row("H20", [("1", Decimal(25))], "25.00"),
        drawing.Row("none", [], "0.00"),
    ]
    first, second, third = drawing.draw_ranked(drawing.Ranked(rows))

    assert [(part.x, part.width) for part in first.parts] == [
        ("0.00%", "60.00%"),
        ("60.00%", "40.00%"),
    ]
    assert second.parts[0].width == "25.00%"
    assert third.parts == ()
