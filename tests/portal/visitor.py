"""Somebody who looks at the portal, and notes what the browser complains about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from common import tenancy
from identity.models import User
from marketplace.demo import files

AXE: Final = Path(__file__).parents[1] / "vendor" / "axe" / "axe.min.js"
# A machine that is busy is slow, not wrong: only what never comes uses all of it.
PATIENCE_MS: Final = 60_000
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking at a page."""

    language: str
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"


LOOKS: Final = [
    Look(language, theme, width)
    for language in ("zh-hans", "en")
    for theme in ("light", "dark")
    for width in (1440, 390)
]
SHORT: Final = [Look("zh-hans", "light", 1440), Look("en", "dark", 390)]


@dataclass
class Visitor:
    """A browser window, and its complaints."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        response = self.page.goto(self.site + path)
        if response is None or response.status >= 400:
            self.complaints.append(f"{path}: status {response and response.status}")

    def accessibility(self) -> list[str]:
        """Return what axe finds wrong. Its own script is no part of the page: the policy is off."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Page.setBypassCSP", {"enabled": True})
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(result => result.violations.map("
            "v => v.id + ': ' + v.nodes[0].html.slice(0, 120)))",
            RULES,
        )
        session.detach()
        return list(found)

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@contextmanager
def visit(
    browser: Browser,
    site: str,
    *,
    email: str = "",
    look: Look = SHORT[0],
    scripts: bool = True,
) -> Iterator[Visitor]:
    """Open a window, signed in if an e-mail address is given."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, java_script_enabled=scripts
    )
    _cookie(context, site, settings.LANGUAGE_COOKIE_NAME, look.language)
    _cookie(context, site, "theme", look.theme)
    if email:
        _cookie(context, site, settings.SESSION_COOKIE_NAME, _session(email))
    visitor = Visitor(context.new_page(), site)
    visitor.page.set_default_timeout(PATIENCE_MS)
    visitor.page.on("console", lambda message: _listen(visitor, message.type, message.text))
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"script: {error}"))
    try:
        yield visitor
    finally:
        context.close()


def demo(role: str) -> str:
    """Return the e-mail address of the sample market's member with a role."""
    people = files.entries("people")
    return next(str(each["email"]) for each in people if role.upper() in each["roles"])


def _listen(visitor: Visitor, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        where = urlsplit(visitor.page.url).path
        visitor.complaints.append(f"{where}: {kind}: {text}")


def _cookie(context: BrowserContext, site: str, name: str, value: str) -> None:
    context.add_cookies([{"name": name, "value": value, "url": site}])


def _session(email: str) -> str:
    """Return the cookie of somebody who has signed in; the sign-in page has tests of its own."""
    client = Client()
    with tenancy.acting_as_platform():
        user = User.objects.get(email=email)
        client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
