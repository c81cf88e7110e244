"""The API of the ledger: balances, statements, journals, and proofs about the sealed log."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import paging
from common.errors import NotFound
from common.period import Period
from identity.contracts import ANY_MEMBER, Role
from identity.http import pages
from identity.http.fields import StrictSerializer
from ledger import feed, journals, packs, proofs, reports, selectors, statement_pages
from ledger.api import serializers
from ledger.contracts import AccountStatement

READ = "ledger:read"
TEXT = OpenApiResponse(OpenApiTypes.STR)


class LedgerView(APIView):
    """Every member reads the own organisation's part; platform duties read the whole."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}


def parsed(form: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """Return the values of the address's query."""
    query = form(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def text_file(text: str, *, form: str, name: str) -> HttpResponse:
    """Answer with a file to keep."""
    response = HttpResponse(text, content_type=f"{journals.MEDIA_TYPES[form]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.{journals.ENDINGS[form]}"'
    return response


class AccountList(LedgerView):
    """Accounts and what they hold."""

    @extend_schema(parameters=[serializers.AccountQuery], responses=serializers.AccountsReply)
    def get(self, request: Request) -> Response:
        """Return accounts in the order of their codes."""
        query, scope = parsed(serializers.AccountQuery, request), pages.request_scope_of(request)
        position = paging.position_of(query["cursor"], scope=scope)
        size = query["page_size"]
        page = paging.sliced(
            selectors.accounts(position=position, limit=size + 1),
            size=size,
            position=position,
            key=lambda found: (found.code,),
            scope=scope,
        )
        beside = pages.neighbours(request, page)
        return Response(serializers.AccountsReply({**beside, "results": page.rows}).data)


class AccountStatementView(LedgerView):
    """An account's history, newest first."""

    @extend_schema(
        parameters=[serializers.AccountStatementQuery],
        responses={
            (200, "application/json"): serializers.AccountStatementReply,
            (200, "text/csv"): TEXT,
        },
    )
    def get(self, request: Request, account: str) -> Response | HttpResponse:
        """Return a page of lines, each with the balance after it."""
        query = parsed(serializers.AccountStatementQuery, request)
        statement, page = statement_pages.statement_page(
            account=account,
            cursor=query["cursor"],
            scope=pages.request_scope_of(request),
            limit=query["page_size"],
        )
        if query["form"] == "csv":
            text = journals.csv_statement(statement)
            return text_file(text, form="csv", name="statement")
        beside = pages.neighbours(request, page)
        return Response(serializers.AccountStatementReply(_shown(statement) | beside).data)


def _shown(statement: AccountStatement) -> dict[str, Any]:
    names = ("account", "asset", "kind", "lines")
    return {name: getattr(statement, name) for name in names}


class TrialBalance(LedgerView):
    """Totals by asset and kind of account."""

    @extend_schema(responses=serializers.TrialLineReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return the totals; over the whole ledger debits equal credits in each asset."""
        lines = selectors.trial_balance()
        return Response([serializers.TrialLineReply(line).data for line in lines])


class AccountAsOf(LedgerView):
    """What an account held."""

    @extend_schema(parameters=[serializers.AsOfQuery], responses=serializers.AccountAsOfReply)
    def get(self, request: Request, account: str) -> Response:
        """Return its balance as of a moment of effect and, if one is given, of booking."""
        query = parsed(serializers.AsOfQuery, request)
        found = selectors.balance_as_of(
            account=account,
            effect_before=query["effective_before"],
            booked_before=query["recorded_before"],
        )
        if found is None:
            raise NotFound
        told = {
            "account": account,
            "debits_minor": found.debits,
            "credits_minor": found.credits,
            "balance_minor": found.balance,
        }
        return Response(serializers.AccountAsOfReply(told).data)


class TrialBalanceAsOf(LedgerView):
    """Totals by asset and kind of account, as they were."""

    required_roles: ClassVar = {"GET": frozenset({Role.AUDITOR, Role.OPERATOR, Role.FINANCE})}

    @extend_schema(
        parameters=[serializers.AsOfQuery], responses=serializers.KindAsOfReply(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the totals as of a moment of effect and, if one is given, of booking."""
        query = parsed(serializers.AsOfQuery, request)
        lines = selectors.trial_balance_as_of(
            effect_before=query["effective_before"], booked_before=query["recorded_before"]
        )
        return Response([serializers.KindAsOfReply(line).data for line in lines])


class Journal(LedgerView):
    """The general ledger of a period, as a file."""

    @extend_schema(
        parameters=[serializers.JournalQuery],
        responses={(200, "text/csv"): TEXT, (200, "text/plain"): TEXT},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return what was posted with effect inside the period: CSV, hledger or beancount."""
        query = parsed(serializers.JournalQuery, request)
        found = reports.journal(period=Period(query["starts_at"], query["ends_at"]))
        text = journals.written(found, form=query["form"])
        return text_file(text, form=query["form"], name="journal")


class FeedOfTransfers(LedgerView):
    """Transfers in the order of the seal."""

    required_roles: ClassVar = {"GET": frozenset({Role.AUDITOR, Role.OPERATOR, Role.FINANCE})}

    @extend_schema(
        parameters=[serializers.FeedQueryOfTransfers], responses=serializers.FeedOfTransfersReply
    )
    def get(self, request: Request) -> Response:
        """
        Return what was sealed after a cursor, each transfer once and none ever missed.

        Keep `cursor` when what it came with is worked off, and send it next time: at once while
        `has_more`, else in a while. `index` is the transfer's leaf in the log.
        """
        query = parsed(serializers.FeedQueryOfTransfers, request)
        batch = feed.transfers_after(
            feed.FeedCursor.parse(query["cursor"]), limit=query["page_size"]
        )
        told = {"cursor": str(batch.cursor), "has_more": batch.has_more, "results": batch.items}
        return Response(serializers.FeedOfTransfersReply(told).data)


class TransferDetail(LedgerView):
    """One transfer."""

    @extend_schema(responses=serializers.TransferReply)
    def get(self, request: Request, transfer_id: UUID) -> Response:  # noqa: ARG002 - DRF's form
        """Return the transfer as it was recorded."""
        found = selectors.transfer(transfer_id)
        if found is None:
            raise NotFound
        return Response(serializers.TransferReply(found).data)


class TransferProof(LedgerView):
    """The proof that a transfer is sealed."""

    @extend_schema(responses=serializers.ProofReply)
    def get(self, request: Request, transfer_id: UUID) -> Response:  # noqa: ARG002 - DRF's form
        """Return the entry, its inclusion proof and the checkpoint that it leads to."""
        found = proofs.inclusion(transfer_id)
        body = {
            "entry": found.entry,
            "index": found.index,
            "proof": serializers.base64_texts(found.proof),
            "checkpoint": found.checkpoint,
        }
        return Response(serializers.ProofReply(body).data)


class PublicView(APIView):
    """What an auditor without an account needs: nothing here is any tenant's."""

    public = True
    required_roles: ClassVar = {"GET": ANY_MEMBER}


class LatestCheckpoint(PublicView):
    """The newest checkpoint."""

    @extend_schema(responses={(200, "text/plain"): TEXT})
    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's form
        """Return the signed note (C2SP tlog-checkpoint)."""
        head = selectors.head()
        if head is None:
            raise proofs.NotSealedYet
        return HttpResponse(head.note, content_type="text/plain; charset=utf-8")


class Consistency(PublicView):
    """The proof that the log only grew."""

    @extend_schema(
        parameters=[serializers.ConsistencyQuery], responses=serializers.ConsistencyReply
    )
    def get(self, request: Request) -> Response:
        """Return the hashes that lead from one size's root to another's."""
        query = parsed(serializers.ConsistencyQuery, request)
        new_size, proof = proofs.consistency(**query)
        texts = serializers.base64_texts(proof)
        body = {"old_size": query["old_size"], "new_size": new_size, "proof": texts}
        return Response(serializers.ConsistencyReply(body).data)


class Keys(PublicView):
    """The public keys of the log."""

    @extend_schema(responses={(200, "text/plain"): TEXT})
    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's form
        """Return one key a line, as `verify_ledger.py --key` takes it."""
        text = "".join(f"{key}\n" for key in packs.public_keys())
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
