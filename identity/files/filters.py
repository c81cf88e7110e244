"""What the list of files may be narrowed by: the same for the API and for the page."""

from typing import ClassVar, Final

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity.files.kinds import KINDS
from identity.files.models import StoredFile

TEXT_LENGTH_MAX: Final = 80
TYPES: Final = tuple((kind.media_type, kind.label) for kind in KINDS)


class FileFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Name, type by content and time of files."""

    q = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=TEXT_LENGTH_MAX, label=_("Name")
    )
    media_type = django_filters.MultipleChoiceFilter(choices=TYPES, label=_("Type"))
    uploaded_from = MomentFilter(
        field_name="uploaded_at", lookup_expr="gte", label=_("Uploaded from")
    )
    uploaded_until = MomentFilter(
        field_name="uploaded_at", lookup_expr="lt", label=_("Uploaded before")
    )

    class Meta:
        model = StoredFile
        fields: ClassVar[list[str]] = []
