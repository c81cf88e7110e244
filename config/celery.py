"""The doorbell: Celery carries the names of work that PostgreSQL already holds."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("suanpan")
app.set_default()  # For every thread, not only the one that imports this.
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
