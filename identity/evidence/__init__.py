"""What an organisation is, by evidence: certificates by versioned criteria, and facts."""

from identity.evidence.facts import Ground, HeldCertificate, OrganizationFacts, ProvenFact, facts_of

__all__ = ["Ground", "HeldCertificate", "OrganizationFacts", "ProvenFact", "facts_of"]
