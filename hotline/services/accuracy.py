"""How often the suggestions were what seats chose, by topic, week and version; and where they were not."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Invalid
from hotline.services.ports import TopicList, Transaction
from hotline.services.ports_learning import Miss, Tally, Version

PERIODS = (4, 12, 26, 52)  # weeks, the present one included
MOST_CALLS = 100
View = dict[str, Any]


def view(tx: Transaction, topics: TopicList, now: datetime, weeks: int, topic: str = "") -> View:
    """All that the page shows. Calls are listed without number and words: looking at those leaves a trace.

    `topic` narrows the lists to calls of which that topic was chosen. Raises Invalid for another period.
    """
    if weeks not in PERIODS:
        raise Invalid(f"the period must be one of {', '.join(map(str, PERIODS))} weeks")
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
        "misses": [_miss(each) for each in tx.learning.misses(since, until, True, topic, MOST_CALLS)],
        "not_understood": [
            _miss(each) for each in tx.learning.misses(since, until, False, topic, MOST_CALLS)
        ],
        "topics": {each["id"]: each["name"] for each in topics.as_view()},
    }


def _period(now: datetime, weeks: int) -> tuple[date, date]:
    """Whole weeks of the city, Monday to Sunday; the last is the present one."""
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
            "calls": of_calls.pop(str(version.number), None),
        }
        for version in reversed(versions)
    ]
    rest: View = {"made_at": None, "in_force": False, "lessons": None, "marks": None}
    return found + [{"name": name, "calls": calls, **rest} for name, calls in of_calls.items()]


def _miss(miss: Miss) -> View:
    return asdict(miss) | {"at": miss.at.timestamp()}
