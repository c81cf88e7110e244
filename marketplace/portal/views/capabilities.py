"""Certificates of capability: a list, and the public page of each with its proof."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock
from identity.contracts import Role
from marketplace.assurance.dispute_contracts import DisputeSubject
from marketplace.portal import ages, desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.verifying import CAPABILITIES, of_certificate, of_level
from marketplace.portal.tables import Queried
from marketplace.portal.verification_words import (
    figure_named,
    figure_told,
    main_told,
    spread_told,
)
from marketplace.portal.views.dispute_opening import dispute_link
from marketplace.settlement import selectors as settlement_selectors
from metering.verifying import selectors as verifying_selectors
from metering.verifying.contracts import CertificateNotFound

OPENSSL: Final = (
    "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in document.bin -sigfile document.sig"
)
CONDITIONS_MAX: Final = 40


@page()
def capabilities(request: PortalRequest) -> HttpResponse:
    """Show all certificates of capability, the newest first."""
    found = verifying_selectors.certificates()
    in_force = verifying_selectors.in_force(clock.now()).count()
    head = desk.Head(
        _("Certificates of capability"),
        _("%(count)s in force. A level is that of the best one of a resource.")
        % {"count": figures.grouped(in_force)},
    )
    empty = desk.Empty(
        _("Nothing is certified yet"),
        _("Providers declare, agents measure, third parties verify."),
        "shield-check",
    )
    table = CAPABILITIES.read(request, Queried(found), dress=ages.seen_now)
    return desk.show(request, head, [desk.Listed(table, empty)])


def capability(request: HttpRequest, capability_id: UUID) -> HttpResponse:
    """Show everybody a certificate and how it is checked without the market."""
    found = _found(capability_id)
    tag, level = of_certificate(found, clock.now()), of_level(found.level)
    actor = getattr(request, "actor", None)
    may_revoke = actor is not None and actor.has_role(Role.OPERATOR) and tag.tone == "ok"
    revoke = reverse("portal:capability-revoke", args=[found.pk])
    head = desk.Head(
        names.named(found.resource),
        _("%(figure)s, says %(who)s; until %(until)s.")
        % {
            "figure": main_told(found),
            "who": names.named(found.issuer),
            "until": figures.moment(found.valid_to),
        },
        links=[
            *([desk.Link(_("Revoke it"), revoke, "x", "danger")] if may_revoke else []),
            *_disputing(actor, found),
        ],
        tags=[
            desk.Cell(level.label, tone=level.tone or "neutral"),
            desk.Cell(tag.label, tone=tag.tone or "neutral", symbol=tag.icon),
        ],
    )
    main: list[Any] = [_figures(found), _conditions(found), _proof(found)]
    return desk.show(cast("PortalRequest", request), head, main, [_facts(found)])


def _disputing(actor: Any, found: Any) -> list[desk.Link]:
    """Return where somebody who bought the resource while it was certified disputes that."""
    if actor is None or not actor.has_role(Role.BUYER):
        return []
    bought = settlement_selectors.contracts().filter(
        buyer_id=actor.organization_id,
        resource_id=found.resource_id,
        ends_at__gt=found.valid_from,
        starts_at__lt=found.valid_to,
    )
    contract = bought.order_by("-ends_at").first()
    if contract is None:
        return []
    return [dispute_link(contract.order_id, DisputeSubject.CERTIFICATE, found.pk)]


def _found(capability_id: UUID) -> Any:
    try:
        return verifying_selectors.certificate(capability_id)
    except CertificateNotFound as error:
        raise Http404 from error


def _figures(found: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Figures"),
        columns=[
            desk.Column(_("Figure")),
            desk.Column(_("Value"), "number"),
            desk.Column(_("Repeats"), "number"),
            desk.Column(_("Spread"), "number"),
        ],
        rows=[
            [
                desk.Cell(figure_named(each["name"]), note=each["name"]),
                desk.Cell(figure_told(each)),
                desk.Cell(str(each["repeats"])),
                desk.Cell(spread_told(each["spread"])),
            ]
            for each in found.figures
        ],
        empty=desk.Empty(_("No figures"), ""),
    )


def _conditions(found: Any) -> desk.Sheet:
    pairs = [(name, value) for name, value in found.conditions.items() if value not in ("", {}, [])]
    return desk.Sheet(
        title=_("Conditions"),
        columns=[desk.Column(_("What")), desk.Column(_("How it was"))],
        rows=[
            [desk.Cell(str(name)[:80]), desk.Cell(str(value)[:200])]
            for name, value in pairs[:CONDITIONS_MAX]
        ],
        empty=desk.Empty(_("No conditions were told"), _("A declaration has none.")),
    )


def _facts(found: Any) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Compute identifier"), desk.Cell(found.resource.identifier, is_code=True)),
        (_("Provider"), desk.Cell(names.named(found.provider))),
        (_("Who says so"), desk.Cell(names.named(found.issuer))),
        (_("Benchmark"), desk.Cell(found.benchmark, found.benchmark_version)),
        (_("Measured"), desk.Cell(figures.moment(found.measured_at))),
        (_("Valid from"), desk.Cell(figures.moment(found.valid_from))),
        (_("Until"), desk.Cell(figures.moment(found.valid_to))),
    ]
    if found.agent_id:
        key_id = hashlib.sha256(base64.b64decode(found.public_key)).hexdigest()[:16]
        pairs.append((_("Key of the agent"), desk.Cell(key_id, is_code=True)))
    if found.rule:
        pairs.append((_("Accepted by rule"), desk.Cell(found.rule)))
    end = getattr(found, "end", None)
    if end is not None:
        pairs.append((_("Ended"), desk.Cell(figures.moment(end.ended_at), end.note)))
    return desk.Facts(_("Certificate"), pairs)


def _proof(found: Any) -> desk.Facts:
    def file(label: str, part: str) -> desk.Link:
        address = reverse("portal:capability-file", args=[found.pk, part])
        return desk.Link(label, address, "file-export")

    links = [file(_("Document"), "document")]
    pairs: list[tuple[Any, desk.Cell]] = [
        ("SHA-256", desk.Cell(found.content_hash, is_code=True, copied=found.content_hash)),
    ]
    if found.signature:
        links += [file(_("Signature"), "signature"), file(_("Public key"), "key")]
        pairs.append((_("Signature"), desk.Cell(_("Ed25519, over the document byte for byte"))))
        pairs.append((_("Check it"), desk.Cell(OPENSSL, is_code=True, copied=OPENSSL)))
    else:
        pairs.append((_("Signature"), desk.Cell(_("none: the hash alone names the document"))))
    return desk.Facts(_("Proof without the market"), pairs, links)


def capability_file(request: HttpRequest, capability_id: UUID, part: str) -> HttpResponse:  # noqa: ARG001 - everybody's
    """Give the document, its signature, or the key that it is checked with."""
    found = _found(capability_id)
    if part not in FILES or (part != "document" and not found.signature):
        raise Http404
    name, made = FILES[part]
    response = HttpResponse(made(found), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _pem(public_key: str) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


FILES: Final[Mapping[str, tuple[str, Callable[[Any], bytes]]]] = {
    "document": ("document.bin", lambda found: bytes(found.document)),
    "signature": ("document.sig", lambda found: base64.b64decode(found.signature)),
    "key": ("key.pem", lambda found: _pem(found.public_key)),
}
