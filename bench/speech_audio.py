"""What the bench's callers say: sentences over a telephone line, and when each word of them was said."""

import json
import random
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from vosk import KaldiRecognizer, Model

from hotline.speech.pcm import silence
from hotline.speech.synth_voice import say
from hotline.speech.training.g711 import MULAW_LEVELS, companded

RATE = 8000
SENTENCES = (
    "我们小区停水三天了",
    "人民路路灯坏了没有人修",
    "老板拖欠工资三个月了",
    "请问医保怎么办理",
    "我要投诉邻居半夜施工噪音扰民",
    "和平街路口的红绿灯坏了两天了",
    "我家暖气不热",
    "请问营业执照怎么注销",
    "门口的井盖破损了",
    "我想反映龙都街道污水外溢没人管",
    "小区的垃圾没有人清理",
    "我们村停电了",
)
LEAD_S = 0.6  # from the end of the greeting to the first word
TAIL_S = 2.5  # the line goes on after the last word, until somebody hangs up
NOISE = 30.0  # of the line, about -60 dBFS
_SEED = 12341


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A caller's audio, and for each word of it: how many characters are said with it, and when it ended."""

    pcm: bytes
    text: str
    words: tuple[tuple[int, float], ...]


def callers(model: Model) -> list[Said]:
    """Each sentence at three speeds."""
    rng = np.random.default_rng(_SEED)
    chooser = random.Random(_SEED)
    said = []
    for pace in (150, 165, 185):
        for sentence in SENTENCES:
            samples = silence(LEAD_S) + say(sentence, pace, chooser.randint(30, 60)) + silence(TAIL_S)
            said.append(_timed(model, _over_the_line(samples, rng)))
    return said


def _over_the_line(samples: "array[int]", rng: np.random.Generator) -> bytes:
    """With the line's noise and code, in whole frames of 20 ms."""
    sound = np.array(samples, float) + rng.standard_normal(len(samples)) * NOISE
    coded = np.clip(companded(sound, MULAW_LEVELS), -32768, 32767).astype("<i2")
    return coded[: len(coded) // 160 * 160].tobytes()


def _timed(model: Model, pcm: bytes) -> Said:
    """Words and times of the first sentence as the recogniser itself gives them when nobody hurries it."""
    recogniser = KaldiRecognizer(model, RATE)
    recogniser.SetWords(True)
    found: list[dict[str, Any]] = []
    for start in range(0, len(pcm), 3200):
        if recogniser.AcceptWaveform(pcm[start : start + 3200]):
            found = json.loads(recogniser.Result()).get("result", [])
            if found:
                break
    text, words = "", []
    for word in found or json.loads(recogniser.FinalResult()).get("result", []):
        if word["word"][0] not in "[<":
            text += word["word"]
            words.append((len(text), float(word["end"])))
    return Said(pcm=pcm, text=text, words=tuple(words))


def save(said: list[Said], folder: Path) -> None:
    """For the load's own process."""
    for number, one in enumerate(said):
        (folder / f"{number:03}.pcm").write_bytes(one.pcm)
        (folder / f"{number:03}.json").write_text(json.dumps({"text": one.text, "words": one.words}))


def load(folder: Path) -> list[Said]:
    """What `save` wrote."""
    said = []
    for path in sorted(folder.glob("*.pcm")):
        told = json.loads(path.with_suffix(".json").read_text())
        words = tuple((int(count), float(end)) for count, end in told["words"])
        said.append(Said(pcm=path.read_bytes(), text=told["text"], words=words))
    return said
