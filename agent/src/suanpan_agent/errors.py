"""What an operator of the agent can do something about."""


class AgentError(Exception):
    """Something that is said in one sentence, without a traceback."""


class ConfigError(AgentError):
    """The configuration cannot be used; the sentence names the place."""


class SourceError(AgentError):
    """A source could not be read just now; it is tried again."""


class SpoolFull(AgentError):  # noqa: N818 - a state, which passes
    """Nothing more can be kept; what was kept is safe, and reading goes on when there is room."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class StateInUse(AgentError):  # noqa: N818 - a state, which passes
    """Another agent works with the same state directory."""
