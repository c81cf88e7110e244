"""Three names of events, under rules that tests can read here."""

from collections.abc import Iterator

import pytest

from identity.contracts import Role
from identity.events import registry as event_names
from identity.notices import registry
from identity.notices.contracts import Rule, Topic
from tests import frontier
from tests.notices.cast import ASKED, COUNTED, ROLES


@pytest.fixture(autouse=True)
def known_rules() -> Iterator[None]:
    before, pages = dict(registry.rules()), registry.pages()
    for name in (ASKED, COUNTED, ROLES):
        event_names._labels[name] = f"Label of {name}"
    registry.install(
        {
            ASKED: Rule(Topic.PEOPLE, {Role.BUYER, Role.PROVIDER}, asks=True),
            COUNTED: Rule(Topic.ORDERS, {Role.BUYER}, bundled=True, answers={ASKED}),
            ROLES: Rule(
                Topic.OPERATION, everywhere=True, roles_fact="roles", unless_fact="told_otherwise"
            ),
        },
        pages,
    )
    yield
    registry.install(before, pages)
    for name in (ASKED, COUNTED, ROLES):
        del event_names._labels[name]


@pytest.fixture(autouse=True)
def patient_readers():
    with frontier.beyond_other_databases():
        yield
