"""Tickets with calls, logs and search terms as rows: for fast inserts, with true hash chains."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.city.texts import Said, Sayings
from hotline.domain.calendar import SHANGHAI
from hotline.domain.ids import TicketKey
from hotline.domain.search_terms import number_hash, ordinal_of, terms_of
from hotline.domain.ticket_log import FIRST, Entry, linked

NEWEST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 17:00 in the city, a Friday
EVERY = timedelta(seconds=535)  # 59,000 in a year
FIRST_KEY = 2_000_000  # of the newest; what is saved later comes after it
NUMBER_KEY = "the bench's key for numbers"
LIMIT = {"consultation": 3, "complaint": 5, "suggestion": 5, "help": 5}
COURSE = (
    ("hand_over", "accepted", "handed_over", 0.02),
    ("sign", "handed_over", "signed", 0.10),
    ("take_in_hand", "signed", "in_hand", 0.12),
    ("reply", "in_hand", "replied", 0.60),
    ("call_back", "replied", "called_back", 0.85),
    ("close", "called_back", "closed", 0.86),
)
Row = dict[str, object]


@dataclass(slots=True)
class Batch:
    """Rows by table."""

    calls: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    ticket_log: list[Row] = field(default_factory=list)
    ticket_search: list[Row] = field(default_factory=list)


class Maker:
    """Makes tickets counted from the newest back; the log goes on from `seq` and `chain`."""

    def __init__(self, units: Mapping[str, str], seed: int = 1) -> None:
        self._units = units
        self._sayings = Sayings(seed)
        self._random = random.Random(seed)
        self.seq, self.chain = 0, FIRST

    def batches(self, first: int, last: int, size: int = 2_000) -> Iterator[Batch]:
        for start in range(first, last, size):
            batch = Batch()
            for back in range(start, min(start + size, last)):
                self._one(batch, back)
            yield batch

    def _one(self, batch: Batch, back: int) -> None:
        key, said, pick = FIRST_KEY - back, self._sayings.one(), self._random
        at = NEWEST - back * EVERY - timedelta(microseconds=pick.randrange(200_000_000))
        unit, days = self._units[said.unit], LIMIT[said.kind]
        due = _midnight(at + timedelta(days=days * 7 / 5 + 0.5))
        answered = pick.random() < 0.4
        steps = [] if answered else self._steps(at, due)
        state = "closed" if answered else (steps[-1][2] if steps else "accepted")
        number = f"1{3 + key % 7}{pick.randrange(10**7):07d}{pick.randrange(40):02d}"
        call_id = f"{key:08x}-0000-4000-8000-{key:012d}"
        ticket_id = f"T-{at.astimezone(SHANGHAI).year}-{key:07d}"
        batch.calls.append(_call(call_id, number, at, pick.randrange(1, 51)))
        log = self._log(batch, key, at, said, unit, state, answered, steps)
        ticket = _ticket(key, ticket_id, call_id, said, unit, state, at, due, days, answered, steps)
        batch.tickets.append(ticket | {"version": log})
        terms = terms_of(
            (said.what, said.name, str(ticket["reply_text"])),
            said.place,
            state,
            said.kind,
            said.topic,
            unit,
            (),
        )
        hashed = number_hash(NUMBER_KEY, number)
        text = " ".join(sorted(terms))
        digest = hashlib.sha256(f"{hashed} {text}".encode()).hexdigest()[:16]
        ordinal = ordinal_of(at, key)
        batch.ticket_search.append(
            {"ordinal": ordinal, "key": key, "number_hash": hashed, "digest": digest, "terms": text}
        )

    def _steps(self, at: datetime, due: datetime) -> list[tuple[str, str, str, datetime, str]]:
        """What was done until now; old tickets are closed, a few came back."""
        steps, span = [], due - at
        for action, origin, target, share in COURSE:
            when = at + span * (share + self._random.uniform(-0.01, 0.01))
            if when > NEWEST:
                break
            who = {"call_back": "seat08", "close": "seat08", "hand_over": "seat07"}.get(action, "unit-user")
            steps.append((action, origin, target, when, who))
        return steps

    def _log(
        self, batch: Batch, key: int, at: datetime, said: Said, unit: str, state: str, answered: bool,
        steps: list[tuple[str, str, str, datetime, str]],
    ) -> int:  # fmt: skip
        fields = {
            "kind": said.kind,
            "topic": said.topic,
            "place": said.place,
            "what": said.what,
            "unit": unit,
        }
        fields |= {"citizen_name": said.name, "confidential": "False", "answered": str(answered)}
        entries = [("accept", "draft", "closed" if answered else "accepted", at, "seat07"), *steps]
        before = FIRST
        for number, (action, origin, target, when, who) in enumerate(entries, 1):
            detail = fields if action == "accept" else _detail(action, unit)
            values = (key, number, when, who, action, origin, target)
            hashed = entry_hash(values, detail, before)
            self.seq += 1
            self.chain = linked(self.chain, hashed)
            names = ("ticket", "number", "at", "who", "action", "origin", "target")
            row = dict(zip(names, values, strict=True))
            more = {"id": self.seq, "detail": _written(detail), "hash": hashed}
            batch.ticket_log.append(row | more | {"chain": self.chain})
            before = hashed
        return len(entries)


# One encoder: `json.dumps` makes a new one for each call with a form of its own.
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def entry_hash(
    values: tuple[int, int, datetime, str, str, str, str], detail: Mapping[str, str], before: str
) -> str:
    """`Entry.reckoned_hash`, without an Entry for each of five million."""
    ticket, number, at, who, action, origin, target = values
    said = _written(list(detail.items())) if detail else "[]"
    text = (
        f'{{"action":"{action}","at":"{at.isoformat()}","before":"{before}","detail":{said},"number":{number},'
        f'"origin":"{origin}","target":"{target}","ticket":{ticket},"who":"{who}"}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def check_hash() -> None:
    """The short way and the program's own agree; a bench on a false chain would measure nothing."""
    values = (7, 1, NEWEST, "seat07", "accept", "draft", "accepted")
    detail = {"what": '停水"三天\n'}
    ticket, number, at, who, action, origin, target = values
    entry = Entry(
        ticket=TicketKey(ticket), number=number, at=at, who=who, action=action, origin=origin, target=target,
        detail=tuple(detail.items()), before=FIRST,
    )  # fmt: skip
    assert entry_hash(values, detail, FIRST) == entry.reckoned_hash()


def _detail(action: str, unit: str) -> dict[str, str]:
    if action == "reply":
        return {"text": REPLY, "unanswered": ""}
    if action == "call_back":
        return {"satisfaction": "satisfied", "responded": "True", "solved": "True", "words": ""}
    return {"unit": unit} if action == "hand_over" else {}


REPLY = "经现场核实，问题属实，已安排人员处理完毕，并向市民说明了情况。"


def _call(call_id: str, number: str, at: datetime, seat: int) -> Row:
    answered = at - timedelta(minutes=4)
    return {
        "id": call_id, "from_number": number, "line": "12341", "hint": "general", "queue": "general",
        "state": "ended", "arrived_at": answered - timedelta(seconds=14), "queued_at": answered,
        "answered_at": answered, "ended_at": at, "held_s": 0.0, "seat": f"seat{seat:02d}",
        "end_reason": "completed",
    }  # fmt: skip


def _ticket(
    key: int, ticket_id: str, call_id: str, said: Said, unit: str, state: str, at: datetime, due: datetime,
    days: int, answered: bool, steps: list[tuple[str, str, str, datetime, str]],
) -> Row:  # fmt: skip
    done = {action: when for action, _, _, when, _ in steps}
    handed, replied, called = done.get("hand_over"), done.get("reply"), done.get("call_back")
    return {
        "key": key, "id": ticket_id, "call_id": call_id, "seat": "seat07", "state": state, "kind": said.kind,
        "topic": said.topic, "place": said.place, "what": said.what, "unit": unit, "citizen_name": said.name,
        "confidential": key % 20 == 0, "answered": answered, "created_at": at, "saved_at": at,
        "accepted_at": at,
        "working_days": days, "due_at": due, "due_provisional": False, "handed_over_at": handed,
        "sign_due": _midnight(handed + timedelta(days=1)) if handed else None,
        "return_due": _midnight(handed + timedelta(days=2)) if handed else None,
        "handlers": '["unit-user"]' if "sign" in done else "[]", "returns": 0, "forced": False, "requests": 0,
        "asked_extension": 0, "extended": 0, "reply_text": REPLY if replied else "", "replied_at": replied,
        "callback_due": min(due, _midnight(replied + timedelta(days=1))) if replied else None,
        "told_at": called,
        "responded": True if called else None, "solved": True if called else None,
        "satisfaction": "satisfied" if called else None, "words": "", "interview": "", "round": 1,
    }  # fmt: skip


def _midnight(at: datetime) -> datetime:
    """24:00 of that day in the city."""
    day = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1)).astimezone(UTC)
