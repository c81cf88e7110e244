"""One style sheet, kept in parts, that says all that pages wear and nothing else."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from common import tenancy
from identity.models import User
from marketplace.catalog.models import Listing
from marketplace.portal import styles
from tests import cast
from tests.portal.visitor import demo

ROOT: Final = settings.BASE_DIR
PARTS: Final = ROOT / styles.SOURCE
# What a page wears: templates, and code that writes markup.
WEARERS: Final = [
    *(ROOT / "templates").rglob("*.html"),
    *(ROOT / "static" / "js").glob("*.js"),
    *(ROOT / "marketplace").rglob("*.py"),
    *(ROOT / "identity").rglob("*.py"),
]
NAME: Final = re.compile(r"(?<![\w-])(?:cm|is|sp)-[a-z0-9]+(?:(?:--?|__)[a-z0-9]+)*(?:--|-|__)?")
COLD_BYTES_MAX: Final = 200 * 1024


def ruled() -> set[str]:
    """Return the classes that the style sheet has a rule for."""
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)|\{[^{}]*\}", "{}", styles.bundle(), flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)", text))


def worn(path: Path) -> Iterator[str]:
    """Return the classes that a file's markup names, without what a template works out."""
    # Comparisons inside of tags hold quotes of their own.
    text = re.sub(r"\{%.*?%\}", "\0", path.read_text(encoding="utf-8"))
    text = re.sub(r"\{\{.*?\}\}|\{\w*\}", "\1", text)
    for double, single in re.findall(r"""\bclass(?:Name)?=\\?(?:"([^"]*)"|'([^']*)')""", text):
        for word in f"{double}{single}".split():
            first, *others = word.split("\0")
            pieces = [first] if first.endswith("-") else [first, *others]
            yield from (each for each in pieces if each and "\1" not in each and each[-1] != "-")


def test_the_ground_comes_first_and_print_last_whatever_is_added():
    names = [Path(path).stem for path in styles.parts()]

    assert names[: len(styles.FIRST)] == list(styles.FIRST)
    assert sorted(names) == sorted(path.stem for path in PARTS.glob("*.css"))


def test_every_class_of_a_page_has_a_rule():
    rules = ruled()
    bare = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in WEARERS
        for name in worn(path)
        if name not in rules
    }

    assert bare == set()


def test_every_rule_is_worn_by_some_page():
    named = {name for path in WEARERS for name in NAME.findall(path.read_text(encoding="utf-8"))}
    begun = tuple(name for name in named if name.endswith(("-", "__")))
    built = {name for name in ruled() if name.startswith(begun)}
    # `is-{{ state }}`, `as-{{ part }}`: what follows is a word of the code.
    words = {word for path in WEARERS for word in _quoted(path)}
    built |= {f"{how}-{word}" for how in ("is", "as") for word in words}

    assert ruled() - named - built == set()


def _quoted(path: Path) -> list[str]:
    return re.findall(r"""["']([a-z]+)["']""", path.read_text(encoding="utf-8"))


def test_no_rule_is_of_somebody_elses_system():
    strangers = re.findall(r"\.(?!cm-|is-|as-|sp-|htmx-)[a-z][\w-]*(?=[\s:,.{\[>])", _selectors())

    assert sorted(set(strangers)) == []
    assert "tblr" not in styles.bundle()


def _selectors() -> str:
    plain = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", styles.bundle(), flags=re.DOTALL)
    return re.sub(r"\{[^{}]*\}", "{", plain)


@pytest.mark.django_db
def test_a_page_links_every_part_while_one_works_on_them():
    page = Client().get(reverse("account_login")).content.decode()

    assert re.findall(r'href="/static/(css/parts/[^"]+)"', page) == styles.parts()


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Iterator[Path]:
    """Static files as a deployment has them."""
    folder = tmp_path_factory.mktemp("static")
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "marketplace.portal.styles.Storage"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages, STATIC_COLLECTED=True):
        for _again in range(2):
            call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


@pytest.mark.django_db
def test_where_files_are_collected_a_page_links_one_hashed_bundle_of_all_parts(collected):
    page = Client().get(reverse("account_login")).content.decode()

    [linked] = re.findall(r'href="/static/(css/bundle/[^"]+)"', page)
    text = (collected / linked).read_text()
    assert "css/parts" not in page
    assert all(rule in text for rule in ("--cm-ink", ".cm-btn", ".cm-table"))
    [font] = re.findall(r'url\("(\S+?\.woff2)"\)', text)
    assert ((collected / linked).parent / font).resolve().exists()


@pytest.mark.browser
def test_a_page_weighs_little_for_somebody_who_comes_for_the_first_time(sample_market, collected):
    with tenancy.acting_as_platform():
        listing = Listing.objects.order_by("seq")[0].pk
    pages = ["/market/", f"/market/{listing}/", "/prices/", "/orders/", "/vouchers/", "/ledger/"]
    heavy = {}
    for path in pages:
        browser = Client(headers={"accept-encoding": "gzip"})
        with tenancy.acting_as_platform():
            browser.force_login(User.objects.get(email=demo("buyer")))
        response = browser.get(path, follow=True)
        bytes_ = len(response.content) + sum(_files(collected, gzip.decompress(response.content)))
        heavy |= {path: bytes_} if bytes_ > COLD_BYTES_MAX else {}

    assert heavy == {}


def _files(collected: Path, page: bytes) -> Iterator[int]:
    """Return how much each file that a page links is, as it is sent."""
    names = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode()))
    names |= {str(path.relative_to(collected)) for path in collected.glob("vendor/inter/*.*.woff2")}
    assert any(name.startswith(styles.BUNDLE.removesuffix(".css")) for name in names)
    for name in names:
        packed = collected / f"{name}.gz"
        yield (packed if packed.exists() else collected / name).stat().st_size


@pytest.mark.django_db
def test_a_page_is_compressed_unless_it_may_show_a_secret():
    browser = cast.signed_in(cast.member(cast.organization("Buyer"), "BUYER"))
    browser.defaults["HTTP_ACCEPT_ENCODING"] = "gzip"

    assert browser.get("/market/")["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in browser.get("/developers/")
    assert "Content-Encoding" not in browser.get("/accounts/2fa/")
    assert "Content-Encoding" not in browser.get("/api/v1/listings")
