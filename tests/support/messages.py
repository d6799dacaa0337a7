"""Made-up labelled messages: three kinds of matter in sentences of the hotline."""

import random

_MATTERS = {
    "水务": ("停水了", "水管漏水", "自来水发黄", "水压太低", "水表坏了"),
    "供暖": ("暖气不热", "没有供暖", "暖气片漏了", "供热费怎么交", "暖气管道冷"),
    "道路": ("路灯坏了", "路面塌陷", "井盖破了", "红绿灯不亮", "马路坑洼"),
}
_OPENINGS = ("你好我想反映", "喂我们这里", "请问一下", "我要投诉", "麻烦问问")
_PLACES = ("小区", "村里", "学校门口", "家里", "楼下", "单位")
_CLOSINGS = ("已经三天了", "没有人管", "请尽快处理", "打电话也没用", "谢谢")


def labelled(count: int, seed: int = 1) -> tuple[list[str], list[str]]:
    """Texts and their labels; each sentence differs, each matter comes equally often."""
    rng = random.Random(seed)
    labels = [sorted(_MATTERS)[number % len(_MATTERS)] for number in range(count)]
    texts = [
        "".join(map(rng.choice, (_OPENINGS, _PLACES, _MATTERS[label], _CLOSINGS))) + str(rng.randrange(1000))
        for label in labels
    ]
    return texts, labels


def as_file(texts: list[str], labels: list[str]) -> bytes:
    return "".join(f"{label}\t{text}\n" for label, text in zip(labels, texts, strict=True)).encode()
