"""Signing what waits: grants, records, owners' keys, renames, renewals. Workers alone do this."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from common import statements
from common.ids import uuid7
from gateway import selectors
from gateway.contracts import KeyPurpose, own_code
from gateway.models import Disclosure, DueSigning, Entry, SignedStatement
from gateway.rules import records
from gateway.services import owners
from gateway.services.keeping import StatementDraft, keep_aliases, say
from gateway.services.keysets import publish_keyset
from gateway.services.renames import sign_renames
from gateway.services.renewing import sign_renewals
from identity import allotments
from identity import codes as codes_of_register
from identity import selectors as identity_selectors
from identity.contracts import GrantLevel
from identity.uscc import masked

SIGNING_BATCH_MAX: Final = 200


@transaction.atomic
def sign_due(*, now: datetime) -> int:
    """
    Sign the oldest of what waits, and publish the node's keys first; return how many were done.

    Two at once take different rows. What is signed twice gets the next sequence and does no harm.

    :raises KeyUnusable: if a key is missing, or may be read by others
    """
    publish_keyset(now=now)
    due = list(
        DueSigning.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(due_at__lte=now)
        .order_by("due_at")[:SIGNING_BATCH_MAX]
    )
    _sign_grants([each.subject for each in due if each.kind == "grant"], now)
    _sign_records([each.subject for each in due if each.kind == "record"], now)
    owners.sign_bindings([each.subject for each in due if each.kind == "binding"], now=now)
    sign_renames([each.subject for each in due if each.kind == "rename"], now=now)
    sign_renewals([each.subject for each in due if each.kind == "renewal"], now=now)
    DueSigning.objects.filter(pk__in=[each.pk for each in due]).delete()
    return len(due)


def _sign_grants(subjects: Sequence[str], now: datetime) -> None:
    """Sign what is granted now under prefixes, the shorter ones first: each names the one above."""
    prefixes = {subject.partition(" ")[0] for subject in subjects}
    granted = [each for each in allotments.current_grants(prefixes) if each.issuer == own_code()]
    by_depth: dict[int, list[Any]] = {}
    for each in granted:
        by_depth.setdefault(each.depth, []).append(each)
    roots = _roots([each.subject_node for each in granted])
    for depth in sorted(by_depth):
        drafts = [
            StatementDraft("grant", each.prefix, each.sequence, _grant_body(each, roots, now))
            for each in by_depth[depth]
            if _is_news(each)
        ]
        if drafts:
            say(drafts, purpose=KeyPurpose.GRANT, now=now)


def _is_news(grant: Any) -> bool:
    last = selectors.latest("grant", subject=grant.prefix, issuer=own_code())
    return last is None or last.sequence < grant.sequence


def _roots(codes: Sequence[str]) -> dict[str, str]:
    """Return the root keys of nodes in base64; this one's own goes without saying."""
    return {
        node.code: base64.b64encode(bytes(node.root_key)).decode()
        for node in selectors.nodes().filter(code__in=set(codes) - {own_code()})
    }


def _grant_body(grant: Any, roots: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """Return what is signed of a grant; `at` says when, so that a key counts as it stood then."""
    subject = {"name": grant.name, "node": grant.subject_node}
    if grant.level == GrantLevel.NODE and grant.subject_node in roots:
        subject["root"] = roots[grant.subject_node]
    if grant.level != GrantLevel.NODE:
        subject["owner"] = grant.prefix.split("-")[2]
    above = selectors.grant_above(grant.prefix)
    return {
        "at": at,
        "host": grant.host,
        "id": f"{grant.issuer}-{grant.prefix}",
        "level": grant.level,
        "limits": grant.limits,
        "not_after": grant.not_after,
        "not_before": grant.not_before,
        "parent": above.digest if above else None,
        "prefix": grant.prefix,
        "profile": grant.profile,
        "reason": grant.reason,
        "rights": sorted(grant.rights),
        "sequence": grant.sequence,
        "state": grant.state.lower(),
        "subject": subject,
    }


def _sign_records(codes: Sequence[str], now: datetime) -> None:
    found = list(identity_selectors.registered_resources().filter(identifier__in=codes))
    if not found:
        return
    known = selectors.entries(codes)
    secrets = _disclosures(found)
    signers = owners.signers({each.provider_id: each.provider.name for each in found}, now=now)
    further = codes_of_register.codes_beside([each.pk for each in found])
    drafts, entries = [], []
    for resource in found:
        code = resource.identifier
        before = known.get(code)
        sequence = before.sequence + 1 if before else 1
        facts = _facts(resource)
        body = records.body(
            facts,
            sequence=sequence,
            previous=before.record if before else None,
            grant=_grant_of(code),
            hidden=records.with_decoys(secrets[code]),
            at=now,
            owner_code=signers[resource.provider_id].owner,
            aliases=further.get(resource.pk, ()),
        )
        key = signers[resource.provider_id].key
        drafts.append(StatementDraft("record", code, sequence, body, owner=key))
        entries.append(
            Entry(
                code=code,
                resource_id=resource.pk,
                authority=own_code(),
                sequence=sequence,
                region=resource.region,
                resource_class=resource.resource_class,
                form=resource.form,
                chips=records.chip_codes(resource.specification),
                specification=records.specification_text(resource.specification),
                level=resource.verification_level,
                pue_milli=records.milli(resource.pue),
                total_milli=resource.total_milli,
                available_milli=resource.available_milli,
                observed_at=resource.observed_at,
                status=resource.status,
                status_sequence=_status_sequence(before, resource.status),
                status_since=now
                if before is None or before.status != resource.status
                else before.status_since,
                heard_at=now,
            )
        )
    _keep(entries, say(drafts, purpose=KeyPurpose.REGISTER, now=now))
    keep_aliases({draft.subject: draft.body["aliases"] for draft in drafts}, authority=own_code())


def _keep(entries: Sequence[Entry], signed: Sequence[SignedStatement]) -> None:
    for entry, statement in zip(entries, signed, strict=True):
        entry.record = statement.digest
        entry.record_json = msgspec.json.encode(
            records.as_json(statement.text, statement.signatures)
        )
    Entry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "record",
            "record_json",
            "sequence",
            "region",
            "resource_class",
            "form",
            "chips",
            "specification",
            "level",
            "pue_milli",
            "total_milli",
            "available_milli",
            "observed_at",
            "status",
            "status_sequence",
            "status_since",
            "heard_at",
        ],
    )


def _status_sequence(before: Entry | None, status: str) -> int:
    if before is None:
        return 1
    return before.status_sequence + (before.status != status)


def _grant_of(code: str) -> str | None:
    """Return the digest of the grant that a code's record rests on; a root's own rest on none."""
    for statement, said in selectors.covering_grants(code):
        if said.body["host"] == own_code() and said.body["state"] == "active":
            return statement.digest
    return None


def _disclosures(found: Sequence[Any]) -> dict[str, list[tuple[str, str, str]]]:
    """Return what records hide, by code; a field keeps its salt as long as its value."""
    codes = [resource.identifier for resource in found]
    kept = {
        (each.code, each.field, each.value): each.salt
        for each in Disclosure.objects.filter(code__in=codes)
    }
    made: list[Disclosure] = []
    secrets: dict[str, list[tuple[str, str, str]]] = {}
    for resource in found:
        code, value = resource.identifier, resource.provider.uscc
        salt = kept.get((code, "uscc", value))
        if salt is None:
            salt = statements.new_salt()
            made.append(
                Disclosure(
                    id=uuid7(),
                    code=code,
                    field="uscc",
                    salt=salt,
                    value=value,
                    organization_id=resource.provider_id,
                )
            )
        secrets[code] = [(salt, "uscc", value)]
    Disclosure.objects.bulk_create(made)
    return secrets


def _facts(resource: Any) -> records.RegisteredFacts:
    owner = resource.provider
    return records.RegisteredFacts(
        code=resource.identifier,
        profile=resource.profile_id,
        industry=resource.industry,
        region=resource.region,
        resource_class=resource.resource_class,
        form=resource.form,
        specification=_plain(resource.specification),
        capacity_unit=resource.capacity_unit,
        total_milli=resource.total_milli,
        verification_level=resource.verification_level,
        pue=resource.pue,
        grid_region=resource.grid_region,
        owner_name=owner.name,
        owner_name_en=owner.name_en,
        uscc_masked=masked(owner.uscc),
        registered_at=resource.registered_at,
    )


def _plain(value: Any) -> Any:
    """Return a specification as statements hold it: a number with a fraction becomes text."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) else value
