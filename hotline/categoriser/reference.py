"""What ours is compared with: TF-IDF of one to three characters and a linear SVM, as commonly built."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from hotline.categoriser.model import softmax


class Reference:
    """scikit-learn's parts with their own defaults."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._groups = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
        self._machine = LinearSVC(random_state=0)
        self._machine.fit(self._groups.fit_transform(texts), np.asarray(labels))
        self.labels: tuple[str, ...] = tuple(str(label) for label in self._machine.classes_)

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """Its margins made to add up to 1; it was never taught probabilities."""
        margins = self._machine.decision_function(self._groups.transform([text]))
        if margins.ndim == 1:
            margins = np.stack([-margins, margins], axis=1)
        return softmax(margins[0], 1.0)
