"""What each action on a ticket must be told, and the reading of it: wrong ones are named all at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from hotline.domain.errors import Invalid
from hotline.domain.ticket import LONGEST_TEXT, FieldsInvalid
from hotline.domain.ticket_callback import Satisfaction
from hotline.domain.ticket_moves import SUPERVISION, Action
from hotline.domain.ticket_new_date import Way

MOST_DAYS = 366
LONGEST_ID = 16
MOST_SAID = 20  # facts with an act of supervision


class ArgsInvalid(FieldsInvalid):
    """An action was told something wrong; `problems` maps each field to a key of the reason."""

    def __init__(self, problems: dict[str, str]) -> None:
        Invalid.__init__(self, "this cannot be done so: " + ", ".join(sorted(problems)))
        self.problems = problems


_A = Action
# Field → what it is: text, unit, ticket, days, yes_no, satisfaction, way; `?` may be left out.
FIELDS: Mapping[Action, Mapping[str, str]] = MappingProxyType(
    {
        _A.HAND_OVER: {"unit": "unit"},
        _A.FORCE: {"unit": "unit", "decision": "text"},
        _A.PASS_ON: {"unit": "unit"},
        _A.PASS_PART: {"before": "unit", "unit": "unit"},
        _A.RETURN: {"reason": "text"},
        _A.ASK_UNIT: {"unit": "unit", "days": "days"},
        _A.ANSWER_PART: {"text": "text"},
        _A.ASK_EXTENSION: {"days": "days", "reason": "text"},
        _A.GRANT_EXTENSION: {"reason": "text?"},
        _A.REFUSE_EXTENSION: {"reason": "text"},
        _A.TELL_NEW_DATE: {"how": "way"},
        _A.REPLY: {"text": "text"},
        _A.CALL_BACK: {
            "responded": "yes_no",
            "solved": "yes_no",
            "satisfaction": "satisfaction",
            "words": "text?",
        },
        _A.CLOSE_WITHOUT_CALLBACK: {"reason": "text"},
        _A.INTERVIEW: {"record": "text"},
        _A.DO_AGAIN: {"unit": "unit?"},
        _A.MERGE: {"leader": "ticket"},
    }
)

CHOICES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"satisfaction": frozenset(Satisfaction), "way": frozenset(Way)}
)


def read(action: Action, args: object) -> dict[str, Any]:
    """The arguments, clean. Raises ArgsInvalid with every problem; nothing of them is kept then."""
    if not isinstance(args, Mapping):
        raise Invalid("args must be an object")
    if action in SUPERVISION:
        return _said(args)
    wanted = FIELDS.get(action, {})
    problems = {str(name)[:40]: "unknown" for name in args if name not in wanted}
    found: dict[str, Any] = {}
    for name, kind in wanted.items():
        value = args.get(name, "" if kind.startswith(("text", "unit", "ticket", "satis", "way")) else None)
        problem = _problem(kind.rstrip("?"), value, needed=not kind.endswith("?"))
        if problem:
            problems[name] = problem
        found[name] = value.strip() if isinstance(value, str) else value
    if problems:
        raise ArgsInvalid(problems)
    return found


def _problem(kind: str, value: object, *, needed: bool) -> str:
    if kind == "days":
        return "" if type(value) is int and 1 <= value <= MOST_DAYS else "days"
    if kind == "yes_no":
        return "" if isinstance(value, bool) else "required"
    if not isinstance(value, str):
        return "wrong_type"
    if needed and not value.strip():
        return "required"
    if not is_clean(value):
        return "unreadable"
    if len(value) > (LONGEST_TEXT if kind == "text" else LONGEST_ID):
        return "too_long"
    return "unknown" if kind in CHOICES and value not in CHOICES[kind] else ""


def is_clean(value: str) -> bool:
    """Every database and file can keep it: no NUL, no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in value


def _said(args: Mapping[object, object]) -> dict[str, Any]:
    """Facts for the log only: short names and texts."""
    problems = {}
    for name, value in args.items():
        if not isinstance(name, str) or not name.isidentifier() or len(name) > LONGEST_ID * 2:
            problems[str(name)[:40]] = "unknown"
        elif len(str(value)) > LONGEST_TEXT or not is_clean(str(value)):
            problems[name] = "unreadable"
    if len(args) > MOST_SAID:
        problems["args"] = "too_long"
    if problems:
        raise ArgsInvalid(problems)
    return {str(name): str(value) for name, value in args.items()}
