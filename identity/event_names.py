"""What the record of events calls what happens in this room."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class IdentityEvent(TextChoices):
    """What happens to organisations, people, keys and resources."""

    ORGANIZATION_ENTERED = "identity.organization.entered", _("Organisation entered")
    ORGANIZATION_CHANGED = "identity.organization.changed", _("Organisation changed")
    ORGANIZATION_SUSPENDED = "identity.organization.suspended", _("Organisation suspended")
    ORGANIZATION_REINSTATED = "identity.organization.reinstated", _("Organisation reinstated")
    MEMBER_ADDED = "identity.member.added", _("Role given")
    MEMBER_INVITED = "identity.member.invited", _("Member invited")
    MEMBER_REMOVED = "identity.member.removed", _("Role taken away")
    PERSON_CHANGED = "identity.person.changed", _("Personal settings changed")
    PERSON_CLOSED = "identity.person.closed", _("Account closed")
    PERSON_OPENED = "identity.person.opened", _("Account opened")
    SESSIONS_ENDED = "identity.session.ended", _("Sessions ended")
    KEY_CREATED = "identity.key.created", _("API key made")
    KEY_REVOKED = "identity.key.revoked", _("API key revoked")
    KEY_ROTATED = "identity.key.rotated", _("API key given a new secret")
    AGENT_REGISTERED = "identity.agent.registered", _("Metering agent registered")
    AGENT_REVOKED = "identity.agent.revoked", _("Metering agent revoked")
    AGENT_ENDS = "identity.agent.ends", _("Former key of an agent ends")
    CERTIFICATE_ISSUED = "identity.certificate.issued", _("Certificate issued")
    CERTIFICATE_REVOKED = "identity.certificate.revoked", _("Certificate revoked")
    CERTIFICATE_ENDS_SOON = "identity.certificate.ends_soon", _("Certificate ends soon")
    ACCESS_ASKED = "identity.access.asked", _("Access asked for")
    ACCESS_ANSWERED = "identity.access.answered", _("Request for access answered")
    TIE_RECORDED = "identity.tie.recorded", _("Tie recorded")
    TIE_ENDED = "identity.tie.ended", _("Tie ended")
    RESOURCE_REGISTERED = "identity.resource.registered", _("Resource registered")
    RESOURCE_CHANGED = "identity.resource.changed", _("Resource's status changed")
    GRANT_GIVEN = "identity.grant.given", _("Prefix of codes granted")
    GRANT_CHANGED = "identity.grant.changed", _("Grant of a prefix changed")
    POOL_ASKED = "identity.pool.asked", _("Pool of codes asked for")
    POOL_ANSWERED = "identity.pool.answered", _("Request for a pool answered")
    POOL_WITHDRAWN = "identity.pool.withdrawn", _("Request for a pool withdrawn")
    CODE_RENAMED = "identity.code.renamed", _("Code renamed")
    ALIASES_GIVEN = "identity.code.aliased", _("Further codes given")
    PROFILE_PUBLISHED = "identity.profile.published", _("Layout of codes published")
