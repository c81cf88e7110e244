"""New rules of a programme over HTTP, by the clock of the database, which no test can stop."""

import pytest

from identity.contracts import Role
from tests.orders.cast import programme
from tests.vouchers.cast import rules_data
from tests.vouchers.test_vouchers_over_http import approve, browser, post

pytestmark = pytest.mark.django_db


def test_new_rules_wait_for_a_second_person_and_nothing_is_back_dated():
    city = programme()
    issuer, second = (browser(city.issuer, Role.ISSUER) for _n in range(2))
    path = f"programmes/{city.pk}/versions"
    notice = {"rules": rules_data(validity_days=400), "source": "second notice"}

    late = post(issuer, path, notice | {"valid_from": "2026-01-01"})
    proposed = post(issuer, path, notice)
    other = post(second, path, notice | {"source": "third notice"})
    before = issuer.get(f"/api/v1/programmes/{city.pk}").json()
    approved = approve(second, proposed)
    after = issuer.get(f"/api/v1/programmes/{city.pk}").json()

    assert (late.status_code, late.json()["code"]) == (422, "rule_back_dated")
    assert (other.status_code, other.json()["code"]) == (409, "proposal_waits")
    assert (approved.status_code, approved.json()["result_id"]) == (200, after["version_id"])
    assert (before["version"], after["version"]) == (1, 2)
    assert after["rules"]["validity_days"] == 400
