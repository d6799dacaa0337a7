"""What callers say before and after their matter: greetings and openings that tell nothing about it."""

import re

_OPENINGS = (
    *("喂", "你好", "您好", "大家好", "同志", "师傅", "那个", "这个", "嗯", "啊", "哎", "呃", "哦"),
    *("请问一下", "请问", "麻烦问一下", "麻烦", "打扰一下", "打扰了", "不好意思", "问一下", "问问"),
    *("我想咨询一下", "我想咨询", "我想反映一下", "我想反映", "我要反映", "我想问一下", "我想问", "我想说"),
    *("我要投诉", "我想投诉", "我要举报", "我想举报", "咨询一下", "反映一下", "我想", "我要", "我", "是"),
    *("反映个问题", "反映一个问题", "反映个事", "咨询个事", "有个事", "有个问题", "热线", "一下", "就是"),
)
_CLOSINGS = (
    "谢谢你们",
    "谢谢您",
    "谢谢你",
    "谢谢",
    "感谢",
    "麻烦了",
    "麻烦您了",
    "拜托了",
    "好吗",
    "可以吗",
    "行吗",
)
_ENDS = ("喂", "你好", "您好", *_CLOSINGS)


def _any_of(phrases: tuple[str, ...]) -> str:
    return "|".join(sorted(phrases, key=len, reverse=True))


_ONLY_OPENING = re.compile(f"(?:{_any_of(_OPENINGS)})+")
_FIRST = re.compile(f"^(?:{_any_of(('喂', '你好', '您好', '谢谢', '请问'))})+")
_LAST = re.compile(f"(?:{_any_of(_ENDS)})+$")


def is_only_opening(sentence: str) -> bool:
    """The caller has greeted, or said that he wants to report something, but not yet what."""
    return _ONLY_OPENING.fullmatch("".join(filter(str.isalnum, sentence))) is not None


def without_courtesy(sentence: str) -> str:
    """The sentence without greeting and thanks; nothing is left where nothing else was said."""
    return _LAST.sub("", _FIRST.sub("", sentence))
