"""What this room does: exports of one's own data, erasures, incidents."""

from identity.rights.services.asking import ask_erasure, refuse_erasure, withdraw_erasure
from identity.rights.services.erasing import erase_person, propose_erasure
from identity.rights.services.exporting import ask_export, expire_own_exports, prepare_next
from identity.rights.services.incidents import (
    add_entry,
    close_incident,
    propose_incident_closing,
    report_incident,
)

__all__ = [
    "add_entry",
    "ask_erasure",
    "ask_export",
    "close_incident",
    "erase_person",
    "expire_own_exports",
    "prepare_next",
    "propose_erasure",
    "propose_incident_closing",
    "refuse_erasure",
    "report_incident",
    "withdraw_erasure",
]
