"""One style sheet, kept in parts."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from marketplace.portal import styles

PARTS = Path("static/css/parts")


def test_the_ground_comes_first_and_print_last_whatever_is_added():
    names = [Path(path).stem for path in styles.parts()]

    assert names[: len(styles.FIRST)] == list(styles.FIRST)
    assert sorted(names) == sorted(path.stem for path in PARTS.glob("*.css"))


@pytest.mark.django_db
def test_a_page_links_every_part_while_one_works_on_them():
    page = Client().get(reverse("account_login")).content.decode()

    assert re.findall(r'href="/static/(css/parts/[^"]+)"', page) == styles.parts()


@pytest.mark.django_db
def test_where_files_are_collected_a_page_links_one_hashed_bundle_of_all_parts(tmp_path):
    collected = {"staticfiles": {"BACKEND": "marketplace.portal.styles.Storage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=collected, STATIC_COLLECTED=True):
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        page = Client().get(reverse("account_login")).content.decode()

    [linked] = re.findall(r'href="/static/(css/bundle/[^"]+)"', page)
    text = (tmp_path / linked).read_text()
    assert (tmp_path / f"{linked}.gz").exists()
    assert "css/parts" not in page
    assert all(rule in text for rule in ("--cm-ink", ".cm-btn", ".cm-table"))
    [font] = re.findall(r'url\("(\S+?\.woff2)"\)', text)
    assert ((tmp_path / linked).parent / font).resolve().exists()
