"""Reads of the gateway. Everybody may read what is signed for everybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from common import statements as signed_texts
from common.errors import NotFound
from common.statements import SaidStatement
from gateway.contracts import KeyCustody, KnownHost, NodeState, own_code
from gateway.models import (
    DueSigning,
    Entry,
    EntryAlias,
    LevelNode,
    OwnerKey,
    OwnerLine,
    SignedStatement,
)
from gateway.rules import records, renames
from gateway.rules.renames import RenamesFollowed, RenameStep
from identity import codes as codes_of_register

GRANTS_MAX: Final = 200
COUNTED_MAX: Final = 100_000
WAITING_MAX: Final = 200
RENEWALS_MAX: Final = 8


def nodes() -> QuerySet[LevelNode]:
    """Return the nodes that this one knows, itself too, by code."""
    return LevelNode.objects.order_by("code")


def node(code: str) -> LevelNode | None:
    """Return a node by its code."""
    return LevelNode.objects.filter(code=code).first()


def parent_code() -> str:
    """Return the node above this one: the one that was admitted as this one's parent."""
    own = node(own_code())
    return own.parent if own else ""


def known_hosts() -> dict[str, KnownHost]:
    """Return the nodes that may be asked, by code: those that two people admitted."""
    admitted = LevelNode.objects.filter(state=NodeState.ADMITTED).exclude(url="")
    return {each.code: KnownHost(each.code, each.url, bytes(each.root_key)) for each in admitted}


def latest(statement_type: str, *, subject: str, issuer: str = "") -> SignedStatement | None:
    """Return the newest statement of a type about something, by its issuer if one is named."""
    found = SignedStatement.objects.filter(type=statement_type, subject=subject, is_second=False)
    if issuer:
        found = found.filter(issuer=issuer)
    return found.order_by("-sequence").first()


def statement(digest: str) -> SignedStatement | None:
    """Return a statement by its digest."""
    return SignedStatement.objects.filter(digest=digest).first()


def statements() -> QuerySet[SignedStatement]:
    """Return what was signed, the latest first."""
    return SignedStatement.objects.order_by("-kept_at", "digest")


def keyset(code: str) -> SignedStatement | None:
    """Return the newest set of keys of a node."""
    return latest("keyset", subject=code, issuer=code)


def kept_moments(digests: Sequence[str]) -> dict[str, datetime]:
    """Return when statements were kept here, by their digest."""
    return dict(SignedStatement.objects.filter(digest__in=digests).values_list("digest", "kept_at"))


def renewals(*digests: str) -> list[SignedStatement]:
    """Return by what nodes bear texts out anew: the newest of each, under its newest keys."""
    found = SignedStatement.objects.filter(type="renewal", subject__in=digests, is_second=False)
    newest = found.order_by("subject", "issuer", "-sequence").distinct("subject", "issuer")
    return list(newest[: RENEWALS_MAX * len(digests)])


def own_keyset() -> SignedStatement | None:
    """Return the newest set of keys of this node."""
    return keyset(own_code())


def own_keyset_body() -> Mapping[str, Any] | None:
    """Return what this node's newest set of keys says; None before the first."""
    found = own_keyset()
    return signed_texts.parse(found.text).body if found else None


def covering_grants(code: str) -> list[tuple[SignedStatement, SaidStatement]]:
    """
    Return the newest grant of each prefix that a code lies under, the longest prefix first.

    Whether they hold is the business of whoever reads them.
    """
    wanted = records.prefixes(code)
    found: dict[str, SignedStatement] = {}
    for each in SignedStatement.objects.filter(
        type="grant", subject__in=wanted, is_second=False
    ).order_by("sequence"):
        found[each.subject] = each
    return [
        (found[prefix], signed_texts.parse(found[prefix].text))
        for prefix in wanted
        if prefix in found
    ]


def grant_above(prefix: str) -> SignedStatement | None:
    """Return the newest grant of the longest prefix that a prefix extends, whoever signed it."""
    for statement, _said in covering_grants(prefix):
        return statement
    return None


def entry(code: str) -> Entry | None:
    """Return what is kept under a code."""
    return Entry.objects.filter(code=code).first()


def entry_count() -> int:
    """Return how many codes are known; by the planner's estimate where they are many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = 'gateway_entry'")
        estimate = int(cursor.fetchone()[0])
    return estimate if estimate > COUNTED_MAX else Entry.objects.count()


def due_signings(now: datetime) -> QuerySet[DueSigning]:
    """Return what waits for a signature, the oldest first."""
    return DueSigning.objects.filter(due_at__lte=now).order_by("due_at")


def entries(codes: Sequence[str]) -> dict[str, Entry]:
    """Return what is kept under codes, by code."""
    return {each.code: each for each in Entry.objects.filter(code__in=codes)}


def kept_digests(digests: Sequence[str]) -> set[str]:
    """Return which of the digests name a statement that is kept here."""
    found = SignedStatement.objects.filter(digest__in=digests)
    return set(found.values_list("digest", flat=True))


def statement_at(
    statement_type: str, issuer: str, subject: str, sequence: int
) -> SignedStatement | None:
    """Return what an issuer said about something under a number."""
    return SignedStatement.objects.filter(
        type=statement_type, issuer=issuer, subject=subject, sequence=sequence, is_second=False
    ).first()


def statements_of(digests: Sequence[str]) -> dict[str, SignedStatement]:
    """Return statements by their digests."""
    return {each.digest: each for each in SignedStatement.objects.filter(digest__in=digests)}


def newest_of(statement_type: str, subjects: Sequence[str]) -> dict[str, SignedStatement]:
    """Return this node's newest statement of a type about each subject."""
    found = SignedStatement.objects.filter(
        type=statement_type, issuer=own_code(), subject__in=subjects, is_second=False
    ).order_by("subject", "-sequence")
    return {each.subject: each for each in found.distinct("subject")}


def keyset_body(code: str) -> Mapping[str, Any]:
    """Return what a node's newest set of keys says; nothing before it is known."""
    found = keyset(code)
    return signed_texts.parse(found.text).body if found else {"keys": [], "sequence": 0}


def newest_directory() -> SignedStatement | None:
    """Return the newest directory of nodes that is kept here."""
    found = SignedStatement.objects.filter(type="directory", is_second=False)
    return found.order_by("-sequence").first()


def first_codes(further: Sequence[str]) -> dict[str, str]:
    """
    Return the codes beside which further ones stand: in this register, or by records of others.

    What a record of another node names counts where the longest grant gives the code to that node.
    """
    found = codes_of_register.first_codes(further)
    left = [code for code in further if code not in found]
    for row in EntryAlias.objects.filter(code__in=left) if left else ():
        grants = covering_grants(row.code)
        if row.authority == own_code() or (grants and grants[0][1].body["host"] == row.authority):
            found[row.code] = row.first_code
    return found


def rename_steps(given_up: Sequence[str]) -> dict[str, RenameStep]:
    """Return what codes gave way to, as it was signed; what a worker has yet to sign, too."""
    rows = list(
        SignedStatement.objects.filter(
            type="rename", subject__in=given_up, is_second=False
        ).order_by("kept_at")
    )
    lines = owner_lines([row.digest for row in rows])
    found = {}
    for row in rows:
        body = signed_texts.parse(row.text).body
        signed = [*row.signatures, *lines.get(row.digest, ())]
        found[row.subject] = renames.step(body, digest=row.digest, text=row.text, lines=signed)
    left = [code for code in given_up if code not in found]
    for code, told in codes_of_register.renames_of(left).items() if left else ():
        found[code] = renames.unsigned(
            code, told.to_codes, kind=told.kind, reason=told.reason, at=told.renamed_at
        )
    return found


def follow_renames(code: str) -> RenamesFollowed:
    """Follow what a code gave way to by what is known here, four steps at most."""
    return renames.follow(code, rename_steps)


def owner_lines(digests: Sequence[str]) -> dict[str, list[str]]:
    """Return the lines that owners signed afterwards, by the digest of the statement."""
    found: dict[str, list[str]] = {}
    for row in OwnerLine.objects.filter(digest__in=digests) if digests else ():
        found.setdefault(row.digest, []).append(row.line)
    return found


def owner_keys(organization_id: UUID) -> QuerySet[OwnerKey]:
    """Return the keys of an owner, the newest first; ended ones too."""
    return OwnerKey.objects.filter(organization_id=organization_id).order_by("-id")


def owner_key_of(organization_id: UUID, key_id: UUID) -> OwnerKey:
    """
    Return a key of an owner's own.

    :raises NotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = owner_keys(organization_id).filter(pk=key_id, custody=KeyCustody.OWN).first()
    if found is None:
        raise NotFound
    return found


def waiting_for_owner(organization_id: UUID, *, after: str = "") -> list[SignedStatement]:
    """
    Return texts that wait for an owner's own line, by their digest: newest records, and renames.

    At most 200 behind a digest.
    """
    codes = codes_of_register.codes_of_owner(organization_id)
    records_now = Entry.objects.filter(resource_id__isnull=False, code__in=codes)
    wanted = SignedStatement.objects.filter(
        Q(digest__in=records_now.values("record"))
        | Q(type="rename", issuer=own_code(), subject__in=codes, is_second=False)
    ).exclude(digest__in=OwnerLine.objects.values("digest"))
    return list(wanted.filter(digest__gt=after).order_by("digest")[:WAITING_MAX])


def grants_to(host: str, *, issuer: str = "") -> list[SignedStatement]:
    """
    Return the newest grant of each prefix that names a host, of one issuer if it is told.

    At most 200. A prefix that went to another host since is not among them.
    """
    found = SignedStatement.objects.filter(type="grant", is_second=False)
    if issuer:
        found = found.filter(issuer=issuer)
    newest = found.order_by("subject", "-sequence").distinct("subject").values("digest")
    wanted = SignedStatement.objects.filter(
        digest__in=newest, text__contains=f'"host":"{host}"'
    ).order_by("subject")
    return list(wanted[:GRANTS_MAX])
