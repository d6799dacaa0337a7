"""Versions of the categoriser: made of what seats chose, in force when not worse, rolled back by a word."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hotline.domain.call import Call
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.learning import (
    ENOUGH,
    LEAST_HELD_BACK,
    RULES_ONLY,
    Choice,
    Lesson,
    Marks,
    Shown,
    split,
    why_not_live,
)
from hotline.services.ports import Storage, Transaction
from hotline.services.ports_learning import School, Version

MOST_LESSONS = 20_000
NO_VERSION = "there is no version yet"


def note_choice(tx: Transaction, call: Call, topic: str, at: datetime, shown: Shown | None) -> None:
    """What the seat chose for what it was shown, in the transaction that saves the ticket.

    Without `shown`, for what the caller told before a seat answered. Nothing is kept where there were no
    words: such a choice says nothing about the hearing.
    """
    if shown is None and call.heard is not None:
        shown = Shown.of(call.heard)
    if shown is not None and shown.words:
        tx.learning.note(Choice(call_id=call.id, at=at, shown=shown, chosen=topic))


def why_train(storage: Storage, fingerprint: str) -> str | None:
    """Why a new version is due, in a few words; None when the newest knows all that it could.

    `fingerprint` is the topics file's.
    """
    with storage.reading() as tx:
        versions, count = tx.learning.versions(), tx.learning.count()
    if not versions:
        return NO_VERSION
    newest = versions[-1]
    if newest.topics != fingerprint:
        return "the topics file has changed"
    fresh = count - newest.lessons - newest.held_back
    return f"{fresh} new choices" if fresh >= ENOUGH else None


def train(storage: Storage, school: School, now: Callable[[], datetime]) -> Version:
    """Make a version of all that is known; it comes into force if it is not worse on what was held back.

    It is measured against what is in force then, also where a person went back to that. Where too few calls
    were held back, the first is measured on examples of the topics file that were held back.

    Raises Conflict when another training was faster, Invalid where there is nothing to learn.
    """
    with storage.reading() as tx:
        lessons, versions = tx.learning.lessons(MOST_LESSONS), tx.learning.versions()
    learned_from, held_back = split(lessons)
    number = max((version.number for version in versions), default=0) + 1
    topics = school.fingerprint()  # first: what is written into the file from now on may not be learned
    sha256 = school.teach(number, learned_from)
    if len(held_back) < LEAST_HELD_BACK and _nothing_to_undo(versions):
        marks, of_live = school.examine()
    else:
        marks, of_live = school.mark(number, sha256, held_back), _marks_of_live(school, versions, held_back)
    version = Version(
        number=number,
        at=now(),
        topics=topics,
        lessons=len(learned_from),
        held_back=len(held_back),
        marks=marks,
        marks_of_live=of_live,
        sha256=sha256,
        in_force_at=None,
        in_force=False,
    )
    with storage.writing() as tx:
        known = tx.learning.versions()
        if any(other.number >= number for other in known):
            raise Conflict(f"version {number} was made by another training meanwhile")
        tx.learning.add(version)
        # Whoever rolled back or chose another version meanwhile knows more than marks tell.
        if why_not_live(marks, of_live) or _number(_live(known)) != _number(_live(versions)):
            return version
        return _put_in_force(tx, school, version, version.at)


def _nothing_to_undo(versions: list[Version]) -> bool:
    """All before were worse than the topics file alone: a person who went back to it is not overruled."""
    return all(v.in_force_at is None and why_not_live(v.marks, v.marks_of_live) for v in versions)


def why_kept(version: Version) -> str:
    """Why a version is not in force and never stayed so, or nothing."""
    if version.in_force_at is not None:
        return ""
    return why_not_live(version.marks, version.marks_of_live) or "rolled back, or overtaken by another choice"


def use(storage: Storage, school: School, number: int, at: datetime) -> Version:
    """Put a version in force, however good it is. Raises NotFound, and Invalid for one that does not load."""
    with storage.writing() as tx:
        found = next((known for known in tx.learning.versions() if known.number == number), None)
        if found is None:
            raise NotFound(f"there is no version {number}")
        return _put_in_force(tx, school, found, at)


def use_rules_only(storage: Storage, school: School, at: datetime) -> None:
    """No version: the topics file alone."""
    with storage.writing() as tx:
        _put_rules_in_force(tx, school, at)


def roll_back(storage: Storage, school: School, at: datetime) -> int:
    """Back to the version in force before the present one; 0, the topics file alone, before the first.

    The present one is rejected: no later rollback comes back to it.
    """
    with storage.writing() as tx:
        versions = tx.learning.versions()
        live = _live(versions)
        if live is None:
            raise Conflict("no version is in force: there is nothing to roll back")
        tx.learning.reject(live.number)
        before = [
            (v.in_force_at, v.number, v) for v in versions if v is not live and v.in_force_at is not None
        ]
        if before:
            return _put_in_force(tx, school, max(before)[2], at).number
        _put_rules_in_force(tx, school, at)
        return RULES_ONLY


def _put_in_force(tx: Transaction, school: School, version: Version, at: datetime) -> Version:
    school.mark(version.number, version.sha256, ())  # it must load before anybody relies on it
    tx.learning.set_in_force(version.number, at)
    school.put_in_force(version.number, version.sha256)
    return replace(version, in_force=True, in_force_at=at)


def _put_rules_in_force(tx: Transaction, school: School, at: datetime) -> None:
    tx.learning.set_in_force(RULES_ONLY, at)
    school.put_in_force(RULES_ONLY, "")


def _live(versions: list[Version]) -> Version | None:
    return next((version for version in versions if version.in_force), None)


def _number(version: Version | None) -> int:
    return version.number if version else RULES_ONLY


def _marks_of_live(school: School, versions: list[Version], held_back: list[Lesson]) -> Marks:
    """A version in force that does not load any more is no reason to stay with it: the rules then count."""
    live = _live(versions)
    try:
        if live:
            return school.mark(live.number, live.sha256, held_back)
    except Invalid:
        pass
    return school.mark(RULES_ONLY, "", held_back)
