"""What the API of the ledger reads and answers. Amounts are text in major units."""

import base64
from typing import Any

from rest_framework import serializers

from common import clock
from common.paging import CURSOR_LENGTH_MAX
from identity.http.fields import MomentField, StrictCharField, StrictIntegerField, StrictSerializer
from identity.http.pages import PAGE_SIZE, PAGE_SIZE_MAX
from ledger.contracts import AccountBalance, AccountStatementLine, Op, PostedTransfer, TrialLine
from ledger.feed import FEED_PAGE_MAX
from ledger.journals import amount_text

AMOUNT = "plain digits in the asset's major unit"


class AccountQuery(StrictSerializer):
    """A page of accounts."""

    cursor = StrictCharField(
        max_length=CURSOR_LENGTH_MAX, default="", allow_blank=True, help_text="of a page beside it"
    )
    page_size = StrictIntegerField(min_value=1, max_value=PAGE_SIZE_MAX, default=PAGE_SIZE)


class AccountStatementQuery(AccountQuery):
    """A page of a statement, newest first."""

    form = serializers.ChoiceField(choices=["json", "csv"], default="json")


class JournalQuery(StrictSerializer):
    """A period by effect, and how to write it."""

    starts_at = MomentField()
    ends_at = MomentField()
    form = serializers.ChoiceField(choices=["csv", "hledger", "beancount"], default="csv")


class AsOfQuery(StrictSerializer):
    """Two moments: of effect, by default now, and of booking."""

    effective_before = MomentField(required=False, default=clock.now)
    recorded_before = MomentField(required=False, default=None)


class AccountAsOfReply(serializers.Serializer[Any]):
    """What an account held as of two moments, in minor units; its own side is positive."""

    account = serializers.CharField()
    debits_minor = serializers.IntegerField()
    credits_minor = serializers.IntegerField()
    balance_minor = serializers.IntegerField()


class KindAsOfReply(serializers.Serializer[Any]):
    """What all accounts of a kind were debited and credited as of two moments, in minor units."""

    asset = serializers.CharField()
    kind = serializers.CharField()
    accounting_class = serializers.CharField(source="root")
    debits_minor = serializers.IntegerField(source="debits")
    credits_minor = serializers.IntegerField(source="credits")


class ConsistencyQuery(StrictSerializer):
    """Two sizes of the log."""

    old_size = StrictIntegerField(min_value=1, max_value=2**53)
    new_size = StrictIntegerField(min_value=1, max_value=2**53, default=None)


class AccountBalanceReply(serializers.Serializer[AccountBalance]):
    """An account and its balance."""

    account = serializers.CharField(source="code")
    asset = serializers.CharField()
    kind = serializers.CharField()
    posted = serializers.SerializerMethodField(help_text=AMOUNT)
    held = serializers.SerializerMethodField(help_text="held to leave the account")
    incoming = serializers.SerializerMethodField(help_text="held to arrive")
    available = serializers.SerializerMethodField(help_text="posted less held")

    def get_posted(self, line: AccountBalance) -> str:
        """Return what is posted."""
        return amount_text(line.balance.posted, line.scale)

    def get_held(self, line: AccountBalance) -> str:
        """Return what is held to leave."""
        return amount_text(line.balance.pending, line.scale)

    def get_incoming(self, line: AccountBalance) -> str:
        """Return what is held to arrive."""
        return amount_text(line.balance.incoming, line.scale)

    def get_available(self, line: AccountBalance) -> str:
        """Return what may leave."""
        return amount_text(line.balance.available, line.scale)


class AccountsReply(serializers.Serializer[Any]):
    """A page of accounts."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AccountBalanceReply(many=True)


class TransferReply(serializers.Serializer[PostedTransfer]):
    """A transfer. Of an account that is someone else's, only the kind is shown."""

    id = serializers.UUIDField()
    operation = serializers.SerializerMethodField()
    debit = serializers.CharField()
    credit = serializers.CharField()
    asset = serializers.CharField()
    amount = serializers.SerializerMethodField(help_text=AMOUNT)
    reason = serializers.CharField()
    hold_id = serializers.UUIDField(allow_null=True)
    reverses = serializers.UUIDField(allow_null=True)
    group = serializers.UUIDField(allow_null=True)
    reference = serializers.CharField()
    effective_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)

    def get_operation(self, transfer: PostedTransfer) -> str:
        """Return post, hold, capture or release."""
        return Op(transfer.op).name.lower()

    def get_amount(self, transfer: PostedTransfer) -> str:
        """Return the amount."""
        return amount_text(transfer.amount, transfer.scale)


class FeedQueryOfTransfers(StrictSerializer):
    """Where to go on in the order of the seal."""

    cursor = StrictCharField(
        max_length=CURSOR_LENGTH_MAX,
        default="",
        allow_blank=True,
        help_text="`cursor` of the answer before; none: the beginning of the log.",
    )
    page_size = StrictIntegerField(min_value=1, max_value=FEED_PAGE_MAX, default=PAGE_SIZE)


class FeedItemReply(serializers.Serializer[Any]):
    """A sealed transfer."""

    index = serializers.IntegerField(help_text="which leaf of the log it is")
    transfer = TransferReply()


class FeedOfTransfersReply(serializers.Serializer[Any]):
    """What follows a cursor, in the order of the seal."""

    cursor = serializers.CharField(help_text="Send it to go on after these; it never expires.")
    has_more = serializers.BooleanField()
    results = FeedItemReply(many=True)


class LineReply(serializers.Serializer[AccountStatementLine]):
    """One line of a statement."""

    entry = serializers.IntegerField()
    transfer = TransferReply()
    change = serializers.SerializerMethodField(help_text="what it added to the balance")
    balance = serializers.SerializerMethodField(help_text="the posted balance after it")

    def get_change(self, line: AccountStatementLine) -> str:
        """Return the signed change."""
        return amount_text(line.change, line.transfer.scale)

    def get_balance(self, line: AccountStatementLine) -> str:
        """Return the balance."""
        return amount_text(line.balance, line.transfer.scale)


class AccountStatementReply(serializers.Serializer[Any]):
    """A page of a statement."""

    account = serializers.CharField()
    asset = serializers.CharField()
    kind = serializers.CharField()
    lines = LineReply(many=True)
    next = serializers.URLField(allow_null=True, help_text="the page of older lines")
    previous = serializers.URLField(allow_null=True, help_text="the page of newer lines")


class TrialLineReply(serializers.Serializer[TrialLine]):
    """The totals of one kind of account in one asset."""

    asset = serializers.CharField()
    kind = serializers.CharField()
    accounts = serializers.IntegerField()
    debits = serializers.SerializerMethodField(help_text=AMOUNT)
    credits = serializers.SerializerMethodField(help_text=AMOUNT)
    debits_held = serializers.SerializerMethodField(help_text=AMOUNT)
    credits_held = serializers.SerializerMethodField(help_text=AMOUNT)

    def get_debits(self, line: TrialLine) -> str:
        """Return the debits posted."""
        return amount_text(line.debits, line.scale)

    def get_credits(self, line: TrialLine) -> str:
        """Return the credits posted."""
        return amount_text(line.credits, line.scale)

    def get_debits_held(self, line: TrialLine) -> str:
        """Return what is held on the debit side."""
        return amount_text(line.debits_pending, line.scale)

    def get_credits_held(self, line: TrialLine) -> str:
        """Return what is held on the credit side."""
        return amount_text(line.credits_pending, line.scale)


class ProofReply(serializers.Serializer[Any]):
    """That a transfer is an entry of the sealed log (RFC 9162, section 2.1.3)."""

    entry = serializers.CharField(help_text="the line that was hashed")
    index = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField(), help_text="base64")
    checkpoint = serializers.CharField(help_text="a signed note (C2SP tlog-checkpoint)")


class ConsistencyReply(serializers.Serializer[Any]):
    """That one log begins another (RFC 9162, section 2.1.4)."""

    old_size = serializers.IntegerField()
    new_size = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField(), help_text="base64")


def base64_texts(hashes: list[bytes]) -> list[str]:
    """Return hashes as JSON carries them."""
    return [base64.b64encode(one).decode() for one in hashes]
