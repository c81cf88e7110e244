"""Writes of peering."""

from gateway.peering.services.admitting import admit_peer, propose_peer, suspend_peer
from gateway.peering.services.checking import confirm_check, keep_run
from gateway.peering.services.comparing import (
    answer_round,
    keep_difference,
    read_compare,
    say_difference,
)
from gateway.peering.services.directory import sign_directory, take_directory
from gateway.peering.services.epochs import raise_epoch
from gateway.peering.services.guarding import forget_nonces, take_request
from gateway.peering.services.moves import (
    ask_move,
    countersign_due,
    expect_move,
    moves_to_ask,
    note_move_refused,
    read_move,
    redirect_move,
    settle_move,
    take_move,
    withdraw_expected,
    withdraw_move,
)
from gateway.peering.services.receiving import (
    UnknownReceiver,
    read_push,
    receivers_to_ask,
    take_push,
)
from gateway.peering.services.sending import (
    batch_of,
    next_batch,
    note_push_failed,
    settle_batch,
)
from gateway.peering.services.statuses import sign_statuses
from gateway.peering.services.totals import keep_totals, say_totals

__all__ = [
    "UnknownReceiver",
    "admit_peer",
    "answer_round",
    "ask_move",
    "batch_of",
    "confirm_check",
    "countersign_due",
    "expect_move",
    "forget_nonces",
    "keep_difference",
    "keep_run",
    "keep_totals",
    "moves_to_ask",
    "next_batch",
    "note_move_refused",
    "note_push_failed",
    "propose_peer",
    "raise_epoch",
    "read_compare",
    "read_move",
    "read_push",
    "receivers_to_ask",
    "redirect_move",
    "say_difference",
    "say_totals",
    "settle_batch",
    "settle_move",
    "sign_directory",
    "sign_statuses",
    "suspend_peer",
    "take_directory",
    "take_move",
    "take_push",
    "take_request",
    "withdraw_expected",
    "withdraw_move",
]
