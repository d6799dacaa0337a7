"""Each hand-over has its own reminder to sign, notice and limit: rounds know how many came before"""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0021"
down_revision = "0020"
PROMISES = 100
PAPERS = {"supervision": "notice", "criticism": "criticism"}

tickets = sa.table("tickets", sa.column("key"), sa.column("id"), sa.column("leader"))
log = sa.table("ticket_log", sa.column("ticket"), sa.column("action"), sa.column("at", Utc()))
acts = sa.table(
    "supervision_acts", sa.column("ticket"), sa.column("act"), sa.column("round"), sa.column("at", Utc())
)
notices = sa.table("notices", sa.column("key"), sa.column("ticket"), sa.column("kind"), sa.column("round"))


def upgrade() -> None:
    rule = "constraint ck_tickets_passed_on check (passed_on >= 0)"
    op.execute(f"alter table tickets add column passed_on integer not null default 0 {rule}")
    op.execute(
        "update tickets set passed_on ="
        " (select count(*) from ticket_log where ticket = tickets.key and action = 'pass_on')"
        " where key in (select ticket from ticket_log where action = 'pass_on')"
    )
    _count_again(op.get_bind())


def _count_again(db: sa.Connection) -> None:
    before = _hand_overs(db)
    columns = (acts.c.ticket, acts.c.act, acts.c.round, acts.c.at)
    wanted = acts.c.act.in_(("sign_overdue", *PAPERS.values()))
    # The highest first: no row meets one that is still to be moved.
    for ticket, act, round_, at in db.execute(
        sa.select(*columns).where(wanted).order_by(acts.c.round.desc())
    ).all():
        count = before(ticket, at)
        new = count if act == "sign_overdue" else count * PROMISES + round_
        if new == round_:
            continue
        mine = (acts.c.ticket == ticket) & (acts.c.act == act) & (acts.c.round == round_)
        db.execute(sa.update(acts).where(mine).values(round=new))
        kinds = [kind for kind, its_act in PAPERS.items() if its_act == act]
        papers = (notices.c.ticket == ticket) & (notices.c.round == round_) & notices.c.kind.in_(kinds)
        db.execute(sa.update(notices).where(papers).values(round=new))


def _hand_overs(db: sa.Connection) -> Any:
    """How many hand-overs and mergers a ticket had seen at a time, those of its job among them."""
    changes: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    columns = (log.c.ticket, log.c.action, log.c.at)
    for ticket, action, at in db.execute(
        sa.select(*columns).where(log.c.action.in_(("return", "pass_on", "merge")))
    ):
        changes[ticket].append((action, at))
    leader = tickets.alias("leader")
    joined = sa.select(tickets.c.key, leader.c.key).join(leader, leader.c.id == tickets.c.leader)
    leaders = {key: of for key, of in db.execute(joined)}

    def before(ticket: int, at: datetime) -> int:
        seen = [action for action, when in changes.get(ticket, ()) if when < at]
        merged = "merge" in seen and ticket in leaders
        return len(seen) + (before(leaders[ticket], at) if merged else 0)

    return before


def downgrade() -> None:
    op.drop_column("tickets", "passed_on")
