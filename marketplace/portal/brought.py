"""Files that a person brings to a page, kept a while until it is said what becomes of them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock
from common.errors import Refusal
from identity.files import services as files_services
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest
from marketplace.portal.forms import show_refusal

UNSENT_KEPT: Final = timedelta(hours=1)


class FilesField(forms.FileField):
    """Several files in one field, which needs no script: what is cleaned is a list of them."""

    def __init__(self, *, most: int, bytes_max: int, **options: Any) -> None:
        self.most, self.bytes_max = most, bytes_max
        options.setdefault("widget", _FilesInput())
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """
        Return the files that were chosen, an empty list where none was.

        :raises ValidationError: if they are too many, or too large in all
        """
        given = [each for each in data or [] if each]
        if not given:
            super().clean(None, initial)
            return []
        if len(given) > self.most:
            said = _("Choose at most %(most)s files; these are %(count)s.")
            raise ValidationError(said % {"most": self.most, "count": len(given)}, "too_many")
        size = sum(each.size for each in given)
        if size > self.bytes_max:
            said = _("These files have %(size)s in all; together they have at most %(most)s.")
            shown = {"size": filesizeformat(size), "most": filesizeformat(self.bytes_max)}
            raise ValidationError(said % shown, "too_large")
        return [super(FilesField, self).clean(each, initial) for each in given]


class _FilesInput(forms.ClearableFileInput):
    """The browser's own choice of several files."""

    allow_multiple_selected = True


def keep(
    request: PortalRequest,
    form: forms.Form,
    *,
    purpose: str,
    kept_for: timedelta,
    read: Callable[[UUID], Any],
) -> UUID | None:
    """Keep the file of a form, once it was found to be one that can be read; else say why not."""
    uploaded, now = form.cleaned_data["file"], clock.now()
    try:
        file = files_services.store(
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            name=uploaded.name,
            content=uploaded.read(settings.FILES_BYTES_MAX + 1),
            purpose=purpose,
            now=now,
            expires_at=now + kept_for,
        )
        read(file.pk)
    except Refusal as refusal:
        refusal.field = "file"
        show_refusal(form, refusal)
        return None
    return file.pk


def kept_file(request: PortalRequest, form: forms.Form, *, purpose: str) -> list[UUID]:
    """
    Keep the files that came with a form, if any did, until something relies on them.

    Others save them: names that could do harm, or contradict their content, are refused.

    :raises Refusal: naming the field, if one is not kept
    """
    given, now = form.cleaned_data.get("file") or [], clock.now()
    try:
        return [
            files_services.store(
                organization_id=request.actor.organization_id,
                person_id=request.actor.person_id,
                name=uploaded.name,
                content=uploaded.read(settings.FILES_BYTES_MAX + 1),
                purpose=purpose,
                now=now,
                expires_at=now + UNSENT_KEPT,
                is_name_judged=True,
            ).pk
            for uploaded in (given if isinstance(given, list) else [given])
        ]
    except Refusal as refusal:
        refusal.field = "file"
        raise


def file_link(kept: Mapping[str, Any]) -> desk.Link:
    """Return where a file that a record relies on is opened, by whom it was shared with."""
    label = f"{kept['name']} ({filesizeformat(kept['bytes'])})"
    return desk.Link(label, reverse("file-content", args=[kept["file_id"]]), "download")
