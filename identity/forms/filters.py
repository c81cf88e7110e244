"""What answers to forms may be narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.filters import MomentFilter
from identity.forms.contracts import CODE_LENGTH_MAX
from identity.forms.models import FormSubmission


class SubmissionFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Form and time of answers."""

    code = django_filters.CharFilter(
        field_name="code", max_length=CODE_LENGTH_MAX, label=pgettext_lazy("to fill in", "Form")
    )
    submitted_from = MomentFilter(
        field_name="submitted_at", lookup_expr="gte", label=_("Answered from")
    )
    submitted_until = MomentFilter(
        field_name="submitted_at", lookup_expr="lt", label=_("Answered before")
    )

    class Meta:
        model = FormSubmission
        fields: list[Any] = []
