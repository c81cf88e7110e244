"""The market as a web server runs it, for tests that send what no client of Django's could."""

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections


@pytest.fixture(scope="module")
def application():
    """The market's WSGI entry, in the transaction of the test: nothing closes it."""
    market = get_wsgi_application()

    def application(environ, start_response):
        # Django's own client connects it again after each of its requests.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        answer = market(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()  # A download holds its file open until then.

    yield application
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
