"""What an organisation is, by evidence: certificates by versioned criteria, and facts."""

from identity.evidence.facts import (
    Ground,
    HeldCertificate,
    OrganizationFacts,
    ProvenFact,
    certificates_between,
    facts_of,
    facts_of_many,
)

__all__ = [
    "Ground",
    "HeldCertificate",
    "OrganizationFacts",
    "ProvenFact",
    "certificates_between",
    "facts_of",
    "facts_of_many",
]
