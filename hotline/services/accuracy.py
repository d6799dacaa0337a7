"""How often the suggestions were what seats chose, by topic, week and version; and where they were not."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Invalid
from hotline.domain.ids import CallId
from hotline.services.ports import TopicList, Transaction
from hotline.services.ports_learning import Miss, MissesWanted, Tally, Version

PERIODS = (4, 12, 26, 52)  # weeks, the present one included
LISTS = {"misses": True, "not_understood": False}  # whether anything was suggested
PAGE = 50
_MOST_VERSION = 2**31 - 1
View = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsQuery:
    """One of the lists, as it was asked for; empty: every topic, week and version, and from the newest on."""

    weeks: int
    name: str
    topic: str = ""
    week: str = ""
    version: str = ""
    after: str = ""

    def wanted(self, now: datetime) -> MissesWanted:
        """Raises Invalid for what no list can be narrowed by."""
        since, until = _period(now, self.weeks)
        if self.name not in LISTS:
            raise Invalid(f"the list must be one of {', '.join(LISTS)}")
        return MissesWanted(
            since=since,
            until=until,
            understood=LISTS[self.name],
            topic=self.topic,
            week=_day(self.week),
            version=_number(self.version),
            after=_cursor(self.after),
        )


def view(tx: Transaction, topics: TopicList, now: datetime, weeks: int) -> View:
    """All figures that the page shows. Raises Invalid for another period."""
    since, until = _period(now, weeks)
    tallies = tx.learning.tallies(since, until)
    return {
        "now": now.timestamp(),
        "weeks": weeks,
        "since": since.isoformat(),
        "until": (until - timedelta(days=1)).isoformat(),
        "all": _tally(tallies["all"][0]) if tallies["all"] else None,
        "by_topic": [_tally(each) for each in sorted(tallies["topic"], key=_most_wrong)],
        "by_week": [_tally(each) for each in reversed(tallies["week"])],
        "by_version": _versions(tallies["version"], tx.learning.versions()),
        "topics": {each["id"]: each["name"] for each in topics.as_view()},
    }


def calls(tx: Transaction, query: CallsQuery, now: datetime) -> View:
    """Some calls of a list, newest first, and where it goes on. Raises Invalid.

    They are listed without number and words: looking at those leaves a trace.
    """
    found = tx.learning.misses(query.wanted(now), PAGE + 1)
    rows = found[:PAGE]
    last = f"{rows[-1].at.timestamp():.6f}_{rows[-1].call_id}" if len(found) > PAGE else None
    return {"calls": [_miss(each) for each in rows], "next": last}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("the week is not a day such as 2026-03-02") from None


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= _MOST_VERSION):
        raise Invalid("the version is not a number")
    return int(text)


def _cursor(text: str) -> tuple[datetime, CallId] | None:
    if not text:
        return None
    at, _, call_id = text.partition("_")
    try:
        return datetime.fromtimestamp(float(at), UTC), CallId(str(UUID(call_id)))
    except (ValueError, OverflowError, OSError):
        raise Invalid("the list does not go on there") from None


def _period(now: datetime, weeks: int) -> tuple[date, date]:
    """Whole weeks of the city, Monday to Sunday; the last is the present one. Raises Invalid."""
    if weeks not in PERIODS:
        raise Invalid(f"the period must be one of {', '.join(map(str, PERIODS))} weeks")
    today = now.astimezone(SHANGHAI).date()
    until = today - timedelta(days=today.weekday()) + timedelta(days=7)
    return until - timedelta(weeks=weeks), until


def _most_wrong(tally: Tally) -> tuple[int, int, str]:
    """Where there is most to mend comes first."""
    return tally.first - tally.count, -tally.count, tally.name


def _tally(tally: Tally) -> View:
    return asdict(tally)


def _versions(tallies: list[Tally], versions: list[Version]) -> list[View]:
    """What each version did with calls, beside its marks on what was held back when it was made."""
    of_calls = {tally.name: _tally(tally) for tally in tallies}
    found = [
        {
            "name": str(version.number),
            "made_at": version.at.timestamp(),
            "in_force": version.in_force,
            "lessons": version.lessons,
            "marks": asdict(version.marks),
            "by_examples": version.by_examples,
            "calls": of_calls.pop(str(version.number), None),
        }
        for version in reversed(versions)
    ]
    rest: View = {"made_at": None, "in_force": False, "lessons": None, "marks": None}
    return found + [{"name": name, "calls": calls, **rest} for name, calls in of_calls.items()]


def _miss(miss: Miss) -> View:
    return asdict(miss) | {"at": miss.at.timestamp()}
