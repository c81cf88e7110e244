"""Terms and privacy as a deployment words them, and what browsers and search engines ask for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from common import addresses

SHIPPED: Final = Path(__file__).parent.parent / "legal"
TEXT_BYTES_MAX: Final = 200_000
PUBLIC: Final = (
    "home", "market", "calculator", "prices", "public-programmes", "rule-changes", "ask-access",
    "terms", "privacy", "what-is-kept",
)  # fmt: skip
# What no search engine needs to ask for; who may read it is decided elsewhere.
PRIVATE: Final = ("/accounts/", "/api/", "/wall/", "/oversight/", "/search/")
DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a text: a heading, a paragraph or the lines of a list."""

    kind: str
    text: str
    lines: tuple[str, ...] = ()


def read(name: str) -> list[Block]:
    """Return a text in the reader's language: the deployment's own, or the one that is shipped."""
    language = "en" if get_language() == "en" else "zh-hans"
    file = f"{name}.{language}.txt"
    own = Path(settings.SITE_LEGAL_DIR) / file if settings.SITE_LEGAL_DIR else None
    path = own if own and own.is_file() else SHIPPED / file
    return blocks(path.read_bytes()[:TEXT_BYTES_MAX].decode("utf-8", "replace"))


def blocks(text: str) -> list[Block]:
    """Read a plain text: `# ` begins a heading, `- ` a line of a list, an empty line ends both."""
    found = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in part.strip().split("\n") if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("# "):
            found.append(Block("heading", lines.pop(0)[2:]))
        if lines and all(line.startswith("- ") for line in lines):
            found.append(Block("list", "", tuple(line[2:] for line in lines)))
        elif lines:
            found.append(Block("text", " ".join(lines)))
    return found


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Show on which terms the market is used."""
    return render(request, "public/text.html", {"title": _("Terms"), "blocks": read("terms")})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what the market keeps of people, and why."""
    context = {
        "title": _("Privacy"),
        "blocks": read("privacy"),
        "more": [(_("What we keep, and how long"), reverse("portal:what-is-kept"))],
    }
    return render(request, "public/text.html", context)


@require_safe
@cache_control(public=True, max_age=DAY_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Tell search engines what they need not ask for."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    lines.append(f"Sitemap: {addresses.public(reverse('portal:sitemap'))}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=DAY_SECONDS)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Name the pages that everybody may read."""
    pages = [addresses.public(reverse(f"portal:{name}")) for name in PUBLIC]
    pages.append(addresses.public(reverse("status")))
    return render(request, "public/sitemap.xml", {"pages": pages}, content_type="application/xml")


@require_safe
@cache_control(public=True, max_age=DAY_SECONDS)
def favicon(request: HttpRequest) -> FileResponse:  # noqa: ARG001 - Django's signature
    """Answer browsers that ask for the mark where it always used to be."""
    path = settings.BASE_DIR / "static" / "img" / "favicon.ico"
    return FileResponse(path.open("rb"), content_type="image/x-icon")
