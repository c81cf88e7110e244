"""Reads of requests of certificates: one's own, and the queue of those who attest."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from identity.certifying.contracts import CertificateRequestNotFound
from identity.certifying.models import CertificateRequest
from identity.contracts import Actor, Role

ATTESTORS: Final = frozenset({Role.ISSUER, Role.OPERATOR})
READERS: Final = ATTESTORS | {Role.AUDITOR}


def requests_for(actor: Actor) -> QuerySet[CertificateRequest]:
    """Return what the actor's organisation asked for; all to those who attest; newest first."""
    found = CertificateRequest.objects.select_related("organization").order_by("-id")
    if actor.has_role(*READERS):
        return found
    return found.filter(organization_id=actor.organization_id)


def request_for(actor: Actor, request_id: UUID) -> CertificateRequest:
    """
    Return one of them.

    :raises CertificateRequestNotFound: if there is none, or it is someone else's
    """
    told = requests_for(actor).select_related("submission", "certificate", "decided_for")
    found = told.filter(pk=request_id).first()
    if found is None:
        raise CertificateRequestNotFound
    return found
