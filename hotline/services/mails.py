"""News for handling units by mail: written once from the tickets' log, sent once, and not lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hotline.domain.actors import Actor, Role
from hotline.domain.errors import Conflict, Invalid, NotFound, Unavailable
from hotline.services.ports import Storage, Transaction
from hotline.services.ports_mails import Mail, Postman

NEWS_AT_ONCE, SEND_AT_ONCE = 500, 10
# Longer than a whole batch may take: nobody else sends it meanwhile. Who dies in between is followed by
# another after this time, whose mail has the same Message-ID.
TAKEN_FOR = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
OLD_NEWS = timedelta(days=3)
MOST_SHOWN = 100


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
            refused, given_up = str(problem), now() - (mail.again_at or mail.created_at) > OLD_NEWS
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


def given_up(tx: Transaction) -> dict[str, Any]:
    """What no unit was told: how many mails, and the newest of them."""
    names = {unit.id: unit.name for unit in tx.units.all()}
    found = [
        {
            "key": mail.key,
            "unit_name": names.get(mail.unit, mail.unit),
            "recipient": mail.recipient,
            "action": mail.action,
            "number": mail.number,
            "ticket": mail.ticket_id,
            "since": mail.created_at.timestamp(),
            "given_up_at": mail.given_up_at.timestamp() if mail.given_up_at else None,
            "problem": mail.problem,
        }
        for mail in tx.mails.given_up(MOST_SHOWN)
    ]
    return {"count": tx.mails.count_given_up(), "mails": found}


def try_again(tx: Transaction, actor: Actor, key: int, at: datetime) -> Mail:
    """To the address that the unit has now, for three days more. Raises NotFound, Conflict."""
    if actor.role not in (Role.SUPERVISOR, Role.ADMIN):
        raise NotFound("this is not for your role")
    mail = tx.mails.get(key)
    if mail is None:
        raise NotFound("there is no such mail")
    if mail.given_up_at is None:
        raise Conflict("this mail was sent, or is being tried again", "mail_going")
    unit = tx.units.get(mail.unit)
    if unit is None or not unit.is_open or not unit.email:
        raise Conflict("the unit has no address: an administrator enters one", "mail_nowhere")
    tx.mails.again(key, unit.email, at)
    return mail
