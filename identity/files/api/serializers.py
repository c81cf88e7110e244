"""What the API of files reads and answers."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import MomentField, StrictCharField, StrictSerializer


class NewFile(StrictSerializer):
    """What an upload says beside its bytes, in the query of its address."""

    name = StrictCharField(max_length=255, help_text="what the file is called")
    expires_at = MomentField(
        required=False, help_text="when it is removed by itself; it stays without"
    )


class FileReply(serializers.Serializer[Any]):
    """A file, without its content."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField(help_text="the owner")
    name = serializers.CharField()
    media_type = serializers.CharField(help_text="by content")
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    purpose = serializers.CharField()
    relied_on_by = serializers.CharField(help_text="what keeps it from being removed")
    uploaded_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class FileAllowanceReply(serializers.Serializer[Any]):
    """How much an organisation keeps, and how much it may."""

    files = serializers.IntegerField()
    bytes = serializers.IntegerField()
    files_max = serializers.IntegerField()
    bytes_max = serializers.IntegerField()
