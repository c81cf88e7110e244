"""A client of the market's HTTP API, as a program of a member would be."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import requests

TIMEOUT_SECONDS: Final = 30
TRIES: Final = 40
PAUSE_SECONDS: Final = 0.5


class JobFailed(Exception):  # noqa: N818 - it ends the main job, it is no error of the program
    """A step of the main job was answered otherwise than it should have been."""


class Client:
    """
    One member's program: it signs in once, makes an API key and works with that.

    Every request may be sent again: those that create value carry one Idempotency-Key over all
    their tries, so a web process that dies in between costs time and nothing else.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.session = _session()
        self.requests_sent = 0

    def sign_in(self, *, email: str, password: str) -> None:
        """Sign in as a person does, with the form and its CSRF token."""
        form = f"{self.base_url}/accounts/login/"
        self._try(lambda: self.session.get(form, timeout=TIMEOUT_SECONDS))
        answer = self._try(
            lambda: self.session.post(
                form,
                data={
                    "login": email,
                    "password": password,
                    "csrfmiddlewaretoken": self.session.cookies["csrftoken"],
                },
                allow_redirects=False,
                timeout=TIMEOUT_SECONDS,
            )
        )
        if answer.status_code != 302:
            message = f"{email} could not sign in (HTTP {answer.status_code})"
            raise JobFailed(message)
        self.session.headers["X-CSRFToken"] = self.session.cookies["csrftoken"]

    def use_api_key(self, *, roles: list[str], scopes: list[str]) -> None:
        """Make a key for a day and drop the session."""
        made = self.post(
            "api-keys",
            {
                "name": "main job",
                "roles": roles,
                "scopes": scopes,
                "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
            },
        )
        self.session = _session()
        self.session.headers["Authorization"] = f"Bearer {made['secret']}"

    def get(self, path: str, **query: Any) -> Any:
        """Return what an address of the API answers."""
        return self._answer("GET", path, params=query).json()

    def download(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return self._answer("GET", path).content

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Create something, once however often the request has to be sent."""
        return self._answer(
            "POST", path, json=body or {}, headers={"Idempotency-Key": str(uuid4())}
        ).json()

    def delete(self, path: str) -> None:
        """Remove something; done again, it is gone as well."""
        url = f"{self.base_url}/api/v1/{path}"
        answer = self._try(lambda: self.session.delete(url, timeout=TIMEOUT_SECONDS))
        if not answer.ok and answer.status_code != requests.codes.not_found:
            message = f"DELETE {path}: HTTP {answer.status_code} {answer.text[:500]}"
            raise JobFailed(message)

    def upload(
        self, path: str, raw: bytes, *, content_type: str = "application/octet-stream"
    ) -> Any:
        """Send a file, once however often the request has to be sent."""
        headers = {"Content-Type": content_type, "Idempotency-Key": str(uuid4())}
        return self._answer("POST", path, data=raw, headers=headers).json()

    def wait_for(self, path: str, is_done: Callable[[Any], bool], *, seconds: int) -> Any:
        """Ask until an answer is as wanted."""
        until = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if is_done(answer):
                return answer
            if time.monotonic() > until:
                message = f"{path} did not get there within {seconds} s: {answer}"
                raise JobFailed(message)
            time.sleep(PAUSE_SECONDS)

    def _answer(self, method: str, path: str, **arguments: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.base_url}/api/v1/{path}"
        answer = self._try(
            lambda: self.session.request(method, url, timeout=TIMEOUT_SECONDS, **arguments)
        )
        if not answer.ok:
            message = f"{method} {path}: HTTP {answer.status_code} {answer.text[:500]}"
            raise JobFailed(message)
        return answer

    def _try(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send until somebody answers: a process that was killed is back within seconds."""
        for remaining in range(TRIES, -1, -1):
            try:
                self.requests_sent += 1
                answer = send()
            except requests.ConnectionError:
                if not remaining:
                    raise
            else:
                is_passing = answer.status_code in {502, 503} or (
                    answer.status_code == 409 and "idempotency_in_flight" in answer.text
                )
                if not is_passing or not remaining:
                    return answer
            time.sleep(PAUSE_SECONDS)
        message = "unreachable"
        raise AssertionError(message)


def pay_by_card(address: str, *, card: str) -> None:
    """Pay on a page of the test gateway, as a person does in a browser."""
    with _session() as session:
        paid = session.post(
            address, data={"card": card}, allow_redirects=False, timeout=TIMEOUT_SECONDS
        )
    if paid.status_code != requests.codes.see_other:
        message = f"the test card was not taken (HTTP {paid.status_code})"
        raise JobFailed(message)


def _session() -> requests.Session:
    """Return a session that takes no settings from its surroundings and reads English."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept-Language"] = "en"
    return session
