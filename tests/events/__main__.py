"""Write the table of what services record: `python -m tests.events`."""

import os

import django


def main() -> None:
    # No database is asked; settings need an address.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SECRET_KEY", "k" * 60)
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@/nothing")
    django.setup()
    from tests.events import services

    services.TABLE.write_text(services.HEADING + "\n".join(services.lines()) + "\n")


if __name__ == "__main__":
    main()
