"""Onboarding in words: where each line of the checklist is done, and what proves it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import clock
from identity import access_requests
from identity import selectors as identity_selectors
from identity.contracts import AccessState, Actor, Role
from identity.files import selectors as files_selectors
from identity.forms import selectors as forms_selectors
from identity.onboarding import selectors as onboarding_selectors
from identity.onboarding.contracts import ChecklistLine, Life, LineBy
from marketplace.portal import desk, figures, names
from marketplace.portal.homes.parts import FirstStep
from marketplace.portal.proposal_lines import ProposalLine

FILES_SHOWN: Final = 20
FORM: Final = "onboarding"


def where(line: ChecklistLine, organization_id: UUID) -> str:
    """Return the address of the page on which an organisation does a line; else the empty text."""
    pages: dict[str, tuple[str, list[Any]]] = {
        "about": ("portal:form-answer", [FORM]),
        "evidence": ("portal:form-answer", [FORM]),
        "second_factor": ("mfa_index", []),
        "two_people": ("portal:members", [organization_id]),
        "bank_account": ("portal:payout-account", []),
        "resource": ("portal:resource-new", []),
    }
    name, arguments = pages.get(line.code, ("", []))
    return reverse(name, args=arguments) if name else ""


def checklist_steps(actor: Actor, now: datetime) -> list[FirstStep]:
    """Return the lines of the reader's checklist as first steps; none once it is activated."""
    if identity_selectors.organization(actor.organization_id).onboarding_since is None:
        return []
    case = onboarding_selectors.case_of(actor.organization_id)
    if case is None:
        return []
    entry = reverse("portal:organization-own")
    return [
        FirstStep(
            each.label,
            _("An operator does this; nothing is asked of you.")
            if each.by == LineBy.OPERATOR
            else _("Needed before your organisation trades."),
            where(each, actor.organization_id) or entry,
            each.is_done,
        )
        for each in onboarding_selectors.lines_of_case(case, now=now)
    ]


def evidence(actor: Actor, found: Any) -> desk.Sheet:
    """
    Return what an organisation brought to show who it is: its answers and files.

    Of files that the reader may not open it says no more than how many there are.
    """
    rows = []
    answered = forms_selectors.last(FORM, organization_id=found.pk)
    if answered is not None:
        address = reverse("portal:form-submission", args=[answered.pk])
        rows.append(
            [
                desk.Cell(_("Answers about the organisation"), address=address),
                desk.Cell(figures.moment(answered.submitted_at)),
            ]
        )
    now = clock.now()
    files = files_selectors.files_for(actor, now=now).filter(organization_id=found.pk)
    closed = files_selectors.present(now=now).filter(organization_id=found.pk)
    count = closed.exclude(pk__in=files.values("pk")).count()
    rows += [
        [
            desk.Cell(each.name, address=f"/api/v1/files/{each.pk}/content"),
            desk.Cell(figures.moment(each.uploaded_at)),
        ]
        for each in files[:FILES_SHOWN]
    ]
    if count:
        told = ngettext(
            "%(count)s file that its members alone may open",
            "%(count)s files that its members alone may open",
            count,
        )
        rows.append([desk.Cell(told % {"count": figures.grouped(count)}), desk.Cell("—")])
    return desk.Sheet(
        title=_("Evidence"),
        columns=[desk.Column(_("Evidence")), desk.Column(_("Since"))],
        rows=rows,
        empty=desk.Empty(_("Nothing was brought yet"), ""),
    )


def role_lines(content: Mapping[str, Any], _at: datetime) -> list[ProposalLine]:
    """Return whose role it is, with the request that it follows from, if one does."""
    organization = identity_selectors.organization(UUID(content["organization_id"]))
    person = identity_selectors.person(content["person_id"])
    called = f"{person.name} {person.email}".strip() if person else f"#{content['person_id']}"
    return [
        ProposalLine(_("Organisation"), names.named(organization)),
        ProposalLine(_("Unified social credit code"), organization.uscc),
        ProposalLine(_("Person"), called),
        ProposalLine(_("Role"), str(Role(content["role"]).label)),
        *_of_request(content["role"], organization.uscc, person.email if person else ""),
    ]


def _of_request(role: str, uscc: str, email: str) -> list[ProposalLine]:
    asked = access_requests.requests().filter(uscc=uscc, role=role, state=AccessState.ACCEPTED)
    found = asked.filter(email__iexact=email).first() if email else None
    if found is None:
        return []
    who = f"{found.person_name} · {figures.moment(found.asked_at)}"
    return [
        ProposalLine(_("Asked for by"), who),
        ProposalLine(_("What for"), found.message or "—"),
        ProposalLine(_("Name in the request"), found.organization_name),
    ]


def activation_lines(content: Mapping[str, Any], at: datetime) -> list[ProposalLine]:
    """Return who would trade from now on, and what was done of its checklist."""
    organization_id = UUID(content["organization_id"])
    case = onboarding_selectors.case_of(organization_id)
    lines = onboarding_selectors.lines_of_case(case, now=at) if case else []
    done = [
        ProposalLine(each.label, (each.note or _("Done")) if each.is_done else _("Waits"))
        for each in lines
    ]
    return [*_life(content, Life.ACTIVE), *done]


def closure_lines(content: Mapping[str, Any], _at: datetime) -> list[ProposalLine]:
    """Return who would be closed for good."""
    return _life(content, Life.CLOSED)


def _life(content: Mapping[str, Any], becomes: Life) -> list[ProposalLine]:
    organization = identity_selectors.organization(UUID(content["organization_id"]))
    now = str(onboarding_selectors.life_of(organization.pk).label)
    return [
        ProposalLine(_("Organisation"), names.named(organization)),
        ProposalLine(_("Unified social credit code"), organization.uscc),
        ProposalLine(_("Standing"), str(becomes.label), now=now),
        ProposalLine(_("Reason"), content["reason"]),
    ]
