"""A page offers its reader no link that is closed to them, or that leads nowhere."""

import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from common import tenancy
from identity.models import User
from tests.portal.visitor import demo

pytestmark = pytest.mark.slow
LINK = re.compile(r'<a\b[^>]*?\shref="([^"#]+)')
NAMED = re.compile(r"[0-9a-f-]{36}|[A-Z0-9-]{9,}|\d+")
OF_A_KIND = 2  # Pages that differ in what they name alone.
PAGES_MAX = 300
ELSEWHERE = ("/static/", "/accounts/logout/")


def links(path: str, page: str) -> list[str]:
    found = [urljoin(path, unescape(each)) for each in LINK.findall(page)]
    return [each for each in found if each.startswith("/") and not each.startswith(ELSEWHERE)]


def dead_ends(browser: Client, start: str) -> tuple[list[str], int]:
    """Return the links that do not open, each with the page that offers it, and how many did."""
    found, seen, kinds, queue = [], {start}, Counter[str](), deque([(start, "")])
    while queue and len(seen) < PAGES_MAX:
        path, offered_by = queue.popleft()
        response = browser.get(path, headers={"Accept-Language": "en"})
        if response.status_code >= 400:
            found.append(f"{response.status_code} {path} of {offered_by}")
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            response.close()  # A file that would have been sent in pieces.
            continue
        for link in links(path, response.text):
            kind = NAMED.sub("*", urlsplit(link).path)
            if link not in seen and kinds[kind] < OF_A_KIND:
                kinds[kind] += 1
                seen.add(link)
                queue.append((link, path))
    return found, len(seen)


@pytest.mark.parametrize("role", ["buyer", "provider", "issuer", "finance", "operator", "auditor"])
def test_no_link_of_a_page_is_closed_to_its_reader(sample_market, role):
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo(role)))

    found, opened = dead_ends(browser, "/home/")

    assert found == []
    assert opened > 50


def test_a_link_that_is_closed_is_found():
    assert links("/a/", '<a class="x" href="../b/?c=1">') == ["/b/?c=1"]
    assert links("/a/", '<link href="/static/x"><a href="https://other.example/">') == []
