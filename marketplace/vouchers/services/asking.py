"""Which form a programme asks, and what its applicants answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from identity.contracts import Role
from identity.files.contracts import Grant
from identity.forms import selectors as forms_selectors
from identity.forms import services as forms_services
from identity.forms.rows import SubmissionRow
from marketplace.vouchers import locks, selectors, telling
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Programme, ProgrammeFormChoice


@dataclass(frozen=True, slots=True)
class AnsweredForm:
    """Answers to the version of a form that was seen, and whether its words were agreed to."""

    version: int
    answers: Mapping[str, Any]
    consents: bool = False


@transaction.atomic
def choose_form(
    *, programme_id: UUID, issuer_id: UUID, code: str, person_id: int, now: datetime
) -> ProgrammeFormChoice:
    """
    Let a programme ask a form of its applicants from now on.

    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises UnknownForm: if there is no such form, or it asks something else
    """
    programme = locks.programme(programme_id=programme_id, issuer_id=issuer_id)
    form = selectors.application_form(code)
    row = ProgrammeFormChoice.objects.create(
        programme=programme, code=form.code, chosen_by_id=person_id, chosen_at=now
    )
    telling.of_programme(VoucherEvent.FORM_CHOSEN, programme, form=form.code)
    return row


def take_answers(
    programme: Programme,
    answered: AnsweredForm | None,
    *,
    applicant_id: UUID,
    person_id: int,
    now: datetime,
) -> SubmissionRow | None:
    """
    Keep what an applicant answered; nothing where nothing was, if the programme names no form.

    :raises FormChanged: if another version is asked meanwhile
    :raises InvalidAnswers, ConsentMissing: as the form asks
    """
    if answered is None and not selectors.named_form(programme.pk):
        return None
    form = selectors.form_of(programme.pk)
    said = answered or AnsweredForm(form.version, {})
    if said.version != form.version:
        form = forms_selectors.definition(form.code, said.version)
    return forms_services.submit(
        form,
        said.answers,
        organization_id=applicant_id,
        person_id=person_id,
        consents=said.consents,
        now=now,
        about=programme.code,
        readers=[Grant(programme.issuer_id, Role.ISSUER)],
    )
