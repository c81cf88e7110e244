from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from common import canonical, clock
from metering import definitions, selectors, services
from metering.contracts import InvalidRule, RuleVersionConflict

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DEFINITION = {
    "metric": "accelerator-time",
    "aggregate": "SUM",
    "window_seconds": 60,
    "grace_seconds": 5,
    "standard": True,
    "accepts_certificates": False,
    "factors": [{"chip": "X1", "tflops": "312", "factor": "1.000000", "source": "a test"}],
}


def publish(definition=DEFINITION, version=1, valid_from=NOW, now=NOW):
    return services.publish_rule_version(
        code="minute",
        version=version,
        name="分钟",
        name_en="Minute",
        definition=definition,
        source="a test",
        valid_from=valid_from,
        now=now,
    )


def test_the_shipped_rules_are_there_and_installing_again_changes_nothing(db, capsys):
    first = selectors.rule_versions()

    call_command("install_rules")

    shipped = selectors.rule_versions()
    assert [rule for rule in shipped if rule in first] == first
    call_command("install_rules")
    assert selectors.rule_versions() == shipped
    assert {rule.code for rule in shipped} == {
        "accelerator-hours",
        "accelerator-hours-10s",
        "api-tokens",
        "api-tokens-kinds",
        "api-tokens-kinds-10s",
        "api-tokens-out-4",
        "api-tokens-out-4-10s",
        "availability",
        "bandwidth-hours",
        "bytes-in",
        "bytes-moved",
        "bytes-moved-counter",
        "bytes-out",
        "card-hours",
        "general-hours",
        "hpc-hours",
        "inference-hours",
        "instance-hours",
        "it-energy",
        "it-power",
        "node-hours",
        "requests",
        "storage-hours",
        "tokens",
        "tokens-in",
        "tokens-out",
        "tres-core-hours",
        "tres-core-hours-max",
        "trial-core-hours",
        "vcpu-hours",
    }
    assert "accelerator-hours-10s v1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("chip", "factor"),
    [("H100", "3.169872"), ("NVIDIA A100 80GB SXM", "1.000000"), ("NVIDIA H20", "0.474359")],
)
def test_published_figures_give_the_factors(chip, factor):
    (shipped,) = (
        rule
        for rule in definitions.shipped_rules()
        if (rule["code"], rule["version"]) == ("accelerator-hours", 1)
    )

    factors = definitions.factors_by_name(definitions.parse(shipped["definition"]))

    assert factors[chip][0] == Decimal(factor)


@pytest.mark.parametrize("chip", ["Huawei Ascend 910B", "AMD MI300X", "NVIDIA L40", "NVIDIA L40S"])
def test_a_chip_without_an_agreed_figure_has_no_factor(chip):
    for shipped in definitions.shipped_rules():
        assert chip not in definitions.factors_by_name(definitions.parse(shipped["definition"]))


def test_publishing_twice_is_once_and_other_content_needs_a_new_version(db):
    first = publish()

    assert publish() == first
    with pytest.raises(RuleVersionConflict):
        publish(DEFINITION | {"grace_seconds": 6})
    later = publish(DEFINITION | {"grace_seconds": 6}, version=2, valid_from=None, now=clock.now())
    assert later.version == 2
    assert selectors.rule_version(code="minute", version=2).grace_seconds == 6
    assert selectors.rule_version(code="minute") == first  # Until its notice is over.


@pytest.mark.parametrize(
    "change",
    [
        {"window_seconds": 7},
        {"window_seconds": 0},
        {"window_seconds": 172_800},
        {"window_seconds": "60"},
        {"grace_seconds": -1},
        {"aggregate": "eval"},
        {"metric": "goodwill"},
        {"code": "print(1)"},
        {"standard": False},
        {"factors": [{"chip": "X1", "tflops": "312", "factor": "2.000000", "source": "wrong"}]},
        {"factors": [{"chip": "X1", "tflops": "NaN", "factor": "NaN", "source": "wrong"}]},
        {"factors": [{"chip": "X1", "tflops": "-312", "factor": "-1.000000", "source": "wrong"}]},
        {"factors": [{"chip": "X1", "tflops": "1e30", "factor": "1e27", "source": "wrong"}]},
        {"factors": [{"chip": "X1"}]},
        {"factors": [*DEFINITION["factors"], *DEFINITION["factors"]]},
    ],
    ids=str,
)
def test_a_rule_that_breaks_its_form_is_refused(db, change):
    with pytest.raises(InvalidRule):
        publish(DEFINITION | change)

    assert "minute" not in {rule.code for rule in selectors.rule_versions()}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE metering_measurementruleversion SET grace_seconds = 0",
        "DELETE FROM metering_measurementruleversion",
    ],
)
def test_a_published_version_is_never_edited(db, statement):
    with (
        pytest.raises(DatabaseError, match=r"append-only|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_hash_of_a_definition_does_not_depend_on_the_order_of_its_members():
    backwards = dict(reversed(DEFINITION.items()))

    assert canonical.content_hash(backwards) == canonical.content_hash(DEFINITION)
