"""The rules of service levels, scores and unlisting over HTTP, for everybody."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.assurance import published_rules


class LevelRuleReply(serializers.Serializer[Any]):
    """A version of the formula of service levels."""

    name = serializers.CharField()
    buffer_seconds = serializers.IntegerField(help_text="of a month that do not count")
    network_weight = serializers.ListField(
        child=serializers.IntegerField(),
        min_length=2,
        max_length=2,
        help_text="a fraction: how much time that was not reachable counts",
    )
    responses_bp = serializers.IntegerField(
        help_text="the share of probes that has to be answered in time, in 1/10,000"
    )
    probes_min = serializers.IntegerField(help_text="of fewer nothing is said")
    text = serializers.CharField(help_text="the formula in words")


class LevelRulesReply(serializers.Serializer[Any]):
    """Every version, and by which a month is counted now."""

    newest = serializers.CharField()
    versions = LevelRuleReply(many=True)


class ScoreRuleReply(serializers.Serializer[Any]):
    """A version of the formula of scores."""

    name = serializers.CharField()
    days = serializers.IntegerField()
    known_seconds = serializers.IntegerField(help_text="of fewer told of there is no record yet")
    floor_ppm = serializers.IntegerField(help_text="availability that is 0 of 1,000")
    levels = serializers.DictField(
        child=serializers.IntegerField(), help_text="of certificates, in 1/1,000"
    )
    credibility = serializers.DictField(
        child=serializers.IntegerField(), help_text="the weight of each part"
    )
    stability = serializers.DictField(
        child=serializers.IntegerField(), help_text="the weight of each part"
    )
    text = serializers.CharField(help_text="the formula in words")


class ScoreRulesReply(serializers.Serializer[Any]):
    """Every version, and by which scores are made now."""

    newest = serializers.CharField()
    versions = ScoreRuleReply(many=True)


class UnlistRuleReply(serializers.Serializer[Any]):
    """A version of the rule by which listings leave the market."""

    name = serializers.CharField()
    days = serializers.IntegerField()
    below_ppm = serializers.IntegerField(help_text="of the days, in 1/1,000,000")
    warned_seconds = serializers.IntegerField(help_text="until nothing more is sold")
    known_ppm = serializers.IntegerField(help_text="of the days; of less nothing follows")
    text = serializers.CharField(help_text="the rule in words")


class UnlistRulesReply(serializers.Serializer[Any]):
    """Every version, and by which listings leave the market now."""

    newest = serializers.CharField()
    versions = UnlistRuleReply(many=True)


class LevelRules(APIView):
    """The formula of service levels."""

    public = True

    @extend_schema(responses=LevelRulesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every version of the formula, the oldest first, and the newest."""
        return Response(LevelRulesReply(published_rules.level_rules_published()).data)


class ScoreRules(APIView):
    """The formula of scores."""

    public = True

    @extend_schema(responses=ScoreRulesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every version of the formula, the oldest first, and the newest."""
        return Response(ScoreRulesReply(published_rules.score_rules_published()).data)


class UnlistRules(APIView):
    """The rule by which listings leave the market."""

    public = True

    @extend_schema(responses=UnlistRulesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every version of the rule, the oldest first, and the newest."""
        return Response(UnlistRulesReply(published_rules.unlisting_rules_published()).data)
