"""The form that a programme asks of its applicants."""

from typing import Final
from uuid import UUID

from identity.forms import selectors as forms_selectors
from identity.forms.contracts import FormPurpose, UnknownForm
from identity.forms.definitions import Form
from marketplace.vouchers.models import ProgrammeFormChoice

USUAL: Final = "voucher-application"


def named_form(programme_id: UUID) -> str:
    """Return the form that a programme names; empty: it names none."""
    row = ProgrammeFormChoice.objects.filter(programme_id=programme_id).order_by("-id").first()
    return row.code if row else ""


def form_of(programme_id: UUID) -> Form:
    """Return the form that is asked of a programme's applicants: its own, or the usual one."""
    return forms_selectors.newest_form(named_form(programme_id) or USUAL)


def application_form(code: str) -> Form:
    """
    Return a form that applications may answer.

    :raises UnknownForm: if there is none of the code, or it asks something else
    """
    form = forms_selectors.newest_form(code)
    if form.purpose is not FormPurpose.APPLICATION:
        raise UnknownForm(field="form")
    return form
