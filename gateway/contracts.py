"""What others see of the gateway: kinds of nodes, purposes of keys, and what is refused."""

import re
from typing import Final

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal

NODE_CODE_LENGTH: Final = 6
NODE_CODE: Final = re.compile(r"[NRIP][0-9A-Z]{5}")
PURPOSE_LENGTH_MAX: Final = 16


class NodeKind(TextChoices):
    """What a node is in the levels; its letter begins its code."""

    NATIONAL = "N", _("National node")
    REGIONAL = "R", _("Regional node")
    INDUSTRY = "I", _("Industry node")
    PROVIDER = "P", _("Provider node")


class KeyPurpose(TextChoices):
    """What a key signs; a key has one purpose."""

    ROOT = "root", _("Root: signs the node's set of keys")
    GRANT = "grant", _("Grants and the directory")
    REGISTER = "register", _("Records and statuses")
    ANSWER = "answer", _("Answers and receipts")
    HTTP = "http", _("Requests to other nodes")
    WITNESS = "witness", _("Cosignatures of others' logs")


class KeyUnusable(Refusal):
    """A file of keys is missing, unreadable, or may be read by others."""

    code = "gateway_key_unusable"
    status = 503
    sentence = _("The node has no usable key for this: %(purpose)s.")


def own_code() -> str:
    """Return the code that this node signs under; a market by itself is its own root."""
    return str(settings.SUANPAN_NODE_CODE)


def is_stand_alone() -> bool:
    """Tell whether this market belongs to no levels: nobody above it, nobody below."""
    return not settings.SUANPAN_NODE_KIND
