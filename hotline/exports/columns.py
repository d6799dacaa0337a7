"""The columns of an exported list, and their words in both languages."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from hotline.domain.calendar import SHANGHAI

Cell = str | int | datetime | date
Row = Mapping[str, object]
HEADINGS: Mapping[str, tuple[str, str]] = {
    "id": ("工单编号", "Ticket"),
    "state": ("状态", "State"),
    "kind": ("类别", "Kind"),
    "topic_name": ("事项", "Topic"),
    "place": ("地点", "Place"),
    "what": ("诉求", "What"),
    "unit_name": ("承办单位", "Unit"),
    "citizen_name": ("来电人", "Caller"),
    "confidential": ("保密", "Confidential"),
    "number": ("来电号码", "Number"),
    "accepted_at": ("受理时间", "Accepted"),
    "due_at": ("办理期限（当日24:00）", "Due (24:00 of)"),
    "due_provisional": ("期限暂定", "Provisional"),
    "overdue": ("已逾期", "Overdue"),
    "returns": ("退回次数", "Times returned"),
    "asked_extension": ("申请延期（工作日）", "Extension asked (working days)"),
    "round": ("办理轮次", "Round"),
    "callback_due": ("回访期限（当日24:00）", "Call back (24:00 of)"),
    "satisfaction": ("满意度", "Satisfaction"),
}
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "state": {
        "accepted": ("已受理", "Accepted"),
        "handed_over": ("已派发", "Handed over"),
        "signed": ("已签收", "Signed"),
        "in_hand": ("办理中", "In hand"),
        "returned": ("已退回", "Returned"),
        "merged": ("已合并", "Merged"),
        "replied": ("已回复", "Replied"),
        "called_back": ("已回访", "Called back"),
        "closed": ("已办结", "Closed"),
    },
    "kind": {
        "consultation": ("咨询", "Consultation"),
        "complaint": ("投诉", "Complaint"),
        "suggestion": ("建议", "Suggestion"),
        "help": ("求助", "Help"),
    },
    "satisfaction": {
        "satisfied": ("满意", "Satisfied"),
        "basically": ("基本满意", "Basically satisfied"),
        "not": ("不满意", "Not satisfied"),
    },
}
WIDTHS = {
    "what": 60,
    "place": 22,
    "unit_name": 20,
    "topic_name": 18,
    "accepted_at": 17,
    "id": 15,
    "due_at": 14,
    "callback_due": 14,
}
DEFAULT_WIDTH = 11


def headings(language: str) -> list[str]:
    """The first row."""
    return [both[_which(language)] for both in HEADINGS.values()]


def cells(row: Row, language: str) -> list[Cell]:
    """One ticket, as `services.exports.make` gives it."""
    return [_READ.get(name, _plain)(row, name, language) for name in HEADINGS]


def _plain(row: Row, name: str, language: str) -> Cell:
    value = row[name]
    if isinstance(value, bool):
        return (("是", "yes")[_which(language)]) if value else ""
    text = "" if value is None else str(value)
    return WORDS[name][text][_which(language)] if text in WORDS.get(name, {}) else text


def _moment(row: Row, name: str, _language: str) -> Cell:
    return _local(row[name]) or ""


def _due_day(row: Row, name: str, _language: str) -> Cell:
    """24:00 of a day is written as that day."""
    at = _local(row[name])
    return (at - timedelta(microseconds=1)).date() if at else ""


def _count(row: Row, name: str, _language: str) -> Cell:
    """A number to reckon with; what never happened is left empty."""
    value = row[name]
    assert isinstance(value, int)
    return value or ""


def _local(value: object) -> datetime | None:
    """The city's time; spreadsheets know no zones."""
    if not value:
        return None
    return datetime.fromisoformat(str(value)).astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def _which(language: str) -> int:
    return 1 if language == "en" else 0


_READ: Mapping[str, Callable[[Row, str, str], Cell]] = {
    "accepted_at": _moment,
    "due_at": _due_day,
    "returns": _count,
    "asked_extension": _count,
    "round": _count,
    "callback_due": _due_day,
}
