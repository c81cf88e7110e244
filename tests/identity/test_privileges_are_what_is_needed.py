"""Everything that the application's role may do stands in one list; a new right is a new line."""

import pytest
from django.db import connection

from tests import databases, environment
from tests.identity import privileges


@pytest.mark.django_db
def test_the_role_may_do_what_the_list_says_and_nothing_else():
    """`python -m tests.identity privileges` writes the list; look at what changed before."""
    with databases.admin(environment.TEMPLATE) as admin:
        may = privileges.found(admin)

    listed = privileges.TABLE.read_text(encoding="utf-8").splitlines()
    assert may == [line for line in listed if not line.startswith("#")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders_order",
        "DELETE FROM settlement_contract",
        "DELETE FROM vouchers_voucher",
        "DELETE FROM audit_export",
        "DELETE FROM metering_reading",
        "UPDATE orders_deposit SET amount_minor = 1",
        "UPDATE metering_usagerecord SET quantity = 0",
        "UPDATE pricing_quote SET gross_minor = 1",
        "UPDATE vouchers_programmefunding SET amount_minor = 1",
        "UPDATE metering_meter SET name = name",
        "TRUNCATE orders_order",
    ],
)
def test_what_is_done_stays_by_grant_as_well(statement):
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute(statement)
