"""The synthetic voice: what it is fed, and the sound that comes out."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import pytest

from hotline.domain.errors import Invalid, Unavailable
from hotline.speech.pcm import read_wav, resample, rms_dbfs, write_wav
from hotline.speech.synth_voice import pinyin_for_voice, say, say_to_wav


def test_numbers_are_read_digit_by_digit() -> None:
    assert pinyin_for_voice("12341") == "yao1 er4 san1 si4 yao1"


def test_punctuation_becomes_a_pause_and_foreign_text_is_left_out() -> None:
    assert pinyin_for_voice("！您好，abc 停水了😀。\n") == "nin2 hao3, ting2 shui3 le5,"


@pytest.mark.parametrize("text", ["", "   ", "hello", "😀", "，。", "$(reboot)", "-v en"])
def test_text_without_chinese_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no Chinese"):
        say(text)


def test_a_novel_is_refused() -> None:
    with pytest.raises(Invalid, match="at most"):
        say("水" * 501)


def test_without_espeak_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOTLINE_PARTS_FILE", str(tmp_path / "no-parts.json"))
    with pytest.raises(Unavailable, match="install"):
        say("停水了")


def test_a_broken_espeak_is_an_error_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOTLINE_PARTS_FILE", str(tmp_path / "no-parts.json"))
    with pytest.raises(Unavailable, match="could not speak"):
        say_to_wav("停水了", tmp_path / "said.wav")
    assert not (tmp_path / "said.wav").exists()


def test_said_file_is_telephone_sound_with_silence_around_it(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    say_to_wav("人民路停水了", path)
    samples, rate = read_wav(path)
    assert rate == 8000
    assert max(map(abs, samples[:2400])) == 0
    assert max(map(abs, samples[-6400:])) == 0
    assert 0.8 < (len(samples) - 8800) / 8000 < 3.0
    assert rms_dbfs(samples[2400:-6400]) > -35


def tone(hertz: float, rate: int) -> array[int]:
    return array("h", (round(10000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(rate)))


def test_resampling_keeps_what_a_telephone_carries_and_drops_what_would_alias() -> None:
    kept = resample(tone(1000, 22050), 22050)
    assert len(kept) == 8000
    assert rms_dbfs(kept[500:-500]) == pytest.approx(rms_dbfs(tone(1000, 8000)), abs=0.1)
    assert rms_dbfs(resample(tone(6000, 22050), 22050)[500:-500]) < -60


def test_wav_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    write_wav(path, array("h", [1, -2, 32767, -32768]))
    assert list(read_wav(path)[0]) == [1, -2, 32767, -32768]
    raw = bytearray(path.read_bytes())
    raw[22] = 2  # two channels
    path.write_bytes(bytes(raw))
    with pytest.raises(ValueError, match="not mono"):
        read_wav(path)
