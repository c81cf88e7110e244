"""What the API of payouts answers. Amounts are whole minor units (fen)."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    AmountField,
    DayField,
    StrictCharField,
    StrictDecimalField,
    StrictSerializer,
)
from marketplace.payouts.contracts import (
    ACCOUNT_LENGTH_MAX,
    BANK_CODE_LENGTH,
    HOLDER_LENGTH_MAX,
    REASON_LENGTH_MAX,
    SOURCE_LENGTH_MAX,
    TAX_DIGITS,
    Answer,
    PayoutChannel,
    ProviderKind,
    RunState,
    Skipped,
)

ANSWERS_MAX = 1_000


class PayoutRunReply(serializers.Serializer[Any]):
    """Payouts that are proposed, approved, sent and answered together."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    channel = serializers.ChoiceField(choices=PayoutChannel.choices)
    state = serializers.ChoiceField(choices=RunState.choices)
    until = serializers.DateField()
    threshold_minor = serializers.IntegerField()
    payouts = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    netted_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField(help_text="withheld")
    lines_hash = serializers.CharField()
    proposal_id = serializers.UUIDField(allow_null=True)
    proposed_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class PayoutReply(serializers.Serializer[Any]):
    """What a run pays one provider, or why it does not."""

    id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    movement_number = serializers.CharField(source="movement.number", default="")
    movement_state = serializers.CharField(source="movement.state", default="")
    failure = serializers.CharField(source="movement.failure", default="")
    payable_minor = serializers.IntegerField()
    owed_minor = serializers.IntegerField()
    frozen_minor = serializers.IntegerField()
    netted_minor = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField(help_text="withheld; the rest is paid")
    skipped = serializers.ChoiceField(choices=Skipped.choices)


class TaxRuleReply(serializers.Serializer[Any]):
    """What is withheld from providers of a kind when they are paid."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ProviderKind.choices)
    rate = serializers.DecimalField(max_digits=7, decimal_places=TAX_DIGITS)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="exclusive")
    basis = serializers.CharField(source="source", help_text="by which law or notice")
    published_at = serializers.DateTimeField()


class NewTaxRule(StrictSerializer):
    """A tax to propose."""

    kind = serializers.ChoiceField(choices=ProviderKind.choices)
    rate = StrictDecimalField(max_digits=7, decimal_places=TAX_DIGITS, min_value=0)
    starts_on = DayField()
    ends_on = DayField(required=False, allow_null=True, default=None, help_text="exclusive")
    basis = StrictCharField(max_length=SOURCE_LENGTH_MAX, help_text="by which law or notice")


class NewPayoutRun(StrictSerializer):
    """A run to propose."""

    until = DayField(help_text="the first day that is not paid for")
    threshold_minor = AmountField(help_text="who is owed less is not paid")
    channel = serializers.ChoiceField(
        choices=PayoutChannel.choices, required=False, default=PayoutChannel.BANK
    )


class BankAnswerLine(StrictSerializer):
    """What the bank says of one payout."""

    reference = StrictCharField(max_length=40)
    amount_minor = AmountField()
    answer = serializers.ChoiceField(choices=Answer.choices)
    reason = StrictCharField(max_length=REASON_LENGTH_MAX, required=False, default="")


class BankAnswers(StrictSerializer):
    """The bank's answer to a run."""

    lines = serializers.ListField(child=BankAnswerLine(), min_length=1, max_length=ANSWERS_MAX)


class BadAnswerReply(serializers.Serializer[Any]):
    """A line that was not taken."""

    line = serializers.IntegerField()
    reference = serializers.CharField()
    code = serializers.CharField()


class AnsweredReply(serializers.Serializer[Any]):
    """What became of the bank's answer."""

    paid = serializers.IntegerField()
    returned = serializers.IntegerField()
    known = serializers.IntegerField()
    bad = BadAnswerReply(many=True)


class PayoutAccountReply(serializers.Serializer[Any]):
    """Where a provider is paid; of its number the last four digits."""

    id = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=PayoutChannel.choices)
    holder = serializers.CharField()
    bank_name = serializers.CharField()
    bank_code = serializers.CharField()
    ends_with = serializers.SerializerMethodField()
    usable_from = serializers.DateTimeField()

    def get_ends_with(self, account: Any) -> str:
        """Return the last digits."""
        return str(account.account_number)[-4:]


class WhichAccount(StrictSerializer):
    """Of which channel, in the query of the address."""

    channel = serializers.ChoiceField(
        choices=PayoutChannel.choices, required=False, default=PayoutChannel.BANK
    )


class NewPayoutAccount(StrictSerializer):
    """Where a provider wants to be paid."""

    holder = StrictCharField(max_length=HOLDER_LENGTH_MAX)
    channel = serializers.ChoiceField(
        choices=PayoutChannel.choices, required=False, default=PayoutChannel.BANK
    )
    bank_name = StrictCharField(
        max_length=HOLDER_LENGTH_MAX, required=False, default="", allow_blank=True
    )
    bank_code = StrictCharField(
        max_length=BANK_CODE_LENGTH, required=False, default="", allow_blank=True
    )
    account_number = StrictCharField(
        max_length=ACCOUNT_LENGTH_MAX, help_text="digits; of the gateway, acct_…"
    )
