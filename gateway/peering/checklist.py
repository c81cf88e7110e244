"""The admission checklist (并网标准): what a node shows before two people admit it; data."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERSION: Final = "admission/1"
# The one item that nobody confirms by hand: the suite's own newest run says it.
CONFORMANCE: Final = "conformance"
RUN_DAYS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class AdmissionItem:
    """An item: what is to be shown, and by what."""

    key: str
    label: Promise
    evidence: Promise


ITEMS: Final = (
    AdmissionItem("legal_entity", _("Legal entity and capital"), _("Business licence, audit")),
    AdmissionItem("telecom_licence", _("Telecommunications licence"), _("Number of the licence")),
    AdmissionItem(
        "honesty", _("Three years without an entry for dishonesty"), _("Extract of the register")
    ),
    AdmissionItem("persons", _("Responsible persons"), _("Names and duties, signed")),
    AdmissionItem(
        "security_grade", _("Grade of network security, and a drill"), _("Filing, report of drill")
    ),
    AdmissionItem(
        "recovery", _("Recovery: how much is lost, for how long"), _("Report of the drill")
    ),
    AdmissionItem("clock", _("Clock within 500 ms"), _("Record of a week")),
    AdmissionItem("keys", _("Custody of the keys"), _("Description, names of the two persons")),
    AdmissionItem("root", _("Root key compared by two channels"), _("Who read it to whom, when")),
    AdmissionItem("retention", _("Terms of retention and privacy"), _("Published statement")),
    AdmissionItem("contact", _("Contact for incidents, at any hour"), _("Number, tried")),
    AdmissionItem("terms", _("Terms of interconnection"), _("Signed by both")),
    AdmissionItem("profiles", _("Profiles of identifiers that it reads"), _("List with versions")),
    AdmissionItem("capacity", _("Capacity, shown"), _("Certificates, readings")),
    AdmissionItem(
        CONFORMANCE, _("Conformance suite without a failure"), _("A run of the last 30 days")
    ),
    AdmissionItem(
        "shadow", _("A week in the shadow, nothing differs"), _("Difference lists of seven nights")
    ),
)
