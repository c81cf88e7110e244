"""What notices may be narrowed by: the same for the API and for the page."""

import django_filters
from django.utils.translation import gettext_lazy as _

from identity.notices.contracts import Topic
from identity.notices.models import Notice


class NoticeFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Which notices are wanted."""

    unread = django_filters.BooleanFilter(
        field_name="read_at",
        lookup_expr="isnull",
        label=_("Unread"),
        help_text="true: unread ones; false: read ones",
    )
    topic = django_filters.ChoiceFilter(choices=Topic.choices, label=_("Topic"))

    class Meta:
        model = Notice
        fields = ("unread", "topic")
