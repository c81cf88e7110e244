"""Django for the helpers of tests that are run by hand: `python -m tests.api`, `tests.identity`."""

import os


def ready() -> None:
    """Set Django up where no test has done so. No database is asked."""
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        os.environ.setdefault("SECRET_KEY", "k" * 50)
        os.environ.setdefault("DATABASE_URL", "postgres:///none")
        django.setup()
