"""An issuer writes a draft, reads what it would do, and proposes it once it is whole."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace import accounts
from marketplace.vouchers.models import ProgrammeDraft
from marketplace.vouchers.programme_2 import MEMBERS
from tests import cast
from tests.vouchers.published import rules_2
from tests.vouchers.test_drafts_of_programmes import EXAMPLE

pytestmark = pytest.mark.django_db
HEAD = {"code": "CD-2026", "name": "成都算力券", "region": "510100", "source": "川府发〔2025〕1号"}
CHENGDU = {"regions": {"table": "2024-01-01", "codes": ["510100"]}}


@pytest.fixture(autouse=True)
def chart():
    accounts.install_chart()


@pytest.fixture
def issuer():
    return cast.signed_in(cast.member(cast.organization("Office"), Role.ISSUER))


def typed(rules=None, **changes):
    rules = rules or rules_2(beneficiaries=CHENGDU, limits={"per_entity_year_minor": 500_000_000})
    found = {"key": str(uuid4()), "examples": json.dumps([EXAMPLE]), **HEAD}
    for name in MEMBERS:
        value = rules.get(name, "")
        found[f"said_{name}"] = value if isinstance(value, str | int) else json.dumps(value)
        found[f"number_{name}"] = rules["clauses"].get(name, {}).get("number", "")
        found[f"words_{name}"] = rules["clauses"].get(name, {}).get("text", "")
    return found | changes


def post(issuer, page, values, *arguments, language="en"):
    return issuer.post(
        reverse(f"portal:{page}", args=arguments),
        values,
        headers={"Accept-Language": language},
        follow=True,
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "An SME in Chengdu that buys ¥100,000 of AI compute gets ¥60,000, at most"),
        ("zh-hans", "成都市的中小企业购买 ¥100,000 的"),
    ],
)
def test_a_preview_says_in_plain_words_what_somebody_gets(issuer, language, sentence):
    page = post(issuer, "programme-draft-preview", typed(), language=language)

    assert page.status_code == 200
    assert sentence in page.text
    assert "第10条" in page.text


def test_a_draft_is_saved_as_far_as_it_is_known_and_says_what_it_lacks(issuer):
    page = post(issuer, "programme-draft-new", typed(said_payee="", said_limits=""))

    with tenancy.acting_as_platform():
        kept = ProgrammeDraft.objects.get()
    assert "The draft is saved." in page.text
    assert "payee" in page.text
    assert "payee" not in kept.rules
    assert kept.code in issuer.get(reverse("portal:programme-drafts")).text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"said_rates": "[{"}, "said_rates"),
        ({"said_publicity_days": "91"}, "said_publicity_days"),
        ({"examples": "{}"}, "examples"),
        ({"code": "small"}, "code"),
        ({"said_eligible_lines": '["LUNCH"]'}, "said_eligible_lines"),
    ],
    ids=["json", "days", "examples", "code", "lines"],
)
def test_what_is_wrong_is_said_beside_its_input_and_nothing_is_lost(issuer, change, told):
    page = post(issuer, "programme-draft-new", typed(**change))

    assert page.status_code == 422
    assert told in page.context["form"].errors
    assert "川府发〔2025〕1号" in page.text
    with tenancy.acting_as_platform():
        assert not ProgrammeDraft.objects.exists()


def test_a_whole_draft_is_proposed_and_one_whose_example_fails_is_not(issuer):
    wrong = json.dumps([EXAMPLE | {"expected_minor": 5}])
    post(issuer, "programme-draft-new", typed(examples=wrong))
    with tenancy.acting_as_platform():
        kept = ProgrammeDraft.objects.get()

    refused = post(issuer, "programme-draft-propose", {"key": str(uuid4())}, kept.pk)
    post(issuer, "programme-draft", typed(revision=kept.revision), kept.pk)
    late = post(issuer, "programme-draft", typed(revision=kept.revision), kept.pk)
    proposed = post(issuer, "programme-draft-propose", {"key": str(uuid4())}, kept.pk)

    assert "expects 5 fen and gets 6000000" in refused.text
    assert late.status_code == 422
    assert "Somebody changed the draft meanwhile" in late.text
    assert "wait until another person approves" in proposed.text
    with tenancy.acting_as_platform():
        assert Proposal.objects.get().content["rules"]["schema"] == 2


def test_others_neither_see_nor_write_drafts(issuer):
    post(issuer, "programme-draft-new", typed())
    with tenancy.acting_as_platform():
        kept = ProgrammeDraft.objects.get()
    other = cast.signed_in(cast.member(cast.organization("Other"), Role.ISSUER))

    assert other.get(reverse("portal:programme-draft", args=[kept.pk])).status_code == 404
