"""Publishing forms, keeping what was begun, and taking answers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from common.canonical import canonical_json
from common.ids import uuid7
from identity.events import services as events
from identity.files import services as files_services
from identity.files.contracts import FileNotFound, Grant
from identity.forms import answers as answering
from identity.forms import selectors
from identity.forms.contracts import (
    DEFINITION_BYTES_MAX,
    SUBJECT_LENGTH_MAX,
    ConsentMissing,
    FieldType,
    FormChanged,
    InvalidAnswers,
    InvalidForm,
    UnknownForm,
)
from identity.forms.definitions import Form, in_words, parse_form
from identity.forms.event_names import FormEvent
from identity.forms.models import FormDraft, FormSubmission, FormVersion

RELIES: Final = "forms.submission"


@transaction.atomic
def publish(definition: Any, *, by_id: int, organization_id: UUID, now: datetime) -> FormVersion:
    """
    Publish the next version of a form, or the first of a new one; it is asked from now on.

    :raises InvalidForm: at the first fault, or if its version is not the next one
    """
    form = parse_form(definition)
    if len(canonical_json(definition)) > DEFINITION_BYTES_MAX:
        told = f"{DEFINITION_BYTES_MAX} B"
        raise InvalidForm(field="definition", path="", problem=told)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 14))", [form.code])
    following = _following(form.code)
    if form.version != following:
        raise InvalidForm(field="definition", path="version", problem=str(following))
    row = FormVersion(
        id=uuid7(),
        code=form.code,
        version=form.version,
        definition=definition,
        content_hash=form.content_hash,
        published_by_id=by_id,
        published_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidForm(field="definition", path="version", problem=str(following)) from error
    event = events.Event(
        name=FormEvent.PUBLISHED,
        object_kind="form",
        object_id=row.pk,
        object_label=str(row),
        concerns=[organization_id],
        facts={"form": row.code, "version": row.version},
    )
    events.record([event])
    return row


def _following(code: str) -> int:
    """Return the number that the next version of a form bears."""
    try:
        return selectors.newest_form(code).version + 1
    except UnknownForm:
        return 1


@transaction.atomic
def keep_draft(
    form: Form,
    answers: Mapping[str, Any],
    *,
    organization_id: UUID,
    person_id: int,
    now: datetime,
    about: str = "",
) -> FormDraft:
    """Keep what is answered so far; what does not fit yet is left out."""
    row, _made = FormDraft.objects.update_or_create(
        organization_id=organization_id,
        code=form.code,
        about=about[:SUBJECT_LENGTH_MAX],
        defaults={
            "answers": answering.fitting(form, answers),
            "kept_by_id": person_id,
            "kept_at": now,
        },
    )
    return row


@transaction.atomic
def submit(
    form: Form,
    answers: Mapping[str, Any],
    *,
    organization_id: UUID,
    person_id: int,
    consents: bool,
    now: datetime,
    about: str = "",
    readers: Iterable[Grant] = (),
) -> FormSubmission:
    """
    Take the answers to the version that is asked now; they are never changed.

    `readers` see the files that the answers bring.

    :raises FormChanged: if another version is asked meanwhile
    :raises InvalidAnswers: naming the question
    :raises ConsentMissing: unless the organisation agrees, or has agreed to the same words
    :raises FileNotFound: if a file is not one of the organisation's
    """
    asked = selectors.newest_form(form.code)
    if asked.version != form.version:
        raise FormChanged(field="version", version=asked.version)
    kept = answering.read(form, answers)
    known = selectors.agreed(form, organization_id=organization_id)
    if form.consent and not consents and known is None:
        raise ConsentMissing(field="consent")
    files = _files(form, kept, organization_id, person_id, readers, now)
    row = FormSubmission.objects.create(
        id=uuid7(),
        organization_id=organization_id,
        code=form.code,
        version=form.version,
        content_hash=form.content_hash,
        about=about[:SUBJECT_LENGTH_MAX],
        answers=kept,
        files=files,
        consent_hash=form.consent_hash,
        submitted_by_id=person_id,
        submitted_at=now,
    )
    FormDraft.objects.filter(
        organization_id=organization_id, code=form.code, about=row.about
    ).delete()
    _record(row)
    return row


def _files(
    form: Form,
    kept: Mapping[str, Any],
    organization_id: UUID,
    person_id: int,
    readers: Iterable[Grant],
    now: datetime,
) -> dict[str, dict[str, str]]:
    """Rely on the files that answers name, and let their readers see them."""
    grants = [*readers, *(Grant(role=each) for each in selectors.READERS)]
    found: dict[str, dict[str, str]] = {}
    for field in form.fields:
        if field.type is not FieldType.FILE or field.name not in kept:
            continue
        try:
            file = files_services.rely_on(
                organization_id=organization_id,
                file_id=UUID(kept[field.name]),
                by=RELIES,
                now=now,
            )
        except FileNotFound as refusal:
            problem, question = str(refusal), in_words(field.label)
            raise InvalidAnswers(field=field.name, question=question, problem=problem) from refusal
        files_services.share(file=file, grants=grants, person_id=person_id, now=now)
        found[field.name] = {"id": str(file.pk), "name": file.name, "sha256": file.sha256}
    return found


def _record(row: FormSubmission) -> None:
    event = events.Event(
        name=FormEvent.ANSWERED,
        object_kind="form_submission",
        object_id=row.pk,
        object_label=str(row),
        concerns=[row.organization_id],
        facts={"form": row.code, "version": row.version},
    )
    events.record([event])
