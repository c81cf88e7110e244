"""Runs withhold tax by dated rules that two agree on, and nobody is taxed for what came back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from common import tenancy
from identity.contracts import Role
from marketplace import accounts
from marketplace.payouts import bank_files, rules, selectors, services
from marketplace.payouts.contracts import Answer, BankAnswer, ProviderKind, TaxRefused
from marketplace.payouts.models import TaxRule
from tests import cast as people
from tests.payouts.cast import NOW, TODAY, account, approved, desk, earned, lines, payable
from tests.settlement.cast import balance, is_balanced

pytestmark = pytest.mark.django_db
KINDS = [
    ("91110000MA0000000X", ProviderKind.ENTERPRISE),
    ("93110000MA0000000X", ProviderKind.ENTERPRISE),
    ("92110000MA0000000X", ProviderKind.SOLE_TRADER),
    ("12110000MA0000000X", ProviderKind.INSTITUTION),
    ("52110000MA0000000X", ProviderKind.OTHER),
]


def withheld() -> int:
    return balance(accounts.tax_withheld()).posted


def taxed_ever(market) -> int:
    with tenancy.acting_as(market.provider.pk):
        return selectors.paid_ever(provider_id=market.provider.pk).tax_minor


def propose(two, rate="0.10", kind=None, **facts):
    return services.propose_tax_rule(
        **{
            "kind": kind or ProviderKind.ENTERPRISE,
            "rate": Decimal(rate),
            "starts_on": TODAY,
            "source": "Notice 7",
            "by": two[0],
            "now": NOW,
        }
        | facts
    )


def publish(two, rate="0.10", kind=None, **facts) -> TaxRule:
    proposed = propose(two, rate, kind, **facts)
    return services.publish_tax_rule(
        proposal_id=proposed.id,
        person_id=two[1].id,
        organization_id=two[1].organization_id,
        now=NOW,
    )


@pytest.fixture
def market():
    found = earned()
    account(found.provider)
    return found


@pytest.fixture
def two():
    return desk()


def kind(market) -> ProviderKind:
    return rules.kind_of(market.provider.uscc)


@pytest.mark.parametrize(("code", "expected"), KINDS)
def test_a_kind_follows_from_the_credit_code(code, expected):
    assert rules.kind_of(code) == expected


def test_a_run_pays_the_rest_and_books_the_tax(market, two):
    publish(two, kind=kind(market))

    run = approved(two)

    (line,) = lines(run)
    assert (line.tax_minor, line.amount_minor, run.tax_minor) == (6_98, 62_86, 6_98)
    assert (withheld(), payable(market.provider)) == (6_98, 0)
    assert taxed_ever(market) == 6_98
    table = bank_files.written(run, [line], "csv").decode()
    assert f",62.86,CNY,{run.number},6.98" in table
    assert f"TOTAL,1,,,,62.86,CNY,{run.number},6.98" in table
    assert b"tax withheld 6.98" in bank_files.written(run, [line], "xml")
    assert is_balanced()


def test_who_is_not_paid_is_not_taxed(market, two):
    publish(two, kind=kind(market))
    run = approved(two)
    (line,) = lines(run)
    services.send_run(run_id=run.pk, now=NOW)

    answer = BankAnswer(1, line.movement.number, line.amount_minor, Answer.RETURNED, "closed")
    services.take_answers(run_id=run.pk, answers=[answer], now=NOW)
    services.finish_runs(now=NOW)
    services.finish_runs(now=NOW)

    assert (withheld(), payable(market.provider)) == (0, 69_84)
    assert taxed_ever(market) == 0
    again = approved(two)
    assert (again.tax_minor, again.amount_minor) == (6_98, 62_86)
    assert is_balanced()


def test_another_kind_and_days_outside_the_rule_pay_nothing(market, two):
    own = kind(market)
    other = next(each for each in ProviderKind if each != own)
    publish(two, kind=other)
    publish(two, kind=own, starts_on=TODAY + timedelta(days=1))

    assert approved(two).tax_minor == 0


def test_the_latest_rule_counts_while_it_lasts(two):
    first = publish(two, "0.10")
    publish(two, "0.20", starts_on=TODAY + timedelta(days=2), ends_on=TODAY + timedelta(days=4))

    def rate(days: int):
        found = selectors.tax_in_force(ProviderKind.ENTERPRISE, on=TODAY + timedelta(days=days))
        return found and found.rate

    assert [rate(-1), rate(0), rate(2), rate(4)] == [None, first.rate, Decimal("0.20"), None]


@pytest.mark.parametrize(
    "facts", [{"rate": "1"}, {"rate": "-0.1"}, {"starts_on": date(2026, 1, 1)}]
)
def test_what_is_no_tax_is_refused(two, facts):
    with pytest.raises(TaxRefused):
        propose(two, **facts)


def test_no_tax_is_edited_or_made_without_two(market, two):
    rule = publish(two, kind=kind(market))
    with tenancy.acting_as_platform():
        for attack in (
            lambda: TaxRule.objects.update(rate=0),
            lambda: TaxRule.objects.filter(pk=rule.pk).delete(),
            lambda: _copied(rule),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                attack()


def _copied(rule: TaxRule) -> None:
    rule.pk, rule.starts_on, rule.rate = rule.proposal_id, TODAY + timedelta(days=9), Decimal("0.9")
    rule.save(force_insert=True)


def test_finance_proposes_it_on_a_page_and_providers_read_it(two, market):
    publish(two, "0.0125", kind=kind(market))
    english = {"accept-language": "en"}
    provider = people.signed_in(people.member(market.provider, Role.PROVIDER))

    page = provider.get("/finance/taxes/", headers=english).content.decode()
    listed = provider.get("/api/v1/tax-rules").json()

    assert "1.25%" in page
    assert "Notice 7" in page
    assert listed["results"][0]["rate"] == "0.012500"
