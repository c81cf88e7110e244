"""What the vouchers' API reads and answers. Amounts are whole fen."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    AmountField,
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.vouchers import drafting, programme_2
from marketplace.vouchers.contracts import (
    ApplicationState,
    CheckOutcome,
    Decision,
    LifeStep,
    ObjectionState,
    VoucherState,
)
from marketplace.vouchers.models import ProgrammeDraft

REQUIRED = serializers.Field.default_error_messages["required"]


class ProgrammeReply(serializers.Serializer[Any]):
    """A programme, the rules in force and the state of its budget."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    region = serializers.CharField()
    issuer_id = serializers.UUIDField()
    issuer_name = serializers.CharField()
    version = serializers.IntegerField()
    version_id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    content_hash = serializers.CharField()
    rules = serializers.JSONField(source="rules_data")
    funded_minor = serializers.IntegerField()
    pool_minor = serializers.IntegerField()
    issued_minor = serializers.IntegerField()
    takes_applications = serializers.BooleanField()


class NewVersion(StrictSerializer):
    """The next rules of a programme."""

    rules = serializers.JSONField()
    source = StrictCharField(max_length=300)  # type: ignore[assignment]
    valid_from = MomentField(required=False)


class NewProgramme(StrictSerializer):
    """A programme to set up."""

    code = serializers.RegexField(r"\A[A-Z0-9]+(-[A-Z0-9]+)*\Z", max_length=24)
    name = StrictCharField(max_length=120)
    name_en = StrictCharField(max_length=160, required=False, default="", allow_blank=True)
    region = serializers.RegexField(r"\A[0-9]{6}\Z", required=False, default="", allow_blank=True)
    rules = serializers.JSONField()
    source = StrictCharField(max_length=300)  # type: ignore[assignment]
    valid_from = MomentField(required=False)


class NewDraft(StrictSerializer):
    """A draft of a programme: rules as far as they are known, and worked examples."""

    code = serializers.RegexField(r"\A[A-Z0-9]+(-[A-Z0-9]+)*\Z", max_length=24)
    name = StrictCharField(max_length=120)
    name_en = StrictCharField(max_length=160, required=False, default="", allow_blank=True)
    region = serializers.RegexField(r"\A[0-9]{6}\Z", required=False, default="", allow_blank=True)
    source = StrictCharField(max_length=300)  # type: ignore[assignment]
    rules = serializers.JSONField()
    examples = serializers.JSONField(required=False)
    revision = StrictIntegerField(required=False, min_value=0)


class DraftReply(serializers.Serializer[Any]):
    """A draft, and what keeps it from being published."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    region = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    rules = serializers.JSONField()
    examples = serializers.JSONField()
    revision = serializers.IntegerField()
    changed_at = serializers.DateTimeField()
    not_publishable_because = serializers.SerializerMethodField()

    def get_not_publishable_because(self, draft: ProgrammeDraft) -> list[str]:
        """Return each member that is missing or wrong, with its clause."""
        return drafting.reasons(programme_2.unpublishable(draft.rules))


class NewDraftProposal(StrictSerializer):
    """When the rules of a draft would take effect; without a moment as early as they may."""

    valid_from = MomentField(required=False)


class NewFunding(StrictSerializer):
    """Money for a programme's pool."""

    amount_minor = AmountField()
    reference = StrictCharField(max_length=80)


class FundingReply(serializers.Serializer[Any]):
    """Money that went into a programme's pool."""

    id = serializers.UUIDField()
    programme_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField()
    reference = serializers.CharField()
    funded_at = serializers.DateTimeField()


class NewApplication(StrictSerializer):
    """An application for a voucher."""

    programme_id = StrictUUIDField()
    amount_minor = AmountField()
    purpose = StrictCharField(max_length=500, required=False, default="", allow_blank=True)
    file_ids = serializers.ListField(
        child=StrictUUIDField(), required=False, default=list, max_length=20
    )
    is_draft = serializers.BooleanField(
        required=False, default=False, help_text="begun, and handed in later"
    )
    answers = serializers.DictField(
        required=False, help_text="to the programme's form; needed where the programme names one"
    )
    form_version = StrictIntegerField(
        required=False, min_value=1, max_value=10_000, help_text="of the form that is answered"
    )
    consents = serializers.BooleanField(
        required=False, default=False, help_text="to the words of that version"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let answers say what they answer."""
        if ("answers" in attrs) != ("form_version" in attrs):
            missing = "form_version" if "answers" in attrs else "answers"
            raise serializers.ValidationError({missing: REQUIRED}, code="required")
        return attrs


class ProgrammeFormReply(serializers.Serializer[Any]):
    """The form that a programme asks of its applicants."""

    form = serializers.CharField(source="code")
    version = serializers.IntegerField()
    definition = serializers.JSONField(source="data")


class NewProgrammeForm(StrictSerializer):
    """Which form a programme asks."""

    form = StrictCharField(max_length=40)


class NewEvidence(StrictSerializer):
    """The answer to what an issuer asked for."""

    note = StrictCharField(max_length=500)
    file_ids = serializers.ListField(
        child=StrictUUIDField(), required=False, default=list, max_length=20
    )


class ApplicationSet(StrictSerializer):
    """Which approved applications are issued at once."""

    application_ids = serializers.ListField(child=StrictUUIDField(), min_length=1, max_length=500)


class IssueOutcomeReply(serializers.Serializer[Any]):
    """What became of one application: its voucher, or the code of the refusal."""

    application_id = serializers.UUIDField()
    voucher_id = serializers.UUIDField(source="voucher.pk", allow_null=True, default=None)
    code = serializers.CharField(source="refusal.code", default="")


class NewNote(StrictSerializer):
    """Why something is done."""

    note = StrictCharField(max_length=500, required=False, default="", allow_blank=True)


class CheckLineReply(serializers.Serializer[Any]):
    """What the automatic check found for one rule of the programme."""

    rule = serializers.CharField()
    outcome = serializers.ChoiceField(CheckOutcome.choices)
    clause = serializers.CharField()
    found = serializers.CharField()


class ApplicationStepReply(serializers.Serializer[Any]):
    """One step of an application."""

    step = serializers.ChoiceField(LifeStep.choices)
    state = serializers.ChoiceField(ApplicationState.choices)
    at = serializers.DateTimeField()
    note = serializers.CharField()


class PublishedReply(serializers.Serializer[Any]):
    """An application that everybody may object to."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    programme_code = serializers.CharField(source="programme_version.programme.code")
    applicant_name = serializers.CharField(source="applicant.name")
    amount_minor = serializers.IntegerField()
    publicity_until = serializers.DateTimeField()


class NewObjection(StrictSerializer):
    """Why somebody objects to an application."""

    reason = StrictCharField(max_length=500)


class NewAnswer(StrictSerializer):
    """What becomes of an objection, and why."""

    is_upheld = serializers.BooleanField()
    answer = StrictCharField(max_length=500)


class ObjectionReply(serializers.Serializer[Any]):
    """An objection and its answer."""

    id = serializers.UUIDField()
    application_id = serializers.UUIDField()
    made_at = serializers.DateTimeField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(ObjectionState.choices)
    answer = serializers.CharField()


class ApplicationReply(serializers.Serializer[Any]):
    """An application and what became of it."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    programme_id = serializers.UUIDField(source="programme_version.programme_id")
    programme_code = serializers.CharField(source="programme_version.programme.code")
    programme_version = serializers.IntegerField(source="programme_version.version")
    applicant_id = serializers.UUIDField()
    applicant_name = serializers.CharField(source="applicant.name")
    beneficiary = serializers.CharField(help_text="SME, STARTUP or STANDARD, by evidence")
    amount_minor = serializers.IntegerField()
    purpose = serializers.CharField()
    state = serializers.ChoiceField(ApplicationState.choices)
    checks = CheckLineReply(many=True)
    facts = serializers.JSONField()
    submission_id = serializers.UUIDField(allow_null=True)
    applied_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    publicity_until = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    voucher_id = serializers.UUIDField(source="voucher.id", allow_null=True, default=None)


class NewDecision(StrictSerializer):
    """A decision on an application."""

    decision = serializers.ChoiceField([each.value for each in Decision])
    note = StrictCharField(max_length=500, required=False, default="", allow_blank=True)


class BalanceReply(serializers.Serializer[Any]):
    """What became of a voucher's face value."""

    available_minor = serializers.IntegerField()
    held_minor = serializers.IntegerField()
    used_minor = serializers.IntegerField()
    returned_minor = serializers.IntegerField()


class VoucherReply(serializers.Serializer[Any]):
    """A voucher and its balance."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    programme_id = serializers.UUIDField()
    programme_code = serializers.CharField()
    programme_version = serializers.IntegerField()
    holder_id = serializers.UUIDField()
    face_minor = serializers.IntegerField()
    balance = BalanceReply()
    funding = serializers.DictField(child=serializers.IntegerField())
    issued_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    state = serializers.ChoiceField(VoucherState.choices)
