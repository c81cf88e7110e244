"""Everything the market keeps about a person, gathered for that person."""

import html
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.utils import translation
from django.utils.translation import gettext as _

from common import seals, tenancy
from identity.approvals import selectors as approvals
from identity.models import AccessRequest, ApiKey, Membership, SignedInDevice, User
from identity.notices import selectors as notices_selectors
from identity.privacy.rows import SeenRow

ROWS_MAX: Final = 10_000  # of one kind


def gather(user: User) -> dict[str, Any]:
    """Return what is kept about a person, by kind; secrets and hashes are no data of theirs."""
    with seals.signing_in(), tenancy.acting_as_platform():
        proposed, decided = approvals.of_person(user.pk)
        return {
            "profile": _profile(user),
            "roles": _rows(
                Membership.objects.filter(user_id=user.pk),
                ("organization__name", "organization__uscc", "role", "created_at"),
            ),
            "sessions": _rows(
                SignedInDevice.objects.filter(user_id=user.pk),
                ("place", "agent", "signed_in_at", "last_used_at"),
            ),
            "second_factors": _rows(
                Authenticator.objects.filter(user_id=user.pk),
                ("type", "created_at", "last_used_at"),
            ),
            "keys": _rows(
                ApiKey.objects.filter(created_by_id=user.pk),
                (
                    "kind",
                    "name",
                    "prefix",
                    "organization__name",
                    "scopes",
                    "created_at",
                    "expires_at",
                    "revoked_at",
                    "last_used_at",
                    "last_used_from",
                ),
            ),
            "requests_for_access": _rows(
                AccessRequest.objects.filter(email=user.email),
                (
                    "organization_name",
                    "person_name",
                    "email",
                    "role",
                    "message",
                    "asked_at",
                    "state",
                    "answer",
                ),
            ),
            "proposals": _rows(
                proposed,
                ("kind", "label", "reason", "proposed_at", "state"),
            ),
            "decisions": _rows(
                decided,
                ("kind", "label", "decided_at", "state"),
            ),
            "notices": _rows(
                notices_selectors.notices_of_person(user.pk), ("name", "happened_at", "read_at")
            ),
            "who_saw_it": _rows(
                SeenRow.objects.filter(person_id=user.pk),
                ("seen_at", "reader_organization__name", "object_kind", "page"),
            ),
        }


def packed(user: User, *, now: datetime) -> bytes:
    """Return a zip of `data.json` and a page that people read, in the person's language."""
    told = {"made_at": now.isoformat(), "person": user.pk, **gather(user)}
    with translation.override(user.language):
        page = _page(told)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=2, default=str))
        archive.writestr("data.html", page)
    return content.getvalue()


def _profile(user: User) -> dict[str, Any]:
    names = ("email", "name", "language", "zone", "theme", "date_joined", "last_login")
    return {name: _plain(getattr(user, name)) for name in names} | {"number": user.pk}


def _rows(found: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = found.order_by("pk").values(*names)[:ROWS_MAX]
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _page(told: Mapping[str, Any]) -> str:
    """Return what was gathered as one page without any address or program in it."""
    titles = {
        "profile": _("Profile"),
        "roles": _("Roles"),
        "sessions": _("Where you are signed in"),
        "second_factors": _("Second factors"),
        "keys": _("Keys and tokens"),
        "requests_for_access": _("Requests for access"),
        "proposals": _("What you proposed"),
        "decisions": _("What you decided"),
        "notices": _("Notices"),
        "who_saw_it": _("Who saw data about me"),
    }
    parts = [f"<h2>{html.escape(title)}</h2>{_table(told[name])}" for name, title in titles.items()]
    head = html.escape(_("Data about you on the compute market"))
    made = html.escape(str(told["made_at"]))
    note = html.escape(
        _(
            "Trade records, books and papers of your organisations name you by number; they belong"
            " to the organisations and are not part of this file."
        )
    )
    return (
        f'<!doctype html><meta charset="utf-8"><title>{head}</title><h1>{head}</h1>'
        f"<p>{made}</p><p>{note}</p>{''.join(parts)}"
    )


def _table(found: Any) -> str:
    rows = [found] if isinstance(found, dict) else found
    if not rows:
        return f"<p>{html.escape(_('Nothing'))}</p>"
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f"<table border=1><tr>{head}</tr>{lines}</table>"
