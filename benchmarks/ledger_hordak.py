"""django-hordak's bulk posting, in a process and a database of its own; prints its rates."""

import json
import os
import random
import sys
import time

import django
from django.conf import settings

BATCH = 1000
BATCHES = 4


def main() -> None:
    """Migrate, post in bulk, print."""
    settings.configure(
        SECRET_KEY="-" * 60,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "mptt",
            "hordak",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "bench_hordak",
                "USER": "postgres",
                "HOST": os.environ["HORDAK_HOST"],
            }
        },
        USE_TZ=True,
        DEFAULT_CURRENCY="CNY",
        CURRENCIES=["CNY"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from hordak.models import Account, Leg, Transaction
    from moneyed import Money

    call_command("migrate", verbosity=0)
    accounts = [
        Account.objects.create(name=f"a{number}", code=str(number), type="AS", currencies=["CNY"])
        for number in range(1, 101)
    ]
    cent = Money("0.01", "CNY")

    def post() -> None:
        with transaction.atomic():
            made = Transaction.objects.bulk_create(Transaction() for _ in range(BATCH))
            legs = []
            for one in made:
                debit, credit = random.sample(accounts, 2)
                legs.append(Leg(transaction=one, account=debit, debit=cent))
                legs.append(Leg(transaction=one, account=credit, credit=cent))
            Leg.objects.bulk_create(legs)

    rates: dict[str, list[float]] = {}
    for mode, setting in (("durable", "on"), ("async", "off")):
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit = {setting}")
        post()
        rates[mode] = []
        for _ in range(int(os.environ["HORDAK_RUNS"])):
            started = time.monotonic()
            for _ in range(BATCHES):
                post()
            rates[mode].append(BATCH * BATCHES / (time.monotonic() - started))
    sys.stdout.write(json.dumps(rates))


if __name__ == "__main__":
    main()
