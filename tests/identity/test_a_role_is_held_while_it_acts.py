import threading

from django.db import connection, transaction

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from tests import cast


def test_whoever_takes_a_role_away_waits_for_what_is_decided_with_it(fresh_database):
    acme = cast.organization()
    person = cast.member(acme, Role.FINANCE)
    is_held, order = threading.Event(), []

    def demote():
        is_held.wait(10)
        try:
            with tenancy.acting_as_platform():
                identity.remove_member(
                    organization_id=acme.pk, user_id=person.pk, role=Role.FINANCE
                )
            order.append("demoted")
        finally:
            connection.close()

    thread = threading.Thread(target=demote)
    thread.start()
    with transaction.atomic():
        identity.hold_role(person_id=person.pk, organization_id=acme.pk, role=Role.FINANCE)
        is_held.set()
        thread.join(1)
        order.append("decided")
    thread.join(10)

    assert order == ["decided", "demoted"]
