"""A transaction acts for whom its innermost block names, however blocks nest and fail."""

from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from common import tenancy

pytestmark = pytest.mark.django_db
ONE, OTHER = UUID(int=1), UUID(int=2)
TENANTS = [ONE, OTHER, tenancy.PLATFORM, ""]


class Fault(Exception):  # noqa: N818 - nothing failed that should not
    """What a block fails with."""


def test_a_block_inside_one_of_the_same_tenant_sets_nothing():
    with tenancy.acting_as(ONE), CaptureQueriesContext(connection) as seen, tenancy.acting_as(ONE):
        pass
    assert [each["sql"].split(" ")[0] for each in seen] == ["SAVEPOINT", "RELEASE"]


@pytest.mark.parametrize("inner", [OTHER, tenancy.PLATFORM])
def test_a_block_of_another_tenant_is_stated_and_taken_back(inner):
    with (
        tenancy.acting_as(ONE),
        CaptureQueriesContext(connection) as seen,
        tenancy.acting_as(inner),
    ):
        assert tenancy.current() == str(inner)
    assert sum("set_config" in each["sql"] for each in seen) == 2


# What a transaction does, in any order and depth: enter a block of a tenant, name one without a
# block, be in a savepoint; each may fail, and what fails may be caught outside of it.
TREES = st.recursive(
    st.sampled_from(["look", "fail"]),
    lambda inner: st.tuples(
        st.sampled_from(["block", "enter", "savepoint"]),
        st.sampled_from(TENANTS),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def walk(tree, expected: str) -> str:
    """Do what a tree says, compare at every turn, return who the transaction acts for after it."""
    assert tenancy.current() == expected
    if tree == "fail":
        raise Fault
    if tree == "look":
        return expected
    kind, tenant, inner = tree
    if kind == "enter":
        tenancy.enter(tenant)
        return walk_all(inner, str(tenant))
    block = tenancy.acting_as(tenant) if kind == "block" else transaction.atomic()
    try:
        with block:
            here = walk_all(inner, str(tenant) if kind == "block" else expected)
    except Fault:
        here = expected
    if kind == "block":
        here = expected
    assert tenancy.current() == here
    return here


def walk_all(trees, expected: str) -> str:
    for each in trees:
        expected = walk(each, expected)
    return expected


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, max_size=4))
def test_whom_a_transaction_acts_for_follows_its_blocks(trees):
    with transaction.atomic():
        tenancy.enter("")
        try:
            with tenancy.acting_as(ONE):
                walk_all(trees, str(ONE))
        except Fault:
            pass
        assert tenancy.current() == ""


def test_a_name_without_a_block_is_not_believed(monkeypatch):
    """Negative control: were it believed, the law above would see it once a savepoint goes back."""
    tree = [
        ("savepoint", ONE, [("enter", OTHER, []), "fail"]),
        ("block", OTHER, ["look"]),
    ]
    with tenancy.acting_as(ONE):
        walk_all(tree, str(ONE))
        state = tenancy.enter

        def believed(tenant: UUID) -> None:
            state(tenant)
            tenancy._remember(tenancy.as_stated(tenant))

        monkeypatch.setattr(tenancy, "enter", believed)
        with pytest.raises(AssertionError):
            walk_all(tree, str(ONE))


def test_a_block_ends_as_it_should_in_a_transaction_that_broke():
    with transaction.atomic():
        tenancy.enter(OTHER)
        with pytest.raises(Exception, match="division"), tenancy.acting_as(ONE):
            connection.cursor().execute("SELECT 1 / 0")
        with tenancy.acting_as(ONE):
            assert tenancy.current() == str(ONE)
        assert tenancy.current() == str(OTHER)
