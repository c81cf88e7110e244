"""No page and no list asks the database more often than `tests/query_budgets.json` grants it."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import tenancy
from identity.models import User
from marketplace.orders.models import Order
from tests.portal.visitor import demo

BUDGETS = json.loads((Path(__file__).parents[1] / "query_budgets.json").read_text())


@pytest.mark.parametrize(("page", "budget"), [*BUDGETS["portal"].items(), *BUDGETS["api"].items()])
def test_a_page_stays_within_its_budget(sample_market, page, budget):
    role, _, path = page.partition(" ")
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo(role)))
        path = path.replace("{order}", str(settled_order()))
    browser.get(path)  # whatever is read once a process

    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = browser.get(path)

    assert response.status_code == 200
    asked = [query["sql"] for query in queries if _reads(query["sql"])]
    assert len(asked) <= budget, "\n".join(asked)


def settled_order() -> UUID:
    """Return an order of the sample's buyer, settled, with everything that its page shows."""
    mine = Order.objects.filter(buyer__memberships__user__email=demo("buyer"), state="SETTLED")
    return mine.order_by("-id")[0].pk


def _reads(sql: str) -> bool:
    """Settings and savepoints are no round trips to the data."""
    return not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"))
