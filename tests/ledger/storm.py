"""
Eight threads that post, hold, capture and release at random, until a file called `stop` appears.

Run as a process of its own against any database. When the database goes away, a thread sends the
same batch again once it is back: that must never act twice. Every acknowledged identifier goes to a
file outside the database.
"""

import json
import os
import random
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

THREADS = 8
ACCOUNTS = 60  # a batch may touch few of them or many: the database does not treat both alike


def main(directory: Path) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    from ledger import sealing, verification
    from ledger import services as ledger
    from ledger.contracts import AccountSpec
    from tests.ledger.conftest import install_small_chart, move

    install_small_chart()
    codes = [f"cash:{number}" for number in range(ACCOUNTS)]
    ledger.open_accounts(specs=[AccountSpec(code, "CNY", "cash") for code in codes])
    ledger.post(transfers=[move("bank", code, 2_000, "deposit") for code in codes])
    counts = {"posted": 0, "refused": 0, "resent": 0, "crossings": 0}
    stop = directory / "stop"
    with (directory / "acknowledged").open("w", buffering=1) as file:
        threads = [
            threading.Thread(target=post_at_random, args=(seed, stop, codes, counts, file))
            for seed in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    connection.close()  # this thread's own was cut meanwhile
    while sealing.seal():
        pass
    found = verification.verify()
    sys.stdout.write(json.dumps(counts | {"faults": found.faults, "sealed": found.sealed}))


def post_at_random(seed: int, stop: Path, codes: list[str], counts: dict, file) -> None:
    from django.db import connection

    from ledger.contracts import Op

    chance = random.Random(seed)  # noqa: S311
    holds = []
    while not stop.exists():
        batch, resolved = a_batch(chance, codes, holds)
        outcome = sent(batch, counts)
        if outcome is None:
            continue
        holds += [one for one in batch if one.op == Op.HOLD]
        for one in resolved:
            holds.remove(one)
        file.write("".join(f"{one.id}\n" for one in batch))
        counts["posted"] += len(batch)
    connection.close()


def a_batch(chance: random.Random, codes: list[str], holds: list) -> tuple[list, list]:
    from common.ids import uuid7
    from ledger.contracts import Op
    from tests.ledger.conftest import move

    resolved = chance.sample(holds, min(len(holds), chance.randrange(4)))
    batch = []
    for one in resolved:
        op = chance.choice([Op.CAPTURE, Op.RELEASE])
        amount = chance.randint(1, one.amount) if op == Op.CAPTURE else one.amount
        batch.append(replace(one, id=uuid7(), op=op, hold_id=one.id, amount=amount))
    for _ in range(chance.choice([1, 2, 12, 80])):
        debit, credit = chance.sample(codes, 2)
        kind = chance.random()
        if kind < 0.25:
            batch.append(move(debit, "provider", chance.randint(1, 400), "order", op=Op.HOLD))
        elif kind < 0.35:
            batch.append(move("provider", "fee", 1, "fee"))
        else:
            batch.append(move(debit, credit, chance.randint(1, 400), "gift"))
    return batch, resolved


def sent(batch: list, counts: dict):
    """Post until the database has answered, with the same identifiers each time."""
    from django.db import DatabaseError, connection

    from ledger import services as ledger
    from ledger.contracts import TransferRefused

    while True:
        try:
            return ledger.post(transfers=batch)
        except TransferRefused as refusal:
            assert refusal.code == "insufficient_funds", refusal.code  # noqa: PT017
            counts["refused"] += 1
            return None
        except DatabaseError as error:
            counts["crossings"] += "deadlock" in str(error)
            counts["resent"] += 1
            connection.close()
            time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
