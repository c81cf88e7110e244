"""Forms that are data, as forms of a page: only what is asked is drawn, and files are kept."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from common import clock
from common.errors import Refusal
from identity.files import services as files_services
from identity.forms import selectors as forms_selectors
from identity.forms.contracts import FieldType, FormChanged
from identity.forms.definitions import Form, FormField, in_words
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest
from marketplace.portal.forms import DayFormField, MoneyField, OnceForm, WholeField, show_refusal

PURPOSE: Final = "forms.answer"
KEPT_FOR: Final = timedelta(days=90)
YES_NO: Final = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
LOOK: Final = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-target": "#questions",
    "hx-swap": "outerMorph",
    "hx-include": "closest form",
}


class AskedForm(OnceForm):
    """The questions of one version that are asked as others were answered, and the consent."""

    def __init__(self, asked: Form, request: PortalRequest, *, about: str = "") -> None:
        data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        organization_id = request.actor.organization_id
        self.asked, self.request = asked, request
        self.brought: dict[str, str] = {}
        offered = forms_selectors.offered(asked, organization_id=organization_id, about=about)
        super().__init__(data, files, initial=_typed(asked, offered))
        self.agreed = forms_selectors.agreed(asked, organization_id=organization_id)
        given = offered if data is None else {each: self._raw(each) for each in asked.leads}
        self.questions = asked.asked(given)
        for question in self.questions:
            self.fields[question.name] = self._field(question)
        self.fields["version"] = WholeField(
            widget=forms.HiddenInput, required=False, initial=asked.version
        )
        if asked.consent and self.agreed is None:
            self.fields["consent"] = forms.BooleanField(
                label=in_words(asked.consent),
                error_messages={"required": _("Your consent is needed.")},
            )

    def _raw(self, name: str) -> Any:
        values = self.request.POST.getlist(name)
        is_many = any(e.name == name and e.type is FieldType.CHOICES for e in self.asked.fields)
        return values if is_many else (values[-1] if values else None)

    def _field(self, question: FormField) -> forms.Field:
        field = _MAKERS[question.type](question)
        field.label, field.help_text = in_words(question.label), in_words(question.help)
        field.required = question.required
        if question.type is FieldType.FILE:
            field.required = question.required and not self.kept_file(question.name)
        if question.name in self.asked.leads:
            field.widget.attrs |= LOOK | {"hx-post": self.request.get_full_path()}
        return field

    def kept_file(self, name: str) -> str:
        """Return the file that was brought for a question before."""
        typed = self.request.POST.get(f"{name}__kept", "")
        given = typed if self.is_bound else str(self.initial.get(name, ""))
        try:
            return self.brought.get(name) or str(UUID(given))
        except ValueError:
            return ""

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """Return the questions as they are drawn."""
        kinds = {FieldType.FILE: "file", FieldType.CHOICES: "boxes", FieldType.YES_NO: "boxes"}
        wide = (FieldType.LONG_TEXT, FieldType.FILE)
        return [
            {
                "bound": self[each.name],
                "kind": kinds.get(each.type, "field"),
                "is_wide": each.type in wide,
                "is_money": each.type is FieldType.AMOUNT,
                "kept": self.kept_file(each.name) if each.type is FieldType.FILE else "",
            }
            for each in self.questions
        ]

    def full_clean(self) -> None:
        """Judge what was typed; who only looks what else is asked has not sent anything yet."""
        if self.request.htmx:
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        """Keep what was brought, and see that the version is the one that is asked."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        version = cleaned.get("version")
        if version is not None and version != self.asked.version:
            self.add_error(None, str(FormChanged(version=self.asked.version)))
        for question in self.questions:
            if question.type is FieldType.FILE:
                self._keep(question.name, cleaned)
        return cleaned

    def _keep(self, name: str, cleaned: dict[str, Any]) -> None:
        """Keep an uploaded file, so that it is not chosen again where something else is wrong."""
        uploaded = cleaned.get(name)
        if not uploaded:
            cleaned[name] = self.kept_file(name)
            return
        now, actor = clock.now(), self.request.actor
        try:
            file = files_services.store(
                organization_id=actor.organization_id,
                person_id=actor.person_id,
                name=uploaded.name,
                content=uploaded.read(),
                purpose=PURPOSE,
                now=now,
                expires_at=now + KEPT_FOR,
            )
        except Refusal as refusal:
            refusal.field = name
            show_refusal(self, refusal)
            return
        cleaned[name] = self.brought[name] = str(file.pk)

    @property
    def answers(self) -> dict[str, Any]:
        """Return what was typed, as answers."""
        found: dict[str, Any] = {}
        for question in self.questions:
            value = self.cleaned_data.get(question.name)
            if question.type is FieldType.DAY and value:
                value = value.isoformat()
            if value not in (None, "", []):
                found[question.name] = value
        return found

    @property
    def consent_words(self) -> str:
        """Return the words that are agreed to."""
        return in_words(self.asked.consent)

    @property
    def consent_field(self) -> Any:
        """Return the box for them."""
        return self["consent"]

    @property
    def agreed_before(self) -> bool:
        """Return whether the organisation agreed to other words than these."""
        own = self.request.actor.organization_id
        return forms_selectors.last(self.asked.code, organization_id=own) is not None

    @property
    def consents(self) -> bool:
        """Return whether the words were agreed to."""
        return bool(self.cleaned_data.get("consent"))


def answers_told(form: Form, submission: Any) -> desk.Facts:
    """Return what was answered, question by question."""
    pairs = [
        (in_words(field.label), desk.Cell(_told(field, submission)))
        for field in form.fields
        if field.name in submission.answers
    ]
    return desk.Facts(pgettext("to a form", "Answers"), pairs)


def _told(field: FormField, submission: Any) -> str:
    value = submission.answers[field.name]
    if field.type is FieldType.AMOUNT:
        return str(figures.money(value))
    if field.type is FieldType.FILE:
        return str(submission.files.get(field.name, {}).get("name", ""))
    if field.type is FieldType.YES_NO:
        return str(dict(YES_NO)[value])
    labels = {each: in_words(label) for each, label in field.choices}
    if isinstance(value, list):
        return ", ".join(str(labels.get(each, each)) for each in value)
    return labels.get(value, str(value))


def _typed(asked: Form, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers as a person types them."""
    amounts = {each.name for each in asked.fields if each.type is FieldType.AMOUNT}
    return {
        name: f"{value // 100}.{value % 100:02d}" if name in amounts else value
        for name, value in offered.items()
    }


def _chosen(question: FormField) -> list[tuple[str, str]]:
    return [(value, in_words(label)) for value, label in question.choices]


def _text(question: FormField) -> forms.Field:
    return forms.CharField(max_length=question.most)


def _long_text(question: FormField) -> forms.Field:
    return forms.CharField(max_length=question.most, widget=forms.Textarea(attrs={"rows": 3}))


def _whole(question: FormField) -> forms.Field:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return WholeField(min_value=0, max_value=question.most, widget=widget)


def _amount(_question: FormField) -> forms.Field:
    return MoneyField(takes_zero=True)


def _day(_question: FormField) -> forms.Field:
    return DayFormField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def _choice(question: FormField) -> forms.Field:
    return forms.ChoiceField(choices=[("", _("Choose …")), *_chosen(question)])


def _choices(question: FormField) -> forms.Field:
    return forms.MultipleChoiceField(choices=_chosen(question), widget=forms.CheckboxSelectMultiple)


def _yes_no(_question: FormField) -> forms.Field:
    return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)


def _file(_question: FormField) -> forms.Field:
    return forms.FileField(max_length=255)


_MAKERS: Final[Mapping[FieldType, Callable[[FormField], forms.Field]]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.WHOLE: _whole,
    FieldType.AMOUNT: _amount,
    FieldType.DAY: _day,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.YES_NO: _yes_no,
    FieldType.FILE: _file,
}
