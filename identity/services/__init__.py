"""Writes of the register: organisations and members, credentials, evidence, resources."""

from identity.services.certificates import SmeFigures, issue_sme_certificate
from identity.services.credentials import (
    IssuedKey,
    create_api_key,
    register_agent,
    revoke_agent,
    revoke_api_key,
)
from identity.services.organizations import (
    add_member,
    create_organization,
    remove_member,
    update_organization,
)
from identity.services.resources import (
    InvalidCapacity,
    InvalidSpecification,
    ResourceFacts,
    SerialTaken,
    observe_capacity,
    register_resource,
    register_resources,
)

__all__ = [
    "InvalidCapacity",
    "InvalidSpecification",
    "IssuedKey",
    "ResourceFacts",
    "SerialTaken",
    "SmeFigures",
    "add_member",
    "create_api_key",
    "create_organization",
    "issue_sme_certificate",
    "observe_capacity",
    "register_agent",
    "register_resource",
    "register_resources",
    "remove_member",
    "revoke_agent",
    "revoke_api_key",
    "update_organization",
]
