"""The form of a measurement rule: every fault has a sentence, and the schema says the same."""

import json

import jsonschema
import pytest
from django.utils import translation

from metering import definitions
from metering.contracts import InvalidRule

OLD = {
    "metric": "vcpu-time",
    "aggregate": "SUM",
    "window_seconds": 3600,
    "grace_seconds": 300,
    "standard": False,
    "accepts_certificates": False,
}
NEW = OLD | {"aggregate": "sum", "measuring_rule": "measure-2"}
WEIGHT = {"metric": "vcpu-time", "weight": "1.0", "source": "a test"}
STATE = {"state": "suspended", "factor": "0.75", "source": "a test"}


def refusal(definition, language: str = "en") -> str:
    with translation.override(language):
        with pytest.raises(InvalidRule) as refused:
            definitions.parse(definition)
        return str(refused.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"aggregate": "SUM"}, "aggregate is one of sum, max, latest"),
        ({"aggregate": "median"}, "aggregate is one of sum, max, latest"),
        ({"reads": "rate"}, "reads is one of delta, gauge, cumulative"),
        ({"reads": "cumulative", "aggregate": "max"}, "a counter is measured by the sum"),
        ({"aggregate": "time_weighted_mean"}, "a mean over time is taken of a gauge"),
        ({"weights": [WEIGHT]}, "weights and combine come together"),
        ({"combine": "sum"}, "weights and combine come together"),
        ({"weights": [WEIGHT], "combine": "mean"}, "combine is one of sum, max"),
        ({"weights": [WEIGHT, WEIGHT], "combine": "sum"}, "a metric is weighed twice"),
        ({"weights": [WEIGHT | {"weight": "0"}], "combine": "sum"}, "the weight of vcpu-time"),
        ({"weights": [WEIGHT | {"weight": "1e3"}], "combine": "sum"}, "the weight of vcpu-time"),
        ({"weights": [WEIGHT | {"source": " "}], "combine": "sum"}, "the source of every weight"),
        ({"weights": [WEIGHT] * 17, "combine": "sum"}, "weighs at most 16 metrics"),
        (
            {"weights": [WEIGHT], "combine": "sum", "aggregate": "unique"},
            "counts of sources cannot be weighed",
        ),
        ({"multipliers": [STATE, STATE]}, "a state is named twice"),
        ({"multipliers": [STATE] * 17}, "knows at most 16 states"),
        ({"multipliers": [STATE | {"state": "Off"}]}, "at most 12 lower-case letters"),
        ({"multipliers": [STATE | {"factor": "1.01"}]}, "between 0 and 1"),
        ({"multipliers": [STATE | {"factor": "NaN"}]}, "between 0 and 1"),
        ({"multipliers": [STATE | {"source": ""}]}, "the clause of every multiplier"),
        ({"increment": "-1"}, "increment is a number of 0 or more"),
        ({"minimum": "0.0000000000001"}, "minimum is a number of 0 or more"),
        ({"lateness_seconds": -1}, "lateness_seconds lies between 0 and a year"),
        ({"lateness_seconds": 367 * 86_400}, "lateness_seconds lies between"),
        ({"conversion": {"name": "general", "version": 1}}, "names no conversion table"),
        (
            {"conversion": {"name": "General hours", "version": 1}, "standard": True},
            "named by its code and version",
        ),
        ({"trial": "yes"}, "trial"),
    ],
    ids=str,
)
def test_every_fault_has_a_sentence(change, sentence):
    assert sentence in refusal(NEW | change)


@pytest.mark.parametrize(
    "change",
    [
        {"reads": "gauge"},
        {"weights": [WEIGHT], "combine": "sum"},
        {"multipliers": [STATE]},
        {"increment": "60"},
        {"minimum": "60"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_first_rule_takes_no_member_that_it_does_not_know(change):
    assert f"measure-1 knows no {next(iter(change))}" in refusal(OLD | change)


def test_a_fault_is_told_in_the_readers_language():
    assert "reads 只能是" in refusal(NEW | {"reads": "rate"}, "zh-hans")


def test_a_rule_may_say_all_of_it():
    parsed = definitions.parse(
        NEW
        | {
            "reads": "gauge",
            "weights": [WEIGHT],
            "combine": "max",
            "multipliers": [STATE],
            "increment": "60",
            "minimum": "0.5",
            "lateness_seconds": 86_400,
            "trial": True,
        }
    )

    assert (parsed.combine, parsed.weights[0].weight, parsed.trial) == ("max", "1.0", True)
    assert parsed.multipliers[0].factor == "0.75"


def test_the_stored_schema_is_that_of_the_code_and_takes_every_rule_that_comes_with_suanpan():
    stored = json.loads((definitions.RULES_DIR / "definition.schema.json").read_text("utf-8"))

    assert stored == definitions.schema()
    for shipped in definitions.shipped_rules():
        jsonschema.validate(shipped["definition"], stored)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(OLD | {"code": "print(1)"}, stored)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(NEW | {"weights": [WEIGHT | {"wieght": "1"}]}, stored)
