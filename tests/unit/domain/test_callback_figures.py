"""The shares of valid callbacks, with worked numbers."""

import pytest

from hotline.domain.callback_figures import Verdict, total, verdict
from hotline.domain.ticket_callback import Answers, Satisfaction

S = Satisfaction


def said(satisfaction: Satisfaction, responded: bool = True, solved: bool = True) -> Answers:
    return Answers(responded=responded, solved=solved, satisfaction=satisfaction)


def test_ten_callbacks_worked_by_hand() -> None:
    answers = [said(S.SATISFIED)] * 5 + [said(S.BASICALLY)] * 2 + [said(S.BASICALLY, solved=False)]
    answers += [said(S.NOT, solved=False), said(S.NOT, responded=False, solved=False)]
    found = verdict(answers)
    assert found == Verdict(valid=10, responded=9, solved=7, satisfied=5, basically=3)
    assert (found.responded_share, found.solved_share) == (0.9, 0.7)
    assert found.satisfied_share == pytest.approx(0.77)  # (5 + 0.9 × 3) ÷ 10


def test_everybody_basically_satisfied_is_nine_tenths() -> None:
    assert verdict([said(S.BASICALLY)] * 4).satisfied_share == pytest.approx(0.9)


def test_no_valid_callback_is_no_share() -> None:
    assert verdict([]) == total([]) == Verdict()
    assert Verdict().responded_share is Verdict().solved_share is Verdict().satisfied_share is None


def test_all_together_counts_callbacks_not_units() -> None:
    many, one = verdict([said(S.SATISFIED)] * 9), verdict([said(S.NOT, responded=False, solved=False)])
    assert total([many, one]) == Verdict(valid=10, responded=9, solved=9, satisfied=9)
    assert total([many, one]).satisfied_share == 0.9
