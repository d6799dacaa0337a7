"""What the notices say; the wording of the public bulletins, with nothing of the citizen but the topic."""

from dataclasses import dataclass
from datetime import date

from hotline.domain.notices import TITLES, Content, NoticeKind

KINDS = {"consultation": "咨询", "complaint": "投诉", "suggestion": "建议", "help": "求助"}
NOTE = "（联系电话：12341）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The parts of an official paper, in the order in which they are printed."""

    issuer: str
    number: str
    title: str
    to: str
    paragraphs: tuple[str, ...]
    day: str
    note: str = NOTE


def chinese_day(day: date) -> str:
    """`2026年3月6日`: no zeros before (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def worded(kind: NoticeKind, number: str, content: Content) -> Paper:
    """The whole paper."""
    write = _supervision if kind is NoticeKind.SUPERVISION else _criticism
    paragraphs = [*write(content), *_replacing(content)]
    return Paper(
        issuer=content.issuer,
        number=number,
        title=TITLES[kind],
        to=f"{content.unit}：",
        paragraphs=tuple(paragraphs),
        day=chinese_day(content.day),
    )


def _matter(content: Content) -> str:
    kind = KINDS.get(content.ticket_kind, "诉求")
    topic = f"，{content.topic}" if content.topic else ""
    extended = f"，含批准延期{content.extended}个工作日" if content.extended else ""
    return (
        f"你单位承办的12341热线工单{content.ticket_id}（{kind}{topic}）于{chinese_day(content.accepted)}受理，"
        f"办理时限{content.working_days}个工作日{extended}，应于{chinese_day(content.due)}24时前办结。"
    )


def _supervision(content: Content) -> list[str]:
    limit = chinese_day(content.limit) if content.limit else ""
    provisional = "（跨入节假日安排尚未公布的年度，以热线最后通知的日期为准）" if content.provisional else ""
    return [
        f"{_matter(content)}截至{chinese_day(content.day)}，该工单仍未答复。现予督办，请你单位：",
        f"一、立即核实、办理，于{limit}24时前{provisional}将办理结果答复热线，由热线回访来电群众。",
        "二、随答复书面说明逾期原因和整改措施。",
        "三、逾期仍未答复的，将予以通报批评。",
        *([f"督办说明：{content.reason}"] if content.reason and not content.replaces else []),
        "特此通知。",
    ]


def _criticism(content: Content) -> list[str]:
    before = f"热线已以《督办通知书》（{content.before}）督办，" if content.before else "经热线督办，"
    return [
        f"{_matter(content)}{before}截至{chinese_day(content.day)}，你单位仍未答复。"
        "群众诉求逾期未办，影响热线服务承诺的兑现，现予通报批评。",
        "请你单位主要负责人亲自督促，立即办结并答复热线，书面说明情况。",
        *([f"通报说明：{content.reason}"] if content.reason and not content.replaces else []),
        "特此通报。",
    ]


def _replacing(content: Content) -> list[str]:
    if not content.replaces:
        return []
    reason = f"（{content.reason}）" if content.reason else ""
    return [f"本件替代{content.replaces}{reason}，原件同时作废。"]
