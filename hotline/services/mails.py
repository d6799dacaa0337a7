"""News for handling units by mail: written once from the tickets' log, sent once, and not lost."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hotline.domain.errors import Invalid, Unavailable
from hotline.services.ports import Storage
from hotline.services.ports_mails import Postman

NEWS_AT_ONCE, SEND_AT_ONCE = 500, 10
# Longer than a whole batch may take: nobody else sends it meanwhile. Who dies in between is followed by
# another after this time, whose mail has the same Message-ID.
TAKEN_FOR = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
OLD_NEWS = timedelta(days=3)


def write_news(storage: Storage, at: datetime, on: bool) -> int:
    """A mail for each unit that was given work, reminded or sent a notice since the last look; how many.

    While mails are off (`on`) nothing is written, and what happened meanwhile is no news later.
    """
    with storage.reading() as tx:
        last, _ = tx.mails.news(NEWS_AT_ONCE)
        known, _ = tx.mails.news(0)
    if last == known:
        return 0
    written = 0
    with storage.writing() as tx:
        last, news = tx.mails.news(NEWS_AT_ONCE)
        for each in news if on else ():
            unit = tx.units.get(each.unit)
            if unit and unit.is_open and unit.email:
                tx.mails.add(f"{each.log_id}.{unit.id}", each, unit.email, at)
                written += 1
        tx.mails.looked(last)
    return written


def send_due(storage: Storage, postman: Postman, now: Callable[[], datetime]) -> tuple[int, int]:
    """Carry what is due; returns how many were sent, and how many were not."""
    at = now()
    with storage.writing() as tx:
        batch = tx.mails.take(at, at + TAKEN_FOR, SEND_AT_ONCE)
    sent = failed = 0
    for mail in batch:
        refused, given_up = "", False
        try:
            postman.carry(mail)
        except Invalid as problem:
            refused, given_up = str(problem), True
        except Unavailable as problem:
            refused, given_up = str(problem), now() - mail.created_at > OLD_NEWS
        with storage.writing() as tx:
            if not refused:
                tx.mails.sent(mail.key, now())
            elif given_up:
                tx.mails.give_up(mail.key, refused, now())
            else:
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(mail.attempts, 10))
                tx.mails.failed(mail.key, refused, now() + pause)
        sent, failed = sent + (not refused), failed + bool(refused)
    return sent, failed
