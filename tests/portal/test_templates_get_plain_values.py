"""
No row of the database reaches a template: what a page shows was read before it is drawn.

A template that holds a row can read more of it while it draws, one query a line, and shows what
the view never meant to. Views hand over frozen values.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Manager, Model, QuerySet
from django.forms import BaseForm
from django.test import Client
from django.test.utils import ContextList

from common import tenancy
from identity.models import User
from tests.portal.test_every_page_for_everyone import pages
from tests.portal.visitor import demo

ROLES = ("buyer", "provider", "auditor", "issuer", "finance", "operator")
DEPTH_MAX = 4
ITEMS_MAX = 3  # of a list are looked at: the others are alike
# Whoever is signed in, as Django and its sign-in hand them to every page.
OF_EVERY_PAGE = {"user", "request", "perms", "view", "form"}
# The switcher's organisations, which their sign-in loaded: a name and an identifier are shown.
OF_THE_SHELL = {"own_organization", "organizations"}
# What pages of before this rule hand over still, by page. It may only grow shorter.
KNOWN = {
    page: set(names)
    for page, names in json.loads(
        (Path(__file__).parent / "rows_in_templates.json").read_text()
    ).items()
}


def rows_in(value: Any, *, depth: int = 0) -> Iterator[str]:
    """Yield the names of models of which something is within a value."""
    if isinstance(value, Model):
        yield type(value).__name__
    elif isinstance(value, QuerySet | Manager):
        yield f"{value.model.__name__} set"
    elif depth < DEPTH_MAX and not isinstance(value, str | bytes | BaseForm):
        for each in _parts(value):
            yield from rows_in(each, depth=depth + 1)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())[:50]
    if isinstance(value, list | tuple):
        return list(value[:ITEMS_MAX])
    if is_dataclass(value):
        return [getattr(value, each.name) for each in fields(value)]
    return []


def handed_over(context: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names and values that templates were given, whichever template it was."""
    for layer in context if isinstance(context, ContextList) else [context]:
        for scope in layer:
            if isinstance(scope, dict):
                yield from scope.items()
            else:
                for each in scope.dicts:
                    yield from each.items()


@pytest.mark.parametrize("role", ROLES)
def test_no_row_reaches_a_template(sample_market, role):
    browser, found = Client(), {}
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo(role)))

    with tenancy.acting_as_platform():
        addresses = list(pages(role))
    for path in addresses:
        response = browser.get(path, follow=True)
        if response.context is None:
            continue
        name = response.resolver_match.view_name if response.resolver_match else path
        allowed = OF_EVERY_PAGE | OF_THE_SHELL | KNOWN.get(name, set())
        for key, value in handed_over(response.context):
            if key not in allowed and (kinds := sorted(set(rows_in(value)))):
                found.setdefault(name, {})[key] = kinds

    assert found == {}
