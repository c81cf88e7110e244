"""A stranger that drips, floods or says nothing holds a request up no longer than its bound."""

import contextlib
import gzip
import socket
import threading
import time
import zlib

import pytest

from common import networks, outbound
from tests.outbound.servers import OK, says, serving

LIMITS = outbound.Limits(
    connect_seconds=0.5, read_seconds=0.5, total_seconds=1.5, reply_bytes_max=10_000
)
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)


def ask(server):
    return outbound.ask(outbound.Request("POST", server.url, body=b"{}"), limits=LIMITS)


def deliver(server):
    return outbound.deliver(outbound.Request("POST", server.url, body=b"{}"), limits=LIMITS)


def drips(before, piece, *, every=0.1):
    """Return the behaviour of a server that sends one piece after another, for ever."""

    def answer(connection):
        connection.sendall(before)
        while True:
            connection.sendall(piece)
            if every:
                time.sleep(every)

    return answer


def silent(connection):
    threading.Event().wait(5)


@contextlib.contextmanager
def within(seconds):
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_server_that_says_nothing_is_left():
    with serving(silent) as server, within(2), pytest.raises(outbound.TimedOut):
        ask(server)


def test_a_status_that_drips_is_left():
    """Each byte comes in time, the head never does: what bounds single reads does not see it."""
    with (
        serving(drips(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")) as server,
        within(3),
        pytest.raises(outbound.TimedOut),
    ):
        deliver(server)


def test_a_body_that_drips_is_left():
    with (
        serving(drips(CHUNKED, b"1\r\na\r\n")) as server,
        within(3),
        pytest.raises(outbound.TimedOut),
    ):
        ask(server)


def test_a_body_without_end_is_left():
    with (
        serving(drips(CHUNKED, b"400\r\n" + b"a" * 1024 + b"\r\n", every=0)) as server,
        within(3),
        pytest.raises(outbound.ReplyTooLarge),
    ):
        ask(server)


def test_a_body_that_says_to_be_large_is_not_read():
    large = HEAD + b"Content-Length: 1000000000000\r\n\r\n" + b"a" * 20_000
    with serving(says(large)) as server, pytest.raises(outbound.ReplyTooLarge):
        ask(server)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(pack):
    bomb = pack(b"\0" * 100_000_000)
    name = "gzip" if pack is gzip.compress else "deflate"
    head = HEAD + f"Content-Encoding: {name}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    roomy = outbound.Limits(total_seconds=10, reply_bytes_max=1_000_000)
    request = outbound.Request("POST", "")
    with serving(says(head + bomb)) as server, within(3):
        request = outbound.Request("POST", server.url)
        with pytest.raises(outbound.ReplyTooLarge):
            outbound.ask(request, limits=roomy)


def test_an_answer_that_was_packed_is_unpacked():
    packed = gzip.compress(b"all of it")
    head = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with serving(says(head + packed)) as server:
        assert ask(server).body == b"all of it"


@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip"])
def test_what_nobody_asked_for_is_not_unpacked(encoding):
    head = HEAD + b"Content-Encoding: " + encoding + b"\r\nContent-Length: 2\r\n\r\nok"
    with serving(says(head)) as server, pytest.raises(outbound.ReplyUnreadable):
        ask(server)


def test_header_fields_without_end_are_left():
    with (
        serving(drips(HEAD, b"X-More: " + b"a" * 1_000 + b"\r\n", every=0)) as server,
        within(3),
        pytest.raises((outbound.ReplyTooLarge, outbound.ReplyUnreadable)),
    ):
        deliver(server)


def test_answers_before_the_answer_have_an_end():
    with (
        serving(drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", every=0)) as server,
        within(4),
        pytest.raises((outbound.ReplyTooLarge, outbound.TimedOut)),
    ):
        deliver(server)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 9999 ?\r\n\r\n",
        b"\x16\x03\x01\x00\x00",
        HEAD + b"Content-Length: 100\r\n\r\ntoo short",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip",
    ],
)
def test_what_is_no_answer_is_told_from_one(answer):
    with serving(says(answer)) as server, pytest.raises(outbound.ReplyUnreadable):
        ask(server)


def test_nobody_listening_is_told_at_once():
    with serving(says(OK)) as server:
        pass
    with within(1), pytest.raises(outbound.Unreachable):
        ask(server)


def test_a_name_server_that_does_not_answer_is_left(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: threading.Event().wait(4) or [])
    with within(2), pytest.raises(outbound.TimedOut):
        outbound.ask(outbound.Request("GET", "https://slow.example/"), limits=LIMITS)


@pytest.mark.parametrize(
    "answer",
    [
        drips(CHUNKED, b"400\r\n" + b"a" * 1024 + b"\r\n", every=0),
        drips(CHUNKED, b"1\r\na\r\n"),
        says(HEAD + b"Content-Length: 100\r\n\r\ntoo short"),
        says(HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nok"),
    ],
    ids=["endless", "dripping", "broken off", "packed oddly"],
)
def test_a_status_counts_whatever_comes_after_it(answer):
    """Who was told something has said so with the status; the rest is cut off."""
    with serving(answer) as server, within(3):
        reply = deliver(server)

    assert (reply.status, reply.is_cut, reply.is_success) == (200, True, True)
    assert len(reply.body) <= LIMITS.reply_bytes_max
