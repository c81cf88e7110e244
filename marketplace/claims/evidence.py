"""
The evidence of a claim in one file: parts by kind, with their hashes, and the script that checks.

A part is a function of a claim and its lines; a kind that has nothing to show is named as missing.
"""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from common import tenancy
from common.canonical import plain
from common.errors import Refusal
from ledger import documents as log
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.claims import selectors
from marketplace.claims.contracts import ClaimKind
from marketplace.claims.models import ClaimLine, VoucherClaim
from marketplace.settlement import records
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.documents import TRADES
from marketplace.vouchers import selectors as vouchers_selectors
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors

SCRIPT: Final = Path(__file__).parent / "verify_claim.py"
EPOCH: Final = (2026, 1, 1, 0, 0, 0)  # The same claim gives the same bytes.
Part = Callable[[VoucherClaim, Sequence[ClaimLine]], list[dict[str, Any]]]


def packed(claim: VoucherClaim) -> bytes:
    """Return the pack of a claim, for whoever may see it."""
    with tenancy.acting_as_platform():
        lines = list(selectors.lines(claim.pk).filter(is_live=True))
        parts = {kind: part(claim, lines) for kind, part in PARTS.items()}
    files = {f"parts/{kind}.json": _text(rows) for kind, rows in parts.items() if rows}
    manifest = {
        "claim": claim.number,
        "kind": str(claim.kind),
        "programme": claim.programme.code,
        "asset": accounts.programme_asset(claim.programme.code),
        "provider": str(claim.provider_id),
        "amount_minor": sum(line.amount_minor for line in lines),
        "lines": [
            {"trade": line.trade_record.number, "amount_minor": line.amount_minor} for line in lines
        ],
        "parts": {name: sha256(text.encode()).hexdigest() for name, text in files.items()},
        "missing": sorted(kind for kind, rows in parts.items() if not rows),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in {
            "manifest.json": _text(manifest),
            **files,
            SCRIPT.name: SCRIPT.read_text(encoding="utf-8"),
        }.items():
            pack.writestr(zipfile.ZipInfo(name, EPOCH), text)
    return out.getvalue()


def part_sizes(claim: VoucherClaim) -> dict[str, int]:
    """Return how much each part of a claim's pack holds; a part of nothing is missing."""
    with tenancy.acting_as_platform():
        lines = list(selectors.lines(claim.pk).filter(is_live=True))
        counted = {"trades": len(lines), "seals": _sealed(lines)}
        return {
            kind: counted[kind] if kind in counted else len(part(claim, lines))
            for kind, part in PARTS.items()
        }


def _sealed(lines: Sequence[ClaimLine]) -> int:
    documents = log.documents_named(TRADES.name, [line.trade_record.number for line in lines])
    return sum(index is not None for index in log.indexed(documents))


def _text(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, indent=1, sort_keys=True)


def _trades(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    result = []
    for line in lines:
        content = records.trade_content(line.trade_record)
        result.append(content | {"content_hash": line.trade_record.content_hash})
    return result


def _contracts(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    found = settlement_selectors.contracts().filter(pk__in={line.contract_id for line in lines})
    return [
        {
            "number": each.number,
            "order": each.order_number,
            "buyer": each.buyer.uscc,
            "provider": each.provider.uscc,
            "identifier": each.resource.identifier,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "unit": each.unit,
            "gross_minor": each.gross_minor,
            "voucher_minor": each.voucher_minor,
        }
        for each in found.order_by("sequence")
    ]


def _charged(lines: Sequence[ClaimLine]) -> list[Any]:
    found = settlement_selectors.charges().filter(
        contract_id__in={line.contract_id for line in lines}
    )
    return list(found.order_by("id"))


def _charges(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    return [
        records.charge_content(
            each, contract=each.contract.number, order=each.contract.order_number
        )
        | {"content_hash": each.content_hash}
        for each in _charged(lines)
    ]


def _readings(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    wanted = {each.usage_id for each in _charged(lines) if each.usage_id}
    found = metering_selectors.usage_past(0).filter(pk__in=wanted).order_by("sequence")
    return [
        {
            "usage": each.pk,
            "revision": each.revision,
            "readings": each.reading_count,
            "inputs_hash": each.inputs_hash,
        }
        for each in found
    ]


def _certificates(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    resources = {line.contract.resource_id for line in lines}
    found = metering_selectors.capacity_certificates().filter(resource_id__in=resources)
    return [
        {
            "identifier": each.resource.identifier,
            "verifier": each.verifier.uscc,
            "value": each.value,
            "unit": each.unit,
            "valid_from": each.valid_from,
            "valid_to": each.valid_to,
        }
        for each in found
    ]


def _payments(claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    groups = {each.ledger_group for each in _charged(lines) if each.ledger_group}
    asset = accounts.programme_asset(claim.programme.code)
    if claim.kind == ClaimKind.REIMBURSEMENT:  # The buyer paid with its own money.
        asset = accounts.CNY
    return [
        {
            "transfer": each.id,
            "amount_minor": each.amount,
            "reason": each.reason,
            "reference": each.reference,
            "at": each.effective_at,
        }
        for each in ledger_selectors.transfers(groups=groups)
        if each.asset == asset and each.op.moves
    ]


def _decisions(claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    if claim.kind == ClaimKind.REIMBURSEMENT:
        return _granted(claim, lines)
    asset = accounts.programme_asset(claim.programme.code)
    wanted = settlement_selectors.vouchers_of({line.contract_id for line in lines}, asset=asset)
    found = vouchers_selectors.vouchers().filter(pk__in=wanted).select_related("application")
    return [
        {
            "voucher": each.number,
            "application": each.application.number,
            "decided_at": each.application.decided_at,
            "face_minor": each.face_minor,
            "rules": each.programme_version.content_hash,
        }
        for each in found
    ]


def _granted(claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    """Return what was decided of each trade that is reimbursed: own money, amount, and why."""
    request = claim.reimbursement
    wanted = {line.trade_record_id for line in lines}
    return [
        {
            "request": request.number,
            "trade": each.trade_record.number,
            "base_minor": each.base_minor,
            "amount_minor": each.amount_minor,
            "explained": each.explained,
            "rules": request.programme_version.content_hash,
        }
        for each in request.lines.select_related("trade_record").order_by("id")
        if each.trade_record_id in wanted
    ]


def _energy(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    """Return the electricity of the usage behind charges; what is not known is null, with why."""
    found = energy_selectors.energy_of({each.usage_id for each in _charged(lines) if each.usage_id})
    return [
        {
            "usage": each.usage_id,
            "it_kwh": each.emission.it_kwh,
            "basis": str(each.emission.basis),
            "told": each.told,
            "unknown_because": str(each.reason),
            "pue": each.emission.pue.value,
            "facility_kwh": each.emission.facility_kwh,
            "location_g": each.emission.location_g,
        }
        for _usage_id, each in sorted(found.items())
    ]


def _seals(_claim: VoucherClaim, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    result = []
    for line in lines:
        try:
            proof = log.inclusion(TRADES.name, line.trade_record.number)
        except Refusal:  # Sealed a few seconds later, or not brought yet.
            continue
        result.append(
            {
                "trade": line.trade_record.number,
                "entry": proof.entry,
                "index": proof.index,
                "proof": [each.hex() for each in proof.proof],
                "checkpoint": proof.checkpoint,
            }
        )
    return result


PARTS: Final[dict[str, Part]] = {
    "trades": _trades,
    "contracts": _contracts,
    "charges": _charges,
    "readings": _readings,
    "certificates": _certificates,
    "payments": _payments,
    "energy": _energy,
    "decisions": _decisions,
    "seals": _seals,
}
