"""The figures are those of the definitions, worked out by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from hotline.categoriser.figures import accuracy, calibration_error, macro_f1, top3


def test_macro_f1_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    truth, said = rng.choice(list("abcd"), 200).tolist(), rng.choice(list("abce"), 200).tolist()
    assert macro_f1(truth, said) == pytest.approx(f1_score(truth, said, average="macro"))


def test_accuracy_and_top3() -> None:
    chances = np.array([[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]])
    assert accuracy(["a", "d"], ["a", "a"]) == 0.5
    assert top3(["c", "d"], ["a", "b", "c", "d"], chances) == 0.5


def test_calibration_error_is_the_gap_between_sure_and_right() -> None:
    chances = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(["a", "a", "a", "b"], ["a", "b"], chances) == pytest.approx(0)
    assert calibration_error(["b"] * 4, ["a", "b"], chances) == pytest.approx(0.75)
    assert calibration_error(["a"], ["a", "b"], np.array([[1.0, 0.0]])) == 0
