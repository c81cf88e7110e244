"""Every kind of proposal has a service, words in both languages, and a page that reads it."""

import inspect

import pytest
from django.utils.translation import override

from config import approvals
from identity.approvals import kinds
from identity.approvals.contracts import KIND_LENGTH_MAX
from marketplace.portal import proposals
from tests.approvals import examples

ARGUMENTS = {"proposal_id", "person_id", "organization_id", "now", "note"}


def test_the_kinds_are_installed_once_each():
    assert kinds.installed() == approvals.KINDS
    assert len({kind.name for kind in approvals.KINDS}) == len(approvals.KINDS)


def test_every_kind_has_a_page_and_an_example():
    names = {kind.name for kind in approvals.KINDS}

    assert names == set(proposals.KINDS) == set(examples.OF)


@pytest.mark.parametrize("kind", approvals.KINDS, ids=lambda kind: kind.name)
def test_a_kind_has_a_service_and_words_in_both_languages(kind):
    assert set(inspect.signature(kind.approve).parameters) == ARGUMENTS
    assert len(kind.name) <= KIND_LENGTH_MAX
    for words in (kind.label, kind.consequence):
        with override("en"):
            english = str(words)
        with override("zh-hans"):
            assert str(words) != english, english
