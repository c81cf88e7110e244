"""A worker of webhooks in a process of its own, to be killed: reads what happened and tells it."""

import os
import time

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from common import clock
    from identity.webhooks import services

    while True:
        while services.spread(now=clock.now()):
            continue
        services.run(clock=clock.now, seconds=5)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
