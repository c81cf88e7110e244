"""The rules that deliveries and scores name stand in words, for everybody, none left out."""

import pytest

from marketplace.portal import delivered_rule_words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "words"), [("en", "not charged"), ("zh-hans", "不计费")])
def test_every_version_of_this_release_has_its_words(client, language, words):
    page = client.get("/rules/of-delivery/", headers={"Accept-Language": language})

    named = {each.name for each in delivered_rule_words.named_rules()}
    assert page.status_code == 200
    assert named == set(delivered_rule_words.WORDS)
    assert all(name in page.content.decode() for name in named)
    assert words in page.content.decode()
