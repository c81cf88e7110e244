"""Tokens a second of an OpenAI-compatible endpoint that streams."""

import json
import time
from dataclasses import dataclass
from typing import Final

import httpx

from suanpan_agent.probing.measuring import SPREAD_MAX_SHARED, Missing, Result, Results, repeated

PROMPT: Final = "Count from one to two hundred in words, one number a line."
TOKENS_MAX: Final = 128
LINES_MAX: Final = 100_000


@dataclass(slots=True)
class Streamed:
    """What one answer brought."""

    tokens: int = 0
    told: int | None = None  # by the endpoint itself
    first: float = 0.0  # seconds until the first token
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Return tokens a second over the whole answer."""
        return (self.told or self.tokens) / self.took


def tokens(url: str, *, model: str, key: str = "", seconds_max: float = 60) -> Results:
    """
    Yield tokens a second and the milliseconds until the first one.

    :raises Missing: if the endpoint does not answer as it should
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answers: list[Streamed] = []
    with httpx.Client(timeout=seconds_max, headers=headers) as http:

        def once() -> float:
            answers.append(_answer(http, url, model))
            return answers[-1].rate

        rates = repeated("inference_tokens", "tokens/s", once, note=model)
    yield rates
    firsts = tuple(each.first * 1_000 for each in answers[-len(rates.values) :])
    yield Result("inference_first_token", "ms", firsts, SPREAD_MAX_SHARED, model)


def _answer(http: httpx.Client, url: str, model: str) -> Streamed:
    asked = {
        "model": model,
        "messages": [{"role": "user", "content": PROMPT}],
        "max_tokens": TOKENS_MAX,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    found, begun = Streamed(), time.perf_counter()
    address = url.rstrip("/") + "/chat/completions"
    try:
        with http.stream("POST", address, json=asked) as response:
            if not response.is_success:
                message = f"{address} answers {response.status_code}"
                raise Missing(message)
            for number, line in enumerate(response.iter_lines()):
                _take(found, line, begun)
                if number > LINES_MAX:
                    break
    except httpx.HTTPError as error:
        message = f"{address}: {type(error).__name__} {error}"
        raise Missing(message) from error
    found.took = time.perf_counter() - begun
    if not found.tokens:
        message = f"{address} streams no tokens"
        raise Missing(message)
    return found


def _take(found: Streamed, line: str, begun: float) -> None:
    """Take one line of server-sent events."""
    text = line.removeprefix("data:").strip()
    if not line.startswith("data:") or text == "[DONE]":
        return
    try:
        event = json.loads(text)
        choices, usage = event.get("choices") or [], event.get("usage") or {}
        said = choices[0].get("delta", {}).get("content") if choices else None
        told = usage.get("completion_tokens")
    except (ValueError, AttributeError, IndexError, TypeError) as error:
        message = f"this is no chunk of a chat completion: {text[:80]}"
        raise Missing(message) from error
    if said:
        found.tokens += 1
        found.first = found.first or time.perf_counter() - begun
    if isinstance(told, int) and told > 0:
        found.told = told
