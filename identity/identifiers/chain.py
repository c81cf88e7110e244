"""
Chains of grants: who may speak for a code, from a root that is trusted down to a pool; pure.

Each grant gives a longer prefix than the one before it, at a boundary of the profile; its issuer is
the subject of the one before; its rights and limits are no wider, and the narrower validity counts.
Signatures are another matter: whoever calls has verified them, or does afterwards.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

DEPTH_MAX: Final = 4
RIGHTS: Final = ("allot", "answer", "register")
ACTIVE, SUSPENDED, ENDED = "active", "suspended", "ended"
# The later one is worse: a code stands as badly as the worst grant above it.
STATES: Final = (ACTIVE, SUSPENDED, ENDED)
LIMITS: Final = frozenset({"regions", "classes", "children", "resources"})


class ChainInvalid(InvalidInput):
    """A chain of grants breaks a rule; `step` is the prefix at which, `rule` which one."""

    code = "chain_invalid"
    status = 422
    sentence = _("The chain of grants does not hold at %(step)s: %(rule)s.")


@dataclass(frozen=True, slots=True)
class ChainGrant:
    """A grant as a chain reads it; moments are texts of statements, which sort by time."""

    digest: str
    issuer: str
    prefix: str
    level: str
    sequence: int
    subject: str
    host: str
    rights: frozenset[str]
    limits: Mapping[str, Any]
    not_before: str
    not_after: str
    parent: str | None
    state: str


@dataclass(frozen=True, slots=True)
class ChainFollowed:
    """Where a chain leads: who answers, with which rights and limits, within which time."""

    host: str
    rights: frozenset[str]
    limits: Mapping[str, Any]
    not_before: str
    not_after: str
    standing: str
    grants: tuple[ChainGrant, ...]


def read(body: Mapping[str, Any], *, issuer: str, digest: str) -> ChainGrant:
    """
    Return the grant that a statement's body describes.

    :raises ChainInvalid: by the rule `malformed`, if it lacks something or holds something else
    """
    step = str(body.get("prefix", ""))[:96]
    try:
        subject, limits = body["subject"], body["limits"]
        found = ChainGrant(
            digest=digest,
            issuer=issuer,
            prefix=_text(body["prefix"]),
            level=_text(body["level"]),
            sequence=_count(body["sequence"]),
            subject=_text(subject["node"]),
            host=_text(body["host"]),
            rights=frozenset(_text(right) for right in body["rights"]),
            limits=dict(limits),
            not_before=_text(body["not_before"]),
            not_after=_text(body["not_after"]),
            parent=None if body["parent"] is None else _text(body["parent"]),
            state=_text(body["state"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ChainInvalid(step=step, rule="malformed") from error
    if found.state not in STATES or not found.rights <= set(RIGHTS) or not set(limits) <= LIMITS:
        raise ChainInvalid(step=step, rule="malformed")
    return found


def assemble(
    grants: Iterable[ChainGrant], *, code: str, roots: Collection[str]
) -> list[ChainGrant]:
    """
    Return the chain towards a code that known grants make, from the root on.

    Of one prefix and issuer the highest sequence counts, whatever else is shown. Where two issuers
    gave one prefix, the one that the grant before it names does.
    """
    newest: dict[tuple[str, str], ChainGrant] = {}
    for each in grants:
        there = newest.get((each.prefix, each.issuer))
        if there is None or there.sequence < each.sequence:
            newest[each.prefix, each.issuer] = each
    chain: list[ChainGrant] = []
    left = sorted(newest.values(), key=lambda each: (len(each.prefix), each.prefix, each.issuer))
    for each in left:
        twin = any(
            other is not each and other.prefix == each.prefix and _follows(other, chain, roots)
            for other in left
        )
        if twin and not _follows(each, chain, roots):
            continue
        if code.startswith(f"{each.prefix}-"):
            chain.append(each)
    return chain


def follow(
    grants: Sequence[ChainGrant],
    *,
    code: str,
    boundaries: Collection[str],
    roots: Collection[str],
    at: str,
) -> ChainFollowed:
    """
    Return where a chain leads, its first grant being a root's.

    `boundaries` are the beginnings of the code at which its profile lets one be granted. A grant
    that is suspended or ended does not break the chain: `standing` says so, for all below it.

    :raises ChainInvalid: naming the step and the rule that is broken
    """
    if not grants:
        raise ChainInvalid(step=code, rule="no_grant")
    if len(grants) > DEPTH_MAX:
        raise ChainInvalid(step=grants[DEPTH_MAX].prefix, rule="too_deep")
    before: ChainGrant | None = None
    rights, limits = frozenset(RIGHTS), dict[str, Any]()
    allots = True
    for each in grants:
        _require_place(each, before, code=code, boundaries=boundaries)
        _require_issuer(each, before, roots=roots, allots=allots)
        if not each.rights <= rights:
            raise ChainInvalid(step=each.prefix, rule="rights_wider")
        if not each.not_before <= at < each.not_after:
            raise ChainInvalid(step=each.prefix, rule="not_in_force")
        rights, limits = each.rights, _narrowed(limits, each)
        # Who was given a node's prefix grants below it, to owners and their pools, as that says.
        allots = "allot" in rights if each.level == "node" else allots
        before = each
    _require_root(grants, named=code.split("-")[1], roots=roots)
    return ChainFollowed(
        host=grants[-1].host,
        rights=rights,
        limits=limits,
        not_before=max(each.not_before for each in grants),
        not_after=min(each.not_after for each in grants),
        standing=worst(*(each.state for each in grants)),
        grants=tuple(grants),
    )


def worst(*states: str) -> str:
    """Return the state that counts of several: ended before suspended before active."""
    return max(states, key=STATES.index)


def allows(limits: Mapping[str, Any], *, region: str, resource_class: str) -> bool:
    """Return whether limits let a resource of this place and class be registered."""
    regions, classes = limits.get("regions"), limits.get("classes")
    is_placed = regions is None or any(region.startswith(each) for each in regions)
    return is_placed and (classes is None or resource_class in classes)


def _follows(grant: ChainGrant, chain: Sequence[ChainGrant], roots: Collection[str]) -> bool:
    return grant.issuer == chain[-1].subject if chain else grant.issuer in roots


def _require_issuer(
    grant: ChainGrant, before: ChainGrant | None, *, roots: Collection[str], allots: bool
) -> None:
    if not (grant.issuer == before.subject if before else grant.issuer in roots):
        raise ChainInvalid(step=grant.prefix, rule="foreign_issuer")
    if not allots:
        raise ChainInvalid(step=grant.prefix, rule="right_missing")
    # A later sequence of the one before may have come since; the first one has one digest.
    if before and before.sequence == 1 and grant.parent != before.digest:
        raise ChainInvalid(step=grant.prefix, rule="other_parent")


def _require_root(grants: Sequence[ChainGrant], *, named: str, roots: Collection[str]) -> None:
    """
    Refuse another root's word on a code whose own node is pinned.

    Another one may pass the node's prefix on to it, which says nothing by itself.
    """
    first = grants[0]
    if named not in roots or first.issuer == named:
        return
    if first.subject != named or (len(grants) == 1 and first.host != named):
        raise ChainInvalid(step=first.prefix, rule="other_root")


def _require_place(
    grant: ChainGrant, before: ChainGrant | None, *, code: str, boundaries: Collection[str]
) -> None:
    prefix = grant.prefix
    if before and (prefix == before.prefix or not prefix.startswith(f"{before.prefix}-")):
        raise ChainInvalid(step=prefix, rule="prefix_not_longer")
    if not code.startswith(f"{prefix}-"):
        raise ChainInvalid(step=prefix, rule="not_covering")
    if prefix not in boundaries:
        raise ChainInvalid(step=prefix, rule="not_on_boundary")


def _narrowed(limits: Mapping[str, Any], grant: ChainGrant) -> dict[str, Any]:
    """Return the limits that hold below a grant, which may set its own and widen none."""
    wider = ChainInvalid(step=grant.prefix, rule="limits_wider")
    if limits.get("children") == 0:
        raise wider
    own, found = grant.limits, {**limits, **grant.limits}
    try:
        for name in ("regions", "classes"):
            given, above = own.get(name), limits.get(name)
            if given is None or above is None:
                continue
            if not all(any(_within(name, each, other) for other in above) for each in given):
                raise wider
        if own.get("resources", 0) > limits.get("resources", 2**53):
            raise wider
    except TypeError as error:
        raise ChainInvalid(step=grant.prefix, rule="malformed") from error
    found["children"] = own.get("children")
    return {name: value for name, value in found.items() if value is not None}


def _within(name: str, given: str, above: str) -> bool:
    return given.startswith(above) if name == "regions" else given == above


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError
    return value
