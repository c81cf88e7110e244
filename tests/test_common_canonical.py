from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from common.canonical import canonical_json, content_hash


def test_equal_content_has_equal_bytes():
    east = timezone(timedelta(hours=8))
    one = {"b": Decimal("1.50"), "a": [datetime(2026, 1, 1, tzinfo=UTC)], "名": "算盘"}
    two = {"名": "算盘", "a": (datetime(2026, 1, 1, 8, tzinfo=east),), "b": Decimal("1.5")}

    assert canonical_json(one) == canonical_json(two)
    assert canonical_json(one).decode() == '{"a":["2026-01-01T00:00:00Z"],"b":"1.5","名":"算盘"}'
    assert content_hash(one) != content_hash(one | {"b": Decimal("1.51")})


@pytest.mark.parametrize("value", [1.5, {1, 2}, object()])
def test_floats_and_strangers_have_no_canonical_form(value):
    with pytest.raises(TypeError):
        canonical_json({"value": value})
