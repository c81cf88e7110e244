"""Journals of the market open in hledger and beancount under assets, liabilities and revenue."""

import shutil
from datetime import UTC, datetime

import pytest

from common import tenancy
from common.period import Period
from ledger import classes, journals, reports
from marketplace import accounts
from tests.ledger.test_reports import bean_check, run_hledger
from tests.statements.cast import traded

pytestmark = pytest.mark.django_db
YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def test_the_markets_accounts_stand_under_what_accountants_call_them(tmp_path):
    traded()
    with tenancy.acting_as_platform():
        found = reports.journal(period=YEAR)
        hledger, beancount = (
            journals.written(found, form=form) for form in ("hledger", "beancount")
        )
    for root in ("assets:bank", "liabilities:buyer_cash", "revenue:platform_fee"):
        assert f"account {root}:" in hledger
    assert "open Revenue:Platform-fee:CNY" in beancount
    assert bean_check(beancount, tmp_path) == ""
    if shutil.which("hledger"):
        checked = run_hledger(hledger, tmp_path, "check", "--strict")
        assert checked.returncode == 0, checked.stderr
        earned = run_hledger(hledger, tmp_path, "balance", "-N", "type:R")
        assert "-2.16" in earned.stdout


def test_every_kind_of_account_has_a_class_and_there_are_no_others():
    assert accounts.CLASSES.keys() == set(accounts.AccountKind)
    with pytest.raises(ValueError, match="no such class"):
        classes.register_classes({"x": "Wealth"})
