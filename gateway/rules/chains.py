"""A chain of grants with its signatures: bounded, then its rules, then key by key; pure."""

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from common import statements
from common.errors import Refusal
from common.moments import InvalidMoment, parse_moment
from common.statements import SaidStatement
from gateway.contracts import KeyPurpose
from gateway.rules import keysets, renewals
from gateway.rules.believing import Carry
from gateway.rules.renewals import KnownText, LineRefused
from identity.identifiers import chain
from identity.identifiers.chain import ChainFollowed, ChainInvalid

STATEMENTS_MAX: Final = 12
LINES_MAX: Final = 16


def follow(
    carried: Sequence[Carry],
    *,
    code: str,
    boundaries: Collection[str],
    pinned: Mapping[str, bytes],
    at: datetime,
) -> ChainFollowed:
    """
    Return where grants and sets of keys lead from pinned roots: each link signed by its issuer.

    `pinned` are public keys of roots by the code of their node. A key counts at the moment at which
    the grant says that it was given; one that is over at `at` bears out what was renewed since.

    :raises ChainInvalid: naming the step and the rule; what is too much is refused unread
    :raises StatementMalformed, StatementTooLarge: if a text is no statement
    """
    if len(carried) > STATEMENTS_MAX:
        raise ChainInvalid(step=code, rule="too_many_statements")
    if sum(len(each.signatures) for each in carried) > LINES_MAX:
        raise ChainInvalid(step=code, rule="too_many_signatures")
    said = [(each, statements.parse(each.text)) for each in carried]
    sets = {one.issuer: (each, one) for each, one in said if one.type == "keyset"}
    for _each, one in sets.values():
        if len(one.body.get("keys", ())) > keysets.KEYS_MAX:
            raise ChainInvalid(step=one.issuer, rule="too_many_keys")
    texts = {one.digest: (each, one) for each, one in said if one.type == "grant"}
    granted = [
        chain.read(one.body, issuer=one.issuer, digest=one.digest) for _each, one in texts.values()
    ]
    found = chain.follow(
        chain.assemble(granted, code=code, roots=pinned),
        code=code,
        boundaries=boundaries,
        roots=pinned,
        at=statements.moment(at),
    )
    again = [(one, each.text, each.signatures) for each, one in said if one.type == "renewal"]
    known = KnownText(renewals=again)
    _require_signed([texts[each.digest] for each in found.grants], sets, dict(pinned), known, at)
    return found


def _require_signed(
    grants: Sequence[tuple[Carry, SaidStatement]],
    sets: Mapping[str, tuple[Carry, SaidStatement]],
    roots: dict[str, bytes],
    known: KnownText,
    at: datetime,
) -> None:
    """Check each grant by its issuer's keys; the grant before names the root of those."""
    believed: dict[str, Mapping[str, Any]] = {}
    for carried, grant in grants:
        issuer, step = grant.issuer, str(grant.body["prefix"])
        try:
            if issuer not in believed:
                believed[issuer] = _believed(issuer, sets, roots, step)
            renewals.require_line(
                grant,
                text=carried.text,
                lines=carried.signatures,
                node=issuer,
                purpose=KeyPurpose.GRANT,
                keys=believed[issuer],
                now=at,
                known=known,
                unless_said=parse_moment(str(grant.body["not_before"])),
            )
            subject = grant.body["subject"]
            if "root" in subject:
                raw = base64.b64decode(str(subject["root"]), validate=True)
                roots.setdefault(str(subject["node"]), raw)
        except (InvalidMoment, ValueError, TypeError, KeyError) as error:
            raise ChainInvalid(step=step, rule="malformed") from error
        except ChainInvalid:
            raise
        except (Refusal, LineRefused) as refusal:
            raise ChainInvalid(step=step, rule=refusal.code) from refusal


def _believed(
    node: str,
    sets: Mapping[str, tuple[Carry, SaidStatement]],
    roots: Mapping[str, bytes],
    step: str,
) -> Mapping[str, Any]:
    if node not in sets or node not in roots:
        raise ChainInvalid(step=step, rule="keyset_missing")
    carried, said = sets[node]
    name = f"{node}/root"
    statements.require_signature(carried.text, carried.signatures, {name: roots[node]}, name=name)
    if said.body.get("node") != node:
        raise ChainInvalid(step=step, rule="keyset_missing")
    return said.body
