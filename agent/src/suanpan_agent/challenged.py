"""Challenges: the market draws a moment, and the agent measures then and there, and signs."""

import logging
from pathlib import Path

from suanpan_agent import moments, probing
from suanpan_agent.config import Config
from suanpan_agent.keys import Key
from suanpan_agent.market import Market, Trouble

logger = logging.getLogger("suanpan_agent")


def wish(config: Config, market: Market | None, **told: str) -> probing.Wish:
    """Return what the configuration says is to be measured."""
    probe = config.probe
    return probing.Wish(
        parts=frozenset(probe.parts),
        resource=told.get("resource") or probe.resource,
        challenge=told.get("challenge", ""),
        folder=Path(probe.folder) if probe.folder else config.state,
        disk_bytes=probe.disk_bytes,
        tokens_url=probe.tokens_url,
        tokens_model=probe.tokens_model,
        tokens_key=probe.tokens_key,
        echo=market,
    )


def answer(config: Config, market: Market, key: Key) -> None:
    """
    Answer every challenge that waits for this machine; what goes wrong is told and tried again.

    A noisy run is not sent: the challenge is asked for and measured again until its deadline.
    """
    try:
        for each in market.challenges(key.id):
            if config.probe.resource and each.resource_id != config.probe.resource:
                continue
            if moments.read(each.deadline_at) <= moments.now():
                continue
            told = wish(config, market, resource=each.resource_id, challenge=each.nonce)
            report = probing.probe(told)
            if not report.is_good:
                logger.warning("challenge %s: noisy, it is tried again", each.id)
                continue
            judged = market.report(report.body(), key)
            logger.info("challenge %s: %s", each.id, judged.problems or "well")
    except Trouble as trouble:
        logger.warning("a challenge waits: %s %s", trouble.code, trouble.detail)
