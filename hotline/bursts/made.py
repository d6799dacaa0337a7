"""Made messages whose truth is known: matters that several citizens tell of, and many that only one does.

What makes it hard is in it on purpose: the same topic in another place, another topic in the same place, the
same matter again weeks later, places left out, nicknames, and characters misheard.
"""

import random
from collections.abc import Iterator, Sequence

from hotline.bursts.messages import Message
from hotline.categoriser.damage import misheard
from hotline.domain.places import Place
from hotline.domain.topics import Topic

_DAYS = 60
_HOUR = 3600.0
OPENINGS = (
    "", "", "你好", "您好我想反映一下", "喂你好", "我要投诉", "请问一下", "我是{place}的居民", "麻烦问一下",
    "你好我打电话是想说", "同志你好", "我们这边",
)  # fmt: skip
MIDDLES = (
    "{place}{told}", "{told}就在{place}", "我住在{place}{told}", "{place}这边{told}", "在{place}附近{told}",
    "{told}地点是{place}", "{place}那一片{told}", "我们{place}{told}",
)  # fmt: skip
ENDINGS = (
    "", "", "", "请尽快处理", "已经两天了", "从昨天晚上就这样", "能不能派人来看看", "打了好几次电话没人管",
    "好多人都在说", "什么时候能解决", "希望你们重视",
    "今天早上开始的", "老人孩子都受不了了", "谢谢", "给个说法", "到现在还没弄好",
)  # fmt: skip
_LEFT_OUT, _NICKNAME, _COPIED, _DAMAGED, _DAMAGE = 0.06, 0.3, 0.15, 0.3, 0.08


def made_messages(
    topics: Sequence[Topic], places: Sequence[Place], *, matters: int, alone: int, seed: int
) -> list[Message]:
    """In order of time. `matters` are told by 3 to 25 citizens each within hours, `alone` by one each."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    made: list[Message] = []
    for number in range(matters):
        topic, place = rng.choice(topics), rng.choice(places)
        made += _burst(f"m{number}", topic, place, rng)
        if rng.random() < 0.4:  # as alike as can be, and another matter
            twin = rng.choice(("topic", "place", "again"))
            other_topic = rng.choice(topics) if twin == "topic" else topic
            other_place = rng.choice(places) if twin == "place" else place
            later = 30 * 24 * _HOUR if twin == "again" else 0.0
            began = made[-1].at + later
            made += _burst(f"m{number}{twin}", other_topic, other_place, rng, began)
    for number in range(alone):
        at = rng.uniform(0, _DAYS * 24 * _HOUR)
        text = _told(rng.choice(topics), rng.choice(places), rng)
        made.append(Message(id="", at=at, text=text, group=f"a{number}"))
    made.sort(key=lambda message: message.at)
    return [
        Message(id=f"{number:06d}", at=1_767_000_000.0 + each.at, text=each.text, group=each.group)
        for number, each in enumerate(made)
    ]


def _burst(
    name: str, topic: Topic, place: Place, rng: random.Random, began: float | None = None
) -> Iterator[Message]:
    """Many at first, then fewer; a third of the matters is a lasting one that people call about for days."""
    start = rng.uniform(0, _DAYS * 24 * _HOUR) if began is None else began
    mean_gap = rng.choice((0.1, 0.3, 1.0, 8.0, 20.0)) * _HOUR
    at, said = start, list[str]()
    for _ in range(min(25, 3 + int(rng.expovariate(0.2)))):
        text = (
            _passed_on(rng.choice(said), rng) if said and rng.random() < _COPIED else _told(topic, place, rng)
        )
        said.append(text)
        yield Message(id="", at=at, text=text, group=name)
        at += rng.expovariate(1 / mean_gap)


def _passed_on(text: str, rng: random.Random) -> str:
    """Neighbours send each other what to write."""
    return misheard(
        rng.choice(("", "", "转发", "大家都来反映")) + text + rng.choice(ENDINGS), _DAMAGE / 2, rng
    )


def _told(topic: Topic, place: Place, rng: random.Random) -> str:
    name = rng.choice(place.also) if place.also and rng.random() < _NICKNAME else place.name
    if rng.random() < _LEFT_OUT:
        name = rng.choice(("我们小区", "我们村", "这里", "我家门口"))
    told = rng.choice((*topic.examples, *topic.words))
    text = rng.choice(OPENINGS) + rng.choice(MIDDLES).format(place="{place}", told=told) + rng.choice(ENDINGS)
    text = text.replace("{place}", name)
    return misheard(text, _DAMAGE, rng) if rng.random() < _DAMAGED else text
