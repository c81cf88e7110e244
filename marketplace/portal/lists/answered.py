"""The list of what was answered to forms."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from identity.forms.filters import SubmissionFilter
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows


def _address(row: Any) -> str:
    return reverse("portal:form-submission", args=[row.pk])


FORM_SUBMISSIONS: Final = ListTable(
    name="form-submissions",
    title=pgettext_lazy("to a form", "Answers"),
    filters=SubmissionFilter,
    columns=(
        ListColumn(
            "form",
            pgettext_lazy("to fill in", "Form"),
            value=str,
            link=_address,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "organization",
            _("Organisation"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            phone=Phone.FACT,
        ),
        ListColumn("about", _("About"), phone=Phone.FACT),
        ListColumn("submitted_at", _("Answered"), Shows.TIME, sort=("id",), phone=Phone.FACT),
    ),
)
