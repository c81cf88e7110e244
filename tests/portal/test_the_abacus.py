"""An abacus reads as its number: beads at the beam, five above it and ones below."""

from itertools import pairwise

import pytest
from django.template import engines
from django_cotton.compiler_regex import CottonCompiler
from hypothesis import given
from hypothesis import strategies as st

from marketplace.portal import abacus

DIGITS = st.text("0123456789", min_size=1, max_size=abacus.DIGITS_MAX)


@given(DIGITS)
def test_the_beads_say_the_digits(number):
    assert abacus.abacus(number).reads == number


@given(DIGITS)
def test_every_rod_has_two_beads_above_the_beam_and_five_below(number):
    for rod in abacus.abacus(number).rods:
        above = [bead for bead in rod.beads if bead.y + abacus.BEAD_HEIGHT <= abacus.BEAM]
        below = [bead for bead in rod.beads if bead.y >= abacus.BEAM]

        assert (len(above), len(below)) == (2, 5)
        assert all(bead.counts in (0, 5) for bead in above)
        assert all(bead.counts in (0, 1) for bead in below)


@given(DIGITS)
def test_no_two_beads_of_a_rod_lie_on_each_other(number):
    for rod in abacus.abacus(number).rods:
        places = [bead.y for bead in rod.beads]

        assert all(low + abacus.BEAD_HEIGHT <= high for low, high in pairwise(places))
        assert places[0] > abacus.TOP
        assert places[-1] + abacus.BEAD_HEIGHT < abacus.BOTTOM


def test_points_and_commas_stand_after_their_digits():
    assert abacus.abacus("12,846,092.00").reads == "12,846,092.00"
    assert abacus.abacus("3.4172").reads == "3.4172"


def test_zero_is_rods_at_rest():
    shown = abacus.abacus("0.00")

    assert shown.reads == "0.00"
    assert not any(bead.counts for rod in shown.rods for bead in rod.beads)


@pytest.mark.parametrize("number", ["", "-1", "1e5", "¥3", "٣", "1" * 19], ids=ascii)
def test_what_is_no_number_is_refused(number):
    with pytest.raises(ValueError, match="an abacus holds"):
        abacus.abacus(number)


def test_the_component_draws_each_bead_and_is_named_by_its_number():
    source = CottonCompiler().process('<c-abacus number="7.05" label="Index" />')

    drawn = engines["django"].from_string(source).render({})

    assert drawn.count("<use ") == 5 * 7
    assert drawn.count("is-counted") == 3 + 0 + 1
    assert 'aria-label="Index: 7.05"' in drawn


@pytest.mark.parametrize(
    ("percent", "counted"), [(0, 0), (4, 0), (5, 1), (50, 5), (94, 9), (95, 10), (100, 10)]
)
def test_a_bar_of_ten_beads_shows_a_share(percent, counted):
    shown = abacus.bead_bar(percent)

    assert sum(bead.is_counted for bead in shown.beads) == counted
