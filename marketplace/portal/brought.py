"""Files that a person brings to a page, kept a while until it is said what becomes of them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from common import clock
from common.errors import Refusal
from identity.files import services as files_services
from marketplace.portal import desk
from marketplace.portal.access import PortalRequest
from marketplace.portal.forms import show_refusal

UNSENT_KEPT: Final = timedelta(hours=1)


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
    Keep the file that came with a form, if one did, until something relies on it.

    :raises Refusal: naming the field, if it is not kept
    """
    uploaded, now = form.cleaned_data.get("file"), clock.now()
    if not uploaded:
        return []
    try:
        file = files_services.store(
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            name=uploaded.name,
            content=uploaded.read(settings.FILES_BYTES_MAX + 1),
            purpose=purpose,
            now=now,
            expires_at=now + UNSENT_KEPT,
        )
    except Refusal as refusal:
        refusal.field = "file"
        raise
    return [file.pk]


def file_link(kept: Mapping[str, Any]) -> desk.Link:
    """Return where a file that a record relies on is opened, by whom it was shared with."""
    label = f"{kept['name']} ({filesizeformat(kept['bytes'])})"
    return desk.Link(label, reverse("file-content", args=[kept["file_id"]]), "download")
