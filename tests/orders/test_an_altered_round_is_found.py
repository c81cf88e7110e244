import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from marketplace.orders.models import ClearingRound
from tests import databases, environment
from tests.catalog.supply import listed
from tests.orders.cast import buyer, clear, place, wish


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
