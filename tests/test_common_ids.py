"""Identifiers tell their time, and sort by it."""

import time
from itertools import pairwise

from common.ids import uuid7


def test_an_identifier_tells_its_millisecond_and_its_version():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert before <= made.int >> 80 <= after
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_what_is_made_one_after_the_other_sorts_like_that():
    """A thousand fit into a few milliseconds. (The clock itself may be set back a little.)"""
    made = [uuid7() for _ in range(1_000)]

    assert len(set(made)) == 1_000
    assert sum(one > other for one, other in pairwise(made)) <= 2
