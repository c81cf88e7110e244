"""
The policy file: which logs this node cosigns, who cosigns its own log, and how many are enough.

```json
{"format": "witness-policy/1", "logs": ["NAME+HASH+KEY"],
 "witnesses": [{"key": "NAME+HASH+KEY", "group": "parent", "url": "https://…/api/witness/v1"}],
 "needs": {"parent": 1}, "max_age_seconds": 600}
```

An operator writes it; nothing in it is learned from a request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from gateway.witness.rules import COSIGNER_KEY, LOG_KEY, MalformedNote, NoteKey, read_key

FORMAT: Final = "witness-policy/1"
WITNESSES_MAX: Final = 16
LOGS_MAX: Final = 1_000
MAX_AGE_SECONDS: Final = 600


class PolicyUnusable(Refusal):
    """The policy file cannot be read, or contradicts itself; it says where."""

    code = "witness_policy_unusable"
    status = 503
    sentence = _("The witness policy of this node cannot be used: %(problem)s")


@dataclass(frozen=True, slots=True)
class WitnessToAsk:
    """A witness of this node's log: its key, its group, and where it is asked."""

    key: NoteKey
    group: str
    url: str


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """What the file says."""

    logs: Mapping[str, tuple[NoteKey, ...]] = field(default_factory=dict)  # by origin
    witnesses: tuple[WitnessToAsk, ...] = ()
    needs: Mapping[str, int] = field(default_factory=dict)
    max_age_seconds: int = MAX_AGE_SECONDS

    @property
    def groups(self) -> dict[str, str]:
        """Return the group of each witness by its name."""
        return {each.key.name: each.group for each in self.witnesses}

    def published(self, log_keys: Sequence[str]) -> dict[str, Any]:
        """Return what clients may know and pin: keys, groups, needs; no addresses."""
        return {
            "format": FORMAT,
            "logs": list(log_keys),
            "witnesses": [
                {"key": each.key.text, "name": each.key.name, "group": each.group}
                for each in self.witnesses
            ],
            "needs": dict(self.needs),
            "max_age_seconds": self.max_age_seconds,
        }


class _Witness(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    url: str
    group: str = "witnesses"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    logs: list[str] = []
    witnesses: list[_Witness] = []
    needs: dict[str, int] = {}
    max_age_seconds: int = MAX_AGE_SECONDS


def current() -> WitnessPolicy:
    """
    Return the policy of this node; without a file nobody is asked and nothing is cosigned.

    :raises PolicyUnusable: if the file is there and cannot be used
    """
    path = settings.WITNESS_POLICY_FILE
    if not path:
        return WitnessPolicy()
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        message = f"WITNESS_POLICY_FILE cannot be read: {type(error).__name__}"
        raise PolicyUnusable(problem=message) from error
    return read_policy(text)


def read_policy(text: bytes) -> WitnessPolicy:
    """
    Read a policy.

    :raises PolicyUnusable: if it is malformed, or needs more witnesses than it names
    """
    try:
        file = msgspec.json.decode(text, type=_File)
        logs = [_of_kind(each, LOG_KEY) for each in file.logs]
        witnesses = tuple(
            WitnessToAsk(_of_kind(each.key, COSIGNER_KEY), each.group, each.url.rstrip("/"))
            for each in file.witnesses
        )
    except (msgspec.MsgspecError, MalformedNote) as error:
        message = f"the witness policy is malformed: {error}"
        raise PolicyUnusable(problem=message) from error
    policy = WitnessPolicy(
        logs={key.name: tuple(k for k in logs if k.name == key.name) for key in logs},
        witnesses=witnesses,
        needs=file.needs,
        max_age_seconds=file.max_age_seconds,
    )
    if file.format != FORMAT or not _is_coherent(policy):
        message = "the witness policy is of another format, or contradicts itself"
        raise PolicyUnusable(problem=message)
    return policy


def _of_kind(text: str, kind: int) -> NoteKey:
    key = read_key(text)
    if key.kind != kind:
        message = f"the key of {key.name} is of another type"
        raise MalformedNote(message)
    return key


def _is_coherent(policy: WitnessPolicy) -> bool:
    """Names and keys are given once, and there are as many witnesses as are needed."""
    names = [each.key.name for each in policy.witnesses]
    keys = [each.key.public_key for each in policy.witnesses]
    groups = [each.group for each in policy.witnesses]
    return (
        len(set(names)) == len(names) <= WITNESSES_MAX
        and len(set(keys)) == len(keys)
        and len(policy.logs) <= LOGS_MAX
        and policy.max_age_seconds > 0
        and bool(policy.needs) == bool(policy.witnesses)
        and all(0 < least <= groups.count(group) for group, least in policy.needs.items())
    )
