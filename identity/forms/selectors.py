"""Reads of forms: which version is asked now, and what was answered."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from identity.contracts import Actor, Role
from identity.forms import answers as answering
from identity.forms.contracts import FormPurpose, Prefill, UnknownForm
from identity.forms.definitions import Form, parse_form
from identity.forms.models import FormDraft, FormSubmission, FormVersion
from identity.models import Organization

DATA: Final = Path(__file__).with_name("data")
SCHEMA: Final = Path(__file__).with_name("form.schema.json")
# Who reads what organisations answered.
READERS: Final = (Role.OPERATOR, Role.AUDITOR)


@cache
def _built_in() -> Mapping[tuple[str, int], Form]:
    """Return the forms that come with the market."""
    found = [
        parse_form(json.loads(path.read_text("utf-8"))) for path in sorted(DATA.glob("*.json"))
    ]
    return {(form.code, form.version): form for form in found}


@cache
def json_schema() -> dict[str, Any]:
    """Return the form of a definition, as JSON schema."""
    read: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return read


def versions(code: str | None = None) -> list[Form]:
    """Return every version of a form, or of all, by code, the newest first."""
    published = FormVersion.objects.order_by("code", "version")
    if code is not None:
        published = published.filter(code=code)
    found = {key: form for key, form in _built_in().items() if code in (None, key[0])}
    for row in published:
        found[row.code, row.version] = parse_form(row.definition)
    return sorted(found.values(), key=lambda form: (form.code, -form.version))


def newest_form(code: str) -> Form:
    """
    Return the version of a form that is asked now.

    :raises UnknownForm: if there is no such form
    """
    row = FormVersion.objects.filter(code=code).order_by("-version").first()
    if row is not None:
        return parse_form(row.definition)
    own = [form for form in _built_in().values() if form.code == code]
    if not own:
        raise UnknownForm(field="form")
    return max(own, key=lambda form: form.version)


def definition(code: str, version: int) -> Form:
    """
    Return one version of a form.

    :raises UnknownForm: if there is none
    """
    own = _built_in().get((code, version))
    if own is not None:
        return own
    row = FormVersion.objects.filter(code=code, version=version).first()
    if row is None:
        raise UnknownForm(field="form")
    return parse_form(row.definition)


def current(purpose: FormPurpose | None = None) -> list[Form]:
    """Return the newest version of each form, or of those for a purpose, by code."""
    found: dict[str, Form] = {}
    for form in versions():
        found.setdefault(form.code, form)
    return [form for form in found.values() if purpose in (None, form.purpose)]


def draft(*, organization_id: UUID, code: str, about: str = "") -> FormDraft | None:
    """Return what an organisation has begun to answer."""
    return FormDraft.objects.filter(organization_id=organization_id, code=code, about=about).first()


def submissions(actor: Actor, code: str = "") -> QuerySet[FormSubmission]:
    """Return what the actor's organisation answered; all to those with a duty; newest first."""
    found = FormSubmission.objects.select_related("organization").order_by("-id")
    if not actor.has_role(*READERS):
        found = found.filter(organization_id=actor.organization_id)
    return found.filter(code=code) if code else found


def submission(actor: Actor, submission_id: UUID) -> FormSubmission:
    """
    Return one of them.

    :raises UnknownForm: if there is none, or it is another organisation's
    """
    found = submissions(actor).filter(pk=submission_id).first()
    if found is None:
        raise UnknownForm
    return found


def agreed(form: Form, *, organization_id: UUID) -> FormSubmission | None:
    """Return where an organisation agreed to exactly these words, last; None: ask it."""
    return (
        FormSubmission.objects.filter(
            organization_id=organization_id, code=form.code, consent_hash=form.consent_hash
        )
        .exclude(consent_hash="")
        .order_by("-id")
        .first()
    )


def last(code: str, *, organization_id: UUID) -> FormSubmission | None:
    """Return what an organisation answered to a form last."""
    own = FormSubmission.objects.filter(organization_id=organization_id, code=code)
    return own.order_by("-id").first()


def offered(form: Form, *, organization_id: UUID, about: str = "") -> dict[str, Any]:
    """
    Return the answers that a form is shown with.

    What was begun goes before what was answered last, and that before what the register says.
    """
    begun = draft(organization_id=organization_id, code=form.code, about=about)
    if begun is not None:
        return answering.fitting(form, begun.answers)
    earlier = last(form.code, organization_id=organization_id)
    known = _prefilled(form, organization_id)
    return known | (answering.fitting(form, earlier.answers) if earlier else {})


def _prefilled(form: Form, organization_id: UUID) -> dict[str, Any]:
    asked = {field.name: Prefill(field.prefill) for field in form.fields if field.prefill}
    if not asked:
        return {}
    own = Organization.objects.get(pk=organization_id)
    values = {name: getattr(own, source.value.split(".")[1]) for name, source in asked.items()}
    return answering.fitting(form, values)


def standing(code: str) -> Form:
    """
    Return a form that is asked of every organisation.

    :raises UnknownForm: if there is none of the code, or another page asks it
    """
    form = newest_form(code)
    if form.purpose is not FormPurpose.STANDING:
        raise UnknownForm(field="form")
    return form
