"""Sentences as callers of the demo city would say them, none of them an example of the topics file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.categorise import MAX_SENTENCE, Categoriser, spoken
from hotline.domain.evidence import Find
from hotline.domain.heard import MAX_BECAUSE, Heard, Reason
from hotline.domain.ids import CallId, QueueId
from hotline.domain.queues import GENERAL, QUEUES
from hotline.domain.topics import Topics, parse_topics

TOPICS = parse_topics(Path("hotline/topics/zhucheng.toml").read_text(encoding="utf-8"))
CATEGORISER = Categoriser(TOPICS)

SENTENCES = {
    "living_security": """
        你好我家从昨天晚上就没有水了什么时候能来
        东关大街这边水管爆了水流得满街都是
        自来水有一股怪味还发黄能喝吗
        我们整个村子都停电了麻烦来看看
        家里的灯一闪一闪的电压不稳
        暖气一点都不热室内只有十四度
        我想把今年的暖气报停怎么弄
        小区的天然气什么时候能通上
        楼道里有一股煤气味我很害怕
        我父亲在外地住院医保能不能报销
        我的养老金这个月没有到账
        我家特别困难想申请低保
        我妈今年八十五了高龄补贴怎么领
        残疾证到期了到哪里去换
        我是退伍军人想办优待证
        孩子上小学学区怎么划分的
        医院看病排队太久挂不上号
        这个月的水费怎么比上个月多了两倍
        我们想申请一套公租房
        幼儿园收费太高了有没有人管
    """,
    "employment": """
        老板拖欠我们三个月工资不给
        工地上的农民工都没有拿到钱
        公司不跟我签劳动合同
        我上班的时候受伤了算不算工伤
        厂里把我开除了不给补偿
        我失业了怎么领失业金
        我们单位天天加班没有加班费
        想参加一个职业技能培训
        请问附近有没有招聘会
        公司不给我交社会保险
        大学生回来创业有没有贷款
        想问一下劳动仲裁怎么申请
    """,
    "production": """
        我想开个小饭店怎么办营业执照
        超市卖的牛奶过期了
        我在网上买的手机是假的不给退货
        理发店关门了我的会员卡没法退钱
        加油站的油量不够
        我家的玉米种子是假的
        小麦得了病找谁问问
        地里浇不上水机井坏了
        养的猪死了好多是不是有疫病
        小公司交税怎么申报
        土地承包合同到期了怎么续签
        菜市场缺斤短两
    """,
    "planning": """
        密州路上有一个大坑车都没法走
        小区门口的路灯好几天不亮了
        马路中间的井盖没有了太危险
        下水道堵了脏水都流到院子里
        垃圾堆了一个星期没人收
        半夜工地还在施工吵得睡不着
        楼下跳广场舞声音太大
        一楼的住户私自搭建了一个房子
        我们家拆迁的补偿款一直没给
        物业什么都不管光收钱
        电梯又坏了老人下不了楼
        消防通道被私家车堵死了
        小区里停车位太少没地方停车
        路口的红绿灯坏了堵得厉害
        七路公交车等了半天不来
        出租车司机绕路多收钱
        开发商一直不交房
        楼顶漏雨把我家墙都泡了
        工厂晚上偷偷排黑烟
        门口的饭店油烟熏得没法开窗
    """,
    "justice": """
        我被人骗了三万块钱怎么办
        我的电动车在小区里被偷了
        我想给孩子上户口要带什么
        身份证丢了想补办一个
        驾驶证扣了十二分怎么办
        去香港的通行证怎么办理
        没有钱请律师可以申请法律援助吗
        判决书下来了对方就是不执行
        我要举报我们村支书贪污公款
        房东不给我退押金
        网贷公司天天打电话催收
        邻居家的狗天天叫还咬人
    """,
    "other": """
        请问政务大厅星期六上不上班
        我想查一下我上次反映的工单到哪一步了
        我要表扬一位公交车司机
        请问领结婚证要带什么
        图书馆几点关门
        明天会不会下大雪有没有预警
        家里的有线电视没有信号了
        我周末有空想去当个志愿者
        我捡到一个钱包不知道交给谁
        我给市里提一个建议
    """,
}
CASES = [(category, line.strip()) for category, lines in SENTENCES.items() for line in lines.split("\n")]
CASES = [(category, sentence) for category, sentence in CASES if sentence]


def test_the_first_suggestion_has_the_right_category() -> None:
    known = {example for topic in TOPICS.topics for example in topic.examples}
    assert not known & {sentence for _, sentence in CASES}
    right: dict[str, list[bool]] = {}
    wrong = []
    for category, sentence in CASES:
        suggestions = CATEGORISER.understand(sentence).suggestions
        first = suggestions[0].category if suggestions else None
        right.setdefault(category, []).append(first == category)
        if first != category:
            wrong.append(f"{sentence}: {first}, not {category}")
    shares = {category: sum(all_) / len(all_) for category, all_ in right.items()}
    print(len(CASES), shares, *wrong, sep="\n")
    assert len(CASES) >= 60 and len(right) == 6
    assert sum(map(sum, right.values())) / len(CASES) >= 0.9, wrong
    assert min(shares.values()) >= 0.75, wrong


def test_the_first_three_hold_the_right_category_nearly_always() -> None:
    hits = [any(s.category == c for s in CATEGORISER.understand(text).suggestions) for c, text in CASES]
    assert sum(hits) / len(hits) >= 0.95


def test_few_callers_are_sent_to_a_wrong_queue() -> None:
    """The general queue costs nothing; a wrong one costs the caller a second explanation."""
    queues = [(CATEGORISER.understand(sentence).queue, category) for category, sentence in CASES]
    assert sum(queue not in (category, GENERAL) for queue, category in queues) / len(queues) <= 0.05
    assert sum(queue == category for queue, category in queues) / len(queues) >= 0.75


@pytest.mark.parametrize(
    "beginning",
    [
        *("我们小区", "我们小区门口", "人民路", "我家", "我家住在人民路", "我们村", "学校门口", "村里的"),
        *("请问一下我父亲", "我想问一下我们单位", "邻居半夜", "孩子", "楼上的"),
    ],
)
def test_the_beginning_of_a_sentence_decides_nothing(beginning: str) -> None:
    """The listening goes on for longer as long as nothing is clear."""
    assert CATEGORISER.understand(beginning).queue == GENERAL
    assert not CATEGORISER.understand(beginning).is_clear


@pytest.mark.parametrize("sentence", ["我们小区停水了", "着火了", "老板拖欠工资不给"])
def test_a_clear_matter_needs_no_more_words(sentence: str) -> None:
    assert CATEGORISER.understand(sentence).is_clear


def test_the_words_say_why() -> None:
    first = CATEGORISER.understand("人民路 停水 了").suggestions[0]
    assert (first.category, first.topic, first.name) == ("living_security", "water_outage", "停水")
    assert first.because == ("停水",)
    assert first.score > 0.8


@pytest.mark.parametrize(("category", "sentence"), CASES)
def test_suggestions_are_well_formed(category: str, sentence: str) -> None:
    understood = CATEGORISER.understand(sentence)
    scores = [suggestion.score for suggestion in understood.suggestions]
    assert len(scores) <= 3 and scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores) and sum(scores) <= 1.01
    assert len({suggestion.topic for suggestion in understood.suggestions}) == len(scores)
    for suggestion in understood.suggestions:
        assert suggestion.because and all(word in sentence for word in suggestion.because)
        assert CATEGORISER._topics[suggestion.topic].category == suggestion.category
    assert understood.queue in QUEUES


@pytest.mark.parametrize(
    "sentence", ["", "   ", "嗯", "喂 你好", "谢谢", "今天中午吃了什么", "hello 😀", "。。。"]
)
def test_nothing_understood_is_the_general_queue_or_the_lines(sentence: str) -> None:
    assert CATEGORISER.understand(sentence).queue == GENERAL
    hinted = CATEGORISER.understand(sentence, hint=QueueId("planning"))
    assert hinted.queue == "planning" and not hinted.urgent


def test_thanks_and_greetings_do_not_count() -> None:
    polite = CATEGORISER.understand("你好 我家 停水 了 谢谢")
    assert polite.suggestions[0].topic == "water_outage"
    assert all(suggestion.topic != "praise" for suggestion in polite.suggestions)


def test_where_the_recogniser_puts_its_spaces_does_not_matter() -> None:
    assert CATEGORISER.understand("路 灯 坏了") == CATEGORISER.understand("路灯坏了")


@pytest.mark.parametrize(
    ("sentence", "urgency"),
    [
        ("楼上 着 火 了 快来人", "火情"),
        ("我家煤气泄漏了", "燃气泄漏"),
        ("有人落水了救命啊", "人身危险"),
        ("我家停水了", None),
    ],
)
def test_danger_is_named(sentence: str, urgency: str | None) -> None:
    understood = CATEGORISER.understand(sentence)
    assert (understood.urgent, understood.urgency) == (urgency is not None, urgency)


@given(st.text(max_size=2_000))
def test_any_text_gives_something_that_fits_into_heard(text: str) -> None:
    understood = CATEGORISER.understand(text)
    heard = Heard(
        call_id=CallId("c"),
        words="",
        final=True,
        reason=Reason.ENDPOINT,
        at=1.0,
        heard_ms=0,
        suggestions=understood.suggestions,
        queue=understood.queue,
        urgent=understood.urgent,
        urgency=understood.urgency,
    )
    assert Heard.from_json(heard.to_json()) == heard
    assert all(len(suggestion.because) <= MAX_BECAUSE for suggestion in understood.suggestions)


def test_a_megabyte_costs_no_more_than_a_sentence() -> None:
    assert len(spoken("停水" * 500_000)) == MAX_SENTENCE
    assert CATEGORISER.understand("停水" * 500_000).suggestions[0].topic == "water_outage"


def test_no_topics_at_all_is_no_error() -> None:
    assert Categoriser(Topics()).understand("停水了").suggestions == ()


def test_another_finder_can_speak_as_well() -> None:
    """The place of a finder by sound: what was misheard still counts, for less."""

    class BySound:
        def find(self, sentence: str) -> list[Find]:
            return [Find("water_outage", 0.9, "听水")] if "听水" in sentence else []

    understood = Categoriser(TOPICS, [BySound()]).understand("听水了")
    assert understood.suggestions[0].topic == "water_outage"


@pytest.mark.parametrize("sentence", ["人民路停水了", "我家暖气不热", "老板拖欠工资", "小区路灯坏了"])
def test_what_is_understood_brings_three_suggestions_with_what_speaks_for_them(sentence: str) -> None:
    suggestions = CATEGORISER.understand(sentence).suggestions
    assert len(suggestions) == 3
    assert len({suggestion.topic for suggestion in suggestions}) == 3
    assert all(suggestion.because for suggestion in suggestions)
    scores = [suggestion.score for suggestion in suggestions]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1.001
