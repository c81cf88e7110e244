"""The command `suanpan-agent`."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, TextIO

from suanpan_agent import __version__, checking, keys, probe_command, running
from suanpan_agent import config as configs
from suanpan_agent.config import Config
from suanpan_agent.errors import AgentError
from suanpan_agent.market import Market
from suanpan_agent.spool import Glance, Spool

OK: Final = 0
INCOMPLETE: Final = 1  # something waits; run it again
UNUSABLE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    told = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        if hasattr(told, "alone"):
            return int(told.alone(told))
        act: Callable[[Config, argparse.Namespace], int] = told.act
        return act(configs.load(told.config), told)
    except AgentError as error:
        _print(str(error), sys.stderr)
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="suanpan-agent", description="Sends what was counted to a Suanpan market."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--config", type=Path, help=f"TOML file (default {configs.FILE})")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, act, told in (
        ("run", _run, "read and send until told to end"),
        ("once", _once, "read and send once; exit 1 if something waits"),
        ("check", _check, "look at configuration, key, market, meters and sources"),
    ):
        commands.add_parser(name, help=told).set_defaults(act=act)
    state = commands.add_parser("status", help="what the state directory holds")
    state.add_argument("--json", action="store_true")
    state.set_defaults(act=_status)
    refused = commands.add_parser("refused", help="readings and rows that nobody took, as JSON")
    refused.set_defaults(act=_refused)
    probe_command.add(commands)
    key = commands.add_parser("key", help="the key that readings are signed with")
    acts = key.add_subparsers(required=True, metavar="new|rotate|show")
    for name, act, told in (
        ("new", _key_new, "make the first key and print its public half"),
        ("rotate", _key_rotate, "make the next key; it is used when the market knows it"),
        ("show", _key_show, "print the public half"),
    ):
        acts.add_parser(name, help=told).set_defaults(act=act)
    return parser


def _run(config: Config, _told: argparse.Namespace) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    spool, market = _opened(config)
    try:
        running.Agent(config, spool, market, ended).run()
    finally:
        market.close()
        spool.close()
    return OK


def _once(config: Config, _told: argparse.Namespace) -> int:
    spool, market = _opened(config)
    try:
        return OK if running.Agent(config, spool, market).round() else INCOMPLETE
    finally:
        market.close()
        spool.close()


def _opened(config: Config) -> tuple[Spool, Market]:
    keys.load(config.key)
    return Spool(config.state, bytes_max=config.agent.spool_bytes_max), Market(config)


def _check(config: Config, _told: argparse.Namespace) -> int:
    are_well = True
    for finding in checking.check(config):
        are_well &= finding.is_well
        _print(f"{'ok  ' if finding.is_well else 'FAIL'} {finding.name}: {finding.told}")
    return OK if are_well else INCOMPLETE


def _status(config: Config, told: argparse.Namespace) -> int:
    key = keys.load(config.key) if config.key.exists() else None
    with closing(_glance(config)) as spool:
        found = running.status(spool, key)
    if told.json:
        _print(json.dumps(found))
    else:
        for name, value in found.items():
            _print(f"{name}: {value}")
    return INCOMPLETE if found["trouble"] else OK


def _refused(config: Config, _told: argparse.Namespace) -> int:
    with closing(_glance(config)) as spool:
        found = spool.refusals(most=10_000)
    for code, detail, row in found:
        _print(json.dumps({"code": code, "detail": detail, "row": row}, ensure_ascii=False))
    return OK


def _glance(config: Config) -> Glance:
    if not (config.state / "spool.sqlite3").exists():
        message = f"{config.state}: no agent has run here yet"
        raise AgentError(message)
    return Glance(config.state, bytes_max=config.agent.spool_bytes_max)


def _key_new(config: Config, _told: argparse.Namespace) -> int:
    _show(keys.make(config.key))
    return OK


def _key_rotate(config: Config, _told: argparse.Namespace) -> int:
    keys.load(config.key)
    _show(keys.make(keys.next_path(config.key)))
    return OK


def _key_show(config: Config, _told: argparse.Namespace) -> int:
    _show(keys.load(config.key))
    return OK


def _show(key: keys.Key) -> None:
    _print(f"key id: {key.id}")
    _print(key.public_pem.strip())


def _print(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)
