"""What the audit room's API reads and answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from ledger.api.serializers import base64_texts
from ledger.proofs import InclusionProof
from marketplace.audit.contracts import ExportFormat, ExportKind, ExportState


class NewExport(StrictSerializer):
    """Which records to export, and how."""

    kind = serializers.ChoiceField(choices=ExportKind.choices)
    file_format = serializers.ChoiceField(choices=ExportFormat.choices)
    starts_at = MomentField()
    ends_at = MomentField(help_text="exclusive")
    party = StrictCharField(
        max_length=18, required=False, default="", allow_blank=True, help_text="a USCC"
    )
    programme = StrictCharField(max_length=40, required=False, default="", allow_blank=True)


class ExportReply(serializers.Serializer[Any]):
    """An export and how far it is."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=ExportKind.choices)
    file_format = serializers.ChoiceField(choices=ExportFormat.choices)
    scope = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    party = serializers.CharField()
    programme = serializers.CharField()
    state = serializers.ChoiceField(choices=ExportState.choices)
    progress_percent = serializers.IntegerField()
    estimated_rows = serializers.IntegerField()
    rows = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField()
    failure = serializers.CharField()
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class ExportDetailReply(ExportReply):
    """An export with its manifest."""

    manifest = serializers.DictField(allow_null=True)


class InclusionReply(serializers.Serializer[Any]):
    """The leaf of a document, its place, the hashes on the way, and the signed root."""

    entry = serializers.CharField()
    index = serializers.IntegerField()
    proof = serializers.SerializerMethodField()
    checkpoint = serializers.CharField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_proof(self, found: InclusionProof) -> list[str]:
        """Return the hashes in base64, the leaf's neighbour first (RFC 9162)."""
        return base64_texts(found.proof)


class DocumentReply(serializers.Serializer[Any]):
    """A document as it is now, and as the log sealed it."""

    kind = serializers.CharField()
    form = serializers.IntegerField(help_text="the version of the texts")
    reference = serializers.CharField()
    content = serializers.DictField(child=serializers.CharField(allow_blank=True))
    beside = serializers.DictField(
        child=serializers.CharField(),
        help_text="who did it, for their own organisation and oversight: hashed as `by`",
    )
    sha256 = serializers.CharField(help_text="of the content: JSON, keys sorted, no spaces, UTF-8")
    proof = InclusionReply(allow_null=True, help_text="null until the log reaches so far")


class EstimateReply(serializers.Serializer[Any]):
    """What an export would be like."""

    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    seconds = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())
    preview = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True))
    )
