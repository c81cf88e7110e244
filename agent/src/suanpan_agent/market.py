"""The market, over HTTP: where the chain stands, and a batch with its answer."""

import email.utils
from typing import Any, Final, TypeVar

import httpx
import msgspec

from suanpan_agent import __version__, moments
from suanpan_agent.config import Config
from suanpan_agent.keys import Key
from suanpan_agent.readings import MeterFacts

BATCH: Final = "application/cloudevents-batch+json"
Form = TypeVar("Form")
PROBE: Final = "application/vnd.suanpan.probe+json"
BEYOND: Final = {"batch_conflict", "batch_out_of_chain"}


class Chain(msgspec.Struct, frozen=True):
    """What the market says of this agent."""

    name: str
    key_id: str
    is_good: bool
    number: int
    content_hash: str
    meters: list[MeterFacts]


class RefusedRow(msgspec.Struct, frozen=True):
    """A reading that was not taken."""

    index: int
    code: str
    detail: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What became of a batch."""

    accepted: int = 0
    duplicates: int = 0
    refused: list[RefusedRow] = []


class Heard(msgspec.Struct, frozen=True):
    """What became of a heartbeat."""

    taken: int
    older: int = 0


class Challenge(msgspec.Struct, frozen=True):
    """What the market wants measured now."""

    id: str
    nonce: str
    resource_id: str
    deadline_at: str


class Challenges(msgspec.Struct, frozen=True):
    """All that wait for this agent."""

    challenges: list[Challenge]


class Judged(msgspec.Struct, frozen=True):
    """What the market made of a probe's report."""

    id: str
    is_accepted: bool
    problems: list[str] = []
    level: int | None = None
    certificate_id: str | None = None


class Trouble(Exception):  # noqa: N818 - it is an answer, not an error of the program
    """The market is away, or says no to the whole request."""

    def __init__(self, code: str, detail: str = "", retry_after: int = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
        self.retry_after = retry_after  # seconds

    @property
    def breaks_chain(self) -> bool:
        """Return whether the market knows other batches of this agent than we do."""
        return self.code in BEYOND


class Market:
    """One market and one API key."""

    def __init__(self, config: Config) -> None:
        self._http = httpx.Client(
            base_url=config.market.url.rstrip("/") + "/api/v1/",
            headers={
                "Authorization": f"Bearer {config.api_key}",
                "Accept-Language": "en",
                "User-Agent": f"suanpan-agent/{__version__}",
            },
            timeout=config.market.timeout_seconds,
            verify=config.market.ca_file or True,
            follow_redirects=False,
        )
        self.skew: int | None = None  # our clock less the market's, in microseconds

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def chain(self, key_id: str) -> Chain:
        """
        Ask where the chain of an agent stands.

        :raises Trouble: if the market is away or knows no such agent
        """
        response = self._ask("GET", f"metering/chains/{key_id}")
        return _decoded(response, Chain)

    def send(self, body: bytes, key: Key) -> Answer:
        """
        Send a batch.

        :raises Trouble: if it was not judged reading by reading
        """
        headers = {
            "Content-Type": BATCH,
            "Suanpan-Agent": key.id,
            "Suanpan-Signature": key.sign(body),
        }
        return _decoded(self._ask("POST", "metering/events", content=body, headers=headers), Answer)

    def report(self, body: bytes, key: Key) -> Judged:
        """
        Send the report of a probe.

        :raises Trouble: if it was not judged
        """
        headers = {
            "Content-Type": PROBE,
            "Suanpan-Agent": key.id,
            "Suanpan-Signature": key.sign(body),
        }
        response = self._ask("POST", "metering/probe-reports", content=body, headers=headers)
        return _decoded(response, Judged)

    def beat(self, body: bytes, key: Key) -> Heard:
        """
        Send a heartbeat.

        :raises Trouble: if it was not taken
        """
        headers = {
            "Content-Type": "application/json",
            "Suanpan-Agent": key.id,
            "Suanpan-Signature": key.sign(body),
        }
        return _decoded(
            self._ask("POST", "../gateway/v1/heartbeats", content=body, headers=headers), Heard
        )

    def challenges(self, key_id: str) -> list[Challenge]:
        """
        Ask for the challenges that wait for an agent.

        :raises Trouble: if the market is away or knows no such agent
        """
        response = self._ask("GET", f"metering/challenges/{key_id}")
        return _decoded(response, Challenges).challenges

    def receive(self, count: int) -> int:
        """
        Let the market send bytes that mean nothing; return how many came.

        :raises Trouble: if the market is away
        """
        return len(self._ask("GET", "metering/echo", params={"bytes": count}).content)

    def give(self, body: bytes) -> int:
        """
        Send bytes that mean nothing; return how many arrived.

        :raises Trouble: if the market is away
        """
        headers = {"Content-Type": "application/octet-stream"}
        answer = self._ask("POST", "metering/echo", content=body, headers=headers)
        return int(answer.json()["received"])

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise Trouble("away", f"{type(error).__name__}: {error}") from error
        self._compare_clocks(response)
        if response.is_success:
            return response
        problem = _problem(response)
        if problem.get("code") == "events_refused" and response.status_code == 422:
            return response
        wait = response.headers.get("Retry-After", "")
        raise Trouble(
            str(problem.get("code") or f"http_{response.status_code}"),
            str(problem.get("detail") or response.reason_phrase)[:500],
            int(wait) if wait.isascii() and wait.isdigit() else 0,
        )

    def _compare_clocks(self, response: httpx.Response) -> None:
        try:
            theirs = email.utils.parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        self.skew = moments.now() - moments.of(theirs)


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(response: httpx.Response, form: type[Form]) -> Form:
    try:
        return msgspec.json.decode(response.content, type=form)
    except msgspec.MsgspecError as error:
        raise Trouble("not_understood", str(error)) from error
