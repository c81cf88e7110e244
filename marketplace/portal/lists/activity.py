"""The record of events as a list: of one organisation, or for oversight of everybody."""

from typing import Any, Final

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter
from identity import selectors as identity_selectors
from identity.events import selectors as events_selectors
from identity.events.contracts import OBJECT_ID_LENGTH_MAX
from marketplace.portal import activity
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows


class DaysInOrder(forms.Form):
    """Days of which the last does not lie before the first."""

    def clean(self) -> dict[str, Any]:
        """Check the days together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("recorded_from"), cleaned.get("recorded_until")
        if first and last and last < first:
            self.add_error("recorded_until", gettext("It ends before it begins."))
        return cleaned


class ActionLogFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Which events are wanted: the conditions of the feed, as people ask for them."""

    q = django_filters.CharFilter(
        method="about", max_length=OBJECT_ID_LENGTH_MAX, label=_("Number or identifier")
    )
    name = django_filters.ChoiceFilter(
        choices=activity.choices, method="called", label=_("What happened")
    )
    person = django_filters.CharFilter(
        method="by", max_length=254, label=_("E-mail address of a person")
    )
    recorded_from = MomentFilter(method="since", label=_("Recorded from"))
    recorded_until = MomentFilter(method="before", label=_("Recorded before"))

    class Meta:
        form = DaysInOrder

    def about(self, found: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        """Keep what happened to an object that a text names."""
        return found.filter(Q(object_id=text.strip()) | Q(object_label=text.strip()))

    def called(self, found: QuerySet[Any], _name: str, name: str) -> QuerySet[Any]:
        """Keep events of a name, or of a room."""
        return found.filter(events_selectors.Wanted(name=name).condition())

    def by(self, found: QuerySet[Any], _name: str, email: str) -> QuerySet[Any]:
        """Keep what a person did."""
        person = identity_selectors.person_by_email(email.strip())
        return found.filter(person_id=person.pk if person else 0)

    def since(self, found: QuerySet[Any], _name: str, at: Any) -> QuerySet[Any]:
        """Keep what was recorded from a moment on."""
        return found.filter(events_selectors.recorded_between(at, None))

    def before(self, found: QuerySet[Any], _name: str, at: Any) -> QuerySet[Any]:
        """Keep what was recorded before a moment."""
        return found.filter(events_selectors.recorded_between(None, at))


class ActivityFilter(ActionLogFilter):
    """The same for members: of others' people they are told nothing, not even by what is left."""

    def by(self, found: QuerySet[Any], name: str, email: str) -> QuerySet[Any]:
        """Keep what a person did in the name of the own organisation."""
        return super().by(found.filter(behalf_id=F("organization_id")), name, email)


def _list(name: str, title: Any, filters: Any) -> ListTable:
    return ListTable(
        name=name,
        title=title,
        filters=filters,
        size=25,
        columns=(
            ListColumn(
                "label",
                _("What happened"),
                value=lambda line: line.told.label,
                below=lambda line: line.told.name,
                phone=Phone.KEY,
                is_fixed=True,
                is_wide=True,
            ),
            ListColumn(
                "recorded_at",
                _("Recorded"),
                Shows.TIME,
                value=lambda line: line.told.recorded_at,
                sort=("id",),
            ),
            ListColumn(
                "object",
                _("Object"),
                Shows.IDENTIFIER,
                link=lambda line: line.address,
                phone=Phone.STRIP,
            ),
            ListColumn("who", _("By"), below=lambda line: line.organization),
            ListColumn("facts", _("Facts"), phone=Phone.STRIP, is_wide=True),
        ),
        row_id=lambda line: line.told.id,
    )


ACTIVITY: Final = _list("activity", _("Activity"), ActivityFilter)
ACTION_LOG: Final = _list("action-log", _("Action log"), ActionLogFilter)
