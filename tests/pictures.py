"""
`python -m tests.pictures ADDRESS`: make the pictures of the documentation from a running demo.

Each is a page as a reader of a role sees it, signed in with the accounts that the demo's sign-in
page offers. Chromium is a tool of the tests and of this command, and of nothing that is installed.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from marketplace.demo import files
from tests import chromium

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
LANGUAGE_COOKIE: Final = "django_language"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, who looks at it, and how large the window is."""

    name: str
    path: str
    role: str = ""
    width: int = 1440
    height: int = 900
    theme: str = "light"
    language: str = "en"


PICTURES: Final = (
    Picture("public", "/"),
    Picture("prices", "/prices/"),
    Picture("phone", "/", width=390, height=844, theme="dark", language="zh-hans"),
    Picture("market", "/market/", role="buyer"),
    Picture("order", "/orders/", role="buyer"),
    Picture("ledger", "/ledger/", role="auditor"),
    Picture("wall", "/wall/", role="operator", width=1920, height=1080, language="zh-hans"),
)


def member(role: str) -> str:
    """Return the address of the sample market's member with a role."""
    people = files.entries("people")
    return next(str(each["email"]) for each in people if role.upper() in each["roles"])


def take(browser: Browser, site: str, picture: Picture, *, folder: Path, email: str) -> Path:
    """Open a page as its reader does, and keep what the window shows."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height}, reduced_motion="reduce"
    )
    try:
        _choose(context, site, picture)
        page = context.new_page()
        if email:
            _sign_in(context, site, email)
        answer = page.goto(site + picture.path)
        if answer is None or answer.status >= 400:
            message = f"{picture.path} answered {answer and answer.status}"
            raise SystemExit(message)
        page.wait_for_load_state("networkidle")
        path = folder / f"{picture.name}.png"
        page.screenshot(path=path)
        return path
    finally:
        context.close()


def _choose(context: BrowserContext, site: str, picture: Picture) -> None:
    for name, value in ((LANGUAGE_COOKIE, picture.language), ("theme", picture.theme)):
        context.add_cookies([{"name": name, "value": value, "url": site}])


def _sign_in(context: BrowserContext, site: str, email: str) -> None:
    """Sign in with an account that the demo offers on its own sign-in page."""
    page = context.new_page()
    page.goto(f"{site}/accounts/login/")
    offered = page.locator(".cm-demo button", has_text=email)
    if not offered.count():
        message = f"{site} offers no demo account {email}"
        raise SystemExit(message)
    offered.first.click()
    page.locator("form button.cm-btn--primary").first.click()
    page.wait_for_url(lambda address: "/accounts/login" not in address)
    page.close()


def main(arguments: list[str]) -> int:
    """Make every picture; return how the command ended."""
    if len(arguments) != 1 or not arguments[0].startswith("http"):
        sys.stderr.write("usage: python -m tests.pictures http://127.0.0.1:8000\n")
        return 2
    path = chromium.provide()
    if path is None:
        sys.stderr.write("There is no Chromium that can be driven here.\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for picture in PICTURES:
            email = member(picture.role) if picture.role else ""
            made = take(browser, arguments[0].rstrip("/"), picture, folder=IMAGES, email=email)
            sys.stdout.write(f"{made}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
