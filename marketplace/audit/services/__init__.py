"""Writes of the audit room: ask for exports, build them, let them expire; seal documents."""

from marketplace.audit.services.building import build_next
from marketplace.audit.services.expiring import expire_exports
from marketplace.audit.services.requesting import cancel_export, request_export
from marketplace.audit.services.reviewing import close_export, retry_export
from marketplace.audit.services.sealing import seal_documents

__all__ = [
    "build_next",
    "cancel_export",
    "close_export",
    "expire_exports",
    "request_export",
    "retry_export",
    "seal_documents",
]
