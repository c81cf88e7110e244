"""Logs: one line for what happened, tracebacks without values, nothing about persons."""

import logging
import logging.config
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog

from config.redaction import HIDDEN, described, redacted, traced

# Django-structlog tells these of each request.
PERSONAL: Final = frozenset({"ip", "user_agent"})
# What Celery tells of a task may repeat what the task was given.
TASK_VALUES: Final = frozenset({"args", "kwargs", "return_value", "traceback"})
BODY: Final = "The full contents of the message body"


class Formatter(logging.Formatter):
    """Formats a record without secrets, personal data or the messages of exceptions."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback below it."""
        record = logging.makeLogRecord(record.__dict__)
        record.exc_text = None  # Another formatter's.
        record.args = _harmless(record)
        if isinstance(record.msg, BaseException):
            record.msg = described(record.msg)
        elif isinstance(record.msg, str):
            record.msg = record.msg.partition(BODY)[0]
        return redacted(super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return where an exception came from, and its kind."""
        return "\n".join(traced(ei[1])) if ei[1] is not None else ""

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        """Return where the call came from."""
        return stack_info


def _harmless(record: logging.LogRecord) -> Any:
    """Return a record's arguments; exceptions among them are described."""
    if isinstance(record.msg, str) and BODY in record.msg:
        return ()
    args = record.args
    if isinstance(args, Mapping):
        error = record.exc_info[1] if record.exc_info else None
        hidden: dict[str, Any] = dict.fromkeys(TASK_VALUES & args.keys(), HIDDEN)
        if "exc" in args:
            hidden["exc"] = described(error) if error else HIDDEN
        return {name: _described(value) for name, value in args.items()} | hidden
    return tuple(_described(value) for value in args) if args else args


def _described(value: Any) -> Any:
    return described(value) if isinstance(value, BaseException) else value


def _as_record(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> tuple[tuple[str], dict[str, Any]]:
    """Hand structlog's event to the standard library, which formats it as everything else."""
    exc_info = event.pop("exc_info", None)
    told = [str(event.pop("event", ""))]
    if "request" in event:
        event["request"] = str(event["request"]).partition("?")[0]
    told += [
        f"{name}={_described(value)}"
        for name, value in sorted(event.items())
        if name not in PERSONAL and value is not None
    ]
    return (" ".join(told),), {"exc_info": exc_info}


def configure(settings: Mapping[str, Any]) -> None:
    """Set up every way in which something is told; Django calls it with the logging settings."""
    logging.config.dictConfig(dict(settings))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _as_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(capture=True)
    formatter = logging.getLogger().handlers[0].formatter if logging.getLogger().handlers else None
    for handler in logging.getLogger("gunicorn.error").handlers:
        handler.setFormatter(formatter)
    sys.excepthook = _tell_uncaught
    threading.excepthook = _tell_uncaught_in_thread


def _tell_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell what ends a process; only a person at a terminal sees what the exception says."""
    if sys.stderr.isatty() or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("config").critical("platform.process.failed", exc_info=error)


def _tell_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        logging.getLogger("config").error("platform.thread.failed", exc_info=arguments.exc_value)
