"""The command `suanpan-agent probe`: with a market, or with nothing but the machine."""

import argparse
import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from suanpan_agent import challenged, keys, probing
from suanpan_agent import config as configs
from suanpan_agent.config import Config
from suanpan_agent.errors import AgentError, ConfigError
from suanpan_agent.market import Judged, Market, Trouble
from suanpan_agent.probing.report import PARTS

OK: Final = 0
NOISY: Final = 1  # not good, or not taken; nothing else is wrong


def add(commands: Any) -> None:
    """Add the command to the parser."""
    told = commands.add_parser(
        "probe", help="measure what this machine can do; --send reports it to the market"
    )
    told.add_argument("--json", action="store_true", help="print the report as JSON")
    told.add_argument("--send", action="store_true", help="sign the report and send it")
    told.add_argument("--only", help=f"parts, with commas: {','.join(PARTS)}")
    told.add_argument("--resource", help="identifier of the resource in the market")
    told.add_argument("--folder", type=Path, help="where the disk is measured")
    told.add_argument("--disk-bytes", type=int, help="how large its file is, at most 1 GiB")
    told.add_argument("--tokens-url", help="an OpenAI-compatible endpoint, such as http://…/v1")
    told.add_argument("--tokens-model", help="the model that it is asked for")
    told.set_defaults(alone=run)


def run(told: argparse.Namespace) -> int:
    """
    Measure, print, and send if that is wished for.

    :raises AgentError: if something that was asked for is not configured or not understood
    """
    config = _config(told)
    market = Market(config) if config is not None and (told.send or _asks_network(told)) else None
    try:
        report = probing.probe(_wish(told, config, market))
        _print(json.dumps(report.told(), ensure_ascii=False) if told.json else _plain(report))
        if not report.is_good:
            _print("not good: nothing is sent", sys.stderr)
            return NOISY
        return _sent(report, config, market) if told.send and config and market else OK
    except Trouble as trouble:
        raise AgentError(str(trouble)) from trouble
    finally:
        if market is not None:
            with closing(market):
                pass


def _config(told: argparse.Namespace) -> Config | None:
    """Return the configuration; without one a machine can be measured, but nothing be sent."""
    try:
        return configs.load(told.config)
    except ConfigError:
        if told.send or told.config is not None:
            raise
        return None


def _asks_network(told: argparse.Namespace) -> bool:
    return not told.only or "network" in told.only


def _wish(told: argparse.Namespace, config: Config | None, market: Market | None) -> probing.Wish:
    wish = challenged.wish(config, market) if config is not None else probing.Wish()
    given = {
        "resource": told.resource,
        "folder": told.folder,
        "disk_bytes": told.disk_bytes,
        "tokens_url": told.tokens_url,
        "tokens_model": told.tokens_model,
        "parts": _parts(told.only) if told.only else None,
    }
    wish = replace(wish, **{name: value for name, value in given.items() if value is not None})
    if told.send and not wish.resource:
        message = "probe.resource: name the resource in the configuration, or by --resource"
        raise ConfigError(message)
    return wish


def _parts(text: str) -> frozenset[str]:
    parts = frozenset(each.strip() for each in text.split(","))
    if unknown := sorted(parts - set(PARTS)):
        message = f"--only: there is no {', '.join(unknown)}; there are {', '.join(PARTS)}"
        raise ConfigError(message)
    return parts


def _sent(report: probing.Report, config: Config, market: Market) -> int:
    judged = market.report(report.body(), keys.load(config.key))
    _print(_outcome(judged), sys.stderr)
    return OK if judged.is_accepted else NOISY


def _outcome(judged: Judged) -> str:
    if judged.is_accepted:
        return f"accepted: level L{judged.level}, certificate {judged.certificate_id}"
    return f"not accepted: {', '.join(judged.problems)}"


def _plain(report: probing.Report) -> str:
    lines = [
        f"{each.name:24} {each.told()['median']:>12} {each.unit:10}"
        f" spread {each.spread:.1%} of at most {each.spread_max:.0%}"
        f"{'' if each.is_quiet else '  NOISY'}"
        for each in report.results
    ]
    lines += [f"{part:24} skipped: {reason}" for part, reason in report.skipped.items()]
    return "\n".join(lines)


def _print(text: str, stream: Any = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)
