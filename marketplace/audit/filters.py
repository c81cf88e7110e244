"""What exports may be narrowed by: the same for the API and for the page."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from marketplace.audit.contracts import ExportKind, ExportState
from marketplace.audit.models import Export


class ExportFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How exports can be searched."""

    state = django_filters.ChoiceFilter(choices=ExportState.choices, label=_("State"))
    kind = django_filters.ChoiceFilter(choices=ExportKind.choices, label=_("Records"))

    class Meta:
        model = Export
        fields: ClassVar[list[str]] = []
