"""Forms are data: asked by condition, answered by version, agreed to by their words."""

import json
from datetime import timedelta
from uuid import uuid4

import jsonschema
import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity.contracts import Actor, Role
from identity.files import services as files
from identity.files.contracts import FileNotFound, Grant
from identity.forms import answers as answering
from identity.forms import selectors, services
from identity.forms.contracts import (
    ConsentMissing,
    FormChanged,
    InvalidAnswers,
    InvalidForm,
    UnknownForm,
)
from identity.forms.definitions import faults, parse_form
from identity.forms.models import FormSubmission
from tests import cast, factories
from tests.cast import NOW

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WORDS = {"en": "Words", "zh": "文字"}
TEXT = {"name": "a", "type": "text", "label": WORDS, "required": True}
PICK = {
    "name": "p",
    "type": "choice",
    "label": WORDS,
    "required": True,
    "choices": [{"value": "X", "label": WORDS}, {"value": "Y", "label": WORDS}],
}
SAID = {"purpose": "Training", "use": "TRAINING", "has_other_support": "no"}


def definition(**changes):
    return {
        "form": "survey",
        "version": 1,
        "purpose": "STANDING",
        "title": WORDS,
        "consent": WORDS,
        "fields": [PICK, TEXT | {"when": {"field": "p", "is": ["Y"]}}],
    } | changes


@pytest.fixture
def usual():
    return selectors.newest_form("voucher-application")


@pytest.fixture
def operator():
    return cast.member(factories.OrganizationFactory(), Role.OPERATOR)


def publish(operator, **changes):
    with tenancy.acting_as_platform():
        organization = operator.memberships.first().organization_id
        data = definition(**changes)
        return services.publish(data, by_id=operator.pk, organization_id=organization, now=NOW)


def submit(owner, person, form, answers, **facts):
    with tenancy.acting_as(owner.pk):
        return services.submit(
            form,
            answers,
            organization_id=owner.pk,
            person_id=person.pk,
            now=NOW,
            **{"consents": True} | facts,
        )


def test_what_is_not_asked_is_left_out_and_what_others_lead_to_is_asked(usual):
    assert answering.read(usual, SAID | {"other_use": "weather"}) == SAID
    with pytest.raises(InvalidAnswers) as refused:
        answering.read(usual, SAID | {"use": "OTHER"})

    assert refused.value.field == "other_use"
    assert [each.name for each in usual.asked({"use": "OTHER"})][:3] == [
        "purpose",
        "use",
        "other_use",
    ]


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "purpose"),
        (SAID | {"purpose": "  "}, "purpose"),
        (SAID | {"purpose": "x" * 501}, "purpose"),
        (SAID | {"purpose": "\x00"}, "purpose"),
        (SAID | {"purpose": "\ud800"}, "purpose"),
        (SAID | {"purpose": 7}, "purpose"),
        (SAID | {"use": "MINING"}, "use"),
        (SAID | {"use": ["TRAINING"]}, "use"),
        (SAID | {"has_other_support": True}, "has_other_support"),
        (SAID | {"file": "../etc/passwd"}, "file"),
        (SAID | {"colour": "red"}, "colour"),
    ],
    ids=[
        "nothing",
        "blank",
        "long",
        "nul",
        "half",
        "number",
        "unknown",
        "list",
        "bool",
        "path",
        "unasked",
    ],
)
def test_a_wrong_answer_names_its_question(usual, answers, field):
    with pytest.raises(InvalidAnswers) as refused:
        answering.read(usual, answers)

    assert refused.value.field == field


def test_every_form_of_the_market_follows_the_schema():
    for form in selectors.versions():
        jsonschema.validate(dict(form.data), selectors.json_schema())
        assert faults(form.data) == []
    assert {form.purpose for form in selectors.current()} == {
        "APPLICATION",
        "CERTIFICATE",
        "STANDING",
    }


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], ""),
        (definition(colour=1), "colour"),
        (definition(form="Survey!"), "form"),
        (definition(version=True), "version"),
        (definition(purpose="FUN"), "purpose"),
        (definition(title={"en": "x"}), "title"),
        (definition(fields=[]), "fields"),
        (definition(fields=[7]), "fields[0]"),
        (definition(fields=[TEXT | {"type": "colour"}]), "fields[0].type"),
        (definition(fields=[TEXT | {"choices": []}]), "fields[0].choices"),
        (definition(fields=[PICK | {"choices": []}]), "fields[0].choices"),
        (definition(fields=[TEXT | {"prefill": "secret"}]), "fields[0].prefill"),
        (definition(fields=[TEXT | {"required": 1}]), "fields[0].required"),
        (definition(fields=[TEXT | {"name": "consent"}]), "fields[0].name"),
    ],
    ids=[
        "list",
        "unknown",
        "code",
        "version",
        "purpose",
        "title",
        "empty",
        "number",
        "type",
        "unchosen",
        "choiceless",
        "prefill",
        "required",
        "name",
    ],
)
def test_a_fault_of_a_definition_is_told_with_its_path_as_the_schema_sees_it(data, path):
    assert path in [each.path for each in faults(data)]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, selectors.json_schema())


@pytest.mark.parametrize(
    "fields",
    [
        [TEXT, TEXT],
        [TEXT | {"when": {"field": "p", "is": ["X"]}}, PICK],
        [PICK, TEXT | {"when": {"field": "p", "is": ["Z"]}}],
        [TEXT, PICK | {"when": {"field": "a", "is": ["X"]}}],
    ],
    ids=["twice", "later", "value", "text"],
)
def test_a_definition_that_cannot_be_asked_is_refused(fields):
    with pytest.raises(InvalidForm):
        parse_form(definition(fields=fields))


def test_versions_follow_each_other_and_are_never_changed(operator):
    first = publish(operator)

    with pytest.raises(InvalidForm):
        publish(operator)
    with pytest.raises(InvalidForm):
        publish(operator, version=3)
    second = publish(operator, version=2)
    assert selectors.newest_form("survey").version == second.version == 2
    assert selectors.definition("survey", 1).content_hash == first.content_hash
    with (
        pytest.raises(DatabaseError, match=r"denied|append"),
        transaction.atomic(),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE forms_formversion SET code = 'other'")
    with pytest.raises(UnknownForm):
        selectors.newest_form("nothing")


def test_answers_keep_what_was_asked_and_nobody_changes_them(usual):
    owner = factories.BuyerFactory()
    person = cast.member(owner, Role.BUYER)

    made = submit(owner, person, usual, SAID)

    assert (made.code, made.version, made.answers) == ("voucher-application", 1, SAID)
    assert made.content_hash == usual.content_hash
    with (
        pytest.raises(DatabaseError, match=r"denied|append"),
        transaction.atomic(),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE forms_formsubmission SET answers = '{}'")
    with tenancy.acting_as(factories.BuyerFactory().pk):
        assert not FormSubmission.objects.exists()


def test_consent_is_asked_once_a_wording_and_anew_when_it_changes(operator):
    owner = factories.BuyerFactory()
    person = cast.member(owner, Role.BUYER)
    publish(operator)
    first = selectors.newest_form("survey")

    with pytest.raises(ConsentMissing):
        submit(owner, person, first, {"p": "X"}, consents=False)
    submit(owner, person, first, {"p": "X"})
    submit(owner, person, first, {"p": "X"}, consents=False)
    publish(operator, version=2, fields=[PICK])
    same_words = selectors.newest_form("survey")
    submit(owner, person, same_words, {"p": "X"}, consents=False)
    publish(operator, version=3, consent={"en": "Other words", "zh": "另行同意"})
    other_words = selectors.newest_form("survey")
    with pytest.raises(ConsentMissing):
        submit(owner, person, other_words, {"p": "X"}, consents=False)
    with pytest.raises(FormChanged):
        submit(owner, person, same_words, {"p": "X"})


def test_a_file_is_the_organisations_own_is_kept_by_hash_and_seen_by_who_decides(usual):
    owner, issuer = factories.BuyerFactory(), factories.OrganizationFactory()
    person = cast.member(owner, Role.BUYER)
    with tenancy.acting_as(owner.pk):
        file = files.store(
            organization_id=owner.pk,
            person_id=person.pk,
            name="licence.pdf",
            content=PDF,
            now=NOW,
            expires_at=NOW + timedelta(days=1),
        )

    with pytest.raises(InvalidAnswers) as refused:
        submit(owner, person, usual, SAID | {"file": str(uuid4())})
    assert refused.value.field == "file"
    grants = [Grant(issuer.pk, Role.ISSUER)]
    made = submit(owner, person, usual, SAID | {"file": str(file.pk)}, readers=grants)

    assert made.files["file"]["sha256"] == file.sha256
    officer = Actor(issuer.pk, frozenset({Role.ISSUER}), person_id=0)
    stranger = Actor(factories.BuyerFactory().pk, frozenset({Role.BUYER}), person_id=0)
    with tenancy.acting_as_platform():
        with files.open_for(officer, file_id=file.pk, now=NOW)[1] as content:
            assert content.read() == PDF
        with pytest.raises(FileNotFound):
            files.open_for(stranger, file_id=file.pk, now=NOW)


def test_what_is_begun_is_kept_and_goes_before_the_last_answers_and_the_register():
    owner = factories.BuyerFactory()
    person = cast.member(owner, Role.BUYER)
    form = selectors.newest_form("onboarding")
    with tenancy.acting_as(owner.pk):
        offered = selectors.offered(form, organization_id=owner.pk)
        assert offered == {"name": owner.name, "uscc": owner.uscc}
        services.keep_draft(
            form,
            {"phone": "110", "contact": "x" * 999, "kinds": ["AI"]},
            organization_id=owner.pk,
            person_id=person.pk,
            now=NOW,
        )
        begun = selectors.offered(form, organization_id=owner.pk)

    assert begun == {"phone": "110", "kinds": ["AI"]}
    assert json.loads(json.dumps(begun)) == begun
