"""Strangers who ask for the same at the same time."""

import threading

from django.db import connection

from identity.contracts import AccessState
from tests.identity.test_strangers_ask_for_access import asked, the_request


def test_asking_twice_at_once_is_asking_once(fresh_database):
    start = threading.Barrier(4)
    failed = []

    def stranger():
        start.wait()
        try:
            asked()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=stranger) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert the_request().state == AccessState.WAITING
