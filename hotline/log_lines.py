"""How a line of the log is written: of a failure nobody expected, its kind and place, not its text.

The text may be a citizen's: PostgreSQL names the whole row that it refuses, number and words in it.
"""

import asyncio
import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
DEEPEST = 3
_CHECKOUT = Path(__file__).resolve().parents[1]
_OURS = tuple(_CHECKOUT / package for package in ("hotline", "seat_console", "agi_scripts"))

log = logging.getLogger(__name__)


def kind_and_place(problem: BaseException) -> str:
    """`KeyError at hotline/services/courses.py:54, hotline/storage/courses.py:60`: the deepest of ours."""
    if isinstance(problem, BaseExceptionGroup):
        return "; ".join(kind_and_place(each) for each in problem.exceptions)
    frames = traceback.extract_tb(problem.__traceback__)
    places = [(Path(frame.filename), frame.lineno) for frame in frames]
    ours = [place for place in places if any(place[0].is_relative_to(folder) for folder in _OURS)]
    shown = ours[-DEEPEST:] or places[-1:]
    return f"{type(problem).__name__} at {', '.join(f'{_named(file)}:{line}' for file, line in shown) or '?'}"


def _named(file: Path) -> Path:
    return file.relative_to(_CHECKOUT) if file.is_relative_to(_CHECKOUT) else file


class KindAndPlace(logging.Formatter):
    """A traceback in a record, ours or a library's, is told as its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's, of the whole traceback
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        return kind_and_place(ei[1]) if ei[1] else "?"


def log_to_stderr() -> None:
    """One line an event, with its UTC time; no number and no word of a caller belongs in one."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, force=True)
    put_everywhere()
    sys.excepthook = _process_ended
    threading.excepthook = _thread_ended


def put_everywhere() -> None:
    """Handlers that a library made for itself write as ours do."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for handler in (h for each in loggers if isinstance(each, logging.Logger) for h in each.handlers):
        handler.setFormatter(KindAndPlace(LINE))


def in_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The handler of an event loop: asyncio's own shows the task with its exception's text."""
    problem = context.get("exception")
    log.error("%s%s", context["message"], f": {kind_and_place(problem)}" if problem else "")


def _process_ended(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, problem, trace)
    else:
        log.critical("this process ends: %s", kind_and_place(problem))


def _thread_ended(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value and not isinstance(failed.exc_value, SystemExit):
        name = failed.thread.name if failed.thread else "?"
        log.error("the thread %s ended: %s", name, kind_and_place(failed.exc_value))
