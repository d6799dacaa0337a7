"""What callers say before they come to their matter: 我们村 of 我们村停电了; it speaks for no topic."""

import re
from collections.abc import Iterable, Iterator

from hotline.domain.courtesy import without_courtesy
from hotline.domain.topics import Topics

BEGINNINGS = (
    *(
        "我们这里",
        "我们单位",
        "门口",
        "小区里面",
        "我们家楼下",
        "我家楼上",
        "我们镇上",
        "我爸爸",
        "我媳妇",
        "我妈妈",
    ),
    *(
        "我们老板",
        "楼下的",
        "今天早上",
        "昨天晚上",
        "前几天",
        "我们村里",
        "你们能不能",
        "我想说一下",
        "我是外地的",
    ),
    *(
        "是这么回事",
        "我刚才",
        "有个人",
        "我打这个电话",
        "那边那个",
        "路口那里",
        "学校旁边",
        "医院门口",
        "超市旁边",
    ),
    *("我们村东头", "我婆婆", "我在家里", "我就想问问", "我们家", "我们那边", "这边", "那里", "已经", "现在"),
)
_SHORTEST = 2


class Openings:
    """Those of the topics file's examples, up to their first telling word, and some that everybody says."""

    def __init__(self, topics: Topics) -> None:
        words = {word for topic in topics.topics for word in (topic.name, *topic.words)}
        self.of_examples = sorted(set(_of_examples(topics, words)))
        known = sorted({*BEGINNINGS, *self.of_examples}, key=len, reverse=True)
        self._first = re.compile(f"^(?:{'|'.join(map(re.escape, known))})+")

    def without(self, sentence: str) -> str:
        """The sentence from its matter on; nothing is left where nothing else was said."""
        return self._first.sub("", without_courtesy(sentence))


def _of_examples(topics: Topics, words: Iterable[str]) -> Iterator[str]:
    telling = [word for word in words if len(word) >= _SHORTEST]
    for topic in topics.topics:
        for example in topic.examples:
            places = [place for word in telling if (place := example.find(word)) >= 0]
            if places and min(places) >= _SHORTEST:
                yield example[: min(places)]
