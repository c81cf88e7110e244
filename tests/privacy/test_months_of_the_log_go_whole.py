"""The record of who saw what goes by whole months, when their term is over and nothing holds it."""

from datetime import timedelta

from identity.privacy import services
from identity.privacy.contracts import HeldKind
from tests import cast, databases, environment
from tests.cast import NOW
from tests.privacy.cast import held, lift


def an_old_month(owner) -> str:
    """Let something have been seen of an owner three years ago; return the month's table."""
    name, begins = "privacy_seen_2023_01", "2023-01-01 00:00+00"
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("SET ROLE suanpan_owner")
        admin.execute(
            f"SELECT privacy_add_month('{name}', NULL, privacy_month_begins('{begins}'::timestamptz"
            " + interval '1 month'))"
        )
        admin.execute("SELECT set_config('suanpan.tenant', '*', false)")
        admin.execute(
            f"INSERT INTO {name} (id, organization_id, reader_id, reader_organization_id,"
            " object_kind, object_id, page, request_id) VALUES (privacy_month_begins(%s), %s, 1,"
            " gen_random_uuid(), 'order', 'x', '', '')",
            [begins, owner.pk],
        )
    return name


def test_months_go_whole_when_their_term_is_over_unless_held(fresh_database):
    owner = cast.organization("Acme")
    with databases.admin(environment.DATABASE) as admin:
        admin.execute("DROP TABLE privacy_seen_before")
    name = an_old_month(owner)
    hold = held(HeldKind.ORGANIZATION, owner.pk)

    assert services.drop_months(before=NOW) == []
    lift(hold)
    assert services.drop_months(before=NOW - timedelta(days=3_000)) == []
    assert services.drop_months(before=NOW) == [name]
