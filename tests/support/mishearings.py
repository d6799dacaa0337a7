"""Place names made up by rule, and sentences in which they were misheard."""

import random

from hotline.categoriser.reading import everyday_characters, syllables
from hotline.domain.places import Place

_STEMS = (
    "东西南北中上下前后大小新老高长青白红黄金银石龙凤虎马牛羊河江湖海山岭沟泉井桥林桃李杏梅柳松竹杨桑麻谷麦"
    "王张刘陈赵孙周吴郑冯褚卫蒋沈韩朱秦尤许何吕施孔曹严华魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎鲁韦昌苗花方"
    "安平福寿康宁和顺兴隆昌盛荣光明德仁义礼智信诚文武英雄建设胜利解放民主人和平繁朝阳春夏秋冬"
)
_ENDS = (
    ("village", ("村", "庄", "家村", "家庄", "家沟村", "屯")),
    ("street", ("路", "街", "大街", "大道", "巷", "东路", "西路")),
    ("community", ("社区", "小区", "花园", "新村", "家园")),
)
_SENTENCES = (
    "{}停水了",
    "你好我是{}的路灯坏了",
    "我想反映{}这边垃圾没人清理",
    "{}",
    "喂我住在{}晚上施工太吵了",
    "{}门口的井盖破了",
)
_SAID_AS = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("l", "n"),
    ("n", "l"),
    ("f", "h"),
    ("z", "zh"),
    ("s", "sh"),
    ("c", "ch"),
)


def made_up_places(count: int, rng: random.Random) -> list[Place]:
    """Different names of two to six characters, alike as a province's are; some sound alike."""
    names: dict[str, str] = {}
    while len(names) < count:
        kind, ends = rng.choice(_ENDS)
        stem = "".join(rng.sample(_STEMS, rng.choice((1, 2, 2, 2, 3))))
        names.setdefault(stem + rng.choice(ends), kind)
    return [Place(name=name, kind=kind) for name, kind in names.items()]


def misheard_name(name: str, rng: random.Random, swapped: float = 0.6, dialect: float = 0.3) -> str:
    """Each character by sound: written otherwise, and sometimes said as a dialect says it."""
    others = everyday_characters()
    written = []
    for char, sound in zip(name, syllables(name), strict=True):
        said = _in_dialect(sound, rng) if rng.random() < dialect else sound
        choice = others.get(said, "")
        if choice and (said != sound or rng.random() < swapped):
            char = rng.choice(choice)
        written.append(char)
    return "".join(written)


def in_a_sentence(name: str, rng: random.Random) -> str:
    return rng.choice(_SENTENCES).format(name)


def _in_dialect(syllable: str, rng: random.Random) -> str:
    """One of the near sounds that is a syllable too; itself where there is none."""
    near = [new + syllable.removeprefix(old) for old, new in _SAID_AS if syllable.startswith(old)]
    if syllable.endswith("ng"):
        near.append(syllable[:-1])
    elif syllable.endswith("n"):
        near.append(syllable + "g")
    possible = [sound for sound in near if sound in everyday_characters()]
    return rng.choice(possible) if possible else syllable
