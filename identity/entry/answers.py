"""What an identity provider's answer proves (OpenID Connect Core 1.0, 3.1.3.7)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jwt

from identity.contracts import Role
from identity.entry.contracts import SsoFailed, Unconfirmed

# Signatures of a key pair alone: a shared secret would let whoever knows it sign.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
CLOCKS_APART_SECONDS: Final = 60
AGE_SECONDS_MAX: Final = 600
TOKEN_LENGTH_MAX: Final = 16_384
SUBJECT_LENGTH_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class ProvedPerson:
    """Whom a provider vouches for."""

    subject: str
    email: str
    name: str
    values: frozenset[str]  # of the claim that roles follow from


def read_id_token(
    token: str,
    *,
    keys: Mapping[str, Any],
    issuer: str,
    client_id: str,
    nonce: str,
    roles_claim: str,
    now: datetime,
) -> ProvedPerson:
    """
    Return whom an ID token vouches for; every part of it is checked.

    `keys` is the provider's key set (RFC 7517).

    :raises SsoFailed: saying what is wrong
    """
    claims = _signed_claims(token, keys=keys)
    _require_issuer(claims, issuer=issuer, client_id=client_id)
    _require_time(claims, now=now)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise unconfirmed(Unconfirmed.NONCE)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_LENGTH_MAX:
        raise unconfirmed(Unconfirmed.MALFORMED)
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        raise unconfirmed(Unconfirmed.EMAIL)
    name = claims.get("name")
    return ProvedPerson(
        subject,
        email.strip().lower(),
        name[:80] if isinstance(name, str) else "",
        _values(claims.get(roles_claim)),
    )


def unconfirmed(because: Unconfirmed) -> SsoFailed:
    """Return the refusal that says why an answer proves nobody."""
    return SsoFailed(field=None, because=because.label)


def roles_for(values: frozenset[str], mapping: Mapping[str, str]) -> frozenset[Role]:
    """Return the roles that follow from the values of a claim."""
    return frozenset(Role(mapping[value]) for value in values if value in mapping)


def require_domain(email: str, domains: list[str]) -> None:
    """
    Let a provider vouch for addresses of its organisation's domains alone.

    :raises SsoFailed: for any other
    """
    name, at, domain = email.rpartition("@")
    if not name or not at or "@" in name or domain not in domains:
        raise unconfirmed(Unconfirmed.DOMAIN)


def _signed_claims(token: str, *, keys: Mapping[str, Any]) -> dict[str, Any]:
    if not token.isascii() or len(token) > TOKEN_LENGTH_MAX:
        raise unconfirmed(Unconfirmed.MALFORMED)
    try:
        head = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise unconfirmed(Unconfirmed.MALFORMED) from error
    algorithm = head.get("alg")
    if algorithm not in ALGORITHMS:
        raise unconfirmed(Unconfirmed.SIGNATURE)
    try:
        key = _key(keys, key_id=head.get("kid"), algorithm=str(algorithm))
        options: Any = dict.fromkeys(
            ("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss"), False
        )
        claims: dict[str, Any] = jwt.decode(
            token, key=key, algorithms=[str(algorithm)], options=options
        )
    except jwt.InvalidSignatureError as error:
        raise unconfirmed(Unconfirmed.SIGNATURE) from error
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise unconfirmed(Unconfirmed.SIGNATURE) from error
    return claims


def _key(keys: Mapping[str, Any], *, key_id: object, algorithm: str) -> jwt.PyJWK:
    found = [
        each
        for each in keys.get("keys", [])
        if isinstance(each, dict)
        and each.get("use", "sig") == "sig"
        and each.get("kty") != "oct"
        and (key_id is None or each.get("kid") == key_id)
    ]
    if len(found) != 1:
        raise unconfirmed(Unconfirmed.SIGNATURE)
    return jwt.PyJWK(found[0], algorithm=algorithm)


def _require_issuer(claims: Mapping[str, Any], *, issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise unconfirmed(Unconfirmed.ISSUER)
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client_id not in named:
        raise unconfirmed(Unconfirmed.AUDIENCE)
    if (len(named) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise unconfirmed(Unconfirmed.AUDIENCE)


def _require_time(claims: Mapping[str, Any], *, now: datetime) -> None:
    moment = int(now.timestamp())
    ends, issued = claims.get("exp"), claims.get("iat")
    for each in (ends, issued):
        if isinstance(each, bool) or not isinstance(each, int):
            raise unconfirmed(Unconfirmed.MALFORMED)
    is_over = ends <= moment - CLOCKS_APART_SECONDS  # type: ignore[operator]
    is_old = issued < moment - AGE_SECONDS_MAX  # type: ignore[operator]
    if is_over or is_old or issued > moment + CLOCKS_APART_SECONDS:  # type: ignore[operator]
        raise unconfirmed(Unconfirmed.EXPIRED)


def _values(claim: object) -> frozenset[str]:
    if isinstance(claim, str):
        return frozenset({claim})
    if isinstance(claim, list):
        return frozenset(each for each in claim if isinstance(each, str))
    return frozenset()
