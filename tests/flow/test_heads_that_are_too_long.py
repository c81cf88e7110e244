"""A head that is too long for the web server is refused in the market's own form."""

import socket
import threading

import pytest
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine

from config.web import ProblemWorker


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        (LimitRequestLine(10_000, 8_190), b"414", b'"code": "uri_too_long"'),
        (LimitRequestHeaders("too many"), b"431", b'"code": "headers_too_large"'),
    ],
)
def test_it_is_a_problem_in_both_languages(refused, status, code):
    ours, theirs = socket.socketpair()
    worker = object.__new__(ProblemWorker)
    threading.Thread(target=worker.handle_error, args=(None, ours, None, refused)).start()

    told = theirs.recv(10_000)
    ours.close()
    theirs.close()

    assert told.startswith(b"HTTP/1.1 " + status)
    assert b"application/problem+json" in told
    assert code in told
    assert "过".encode() in told
    assert b"too long" in told or b"too large" in told
