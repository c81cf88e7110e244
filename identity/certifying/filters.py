"""What requests of certificates may be narrowed by."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity.certifying.contracts import RequestState
from identity.certifying.models import CertificateRequest
from identity.contracts import CertificateKind


class CertificateRequestFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Kind, state and time of requests."""

    kind = django_filters.ChoiceFilter(choices=CertificateKind.choices, label=_("Attests"))
    state = django_filters.MultipleChoiceFilter(choices=RequestState.choices, label=_("State"))
    asked_from = MomentFilter(field_name="asked_at", lookup_expr="gte", label=_("Asked from"))
    asked_until = MomentFilter(field_name="asked_at", lookup_expr="lt", label=_("Asked before"))

    class Meta:
        model = CertificateRequest
        fields: list[Any] = []
