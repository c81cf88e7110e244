"""Wiring only: settings, addresses, the API's common behaviour, and the services around it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
