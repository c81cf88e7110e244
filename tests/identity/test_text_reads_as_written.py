"""Text that people read has no marks that turn its direction, wherever it comes from."""

import pytest
from django import forms

from common.plain_text import TURNING, TurnsDirection, turns_direction
from identity import services as identity
from identity.http.fields import StrictCharField
from marketplace.portal.forms import PlainForm
from tests import cast


class Asked(PlainForm):
    name = forms.CharField()


@pytest.mark.parametrize("mark", sorted(TURNING))
def test_each_mark_is_refused_in_forms_and_bodies(mark):
    name = f"a{mark}exe.pdf"
    form = Asked({"name": name})

    assert turns_direction(name)
    assert not form.is_valid()
    assert form.errors.as_data()["name"][0].code == "direction_mark"
    with pytest.raises(Exception, match="direction") as refused:
        StrictCharField().run_validation(name)
    assert refused.value.get_codes() == ["direction_mark"]


@pytest.mark.parametrize("name", ["贵安 · 一号", "a b-c", "Ω 😀", "ﬁ"])
def test_all_else_is_taken(name):
    assert not turns_direction(name)
    assert Asked({"name": name}).is_valid()
    assert StrictCharField().run_validation(name) == name


def test_the_register_takes_no_such_name(db):
    owner = cast.organization()
    found = cast.resource(owner)

    with pytest.raises(TurnsDirection):
        cast.resource(owner, name="a\u202egnp")
    with pytest.raises(TurnsDirection):
        identity.rename_resource(
            resource_id=found.pk, provider_id=owner.pk, name="a", name_en="\u2066b"
        )
