"""A document as it is now, and how the sealed log proves it."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.audit import documents
from marketplace.audit import selectors as audit_selectors
from marketplace.portal.access import PortalRequest, page

# Texts of a document that name another one.
LINKED: Final = {"usage": "metering.usage_record", "certificate": "metering.certificate"}


@page()
@require_safe
def document(request: PortalRequest, document_kind: str, reference: str) -> HttpResponse:
    """Show a document's texts, their hash, and its place in the log."""
    found = documents.kind_named(document_kind)
    row = audit_selectors.document(kind=found, reference=reference, reader=request.actor)
    sealed = audit_selectors.sealed(kind=found, row=row, reader=request.actor)
    proof = sealed.proof
    context = {
        "sealed": sealed,
        "content": [(name, text, LINKED.get(name, "")) for name, text in sealed.content.items()],
        "beside": sealed.beside.items(),
        "is_intact": proof is not None and proof.entry.split("\t")[5] == sealed.sha256,
        "size": int(proof.checkpoint.split("\n")[1]) if proof else 0,
        "steps": [step.hex() for step in proof.proof] if proof else [],
    }
    return render(request, "portal/document.html", context)
