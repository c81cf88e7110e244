"""What the API of payments reads and answers. Amounts are whole minor units (fen)."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    AmountField,
    MomentField,
    StrictCharField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.payments.contracts import (
    NOTE_LENGTH_MAX,
    RESOLUTION_LENGTH_MAX,
    DifferenceKind,
    LineState,
    MovementKind,
    MovementState,
    PayChannel,
)


class MovementReply(serializers.Serializer[Any]):
    """Money that enters or leaves the market, once, by one channel."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=MovementKind.choices)
    channel = serializers.ChoiceField(choices=PayChannel.choices)
    state = serializers.ChoiceField(choices=MovementState.choices)
    organization_id = serializers.UUIDField(help_text="whose money it is")
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    source_id = serializers.UUIDField(allow_null=True)
    reference = serializers.CharField(help_text="what the bank or the gateway calls it")
    address = serializers.CharField(help_text="the page on which somebody pays, once it is there")
    failure = serializers.CharField(help_text="why it did not arrive")
    proposal_id = serializers.UUIDField(allow_null=True)
    requested_at = serializers.DateTimeField()
    moved_at = serializers.DateTimeField(help_text="when it reached its state")


class PaymentSourceReply(serializers.Serializer[Any]):
    """What an organisation paid in by: money goes back to it, never more than came by it."""

    id = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=PayChannel.choices)
    ends_with = serializers.SerializerMethodField()
    holder = serializers.CharField()
    paid_in_minor = serializers.IntegerField()
    taken_minor = serializers.IntegerField(help_text="what went back, or is asked back")
    first_seen_at = serializers.DateTimeField()
    usable_from = serializers.SerializerMethodField()

    def get_ends_with(self, source: Any) -> str:
        """Return the last characters of its name."""
        return str(source.reference)[-4:]

    def get_usable_from(self, source: Any) -> str:
        """Return from when on money may go back to it."""
        made: str = serializers.DateTimeField().to_representation(source.usable_from)
        return made


class PaymentDetailsReply(serializers.Serializer[Any]):
    """How a buyer pays in by bank transfer."""

    reference = serializers.CharField(help_text="to be written on the transfer")
    bank_holder = serializers.CharField()
    bank_name = serializers.CharField()
    bank_account = serializers.CharField()
    takes_cards = serializers.BooleanField()
    is_test = serializers.BooleanField(help_text="a test gateway: no money moves")


class NewTopUp(StrictSerializer):
    """A page of payment to open."""

    amount_minor = AmountField(min_value=1)


class NewRefund(StrictSerializer):
    """What is to go back to where it came from."""

    source_id = StrictUUIDField()
    amount_minor = AmountField(min_value=1)


class BankStatementReply(serializers.Serializer[Any]):
    """A file of the bank, taken once."""

    id = serializers.UUIDField()
    form = serializers.CharField()
    file_name = serializers.CharField()
    file_hash = serializers.CharField()
    account = serializers.CharField()
    opening_minor = serializers.IntegerField(allow_null=True)
    closing_minor = serializers.IntegerField(allow_null=True)
    lines_count = serializers.IntegerField()
    new_count = serializers.IntegerField(help_text="lines that no earlier file had brought")
    matched_count = serializers.IntegerField(help_text="of them, matched by a rule")
    imported_at = serializers.DateTimeField()
    imported_by_id = serializers.IntegerField()


class NewBankStatement(StrictSerializer):
    """What is said about a file beside its bytes, in the query of its address."""

    name = StrictCharField(max_length=200, help_text="what the file is called")


class BankLineReply(serializers.Serializer[Any]):
    """What the bank says that it booked."""

    id = serializers.UUIDField()
    statement_id = serializers.UUIDField()
    line = serializers.IntegerField()
    amount_minor = serializers.IntegerField(help_text="below zero: it left")
    booked_on = serializers.DateField()
    reference = serializers.CharField()
    text = serializers.CharField()
    party = serializers.CharField()
    party_account = serializers.CharField()
    state = serializers.ChoiceField(choices=LineState.choices)
    rule = serializers.CharField(help_text="reference, number, gateway or hand")
    movement_id = serializers.UUIDField(allow_null=True)
    found_at = serializers.DateTimeField()
    matched_at = serializers.DateTimeField(allow_null=True)


class NewMatch(StrictSerializer):
    """Whose money a line is."""

    organization_id = StrictUUIDField()


class MoneyDifferenceReply(serializers.Serializer[Any]):
    """In what the market's books and somebody else's differ."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=DifferenceKind.choices)
    channel = serializers.ChoiceField(choices=PayChannel.choices)
    reference = serializers.CharField()
    movement_id = serializers.UUIDField(allow_null=True)
    ours_minor = serializers.IntegerField(allow_null=True)
    theirs_minor = serializers.IntegerField(allow_null=True)
    found_at = serializers.DateTimeField()
    owner_id = serializers.IntegerField(allow_null=True, help_text="who sees to it")
    taken_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by_id = serializers.IntegerField(allow_null=True)
    resolution = serializers.CharField(help_text="how it ended")


class TakingOn(StrictSerializer):
    """That whoever asks sees to a difference."""

    note = StrictCharField(max_length=NOTE_LENGTH_MAX, required=False, default="", allow_blank=True)


class Settling(StrictSerializer):
    """How a difference ended."""

    resolution = StrictCharField(max_length=RESOLUTION_LENGTH_MAX)


class ReconciliationReply(serializers.Serializer[Any]):
    """One comparison of the market's books with the gateway's."""

    id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()
    since = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    looked = serializers.IntegerField(help_text="what was compared")
    found = serializers.IntegerField(help_text="open differences when it ended")
    failure = serializers.CharField()


class NewReconciliation(StrictSerializer):
    """From when on the books are compared."""

    since = MomentField(required=False, help_text="three days without; 90 days at most")


class ClearingReply(serializers.Serializer[Any]):
    """What a clearing account holds; nothing, once everything under way has arrived."""

    account = serializers.CharField()
    held_minor = serializers.IntegerField()
    under_way_minor = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True, help_text="of the oldest that is under way")


class NewDeposit(StrictSerializer):
    """Money that reached the bank."""

    organization_id = StrictUUIDField()
    amount_minor = AmountField()
    reference = StrictCharField(max_length=80, help_text="the bank's reference")


class DepositReply(serializers.Serializer[Any]):
    """A deposit."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField()
    reference = serializers.CharField()
    recorded_at = serializers.DateTimeField()
