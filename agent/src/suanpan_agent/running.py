"""
The agent at work: learn where the chain stands, read sources, seal a batch, send it, go on.

A batch is sent until it was answered, byte for byte the same. At most one is sealed at a time, and
everything that was read before is on disk.
"""

import hashlib
import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from suanpan_agent import beating, challenged, keys, moments, readings, sources
from suanpan_agent.config import CLOCK, Config, PrometheusSource
from suanpan_agent.errors import AgentError, SourceError, SpoolFull
from suanpan_agent.keys import Key
from suanpan_agent.market import Answer, Market, Trouble
from suanpan_agent.moments import SECOND
from suanpan_agent.pausing import Pause
from suanpan_agent.spool import Batch, Refused, Spool

SKEW_MAX: Final = 120 * SECOND  # the market takes nothing that ends 300 s ahead of its clock
MOVED_MAX: Final = 5 * SECOND
LEARNT_FOR: Final = 300 * SECOND
LATER: Final = 3600 * SECOND
# What may be taken at another time; anything else stays refused.
PASSING: Final = {"reading_in_future", "unknown_meter", "signature_required"}

logger = logging.getLogger("suanpan_agent")


class Clock:
    """Tells whether the wall clock was moved since the market last agreed with it."""

    def __init__(self) -> None:
        self._apart = moments.now() - moments.steady()

    def agreed(self) -> None:
        """Take the wall clock as it is now for right."""
        self._apart = moments.now() - moments.steady()

    def was_moved(self) -> bool:
        """Return whether it went otherwise than time does."""
        return abs(moments.now() - moments.steady() - self._apart) > MOVED_MAX


class Agent:
    """One agent with its state."""

    def __init__(
        self, config: Config, spool: Spool, market: Market, ended: threading.Event | None = None
    ) -> None:
        self._config, self._spool, self._market = config, spool, market
        self._key = keys.load(config.key)
        self._clock = Clock()
        self._sources = [(each, sources.made(each)) for each in config.source]
        self._learnt_at: int | None = None
        self._said: dict[str, str] = {}
        self.pause = Pause(config.agent.retry_seconds_max)
        self.ended = ended or threading.Event()

    # One round

    def round(self) -> bool:
        """Learn, read and send once; return whether everything went well and nothing waits."""
        is_learnt = self.learn()
        is_read = self.read()
        is_sent = self.send()
        if self._config.resource or self._config.path:
            is_sent &= beating.Heart(self._config, self._market, self.ended).beat()
        return is_learnt and is_read and is_sent

    def run(self) -> None:
        """Go on until told to end."""
        if self._config.resource or self._config.path:
            heart = beating.Heart(self._config, self._market, self.ended)
            threading.Thread(target=heart.run, name="heartbeats", daemon=True).start()
        every = self._config.agent.every_seconds * SECOND
        due = moments.steady()
        while not self.ended.is_set():
            if moments.steady() >= due:
                due = max(due + every, moments.steady())
                if not self.pause.left():
                    self.learn()
                self.read()
            if not self.pause.left():
                self.send(until=due)
            is_waiting = self._spool.sealed() is not None or bool(self._ready(1))
            wait = due - moments.steady()
            if is_waiting:
                wait = min(wait, max(self.pause.left(), SECOND // 20))
            self.ended.wait(max(wait, 0) / SECOND)

    # The market

    def learn(self) -> bool:
        """Ask the market where the chain stands and for which meters this agent signs."""
        self._take_next_key()
        is_fresh = self._learnt_at is not None and (
            moments.steady() - self._learnt_at < LEARNT_FOR and not self._clock.was_moved()
        )
        if is_fresh and self._spool.head() is not None:
            return True
        try:
            chain = self._market.chain(self._key.id)
        except Trouble as trouble:
            self._trouble(trouble)
            return False
        facts = {
            "meters": msgspec.json.encode({each.id: each for each in chain.meters}).decode(),
            "market_name": chain.name,
        }
        if self._spool.head() is None:
            facts |= {"number": str(chain.number), "previous": chain.content_hash}
        try:
            self._spool.note(**facts)
        except SpoolFull as error:
            self._state(error.code, error.detail)
            return False
        self._learnt_at = moments.steady()
        self._contacted()
        if self._config.probe.answers_challenges:
            challenged.answer(self._config, self._market, self._key)
        return True

    def _take_next_key(self) -> None:
        """Sign with the next key as soon as the market knows it."""
        path = keys.next_path(self._config.key)
        if not path.exists():
            return
        try:
            key = keys.load(path)
            is_good = self._market.chain(key.id).is_good
        except (Trouble, AgentError):
            return
        if is_good:
            path.replace(self._config.key)
            self._key, self._learnt_at = key, None
            logger.info("the next key is in use: %s", key.id)

    def _contacted(self) -> None:
        self.pause.succeeded()
        if self._market.skew is not None and abs(self._market.skew) <= SKEW_MAX:
            self._clock.agreed()

    def _trouble(self, trouble: Trouble) -> None:
        self.pause.failed(trouble.retry_after)
        self._state(trouble.code, trouble.detail)

    def _is_clock_right(self) -> bool:
        skew = self._market.skew
        code, detail = "", ""
        if skew is not None and abs(skew) > SKEW_MAX:
            code = "clock_skewed"
            detail = f"our clock is {skew // SECOND} s ahead of the market's"
        elif self._clock.was_moved():
            code, detail = "clock_moved", "the clock was set; waiting for the market's"
        self._state(code, detail, CLOCK)
        return not code

    # Sources

    def read(self) -> bool:
        """Read every source that can be read."""
        if self._spool.head() is None:
            self._state("not_known_yet", "the market has not said where the chain stands")
            return False
        is_clock_right = self._is_clock_right()
        is_well = True
        for config, source in self._sources:
            if isinstance(config, PrometheusSource) and not is_clock_right:
                is_well = False  # A counter counts on; nothing is lost by reading it later.
                continue
            is_well &= self._read(config.name, source)
        return is_well

    def _read(self, name: str, source: sources.Source) -> bool:
        try:
            while not self.ended.is_set():
                if self._spool.is_full():
                    self._state("spool_full", "reading goes on when batches were taken", name)
                    return False
                taken = source.look(self.known(name))
                self._spool.keep(name, taken)
                if not taken.has_more:
                    break
        except SourceError as error:
            self._state("source_failed", str(error), name)
            return False
        except SpoolFull as error:
            self._state(error.code, error.detail, name)
            return False
        self._state("", "", name)
        return True

    def known(self, name: str) -> sources.Known:
        """Return what is known before a source is looked at."""
        spool = self._spool
        return sources.Known(spool.places(name), spool.seen(name), spool.meters(), moments.now())

    # Sending

    def send(self, *, until: int | None = None) -> bool:
        """Send what waits, the oldest first; return whether nothing waits any more."""
        try:
            while not self.ended.is_set() and (batch := self._batch()) is not None:
                self._answered(batch, self._market.send(batch.body, self._key))
                self._contacted()
                if until is not None and moments.steady() >= until:
                    return False
        except Trouble as trouble:
            self._refused(trouble)
            return False
        except SpoolFull as error:
            self.pause.failed()
            self._state(error.code, error.detail)
            return False
        self._state("", "")
        return True

    def _ready(self, most: int) -> list[tuple[int, readings.Reading]]:
        return self._spool.ready(moments.now(), most=most)

    def _batch(self) -> Batch | None:
        """Return the batch to send: the sealed one, else the oldest readings in a new one."""
        sealed, head = self._spool.sealed(), self._spool.head()
        if sealed is not None or head is None:
            return sealed
        most = min(self._config.agent.batch_readings_max, self._spool.fits_in_batch())
        ready = self._ready(most)
        if not ready:
            return None
        number, previous = head[0] + 1, head[1]
        body = readings.body([each for _row, each in ready], number=number, previous=previous)
        batch = Batch(number, body)
        self._spool.seal(batch, [row for row, _each in ready])
        return batch

    def _answered(self, batch: Batch, answer: Answer) -> None:
        rows = dict(enumerate(self._spool.in_sealed()))
        later: dict[int, int] = {}
        refused: dict[int, Refused] = {}
        for each in answer.refused:
            if each.index not in rows:
                continue
            row, reading = rows[each.index]
            if each.code in PASSING:
                is_future = each.code == "reading_in_future"
                later[row] = (reading.ends_at if is_future else moments.now() + LATER) + SECOND
            else:
                encoded = msgspec.json.encode(reading)
                refused[row] = Refused(each.code, each.detail[:500], encoded)
                logger.warning("a reading was refused: %s %s", each.code, encoded.decode())
        tallies = {"batches": 1, "accepted": answer.accepted, "known_before": answer.duplicates}
        tallies |= Counter(f"refused.{each.code}" for each in answer.refused)
        facts = {
            "number": str(batch.number),
            "previous": hashlib.sha256(batch.body).hexdigest(),
            "sent_at": moments.written(moments.now()),
        }
        self._spool.answered(
            later=later, refused=refused, tallies=tallies, facts=facts, now=moments.now()
        )

    def _refused(self, trouble: Trouble) -> None:
        """Go on from where the market stands if it knows other batches than we do; else wait."""
        self._trouble(trouble)
        try:
            if trouble.breaks_chain:
                chain = self._market.chain(self._key.id)
                facts = {"number": str(chain.number), "previous": chain.content_hash}
                self._spool.unseal(**facts)
                logger.warning("the market knows other batches: going on from %s", chain.number)
            elif trouble.code == "batch_too_large":
                self._spool.unseal()
                self._shrink()
        except (Trouble, SpoolFull) as error:
            self._state("away", str(error))

    def _shrink(self) -> None:
        most = max(1, self._config.agent.batch_readings_max // 2)
        agent = msgspec.structs.replace(self._config.agent, batch_readings_max=most)
        self._config = msgspec.structs.replace(self._config, agent=agent)

    # What people read

    def _state(self, code: str, detail: str, source: str = "") -> None:
        """Say once what is wrong, and keep it for `status`; without a code all is well."""
        if self._said.get(source) == code:
            return
        self._said[source] = code
        if code:
            logger.warning("%s%s: %s", f"{source}: " if source else "", code, detail)
        elif source:
            logger.info("%s: well", source)
        try:
            self._spool.note(state=json.dumps(self._said))
        except SpoolFull:
            logger.warning("the state cannot be written down: the disk is full")


def status(spool: Spool, key: Key | None) -> Mapping[str, object]:
    """Return what `status` shows."""
    summary = spool.summary()
    facts = summary.pop("facts")
    sealed = spool.sealed()
    said = json.loads(facts.get("state", "{}"))
    return {
        "agent": facts.get("market_name", ""),
        "key_id": key.id if key else "",
        "trouble": {name or "sending": code for name, code in said.items() if code},
        "number": int(facts.get("number") or 0),
        "sealed": sealed.number if sealed else None,
        "sent_at": facts.get("sent_at"),
        "unmapped": {
            name.partition(".")[2]: json.loads(value)
            for name, value in facts.items()
            if name.startswith("unmapped.")
        },
        **summary,
    }
