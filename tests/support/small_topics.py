"""A city with four topics, and seats that choose among them: quick to learn, clear to check."""

import itertools
from datetime import UTC, datetime

from hotline.domain.ids import CallId
from hotline.domain.learning import LEAST_HELD_BACK, Lesson, is_held_back
from hotline.domain.topics import Topics, parse_topics

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_TOPIC = """
[[topic]]
id = "{id}"
name = "{name}"
name_en = "{id}"
category = "{category}"
unit = "单位"
words = [{words}]
examples = [{examples}]
"""
_TOPICS = (
    ("water", "停水", "living_security", ("停水", "没水"), ("人民路停水了", "我家没水了", "小区停水三天了")),
    ("heating", "供暖", "living_security", ("暖气", "供暖"), ("暖气不热", "供暖太差了", "家里暖气漏水")),
    ("lamp", "路灯", "planning", ("路灯", "不亮"), ("路灯坏了", "村口路灯不亮", "路灯杆倒了")),
    ("noise", "噪音", "planning", ("噪音", "太吵"), ("半夜施工太吵", "楼下噪音扰民", "广场舞太吵了")),
)


def small_topics_text() -> str:
    heads = "".join(
        f'[[category]]\nid = "{id_}"\nname = "{id_}"\nname_en = "{id_}"\n'
        for id_ in ("living_security", "planning")
    )
    quoted = [
        (i, n, c, *(", ".join(f'"{t}"' for t in texts) for texts in rest)) for i, n, c, *rest in _TOPICS
    ]
    keys = ("id", "name", "category", "words", "examples")
    return heads + "".join(_TOPIC.format(**dict(zip(keys, topic, strict=True))) for topic in quoted)


def small_topics() -> Topics:
    return parse_topics(small_topics_text())


def call_id(number: int) -> CallId:
    return CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}")


# What no word of the file says, but seats have learned to know.
_SAID = {
    "water": ("水龙头拧开啥也流不出来{}", "做饭洗脸都流不出来一滴{}"),
    "lamp": ("晚上回家黑咕隆咚看不见路{}", "这条路黑咕隆咚的老人摔了{}"),
}
_MORE = ("", "啊", "麻烦看看", "好几天", "你们管不管", "都这样", "怎么回事", "赶快", "唉", "真是的")


def lessons(count: int = 40) -> list[Lesson]:
    said = [(topic, text.format(more)) for more in _MORE for topic, texts in _SAID.items() for text in texts]
    return [Lesson(call_id(n), text, topic) for n, (topic, text) in enumerate(said[:count])]


def enough_lessons() -> list[Lesson]:
    """Those, and as many that are held back as a version is judged by."""
    ids = (one for n in itertools.count(1_000) if is_held_back(one := call_id(n)))
    held_back = itertools.islice(ids, LEAST_HELD_BACK)
    said = itertools.cycle(lessons())
    return [
        *lessons(),
        *(Lesson(one, each.words, each.topic) for one, each in zip(held_back, said, strict=False)),
    ]
