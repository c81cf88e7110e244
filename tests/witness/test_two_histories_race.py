"""Two histories offered at once: one is cosigned, and the control shows what would happen else."""

import threading
from pathlib import Path

from django.db import connection

from common import clock, tenancy
from gateway.witness import high_water, services
from gateway.witness.contracts import WitnessedOther
from gateway.witness.models import WitnessedLog
from gateway.witness.services import cosigning
from tests.ledger.conftest import committed_database
from tests.witness.cast import Log, policy_file

__all__ = ["committed_database"]


def test_of_many_that_go_on_from_one_size_one_is_cosigned(log, committed_database):
    """The race that the protocol warns of: all were checked against the same size."""
    services.add_checkpoint(body=log.grow(5).request(0), now=clock.now())
    forks = [
        Log(origin=log.origin, private=log.private, leaves=list(log.leaves)).grow(n + 1, f"f{n}")
        for n in range(16)
    ]
    barrier, outcomes = threading.Barrier(len(forks)), []

    def offer(fork: Log) -> None:
        try:
            barrier.wait(timeout=30)
            services.add_checkpoint(body=fork.request(5), now=clock.now())
            outcomes.append(len(fork.leaves))
        except WitnessedOther:
            outcomes.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=offer, args=[fork]) for fork in forks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    won = [size for size in outcomes if size]
    assert (len(outcomes), len(won)) == (16, 1)
    with tenancy.acting_as_platform():
        assert WitnessedLog.objects.get(pk=log.origin).size == won[0]
    assert high_water.read() == {log.origin: won[0]}


def test_without_the_condition_two_of_them_are_cosigned(
    log, committed_database, monkeypatch, settings
):
    """The control: the same race, with a statement that does not compare what is held."""
    blind = cosigning._STORE.replace(
        "held.size = %(old)s AND held.root = %(old_root)s\n        AND (excluded.size > held.size"
        " OR excluded.root = held.root)",
        "true",
    )
    assert blind != cosigning._STORE
    monkeypatch.setattr(cosigning, "_STORE", blind)
    log.origin = "control.example/ledger"
    policy_file(Path(settings.WITNESS_POLICY_FILE), logs=[log.key])
    services.add_checkpoint(body=log.grow(5).request(0), now=clock.now())
    forks = [
        Log(origin=log.origin, private=log.private, leaves=list(log.leaves)).grow(n, f"f{n}")
        for n in (1, 2)
    ]
    barrier, lines = threading.Barrier(2), []
    original = cosigning._stored

    def together(*args, **kwargs) -> bool:
        barrier.wait(timeout=30)  # both have looked, none has stored
        if args[0].head.size == 7:
            threading.Event().wait(0.2)  # the smaller one first: the trigger refuses to go back
        return original(*args, **kwargs)

    monkeypatch.setattr(cosigning, "_stored", together)

    def offer(fork: Log) -> None:
        try:
            lines.append(services.add_checkpoint(body=fork.request(5), now=clock.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=offer, args=[fork]) for fork in forks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(lines) == 2
