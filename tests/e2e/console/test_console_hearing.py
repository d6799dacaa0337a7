"""What was heard is offered to the seat and taken by a key; the supervisor sees how often it was right."""

import time
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from playwright.sync_api import Browser, Locator, Page, expect

from hotline.domain.call import Call, CallState
from hotline.domain.heard import Heard, KindHeard, PlaceHeard, Suggestion
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId
from hotline.domain.learning import Lesson, Shown
from hotline.live.heard import HEARD
from hotline.services import recordings
from hotline.services.accuracy import PAGE
from hotline.services.learning import note_choice
from hotline.services.ports import Recording
from hotline.services.ports_transcripts import Source, TranscriptLine, Voice
from tests.support.browser import SeatPage
from tests.support.console_stage import WORDS, Stage
from tests.support.small_topics import call_id

PLACE = PlaceHeard(name="人民路", within="密州街道", heard="人名路", likeness=0.96)


@pytest.fixture
def supervisor(stage: Stage, browser: Browser) -> Iterator[Page]:
    page = SeatPage(browser, stage.address, "sup01")
    page.page.goto(f"{stage.address}/login")
    page.page.locator("button[name=login][value=sup01]").click()
    expect(page.page.locator("#tiles li")).to_have_count(50)
    yield page.page
    page.context.close()
    assert page.problems == []


def record(stage: Stage, call: str) -> None:
    """A second of silence, as the switch would have linked it."""
    stage.settings.recordings_dir.mkdir(exist_ok=True)
    with wave.open(str(stage.settings.recordings_dir / f"{call}.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))
    linked = Recording(
        call_id=call, path=f"{call}.wav", size=16_044, duration_ms=1_000, sha256="0" * 64,
        linked_at=datetime.now(UTC),
    )  # fmt: skip
    with stage.storage.writing() as tx:
        assert recordings.link(tx, linked)


def write_down(stage: Stage, call: str, *said: tuple[Voice, int, str]) -> None:
    """The recording's words, as the speech process would have found them."""
    with stage.storage.writing() as tx:
        tx.transcripts.begin(CallId(call), datetime.now(UTC))
        tx.transcripts.add([
            TranscriptLine(
                call_id=CallId(call), source=Source.RECORDING, voice=voice, began_ms=began_ms, words=words,
                model="m", at=datetime.now(UTC),
            ) for voice, began_ms, words in said
        ])  # fmt: skip
        tx.transcripts.finish(CallId(call), datetime.now(UTC))


def words_on_the_ticket(page: Page, row: Locator) -> None:
    """The ticket's page shows what was said when somebody asks for it, and plays the recording from there."""
    row.get_by_role("link").click()
    page.locator("#show-said").click()
    expect(page.locator("#said .words")).to_have_text([WORDS, "您好这里是市民热线", "<b>停水</b>了"])
    expect(page.locator(".said-lines .voice")).to_have_text(["坐席", "市民"])
    page.locator(".said-lines button").nth(1).click()
    expect(page.locator("#sound audio")).to_have_js_property("duration", 1)


def talk(stage: Stage, call: str, words: str, topic: str, name: str) -> None:
    """The caller is heard on while he talks with the seat."""
    suggestion = Suggestion(category="planning", topic=topic, name=name, score=0.7)
    heard = Heard(
        call_id=CallId(call), words=words, final=False, reason=None, at=time.time(), heard_ms=9_000,
        suggestions=(suggestion,), categoriser=3, mode=Mode.ON,
    )  # fmt: skip
    redis.Redis.from_url(stage.redis.url).publish(HEARD, heard.to_json())


def test_what_counts_is_what_was_shown_when_the_topic_was_chosen(stage: Stage, seat: SeatPage) -> None:
    """Nothing was understood before the seat answered; what he says then is suggested from, taken and learned."""
    call, page = stage.arrive(), seat.page
    stage.hear(call, "", ())
    stage.queue(call)
    stage.ring(call, "seat01")
    seat.rings()
    seat.answer()
    stage.answer(call, "seat01")
    suggestion = page.locator("#suggestions .suggestion")

    def say(words: str, topic: str, name: str) -> None:
        talk(stage, call, words, topic, name)
        expect(page.locator("#words .talk")).to_have_text(words)

    expect(page.locator("body")).to_have_attribute("data-phase", "talking")
    page.wait_for_timeout(500)  # a seat's call is asked for again after 0.3 s
    say("路灯坏了", "street_lamp", "路灯")
    expect(suggestion).to_have_count(1)
    expect(suggestion).to_contain_text("路灯")
    page.keyboard.press("Alt+1")
    expect(suggestion).to_have_attribute("aria-pressed", "true")
    say("路灯坏了还有停水", "water_outage", "停水")
    expect(suggestion).to_contain_text("路灯")
    stage.hang_up_leg("seat01")
    stage.hang_up(call)
    seat.write("如题")
    seat.save()
    expect(page.locator("body")).to_have_attribute("data-phase", "idle")
    with stage.storage.reading() as tx:
        assert Lesson(CallId(call), "路灯坏了", "street_lamp") in tx.learning.lessons(9)
        today = datetime.now(UTC).date()
        tallies = tx.learning.tallies(today - timedelta(days=14), today + timedelta(days=7))
        [of_version] = [tally for tally in tallies["version"] if tally.name == "3"]
    assert (of_version.count, of_version.first, round(of_version.promised, 2)) == (1, 1, 0.7)


def test_what_was_heard_is_taken_and_then_counted(stage: Stage, seat: SeatPage, supervisor: Page) -> None:
    call = stage.arrive()
    stage.hear(call, kind=KindHeard(kind="complaint", because=("投诉",)), place=PLACE)
    stage.queue(call)
    stage.ring(call, "seat01")
    seat.rings()
    page = seat.page
    expect(page.locator(".kinds .offered")).to_contain_text("投诉")
    expect(page.locator("[name=kind]:checked")).to_have_count(0)
    seat.answer()
    stage.answer(call, "seat01")
    expect(page.locator("#offers")).to_contain_text("人名路")
    expect(page.locator("#offers button").first).to_be_enabled()
    page.keyboard.press("Alt+4")
    page.keyboard.press("Alt+5")
    expect(page.locator("[name=kind]:checked")).to_have_value("complaint")
    expect(page.locator("#place")).to_have_value("人民路")
    expect(page.locator(".kinds .offered")).to_have_count(0)
    record(stage, call)
    stage.hang_up_leg("seat01")
    stage.hang_up(call)
    seat.write("如题")
    page.keyboard.press("Alt+2")
    seat.save()
    expect(page.locator("body")).to_have_attribute("data-phase", "idle")

    supervisor.goto(f"{stage.address}/accuracy")
    row = supervisor.locator(f"[data-call='{call}']")
    expect(row).to_contain_text("水压低")
    expect(row).to_contain_text("T-")
    row.get_by_text("看自述").click()
    expect(supervisor.locator(".words-row")).to_have_text(WORDS)
    row.get_by_text("听录音").click()
    expect(supervisor.locator("#player audio")).to_have_js_property("duration", 1)
    with stage.storage.reading() as tx:
        assert {view["what"] for view in tx.views.of_call(call)} == {"transcript", "recording"}
    write_down(stage, call, (Voice.CALLER, 600, "<b>停水</b>了"), (Voice.SEAT, 100, "您好这里是市民热线"))
    words_on_the_ticket(supervisor, row)
    supervisor.go_back()
    supervisor.locator("#language").click()
    expect(supervisor.locator("h1")).to_have_text("Accuracy")


def test_the_lists_of_calls_are_paged_and_narrowed(stage: Stage, supervisor: Page) -> None:
    at = datetime.now(UTC)
    with stage.storage.writing() as tx:
        for number in range(PAGE + 7):
            call = Call(id=call_id(number), arrived_at=at, line="12341")
            call.state, call.ended_at = CallState.ENDED, at
            tx.calls.save(call)
            shown = Shown(words="停水", version=1 + number % 2, suggested=("water_outage",), score=0.5)
            note_choice(tx, call, "street_lamp", at, shown)
    supervisor.goto(f"{stage.address}/accuracy")
    ours = call_id(0).rpartition("-")[0]
    rows = supervisor.locator(f"#list tr[data-call^='{ours}']")
    expect(rows).to_have_count(PAGE)
    supervisor.locator("#more").click()
    expect(rows).to_have_count(PAGE + 7)
    expect(supervisor.locator("#more")).to_be_hidden()
    supervisor.locator("#by-version").get_by_text("第 1 版").click()
    expect(rows).to_have_count(PAGE // 2 + 4)
    supervisor.locator("#by-week button").first.click()
    expect(supervisor.locator("#narrowed")).to_contain_text("那一周 · 第 1 版")
    expect(rows).to_have_count(PAGE // 2 + 4)
    supervisor.locator("#narrowed button").click()
    expect(rows).to_have_count(PAGE)
