import json
import zlib
from dataclasses import replace
from random import Random

import msgspec
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from common import tenancy
from marketplace.orders import frozen, selectors
from marketplace.orders.contracts import PricedLine
from marketplace.orders.models import BookView, ClearingRound
from tests import databases, environment
from tests.catalog.supply import listed
from tests.orders.cast import buyer, clear, needs, place, wish
from tests.rulebooks import inputs


def test_a_round_that_was_altered_is_found(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        listing = listed()
        place(buyer("100"), wish(listing))
        number = clear(listing).round_number
        with databases.admin(environment.DATABASE) as superuser:
            superuser.execute("ALTER TABLE orders_clearinground DISABLE TRIGGER ALL")
            superuser.execute(
                "UPDATE orders_clearinground"
                " SET result = jsonb_set(result, '{fills,0,gross_minor}', '1')"
            )

        with pytest.raises(CommandError, match="does not compute"):
            call_command("replay_round", number)

        with tenancy.acting_as_platform():
            assert ClearingRound.objects.count() == 1


def test_a_view_that_was_altered_is_found(fresh_database, django_db_blocker):
    with django_db_blocker.unblock():
        listing = listed()
        place(buyer("100"), needs("H100", hub=listing.hub))
        number = clear(listing).round_number
        with tenancy.acting_as_platform():
            assert selectors.replay(number=number).is_right
            view = BookView.objects.get()
        cheaper = frozen.packed(zlib.decompress(view.body).replace(b'"3.18"', b'"0.18"'))
        with databases.admin(environment.DATABASE) as superuser:
            superuser.execute("ALTER TABLE orders_bookview DISABLE TRIGGER ALL")
            superuser.execute("UPDATE orders_bookview SET body = %s", [cheaper])

        with pytest.raises(CommandError, match="does not compute"):
            call_command("replay_round", number)


@pytest.mark.django_db
def test_rounds_of_one_supply_name_one_view_and_replay():
    listing = listed()
    haichao = buyer("1000")
    numbers = []
    for _ in range(3):
        place(haichao, needs("H100", hub=listing.hub))
        numbers.append(clear(listing).round_number)

    with tenancy.acting_as_platform():
        rounds = [ClearingRound.objects.get(number=number) for number in numbers]
        assert len({each.view_id for each in rounds}) == BookView.objects.count() == 1
        assert [len(each.snapshot["taken"]) for each in rounds] == [0, 1, 1]
        assert all(selectors.replay(number=number).is_right for number in numbers)


def test_what_is_stored_apart_comes_together_to_the_byte():
    for data in inputs.clearings(Random(7)):  # noqa: S311 - the same each time
        snapshot = frozen.thawed_snapshot(data)
        view = json.loads(frozen.unpacked(frozen.packed(frozen.text_of(frozen.view_of(snapshot)))))
        rest = json.loads(json.dumps(frozen.apart(snapshot)))

        whole = frozen.together(rest, view)

        assert frozen.thawed_snapshot(whole) == snapshot
        assert frozen.hash_of(whole) == frozen.hash_text(frozen.text_of(snapshot))


@given(st.text(), st.integers(-(2**63), 2**63 - 1), st.text())
def test_the_quick_text_is_the_canonical_one(seed, minor, kind):
    (data, *_rest) = inputs.clearings(Random(3))  # noqa: S311 - the same each time
    snapshot = replace(frozen.thawed_snapshot(data), seed=seed)
    line = PricedLine(kind, minor, {seed: kind, kind: [seed, None, minor]})
    demand = replace(snapshot.demands[0], lines=(line,))
    snapshot = replace(snapshot, demands=(demand,))

    assert frozen.hash_text(frozen.text_of(snapshot)) == frozen.hash_of(
        json.loads(msgspec.json.encode(snapshot))
    )
