"""Several things at one instant, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connections

from common.errors import Refusal


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Do several things at one instant; return what went wrong beside refusals."""
    start, wrong = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
        except Refusal:
            pass
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong
