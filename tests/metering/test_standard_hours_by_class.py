"""What an hour is worth, by class: published figures, certificates that only lower, and reasons."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import definitions, rules, standards
from metering.contracts import Assessment, ComputePath, Density, Precision
from metering.table_contracts import HourClass, InvalidTable
from tests.metering import tables
from tests.metering.tables import AT, Certificate

MICRO = Decimal("0.000001")


@pytest.mark.parametrize(
    ("name", "specification", "value"),
    [
        ("training", {"chip": "H100"}, "3.169872"),
        ("training", {"chip": "NVIDIA A100 80GB SXM"}, "1.000000"),
        ("training", {"chip": "NVIDIA H20"}, "0.474359"),
        ("training", {"chip": "RTX 4090"}, "0.529327"),
        ("hpc", {"chip": "A100"}, "1.000000"),
        ("hpc", {"chip": "NVIDIA H100 SXM"}, "3.505155"),
        ("hpc", {"chip": "H20"}, "0.103093"),
        ("hpc", {"chip": "L40"}, "0.145773"),
        ("hpc", {"chip": "MI300X"}, "8.424742"),
        ("general", {"vcpu": 64, "threads_per_core": 2}, "0.500000"),
        ("general", {"vcpu": 64, "threads_per_core": 1}, "1.000000"),
    ],
    ids=str,
)
def test_a_published_figure_gives_the_factor_of_its_class(name, specification, value):
    found, reason = tables.factor(name, specification)

    assert (f"{found.value:f}", reason) == (value, "")
    assert found.hour_class == name
    assert found.row


def test_every_class_has_a_table_and_each_of_its_lines_a_source():
    shipped = {
        each["name"]: standards.parse(each["definition"]) for each in (definitions.shipped_tables())
    }

    assert set(shipped) == set(HourClass.values)
    assert all(row.source.strip() for table in shipped.values() for row in table.rows)


def test_the_training_hour_is_the_hour_that_accelerators_had_before():
    (before,) = (
        each["definition"]
        for each in definitions.shipped_rules()
        if (each["code"], each["version"]) == ("accelerator-hours", 1)
    )
    of_old = definitions.factors_by_name(definitions.parse(before))

    for chip, (value, _source) in of_old.items():
        found, _reason = tables.factor("training", {"chip": chip})
        assert found.value == value


def test_h20_is_worth_0_1496_of_an_h100_as_the_figures_say():
    h20, h100 = (tables.factor("training", {"chip": chip})[0].value for chip in ("H20", "H100"))

    assert round(h20 / h100, 4) == Decimal("0.1496")


@pytest.mark.parametrize(
    ("card", "cards"), [("NVIDIA A100", "3.2051"), ("H100", "1.0111")], ids=str
)
def test_one_p_of_dense_fp16_is_so_many_cards(card, cards):
    found, _reason = tables.factor("training", {"chip": card})

    assert round(1000 / 312 / found.value.__float__(), 4) == float(cards)


@pytest.mark.parametrize(
    ("certified", "value", "names_it"),
    [
        ("988.999999", "3.169872", True),
        ("900", "2.884615", True),
        ("989", "3.169872", False),
        ("989.000001", "3.169872", False),
        ("1979", "3.169872", False),
    ],
    ids=["just under", "under", "equal", "just above", "far above"],
)
def test_a_measured_certificate_lowers_a_factor_and_never_raises_it(certified, value, names_it):
    found, _reason = tables.factor("training", {"chip": "H100"}, Certificate(Decimal(certified)))

    assert f"{found.value:f}" == value
    assert (found.certificate_id is not None) is names_it


FIGURES = st.decimals("0.000001", "100000", places=6)


@given(nameplate=FIGURES, certified=FIGURES)
def test_no_certificate_is_worth_more_than_the_nameplate(nameplate, certified):
    reference = Decimal(312)
    expected = standards.factor_of(nameplate, reference)
    if not 0 < expected <= standards.FACTOR_MAX:
        return
    row = {"figures": [f"{nameplate:f}"], "factor": f"{expected:f}"}
    table = standards.published("training", 1, tables.one_row(**row))

    found, reason = standards.factor(table, {"chip": "X1"}, [Certificate(certified)], at=AT)

    if found is None:
        assert reason == standards.TOO_SMALL
        assert standards.factor_of(certified, reference) == 0
    else:
        assert found.value == standards.factor_of(min(nameplate, certified), reference) <= expected


@pytest.mark.parametrize(
    "change",
    [
        {"assessment": Assessment.NAMEPLATE},
        {"precision": Precision.INT8},
        {"density": Density.SPARSE},
        {"path": ComputePath.VECTOR},
        {"unit": "TOPS"},
        {"valid_to": AT},
        {"valid_from": AT + timedelta(seconds=1)},
    ],
    ids=str,
)
def test_only_what_was_measured_of_the_same_line_and_is_in_force_counts(change):
    found, _reason = tables.factor("training", {"chip": "H100"}, Certificate(Decimal(1), **change))

    assert (found.value, found.certificate_id) == (Decimal("3.169872"), None)


def test_of_several_certificates_in_force_the_newest_counts():
    newest, older = Certificate(Decimal(900)), Certificate(Decimal(800))

    found, _reason = tables.factor("training", {"chip": "H100"}, newest, older)

    assert found.value == Decimal("2.884615")


def test_figures_that_contradict_each_other_give_no_factor_and_say_so():
    found, reason = tables.factor("training", {"chip": "Ascend 910B"})

    assert found is None
    assert reason == ("published figures of Huawei Ascend 910B contradict each other: 256 / 320")


@pytest.mark.parametrize(
    ("certified", "value"),
    [("250", "0.801282"), ("256", "0.820513"), ("300", "0.820513"), ("400", "0.820513")],
    ids=str,
)
def test_a_contested_chip_counts_as_certified_up_to_the_lowest_figure(certified, value):
    found, _reason = tables.factor(
        "training", {"chip": "Ascend 910B"}, Certificate(Decimal(certified))
    )

    assert (f"{found.value:f}", found.certificate_id is not None) == (value, True)


@pytest.mark.parametrize("certificates", [(), (Certificate(Decimal(300)),)], ids=["none", "one"])
def test_without_a_published_figure_hours_stay_native_with_or_without_certificate(certificates):
    found, reason = tables.factor("training", {"chip": "NVIDIA L40S"}, *certificates)

    assert found is None
    assert "no published figure for NVIDIA L40S" in reason
    assert ("nothing bounds its certificate" in reason) is bool(certificates)


@pytest.mark.parametrize(
    "specification",
    [{}, {"vcpu": 64}, {"vcpu": 64, "threads_per_core": "2"}, {"nodes": 4}, {"chip": "H100"}],
    ids=str,
)
def test_a_machine_that_does_not_say_how_many_threads_share_a_core_stays_native(specification):
    assert tables.factor("general", specification) == (None, standards.NO_KEY)


def test_inference_is_worth_what_was_measured_while_the_certificate_holds():
    measured = Certificate(Decimal(2400), unit="tokens/s")

    found, _reason = tables.factor("inference", {"chip": "H100"}, measured)
    never = tables.factor("inference", {"chip": "H100"})
    late = tables.factor(
        "inference", {"chip": "H100"}, measured, at=datetime.fromisoformat("2026-07-01T00:00:00Z")
    )

    assert (found.value, found.hour_class) == (Decimal("0.300000"), "inference")
    assert never == (None, "no measured certificate is in force")
    assert late == (None, "its measured certificate ended on 2026-07-01")


@pytest.mark.parametrize(
    ("figure", "value"),
    [("0.000312", "0.000001"), ("0.000156", "0.000001"), ("0.000468", "0.000002")],
    ids=str,
)
def test_six_digits_are_rounded_half_up(figure, value):
    table = tables.one_row(figures=[figure], factor=value)

    assert standards.parse(table).rows[0].factor == value
    assert standards.factor_of(Decimal(figure), Decimal(312)) == Decimal(value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"figures": ["0.000155"], "factor": "0.000000"}, "would be 0.000000"),
        ({"figures": ["3120001"], "factor": "10000.003205"}, "would be 10000.003205"),
        ({"factor": "1"}, "should be 1.000000"),
        ({"factor": "1.000001"}, "should be 1.000000"),
        ({"factor": None}, "should be 1.000000"),
        ({"figures": ["0"]}, "not above zero"),
        ({"figures": ["-312"]}, "no plain number"),
        ({"figures": ["3.12e2"]}, "no plain number"),
        ({"figures": ["NaN"]}, "no plain number"),
        ({"figures": ["٣١٢"]}, "no plain number"),
        ({"figures": []}, "no figure"),
        ({"figures": ["256", "320"]}, "contested"),
        ({"source": " "}, "names no source"),
        ({"also": ["X1"]}, "named twice"),
        ({"also": [""]}, "a name has 1 to"),
        ({"by": "hand"}, "unknown field"),
        ({"figures": [312]}, "Expected `str`"),
    ],
    ids=str,
)
def test_a_row_that_does_not_follow_from_its_figure_is_refused(change, told):
    with pytest.raises(InvalidTable, match=told):
        standards.parse(tables.one_row(**change))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rows": []}, "a nameplate table has rows"),
        ({"evidence": "measured"}, "a measured one has none"),
        ({"evidence": "hearsay"}, "Invalid enum value"),
        ({"key": "mood"}, "rows are found by one of"),
        ({"reference": {"value": "0", "of": "x", "source": "y"}}, "not above zero"),
        ({"line": {}}, "missing required field"),
    ],
    ids=str,
)
def test_a_table_that_breaks_its_form_is_refused(change, told):
    with pytest.raises(InvalidTable, match=told):
        standards.parse(tables.one_row() | change)


def test_an_hour_is_converted_the_same_way_whatever_gave_the_factor():
    found, _reason = tables.factor("training", {"chip": "H100"})

    assert rules.standard_hours(Decimal(3600), found.value) == Decimal("3.169872")
