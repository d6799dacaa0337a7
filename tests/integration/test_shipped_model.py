"""The model in the repository, in the real Vosk: it hears the demo's voice, and nothing where nobody speaks."""

from __future__ import annotations

import itertools
import json
import math
import random
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vosk import KaldiRecognizer, Model, SetLogLevel

from hotline.speech.pcm import read_wav, silence, write_wav
from hotline.speech.synth_voice import say, say_to_wav
from hotline.speech.training.city import topics
from hotline.speech.training.evaluate import Score, transcribe
from hotline.speech.training.g711 import ALAW_LEVELS, MULAW_LEVELS, companded
from hotline.speech.training.pitch import PITCH_CONF

FOLDER = Path(__file__).resolve().parents[2] / "hotline" / "speech" / "models" / "hotline-synthetic-cn"
SENTENCES = (
    "人民路停水了",
    "我家暖气不热",
    "我要投诉公司拖欠工资",
    "请问医保怎么办理",
    "煤气泄漏了",
    "小区路灯坏了",
    "邻居半夜施工噪音扰民",
    "着火了",
    "我想反映龙都街道污水外溢没人管",
    "请问营业执照怎么注销",
    "出租车拒载",
    "和平街路口的红绿灯坏了两天了",
)
EMERGENCIES = [word for entry in topics()["urgency"] for word in entry["words"]]


@pytest.fixture(scope="module")
def model() -> Model:
    SetLogLevel(-1)
    return Model(str(FOLDER))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("spoken")
    files = {sentence: folder / f"{number}.wav" for number, sentence in enumerate(SENTENCES)}
    for sentence, path in files.items():
        say_to_wav(sentence, path)
    return files


def coded(path: Path, levels: np.ndarray) -> Path:
    samples, rate = read_wav(path)
    target = path.with_suffix(".line.wav")
    write_wav(target, array("h", companded(np.array(samples, float), levels).astype(int).tolist()), rate)
    return target


def with_noise(path: Path, seed: int, snr_db: float = 20.0) -> Path:
    samples, rate = read_wav(path)
    voice = np.array(samples, float)
    speech = math.sqrt(float(np.mean(voice[2400:-6400] ** 2)))
    noise = np.random.default_rng(seed).standard_normal(len(voice)) * speech * 10 ** (-snr_db / 20)
    target = path.with_suffix(".noisy.wav")
    write_wav(target, array("h", np.clip(voice + noise, -32768, 32767).astype(int).tolist()), rate)
    return target


@pytest.mark.parametrize("line", ["clean", "mulaw", "alaw", "noise"])
def test_it_hears_the_demo_voice(model: Model, spoken: dict[str, Path], line: str) -> None:
    score = Score()
    wrong: list[tuple[str, str]] = []
    for number, (sentence, path) in enumerate(spoken.items()):
        if line == "noise":
            path = with_noise(path, number)
        elif line != "clean":
            path = coded(path, MULAW_LEVELS if line == "mulaw" else ALAW_LEVELS)
        heard = transcribe(model, path)
        if score.add(sentence, heard):
            wrong.append((sentence, heard))
    assert score.cer <= (8.0 if line == "noise" else 3.0), wrong


def test_every_word_the_topics_are_recognised_by_can_be_heard() -> None:
    listed = (FOLDER / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()
    known = {line.split()[0] for line in listed}
    wanted = {word for topic in topics()["topic"] for word in topic["words"]} | set(EMERGENCIES)
    assert not {word for word in wanted if not made_of(word, known)}


def test_vosk_computes_the_pitch_that_the_network_was_trained_with() -> None:
    assert (FOLDER / "conf" / "pitch.conf").read_text(encoding="utf-8") == PITCH_CONF


# Alike in everything but a tone.
@pytest.mark.parametrize("sentence", ["这个老师经常打人", "这里的电视老是坏", "我要买药"])
def test_words_alike_but_for_their_tones_are_told_apart(model: Model, tmp_path: Path, sentence: str) -> None:
    say_to_wav(sentence, tmp_path / "said.wav")
    assert transcribe(model, tmp_path / "said.wav") == sentence


def made_of(word: str, known: set[str]) -> bool:
    return not word or any(word[:n] in known and made_of(word[n:], known) for n in range(1, len(word) + 1))


def heard_in(model: Model, samples: array[int]) -> str:
    recogniser = KaldiRecognizer(model, 8000)
    texts: list[str] = []
    data = samples.tobytes()
    for start in range(0, len(data), 320):
        if recogniser.AcceptWaveform(data[start : start + 320]):
            texts.append(json.loads(recogniser.Result())["text"])
    texts.append(json.loads(recogniser.FinalResult())["text"])
    return "".join(texts).replace(" ", "")


@pytest.mark.parametrize("seconds", [0.0, 0.1, 8.0])
def test_silence_is_no_words(model: Model, seconds: float) -> None:
    assert heard_in(model, silence(seconds)) == ""


@pytest.mark.parametrize("level", [5, 100, 1000, 5000])
@pytest.mark.parametrize("seed", [1, 2])
def test_noise_is_no_emergency(model: Model, level: int, seed: int) -> None:
    chooser = random.Random(seed)
    noise = array("h", (max(-32768, min(32767, round(chooser.gauss(0, level)))) for _ in range(48_000)))
    heard = heard_in(model, noise)
    assert not [word for word in EMERGENCIES if word in heard], heard


@pytest.mark.parametrize("hertz", [(425,), (697, 1209), (1000,)])
def test_tones_are_no_emergency(model: Model, hertz: tuple[int, ...]) -> None:
    tone = array(
        "h", (round(sum(6000 * math.sin(2 * math.pi * f * n / 8000) for f in hertz)) for n in range(32_000))
    )
    heard = heard_in(model, tone)
    assert not [word for word in EMERGENCIES if word in heard], heard


def test_the_sentence_ends_in_the_pause_after_it(model: Model) -> None:
    samples = silence(0.3) + say("人民路停水了") + silence(2.0)
    recogniser = KaldiRecognizer(model, 8000)
    recogniser.SetWords(True)
    data = samples.tobytes()
    for start in range(0, len(data), 320):
        if recogniser.AcceptWaveform(data[start : start + 320]):
            break
    result: dict[str, Any] = json.loads(recogniser.Result())
    speech_ends = max(n for n, value in enumerate(samples) if abs(value) > 200) / 8000
    assert result["text"].replace(" ", "") == "人民路停水了"
    assert 0.3 < start / 16000 - speech_ends < 1.4
    words = result["result"]
    assert [word["word"] for word in words] == result["text"].split()
    assert all(a["end"] <= b["start"] + 0.031 for a, b in itertools.pairwise(words))
    assert 0.2 <= words[0]["start"] <= 0.5
    assert abs(words[-1]["end"] - speech_ends) < 0.25
