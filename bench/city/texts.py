"""What citizens of the measured city say: sentences from the shipped topics and places, some words rare."""

import random
from dataclasses import dataclass

from hotline.domain.topics import Topics
from hotline.places_file import load_places
from hotline.settings import PACKAGE
from hotline.topics_file import load_topics

BEGINNINGS = ("市民反映", "来电人称", "我想问一下", "群众投诉", "居民来电反映", "请问")
DETAILS = (
    "已经三天没有人管", "影响大家正常生活", "之前反映过没有结果", "早上七点开始的", "老人和孩子很不方便",
    "周围十几户都是这样", "晚上十点以后特别严重", "去现场看过也没解决", "物业说不归他们管",
    "打过电话没有人接",
)  # fmt: skip
WISHES = (
    "希望尽快处理",
    "请有关部门核实",
    "要求给个答复",
    "请问应该找谁",
    "盼望早日解决",
    "希望有人到现场看看",
)
RARE = (
    "窨井盖丢失",
    "变压器异响",
    "黄花岭养蜂户",
    "流浪犬伤人",
    "祠堂屋檐开裂",
    "牡丹园喷灌",
    "蓄水池藻类",
    "缆车停运",
)
NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


@dataclass(frozen=True, slots=True)
class Said:
    """One matter."""

    topic: str
    unit: str
    place: str
    what: str
    name: str
    kind: str


class Sayings:
    """Matters, the same for the same seed; a few topics are most of them, as in a city."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        topics: Topics = load_topics(PACKAGE / "topics/zhucheng.toml")
        self.topics = [(t.id, t.unit, [w for w in t.words if len(w) > 1] or [t.name]) for t in topics.topics]
        self.places = [place.name for place in load_places(PACKAGE / "topics/places.toml")]

    def one(self) -> Said:
        pick = self._random
        topic, unit, words = self.topics[int(pick.random() ** 2 * len(self.topics))]
        place = pick.choice(self.places)
        about = pick.choice(RARE) if pick.random() < 0.002 else pick.choice(words)
        what = (
            f"{pick.choice(BEGINNINGS)}{place}{pick.randrange(1, 300)}号附近{about}，{pick.choice(words)}，"
            f"{pick.choice(DETAILS)}，{pick.choice(DETAILS)}，{pick.choice(WISHES)}。"
        )
        kind = pick.choice(("consultation", "consultation", "complaint", "suggestion", "help"))
        name = pick.choice(NAMES) + pick.choice(("先生", "女士"))
        return Said(topic, unit, place, what, name, kind)
