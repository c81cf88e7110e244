"""`bin/test --coverage` tells rooms apart, and what decides and writes in them."""

import pytest

from tests import coverage


@pytest.mark.parametrize(
    ("path", "room", "is_core"),
    [
        ("marketplace/orders/clear_1.py", "marketplace.orders", True),
        ("marketplace/orders/services/placing.py", "marketplace.orders", True),
        ("marketplace/vouchers/programme_rules.py", "marketplace.vouchers", True),
        ("marketplace/orders/models.py", "marketplace.orders", False),
        ("marketplace/accounts.py", "marketplace", False),
        ("identity/events/services.py", "identity.events", True),
        ("identity/services/people.py", "identity", True),
        ("embedded/services.py", "embedded", False),
        ("common/tabular/writing.py", "common", False),
    ],
)
def test_a_module_has_its_room(path, room, is_core):
    summary = {
        "num_statements": 10,
        "covered_lines": 5,
        "num_branches": 4,
        "covered_branches": 3,
    }

    (named,) = coverage.by_room({"files": {path: {"summary": summary}}}).items()

    assert named[0] == room
    assert named[1].everything.share_of_branches == 0.75
    assert coverage.is_core(path) is is_core
    assert coverage.short(dict([named])) == ([room] if is_core else [])
    assert room in coverage.table(dict([named]))
