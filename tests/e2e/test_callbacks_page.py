"""A seat calls back, in Chromium on the whole hotline: who gave up waiting, and whom a unit has replied to."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from hotline.domain.actors import Actor, Role
from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId, TicketId, UnitId
from hotline.domain.ticket import TicketFields
from hotline.domain.ticket_moves import Action
from hotline.services import courses, tickets
from hotline.topics_file import load_topics
from tests.support.browser import SeatPage
from tests.support.citizen_phone import citizen_phone
from tests.support.servers import wait_until
from tests.support.stack import Stack, outcome

NUMBER, OTHER = "13900000077", "13900000088"
TOLD = CallId("5f0e7c1e-0000-4000-8000-00000000ca11")


class Topics:
    def __init__(self, stack: Stack) -> None:
        self._ids = frozenset(topic.id for topic in load_topics(stack.settings.topics_file).topics)

    def ids(self) -> frozenset[str]:
        return self._ids


def a_replied_ticket(stack: Stack) -> TicketId:
    """Taken by another seat yesterday, and the unit has replied."""
    storage, now = stack.storage, datetime.now(UTC)
    with storage.writing() as tx:
        unit = tx.units.named("市水务集团")
        account = tx.accounts.by_seat(SeatId("seat02"))
        assert unit and account
        tx.calls.save(Call(id=TOLD, arrived_at=now, seat=SeatId("seat02"), from_number=OTHER))
        fields = TicketFields(
            kind="complaint", topic="water_outage", place="人民路", what="人民路停水三天", unit=unit.id
        )
        ticket = tickets.accept(tx, account, TOLD, 0, fields, Topics(stack), now)  # type: ignore[arg-type]
        assert ticket.id
        actor = Actor(account=None, name="water", role=Role.UNIT, unit=UnitId(unit.id))
        version = courses.course_view(tx, actor, tx.courses.get(ticket.id))["version"]  # type: ignore[arg-type]
        for action, args in (
            (Action.SIGN, {}),
            (Action.TAKE_IN_HAND, {}),
            (Action.REPLY, {"text": "主管道已修复，恢复供水。"}),
        ):
            version = courses.perform_in(tx, actor, ticket.id, version, action, args, now)["version"]
    storage.close()
    return ticket.id


def test_a_seat_calls_back_who_was_missed_and_who_was_replied_to(stack: Stack, seat: SeatPage) -> None:
    seat.go("paused", "rest")
    call = stack.calling("--from", NUMBER, "--hang-up", "queue+1", "--expect", "missed", "--say", "停水")
    assert outcome(call)[1]["outcome"] in ("missed", "abandoned")
    ticket = a_replied_ticket(stack)
    page = seat.page
    page.reload()
    seat.shows("paused")
    expect(page.locator("#callbacks .callback-row")).to_have_count(2, timeout=40_000)
    assert NUMBER not in page.content() and OTHER not in page.content()
    with citizen_phone(stack.settings.trunk_out, NUMBER) as phone:
        page.get_by_text("未接来电", exact=True).click()
        page.locator("#callback-dial").click()
        expect(page.locator("#callback-line")).to_have_text("通话中，正在录音", timeout=40_000)
        assert "12341" in phone.shown[-1]
        phone.hang_up()
        expect(page.locator("#callback-line")).to_have_text("通话已结束", timeout=20_000)
        page.locator("#callback-save").click()
        seat.shows("ready")

        page.locator("#callbacks").get_by_text(ticket).click()
        expect(page.locator("#callback-facts")).to_contain_text("主管道已修复")
        page.locator("#callback-dial").click()
        expect(page.locator("#callback-line")).to_have_text("通话中，正在录音", timeout=40_000)
        for name, value in (("responded", "yes"), ("solved", "no"), ("satisfaction", "not")):
            page.locator(f"input[name={name}][value={value}]").check()
        page.locator("#callback-words").fill("又停了")
        page.locator("#callback-hang-up").click()
        expect(page.locator("#callback-line")).to_have_text("通话已结束", timeout=20_000)
        page.locator("#callback-save").click()
        expect(page.locator("#toast")).to_contain_text("已转为重办工单")
        seat.shows("ready")
    with stack.storage.reading() as tx:
        course = tx.courses.get(ticket)
        assert course and course.state == "closed" and course.again_as
        dials = tx.callbacks.of_ticket(course.key)
        assert [(dial.seat, dial.result) for dial in dials] == [("seat01", "answered")]
        sound = stack.settings.recordings_dir / f"{dials[0].id}.wav"
    wait_until(lambda: sound.exists() and sound.stat().st_size > 4_000, "both voices are recorded")
    expect(page.locator("#callbacks .callback-row")).to_have_count(0, timeout=40_000)
