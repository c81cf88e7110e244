"""
Logs: one line for what happened, tracebacks without values, nothing about persons.

A line is a JSON object for programs, or text for a person at a terminal. Either names what happened
by a dotted name, and the request, task or command and the organisation that it happened for
(`common.trace`). What libraries say has the name `library.NAME.said` and their sentence as message.
"""

import logging
import logging.config
import re
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from common.redaction import HIDDEN, as_line, described, redacted, traced

# Whatever else django-structlog tells may repeat what a person or a task was given.
TOLD_OF_REQUESTS_AND_TASKS: Final = frozenset(
    {
        *("event", "exc_info", "request", "code", "request_id", "user_id", "organization_id"),
        *("task", "task_id", "parent_task_id", "child_task_id", "child_task_name", "duration_ms"),
        *("routing_key", "terminated", "signame", "expired", "command", "command_id"),
    }
)
LIBRARYS_NAMES: Final = re.compile(r"(request|task|streaming)_(\w+)")
# What Celery tells of a task may repeat what the task was given.
TASK_VALUES: Final = frozenset({"args", "kwargs", "return_value", "traceback"})
BODY: Final = "The full contents of the message body"
NAMES_FIRST: Final = ("time", "level", "event", "message", "service")

# Which service of the market this process is.
_service: dict[str, str] = {}


def is_service(name: str) -> None:
    """Let every line of this process name its service."""
    _service["service"] = name


def hush(library: str) -> None:
    """Let a library tell of its errors alone."""
    logging.getLogger(library).setLevel(logging.ERROR)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats a record without secrets, personal data or the messages of exceptions."""

    def __init__(self, *, form: str = "auto") -> None:
        is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
        super().__init__(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, _of_library],
            processors=[_complete, _as_text if is_text else _as_json],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; in text the traceback below it."""
        record = logging.makeLogRecord(record.__dict__)
        record.exc_text = None  # Another formatter's.
        if not hasattr(record, "_logger"):
            record.args = _harmless(record)
            if isinstance(record.msg, BaseException):
                record.msg = described(record.msg)
            elif isinstance(record.msg, str):
                record.msg = record.msg.partition(BODY)[0]
        return super().format(record)


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


def _of_library(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Name what a library says."""
    event["message"] = event["event"]
    event["event"] = f"library.{event['_record'].name.partition('.')[0]}.said"
    return event


def _of_request_or_task(logger: Any, _name: str, event: EventDict) -> EventDict:
    """Name what django-structlog tells of requests and tasks as everything else is named."""
    if not logger.name.startswith("django_structlog."):
        return event
    event = {name: it for name, it in event.items() if name in TOLD_OF_REQUESTS_AND_TASKS}
    event["event"] = LIBRARYS_NAMES.sub(r"platform.\1.\2", str(event["event"]))
    if "request" in event:
        event["request"] = str(event["request"]).partition("?")[0]
    return event


def _complete(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Add when, how grave and where; put first what is read first."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    event.update(_service, level=record.levelname.lower(), logger=record.name)
    event["time"] = structlog.processors.TimeStamper(fmt="iso")(None, "", {})["timestamp"]
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(traced(error))
    first = {name: event[name] for name in NAMES_FIRST if name in event}
    return {
        name: _described(value) for name, value in {**first, **event}.items() if value is not None
    }


def _as_json(_logger: Any, _name: str, event: EventDict) -> str:
    return as_line(dict(event))


def _as_text(_logger: Any, _name: str, event: EventDict) -> str:
    """Return what a person reads: the moment, how grave, what happened, and its facts."""
    time, level, name = event.pop("time"), event.pop("level").upper(), event.pop("event")
    below = [event.pop(part) for part in ("exception", "stack_info") if part in event]
    source = event.pop("logger")
    told = [f"{source} {event.pop('message')}"] if "message" in event else [name]
    told += [f"{fact}={value}" for fact, value in event.items()]
    return redacted("\n".join([f"{time} {level} {' '.join(told)}", *below]))


def configure(settings: Mapping[str, Any]) -> None:
    """Set up every way in which something is told; Django calls it with the logging settings."""
    logging.config.dictConfig(dict(settings))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            _of_request_or_task,
            _errors_now,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
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


def _errors_now(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Take the exception that is being handled, before another one is."""
    if event.get("exc_info") is True:
        event["exc_info"] = sys.exc_info()[1]
    return event


def _tell_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell what ends a process; only a person at a terminal sees what the exception says."""
    if sys.stderr.isatty() or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("config").critical("platform.process.failed", exc_info=error)


def _tell_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        structlog.get_logger("config").error("platform.thread.failed", exc_info=arguments.exc_value)
