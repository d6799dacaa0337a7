"""When the listening ends: told as short stories of a caller, 20 ms at a time."""

import math
from array import array

import pytest

from hotline.domain.courtesy import is_only_opening
from hotline.domain.heard import Reason
from hotline.speech.listening import Listening, ListeningRules, VoiceDetector, level_dbfs

RULES = ListeningRules()
VOICE, QUIET = -20.0, -70.0


class Caller:
    """Plays a story to the rule and remembers when and why it stopped."""

    def __init__(self, rules: ListeningRules = RULES) -> None:
        self.listening = Listening(rules)
        self.at = 0.0
        self.words = ""
        self.over = self.clear = False
        self.stopped: tuple[Reason, float] | None = None

    def _step(self, level: float | None) -> None:
        if self.stopped:
            return
        self.at += 0.02
        if level is not None:
            self.listening.audio(level, self.at)
        self.listening.words(self.words, sentence_over=self.over, clear=self.clear, at=self.at)
        reason = self.listening.verdict(self.at)
        if reason:
            self.stopped = (reason, self.at)

    def hears(self, level: float | None, seconds: float) -> "Caller":
        for _ in range(round(seconds / 0.02)):
            self._step(level)
        return self

    def says(self, words: str, seconds: float = 1.0, level: float = VOICE) -> "Caller":
        """Speech has dips between syllables; the words come when half of it is said."""
        for step in range(round(seconds / 0.02)):
            if step == round(seconds / 0.04):
                self.words = words
            self._step(level if step % 10 else level - 25)
        return self


def stop(caller: Caller) -> tuple[Reason, float]:
    assert caller.stopped is not None, "still listening"
    return caller.stopped


def test_a_sentence_and_quiet() -> None:
    reason, at = stop(Caller().hears(QUIET, 0.5).says("人民路停水了", 1.5).hears(QUIET, 3))
    assert reason is Reason.ENDPOINT
    assert at == pytest.approx(2.0 + RULES.trailing_s, abs=0.05)


def test_the_recogniser_agrees_so_it_ends_sooner() -> None:
    caller = Caller().says("人民路停水了", 1.5)
    caller.over = True
    reason, at = stop(caller.hears(QUIET, 3))
    assert reason is Reason.ENDPOINT
    assert at == pytest.approx(1.5 + RULES.endpoint_s, abs=0.05)


def test_the_matter_is_clear_so_it_ends_at_once() -> None:
    caller = Caller().says("人民路停水了", 1.5)
    caller.clear = True
    reason, at = stop(caller.hears(QUIET, 3))
    assert reason is Reason.ENDPOINT
    assert at == pytest.approx(1.5 + RULES.clear_s, abs=0.05)


def test_the_recogniser_cannot_cut_a_caller_off_who_still_speaks() -> None:
    caller = Caller().says("人民路停水了", 1.0)
    caller.over = caller.clear = True
    caller.says("人民路停水了三天了", 1.0)
    assert caller.stopped is None


def test_a_greeting_is_given_more_time_than_a_sentence() -> None:
    caller = Caller().says("喂 你好", 0.6).hears(QUIET, 1.2)
    assert caller.stopped is None
    reason, at = stop(caller.says("喂 你好 人民路停水了", 1.4).hears(QUIET, 2))
    assert reason is Reason.ENDPOINT
    assert at == pytest.approx(3.2 + RULES.trailing_s, abs=0.05)


def test_a_greeting_and_nothing_more() -> None:
    reason, at = stop(Caller().says("你好", 0.6).hears(QUIET, 5))
    assert (reason, round(at, 1)) == (Reason.ENDPOINT, 2.6)


def test_nothing_said() -> None:
    assert stop(Caller().hears(QUIET, 9)) == (Reason.SILENCE, pytest.approx(4.02, abs=0.03))


def test_no_audio_at_all() -> None:
    assert stop(Caller().hears(None, 9)) == (Reason.SILENCE, pytest.approx(4.0, abs=0.03))


def test_humming_does_not_cost_the_caller_the_whole_cap() -> None:
    assert stop(Caller().says("", 9)) == (Reason.SILENCE, pytest.approx(6.0, abs=0.05))


def test_a_caller_who_begins_late_is_waited_for() -> None:
    caller = Caller().hears(QUIET, 3.8).says("停水了", 1.0)
    assert caller.stopped is None
    assert stop(caller.hears(QUIET, 2))[0] is Reason.ENDPOINT


def test_talking_on_and_on_ends_at_the_cap() -> None:
    caller = Caller()
    for count in range(1, 12):
        caller.says("停水了" * count, 1.0)
    assert stop(caller) == (Reason.CAP, pytest.approx(8.0, abs=0.05))


def test_the_cap_counts_from_the_first_audio() -> None:
    caller = Caller(ListeningRules(cap_s=2)).hears(None, 1.0)
    for count in range(1, 7):
        caller.says("停水了" * count, 0.5)
    assert stop(caller) == (Reason.CAP, pytest.approx(3.0, abs=0.05))


def test_a_cap_shorter_than_the_silence_rule_still_holds() -> None:
    assert stop(Caller(ListeningRules(cap_s=2)).hears(QUIET, 9))[1] == pytest.approx(2.02, abs=0.03)


def test_a_telephone_that_sends_nothing_in_pauses() -> None:
    reason, at = stop(Caller().says("人民路停水了", 1.5).hears(None, 3))
    assert reason is Reason.ENDPOINT
    assert at == pytest.approx(1.5 + RULES.trailing_s, abs=0.05)


@pytest.mark.parametrize(
    ("words", "over", "clear"), [("停水了", 0, 0), ("停水了", 1, 0), ("停水了", 1, 1), ("你好", 0, 0)]
)
def test_it_tells_when_to_look_again(words: str, over: bool, clear: bool) -> None:
    caller = Caller()
    assert caller.hears(QUIET, 0.5).listening.due_s(caller.at) == math.inf
    caller.says(words)
    caller.over, caller.clear = bool(over), bool(clear)
    caller.hears(QUIET, 0.2)
    due = caller.at + caller.listening.due_s(caller.at)
    assert due > caller.at
    assert caller.listening.verdict(due - 0.001) is None
    assert caller.listening.verdict(due + 0.001) is Reason.ENDPOINT


def test_a_steady_noise_hides_the_quiet_but_not_the_end_of_the_words() -> None:
    caller = Caller().says("人民路停水了", 1.5)
    for _ in range(8):  # another voice in the room that the recogniser makes nothing of
        caller.says("人民路停水了", 0.5)
    reason, at = stop(caller)
    assert reason is Reason.ENDPOINT
    assert at < 3.3


def test_a_voice_too_soft_for_the_detector_is_still_heard_out() -> None:
    caller = Caller()
    for count in range(1, 5):
        caller.says("停水了" * count, 0.6, level=-60)
    assert caller.stopped is None
    assert stop(caller.hears(QUIET, 2))[0] is Reason.ENDPOINT


@pytest.mark.parametrize("noise", [-60.0, -45.0, -35.0, -30.0])
def test_voice_is_told_from_the_noise_of_the_line(noise: float) -> None:
    detector, at = VoiceDetector(), 0.0
    heard = []
    for level in [noise] * 100 + [noise + 20, noise + 18, noise + 3] * 20 + [noise] * 100:
        at += 0.02
        heard.append(detector.is_voice(level, at))
    assert sum(heard[80:100]) == 0, "noise is no voice"
    assert sum(heard[100:160]) >= 35, "voice over the noise is"
    assert sum(heard[200:]) == 0


def test_levels() -> None:
    assert level_dbfs(b"") == -100
    assert level_dbfs(bytes(320)) == -100
    full = array("h", [round(32767 * math.sin(n / 3)) for n in range(1600)]).tobytes()
    assert level_dbfs(full) == pytest.approx(-3.0, abs=0.1)


@pytest.mark.parametrize(
    ("sentence", "opening"),
    [
        ("喂", True),
        ("喂 你好 我 想 反映 一下", True),
        ("你好我要投诉", True),
        ("", False),
        ("你好停水了", False),
        ("停水", False),
    ],
)
def test_openings(sentence: str, opening: bool) -> None:
    assert is_only_opening(sentence) is opening
