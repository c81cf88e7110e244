"""What the API of statements and fapiao takes and answers. Amounts are whole minor units (fen)."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.statements.contracts import (
    CODE_LENGTH_MAX,
    REASON_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    BillSide,
    CheckName,
    ClosingState,
    FapiaoKind,
    FapiaoState,
    MonitorKind,
    StatementKind,
)

ANSWERS_MAX = 1_000


class IssuedStatementReply(serializers.Serializer[Any]):
    """A statement as it was issued."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=StatementKind.choices)
    side = serializers.ChoiceField(choices=BillSide.choices)
    organization_id = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField(help_text="the organisation, or the programme's code")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    issued_at = serializers.DateTimeField()
    lines = serializers.IntegerField(source="lines_count")
    opening_minor = serializers.IntegerField()
    added_minor = serializers.IntegerField()
    taken_minor = serializers.IntegerField()
    closing_minor = serializers.IntegerField()
    charged_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField()
    is_live = serializers.BooleanField(help_text="not cancelled, nor cancelling")
    reason = serializers.CharField()
    content_hash = serializers.CharField()


class IssuedStatementLineReply(serializers.Serializer[Any]):
    """A line of a statement: what comes is positive."""

    position = serializers.IntegerField()
    transfer_id = serializers.UUIDField()
    asset = serializers.CharField()
    amount_minor = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    day = serializers.DateField()
    reason = serializers.CharField()
    reference = serializers.CharField()
    contract_number = serializers.CharField()
    order_number = serializers.CharField()
    what = serializers.CharField()
    chip = serializers.CharField()
    region = serializers.CharField()
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12)
    corrects_id = serializers.UUIDField(allow_null=True, help_text="the statement it belongs to")


class SummedReply(serializers.Serializer[Any]):
    """Lines of a statement that were added up."""

    key = serializers.CharField()
    called = serializers.CharField(source="label")
    lines = serializers.IntegerField()
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12)
    added_minor = serializers.IntegerField()
    taken_minor = serializers.IntegerField()
    net_minor = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class NewStatement(StrictSerializer):
    """A statement to issue now, where the month's round has not done it."""

    side = serializers.ChoiceField(choices=BillSide.choices)
    organization_id = StrictUUIDField(
        required=False, allow_null=True, default=None, help_text="of a buyer or a provider"
    )
    programme = StrictCharField(max_length=24, required=False, default="", allow_blank=True)
    month = DayField(help_text="any day of it")


class Cancelling(StrictSerializer):
    """Why a statement is cancelled."""

    reason = StrictCharField(max_length=REASON_LENGTH_MAX)


class StatementProofReply(serializers.Serializer[Any]):
    """What everybody is told of a statement, who knows its number and its hash."""

    number = serializers.CharField()
    kind = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    issued_at = serializers.DateTimeField()
    is_same = serializers.BooleanField(help_text="whether the hash is the statement's")
    cancelled_by = serializers.CharField()


class FapiaoReply(serializers.Serializer[Any]):
    """A request for a fapiao."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    statement_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=FapiaoKind.choices)
    title = serializers.CharField()
    taxpayer_code = serializers.CharField()
    amount_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField()
    state = serializers.ChoiceField(choices=FapiaoState.choices)
    fapiao_number = serializers.CharField()
    answer = serializers.CharField()
    requested_at = serializers.DateTimeField()


class NewFapiao(StrictSerializer):
    """A fapiao to ask for."""

    statement_id = StrictUUIDField()
    kind = serializers.ChoiceField(choices=FapiaoKind.choices)
    title = StrictCharField(max_length=TITLE_LENGTH_MAX)
    taxpayer_code = StrictCharField(max_length=18)
    email = serializers.EmailField(required=False, default="", allow_blank=True)


class TaxAnswerLine(StrictSerializer):
    """What the tax system says of one request."""

    reference = StrictCharField(max_length=24)
    state = serializers.ChoiceField(
        choices=[FapiaoState.ISSUED, FapiaoState.REFUSED, FapiaoState.REVERSED]
    )
    fapiao_number = StrictCharField(
        max_length=CODE_LENGTH_MAX, required=False, default="", allow_blank=True
    )
    reason = StrictCharField(
        max_length=REASON_LENGTH_MAX, required=False, default="", allow_blank=True
    )


class TaxAnswers(StrictSerializer):
    """The tax system's answer."""

    lines = serializers.ListField(child=TaxAnswerLine(), min_length=1, max_length=ANSWERS_MAX)


class BadTaxAnswerReply(serializers.Serializer[Any]):
    """A line that was not taken."""

    line = serializers.IntegerField()
    reference = serializers.CharField()
    code = serializers.CharField()


class TaxAnsweredReply(serializers.Serializer[Any]):
    """What became of the answer."""

    taken = serializers.IntegerField()
    known = serializers.IntegerField()
    bad = BadTaxAnswerReply(many=True)


class BookClosingReply(serializers.Serializer[Any]):
    """The closing of a month."""

    id = serializers.UUIDField()
    month = serializers.DateField(help_text="its first day")
    state = serializers.ChoiceField(choices=ClosingState.choices)
    trial_hash = serializers.CharField(help_text="of the trial balance that was agreed on")
    proposal_id = serializers.UUIDField(allow_null=True)
    proposed_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class NewBookClosing(StrictSerializer):
    """A month to close."""

    month = DayField(help_text="any day of it")


class BookSumReply(serializers.Serializer[Any]):
    """What a month moved of an owner, a programme or a region."""

    key = serializers.CharField(help_text="an organisation, a programme's code, or a region's")
    called = serializers.CharField(help_text="the organisation's name")
    account = serializers.CharField(help_text="of an owner")
    kind = serializers.CharField(help_text="of the account, or in what use was paid")
    asset = serializers.CharField()
    debits_minor = serializers.IntegerField()
    credits_minor = serializers.IntegerField()
    net_minor = serializers.IntegerField(help_text="credits less debits")


class CheckReply(serializers.Serializer[Any]):
    """One line of the checklist of a month."""

    name = serializers.ChoiceField(choices=CheckName.choices)
    open = serializers.IntegerField(help_text="how many are in its way")
    detail = serializers.CharField()


class AccountMonitorReply(serializers.Serializer[Any]):
    """What somebody is told of an account."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    account = serializers.CharField()
    kind = serializers.ChoiceField(choices=MonitorKind.choices)
    below_minor = serializers.IntegerField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    made_at = serializers.DateTimeField()
    balance_minor = serializers.IntegerField(allow_null=True, help_text="as it was seen last")
    raised_at = serializers.DateTimeField(allow_null=True, help_text="since when it is so")
    ended_at = serializers.DateTimeField(allow_null=True)


class NewAccountMonitor(StrictSerializer):
    """An account to watch: `below_minor` for BELOW, `days` for UNCLEARED."""

    account = StrictCharField(max_length=200, help_text="one's own; any for finance")
    kind = serializers.ChoiceField(choices=MonitorKind.choices)
    below_minor = StrictIntegerField(required=False, allow_null=True, default=None)
    days = StrictIntegerField(required=False, allow_null=True, default=None)
