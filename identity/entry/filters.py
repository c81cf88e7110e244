"""What invitations may be narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from identity.contracts import Role
from identity.entry.contracts import InvitationState
from identity.entry.models import Invitation


class InvitationFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Role and state of invitations."""

    role = django_filters.ChoiceFilter(choices=Role.choices, label=_("Role"))
    state = django_filters.ChoiceFilter(choices=InvitationState.choices, label=_("State"))

    class Meta:
        model = Invitation
        fields: list[Any] = []
