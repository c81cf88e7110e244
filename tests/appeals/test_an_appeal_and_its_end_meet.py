"""A suspension that ends while somebody appeals answers that appeal, too."""

import threading
import time

from django.db import connections, transaction

from identity.appeals.contracts import AppealState
from tests.appeals.cast import Case
from tests.identity import standing


def test_a_suspension_that_ends_meanwhile_waits_for_the_appeal_and_answers_it(fresh_database):
    case = Case()
    failed = []

    def lift() -> None:
        try:
            standing.reinstate(case.owner, by=case.first, second=case.second)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=lift)
    with transaction.atomic():
        case.appeal()
        other.start()
        time.sleep(0.5)  # Long enough for it to end, if nothing held it.
        was_over = not case.is_suspended()
    other.join()

    assert (failed, was_over) == ([], False)
    assert not case.is_suspended()
    assert case.now().state == AppealState.LIFTED
