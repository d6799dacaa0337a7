"""Mails to units on both databases and a real mail server: once each, none lost, nothing of a citizen in them."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hotline.domain.actors import HOTLINE
from hotline.domain.errors import Conflict, Invalid, Unavailable
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket_moves import Action
from hotline.post import smtp
from hotline.post.smtp import SmtpPostman, letter
from hotline.services import mails
from hotline.services.ports_mails import Mail
from hotline.storage.sql import SqlStorage
from hotline.unit_chores import Mailing
from tests.support.mail_server import SENDER, Inbox, running_mail_server
from tests.support.matters import HEAT, NUMBER, T0, WATER, City, at
from tests.support.servers import free_port, wait_until
from tests.support.watch import local, run_clock


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with running_mail_server() as running:
        yield running


@pytest.fixture
def city(storage: SqlStorage) -> City:
    made = City(storage)
    with storage.writing() as tx:
        for unit_id in (WATER, HEAT):
            unit = tx.units.get(unit_id)
            assert unit
            tx.units.save(replace(unit, email=f"{unit_id}@units.example"))
    mails.write_news(storage, T0, on=True)
    return made


def post(city: City, inbox: Inbox, when: datetime = T0) -> tuple[int, int]:
    mails.write_news(city.storage, when, on=True)
    return mails.send_due(city.storage, SmtpPostman(inbox.address), lambda: when)


def waiting(city: City) -> int:
    with city.storage.reading() as tx:
        return tx.mails.waiting()


def test_a_unit_is_told_of_new_work_once_and_of_nobody(city: City, inbox: Inbox) -> None:
    ticket = city.a_ticket(citizen_name="张某某")
    assert [post(city, inbox) for _ in range(3)] == [(1, 0), (0, 0), (0, 0)]
    [mail] = inbox.got
    assert (mail["To"], mail["Subject"]) == ("u001@units.example", f"【12341】新工单 {ticket}")
    body = mail.get_content()
    assert f"https://hotline.city.example/work/{ticket}" in body
    whole = mail.as_string() + body
    assert not any(said in whole for said in ("张某某", NUMBER, NUMBER[-4:], "停水", "人民路"))
    assert mail["From"].addresses[0].addr_spec == SENDER and mail["Auto-Submitted"] == "auto-generated"


def test_an_allowed_number_is_in_no_mail(city: City, inbox: Inbox) -> None:
    city.a_ticket(share_number=True)
    post(city, inbox)
    [mail] = inbox.got
    assert NUMBER not in mail.as_string() + mail.get_content()


def test_each_kind_of_new_work_is_news_and_nothing_else(city: City, inbox: Inbox) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, T0, unit=HEAT, days=1)
    city.do(city.users[WATER], ticket, Action.REPLY, T0, text="已修好")
    city.a_ticket(unit="u003")
    city.a_ticket(unit="不在名单的单位")
    assert post(city, inbox) == (2, 0)
    assert [(m["To"], m["Subject"].split()[0]) for m in inbox.got] == [
        ("u001@units.example", "【12341】新工单"),
        ("u002@units.example", "【12341】协办事项"),
    ]


def test_the_clocks_reminders_and_notices_are_told_once_each_with_their_numbers(
    city: City, inbox: Inbox
) -> None:
    ticket, own = city.a_ticket(), city.in_hand(citizen_name="张某某")
    merged = city.a_ticket(unit=HEAT)
    city.do(city.seat, merged, Action.MERGE, T0, leader=own)
    post(city, inbox)
    inbox.got.clear()
    for _ in range(2):
        run_clock(city, local("2026-03-10T09:00"))
        run_clock(city, local("2026-03-18T09:00"))
        post(city, inbox, at(days=20))
        post(city, inbox, at(days=20))
    subjects = [mail["Subject"].removeprefix("【12341】") for mail in inbox.got]
    assert {mail["To"] for mail in inbox.got} == {"u001@units.example"}
    assert sorted(each for each in subjects if "督" in each or "通报" in each) == [
        f"督办通知书 热线督〔2026〕{n}号 {each}" for n, each in enumerate((ticket, own, merged), 1)
    ] + [f"通报批评 热线通〔2026〕{n}号 {each}" for n, each in enumerate((ticket, own, merged), 1)]
    assert sorted(each for each in subjects if each.endswith(ticket) and each.startswith("催办")) == [
        f"催办（{which}） {ticket}" for which in ("办理时限已过八成", "办理时限已过半", "超时未签收")
    ]
    assert len(inbox.got) == len({mail["Message-ID"] for mail in inbox.got}) == 6 + 3 + 2
    [paper] = [
        mail.get_content() for mail in inbox.got if "督" in mail["Subject"] and merged in mail["Subject"]
    ]
    assert f"/work/{own}\r\n" in paper and "/deadlines/notices/" in paper
    assert not any(said in mail.get_content() for mail in inbox.got for said in ("张某某", "停水", NUMBER))


def test_a_supervisors_reminder_is_told_and_what_waits_for_him_or_is_no_paper_is_not(
    city: City, inbox: Inbox
) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, Action.ASK_EXTENSION, T0, days=2, reason="等材料")
    run_clock(city, T0)
    post(city, inbox)
    assert len(inbox.got) == 1
    for key in ("1", "9" * 30, "x", ""):
        city.do(HOTLINE, ticket, Action.NOTICE, T0, {"notice": key, "unit": HEAT, "number": "督"})
    city.do(city.boss, ticket, Action.REMIND, T0, text="群众再次来电")
    assert post(city, inbox) == (1, 0)
    assert (inbox.got[1]["To"], inbox.got[1]["Subject"]) == ("u001@units.example", f"【12341】催办 {ticket}")
    assert "来电" not in inbox.got[1].get_content()
    run_clock(city, local("2026-03-10T09:00"))
    city.do(city.boss, ticket, Action.GRANT_EXTENSION, local("2026-03-10T10:00"))
    post(city, inbox, at(9))
    paper = f"热线督〔2026〕1号 {ticket}"
    assert [mail["Subject"] for mail in inbox.got[-2:]] == [
        f"【12341】督办通知书 {paper}", f"【12341】撤回通知 {paper}"
    ]  # fmt: skip


def test_while_mails_are_off_nothing_is_kept_for_later(city: City, inbox: Inbox) -> None:
    city.a_ticket()
    assert mails.write_news(city.storage, T0, on=False) == 0
    assert post(city, inbox) == (0, 0)
    city.a_ticket()
    assert post(city, inbox) == (1, 0)


def test_a_server_that_is_away_loses_nothing(city: City) -> None:
    port = free_port()
    gone = Inbox(port)
    city.a_ticket()
    assert post(city, gone) == (0, 1)
    assert post(city, gone, T0 + timedelta(seconds=30)) == (0, 0)
    with running_mail_server(port) as inbox:
        assert post(city, inbox, at(hours=1)) == (1, 0)
        assert len(inbox.got) == 1
    assert waiting(city) == 0


def test_what_the_server_refuses_for_now_comes_again_and_for_ever_does_not(city: City, inbox: Inbox) -> None:
    city.a_ticket()
    inbox.answers += ["451 busy", "550 no such mailbox"]
    assert post(city, inbox) == (0, 1)
    assert waiting(city) == 1
    assert post(city, inbox, at(hours=1)) == (0, 1)
    assert (waiting(city), inbox.got) == (0, [])
    assert post(city, inbox, at(2)) == (0, 0)
    again(city, "new@units.example", at(9))
    with pytest.raises(Conflict, match="tried again"):
        again(city, "new@units.example", at(9))
    assert post(city, Inbox(free_port()), at(9)) == (0, 1)  # it has another three days
    assert post(city, inbox, at(10)) == (1, 0)
    assert inbox.got[0]["To"] == "new@units.example"
    with pytest.raises(Conflict, match="was sent"):
        again(city, "new@units.example", at(10))


def again(city: City, address: str, when: datetime) -> None:
    """Somebody mends the address and has the first mail tried again."""
    with city.storage.writing() as tx:
        unit = tx.units.get(WATER)
        assert unit
        tx.units.save(replace(unit, email=address))
        mails.try_again(tx, city.boss, 1, when)


def test_old_news_is_given_up(city: City) -> None:
    city.a_ticket()
    gone = Inbox(free_port())
    for days in (0, 1, 2, 4):
        post(city, gone, at(days))
    assert waiting(city) == 0


def test_two_senders_at_once_send_each_mail_once(city: City, inbox: Inbox) -> None:
    for _ in range(6):
        city.a_ticket()
    mails.write_news(city.storage, T0, on=True)
    together = threading.Barrier(3)

    def send() -> None:
        together.wait()
        mails.send_due(city.storage, SmtpPostman(inbox.address), lambda: T0)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inbox.got) == len({m["Message-ID"] for m in inbox.got}) == 6


def test_who_dies_after_sending_is_followed_by_the_same_message(city: City, inbox: Inbox) -> None:
    class Dies(SmtpPostman):
        def carry(self, mail: Mail) -> None:
            super().carry(mail)
            raise KeyboardInterrupt

    city.a_ticket()
    mails.write_news(city.storage, T0, on=True)
    with pytest.raises(KeyboardInterrupt):
        mails.send_due(city.storage, Dies(inbox.address), lambda: T0)
    assert post(city, inbox, T0 + mails.TAKEN_FOR / 2) == (0, 0)
    assert post(city, inbox, T0 + mails.TAKEN_FOR * 2) == (1, 0)
    assert len({m["Message-ID"] for m in inbox.got}) == 1


def test_the_clock_is_not_kept_waiting_by_the_mail_server(city: City, inbox: Inbox) -> None:
    ticket = city.a_ticket()
    mailing = Mailing(city.storage, SmtpPostman(inbox.address), lambda: T0)
    mailing.mail(T0)
    mailing.mail(T0)
    wait_until(lambda: inbox.got, "the mail came")
    mailing.close()
    assert ticket in inbox.got[0]["Subject"]
    Mailing(city.storage, None, lambda: T0).mail(T0)


def a_mail() -> Mail:
    return Mail(
        key=1, occasion="7.u001", unit=UnitId("u001"), recipient="a@b.example", created_at=T0, attempts=0,
        ticket_id=TicketId("T-2026-000001"), matter=TicketId("T-2026-000001"), action="hand_over",
    )  # fmt: skip


def test_a_server_without_encryption_is_not_given_anything(inbox: Inbox) -> None:
    with pytest.raises(Unavailable):
        SmtpPostman(replace(inbox.address, security="starttls")).carry(a_mail())
    with pytest.raises(Unavailable):
        SmtpPostman(replace(inbox.address, security="tls")).carry(a_mail())
    assert inbox.got == []


def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(smtp, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = replace(Inbox(silent.getsockname()[1]).address)
        with pytest.raises(Unavailable, match="does not answer"):
            SmtpPostman(server).carry(a_mail())


def test_a_wrong_password_is_for_now_and_a_wrong_head_cannot_be(inbox: Inbox) -> None:
    with pytest.raises(Unavailable):
        SmtpPostman(replace(inbox.address, user="u", password="p")).carry(a_mail())
    with pytest.raises((ValueError, Invalid)):
        letter(replace(a_mail(), recipient="a@b.example\r\nBcc: c@d.example"), inbox.address)
