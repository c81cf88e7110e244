"""The organisations and people of the sample market."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from common.moments import market_date
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import CertificateKind, Role
from identity.rows import OrganizationRow, PersonRow
from marketplace.demo import files

PASSWORD_BYTES: Final = 9
CERTIFICATE_YEARS: Final = timedelta(days=730)
SMALL: Final = identity_services.CertificateFigures(
    staff_count=86,
    revenue_minor=48_000_000_00,
    assets_minor=31_000_000_00,
    score=74,
    staff_score=18,
)


def organizations(*, now: datetime) -> dict[str, OrganizationRow]:
    """Return the sample's organisations by key; those that are missing are registered."""
    found: dict[str, OrganizationRow] = {}
    for entry in files.entries("organizations"):
        known = identity_selectors.organization_by_uscc(entry["uscc"])
        found[entry["key"]] = known or identity_services.create_organization(
            uscc=entry["uscc"],
            name=entry["name"],
            name_en=entry["name_en"],
            region=entry["region"],
            industry=entry["industry"],
            on=market_date(now),
        )
    return found


def people(*, known: Mapping[str, OrganizationRow], password: str) -> dict[str, list[PersonRow]]:
    """
    Return the members of each role, able to sign in with the demo password.

    Issuers and finance are two: large amounts take effect when a second person confirms them.
    """
    members: dict[str, list[PersonRow]] = {}
    for entry in files.entries("people"):
        user = identity_selectors.person_by_email(entry["email"])
        if user is None:
            user = identity_services.create_person(
                email=entry["email"], name=entry["name"], password=password
            )
        elif not (user.is_active and user.check_password(password)):
            identity_services.open_account(user_id=user.pk, password=password)
        for role in entry["roles"]:
            organization = known[entry["organization"]]
            identity_services.add_member(
                organization_id=organization.pk, user_id=user.pk, role=Role(role)
            )
            members.setdefault(role, []).append(user)
    return members


def certify_buyers(
    *,
    known: Mapping[str, OrganizationRow],
    members: Mapping[str, Sequence[PersonRow]],
    now: datetime,
) -> None:
    """Attest that the sample's buyers are technology SMEs, so that they may hold vouchers."""
    for entry in files.entries("organizations"):
        number = f"SAMPLE-{entry['uscc'][-8:]}"
        if "BUYER" not in entry["roles"] or identity_selectors.has_certificate(number):
            continue
        identity_services.issue_sme_certificate(
            organization_id=known[entry["key"]].pk,
            issued_by=known["operator"].pk,
            issued_by_person=members["OPERATOR"][0].pk,
            kind=CertificateKind.TECHNOLOGY_SME,
            number=number,
            valid_from=(now - timedelta(days=60)).date(),
            valid_to=(now + CERTIFICATE_YEARS).date(),
            figures=SMALL,
        )


def password() -> str:
    """Return the demo password of this installation; the first call makes it."""
    path = accounts_file()
    if path.exists():
        return str(json.loads(path.read_text(encoding="utf-8"))["password"])
    made = secrets.token_urlsafe(PASSWORD_BYTES)
    emails: dict[str, str] = {}
    for entry in files.entries("people"):
        emails.setdefault(entry["roles"][0], entry["email"])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    kept = {"password": made, "accounts": emails, "seconds": second_accounts()}
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return made


def second_accounts() -> dict[str, str]:
    """Return who does, for each role that has two, what one person may not do alone."""
    seconds: dict[str, str] = {}
    firsts: set[str] = set()
    for entry in files.entries("people"):
        role = entry["roles"][0]
        if role in firsts:
            seconds.setdefault(role, entry["email"])
        firsts.add(role)
    return seconds


def accounts_file() -> Path:
    """Return where this installation keeps its demo accounts."""
    return Path(settings.STATE_DIR) / "keys" / "demo-accounts.json"


def visited(known: Mapping[str, OrganizationRow], role: str) -> OrganizationRow:
    """Return the organisation that the demo account of a role belongs to."""
    accounts = files.entries("people")
    key = next(each["organization"] for each in accounts if role in each["roles"])
    return known[key]


def organization_of(email: str) -> UUID | None:
    """Return the organisation that a demo account acts for."""
    user = identity_selectors.person_by_email(email)
    actor = identity_selectors.member_actor(user_id=user.pk, organization_id=None) if user else None
    return actor.organization_id if actor else None
