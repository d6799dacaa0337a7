"""The decoding graph: language model, words and sounds composed into one transducer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline.speech.training.fst import EPSILON, Fst
from hotline.speech.training.language_model import END, END_KIND, START, History, LanguageModel, kind_state
from hotline.speech.training.phones import SILENCE
from hotline.speech.training.positions import Sounds, position_phones, positioned, transition_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Figures found by trying: see the evaluation."""

    word_cost: float = 1.5  # keeps a long word from being heard as several short ones
    silence: float = 0.3  # probability of a pause between two words
    lm_scale: float = 1.0


class GraphBuilder:
    """Composes the graph.

    Words leave a listed history through an arc of their own into a chain of sounds that all histories with
    the same continuation share; where only the kind of the last word counts they go through a tree of sounds
    for each kind of the next, with the costs moved to its root as far as they go, so that the decoder's beam
    sees them early.
    """

    def __init__(self, lexicon: Mapping[str, Sounds], model: LanguageModel, tuning: Tuning) -> None:
        self._lexicon, self._model, self._tuning = lexicon, model, tuning
        self.words = ["<eps>", *sorted(lexicon), "#0", START, END]
        self._word_id = {word: number for number, word in enumerate(self.words)}
        self._phone_id = {name: number for number, name in enumerate(position_phones().names, 1)}
        self.fst = Fst()
        self._entry: dict[History, int] = {}
        self._core: dict[History, int] = {}
        self._chains: dict[tuple[str, History], int] = {}

    def build(self) -> int:
        """Compose everything; the start state."""
        model = self._model
        for history in [*((kind_state(kind),) for kind in model.following), *model.listed]:
            self._history(history)
        for history, following in model.listed.items():
            core = self._core[history]
            for word, probability in following.items():
                self._leave(core, history, word, probability)
            self.fst.arc(core, self._core[model.shorter(history)], cost=self._cost(model.backoff[history]))
        self._kinds()
        return self._entry[model.state_after((), START)]

    def _kinds(self) -> None:
        """From the kind of the last word to that of the next: a tree of sounds for each."""
        model = self._model
        members: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._lexicon):
            members[model.kinds[word]].append(word)
        roots = {kind: self._tree(words) for kind, words in members.items()}
        for kind, following in model.following.items():
            core = self._core[(kind_state(kind),)]
            for other, root in roots.items():
                self.fst.arc(core, root, cost=self._cost(following[other]))
            self.fst.finish(core, self._cost(following[END_KIND]))

    def _cost(self, probability: float) -> float:
        return -math.log(probability) * self._tuning.lm_scale

    def _transitions(self, phone: str) -> tuple[int, int]:
        return transition_ids(self._phone_id[phone])

    def _history(self, history: History) -> None:
        """A state to arrive in after a word, and behind an optional pause the state to go on from."""
        fst = self.fst
        arrived, core, pause = fst.state(), fst.state(), fst.state()
        forward, loop = self._transitions(SILENCE)
        fst.arc(arrived, core, cost=-math.log(1 - self._tuning.silence))
        fst.arc(arrived, pause, read=forward, cost=-math.log(self._tuning.silence))
        fst.arc(pause, pause, read=loop)
        fst.arc(pause, core)
        self._entry[history], self._core[history] = arrived, core

    def _leave(self, core: int, history: History, word: str, probability: float) -> None:
        if word == END:
            self.fst.finish(core, self._cost(probability))
            return
        chain = self._chain(word, self._model.state_after(history, word))
        forward, _ = self._transitions(positioned(self._lexicon[word])[0])
        cost = self._cost(probability) + self._tuning.word_cost
        self.fst.arc(core, chain, read=forward, write=self._word_id[word], cost=cost)

    def _chain(self, word: str, continuation: History) -> int:
        """The state of the word's first sound; the chain behind it ends in the continuation's history."""
        key = (word, continuation)
        if key not in self._chains:
            sounds = positioned(self._lexicon[word])
            state = self._chains[key] = self._sound(sounds[0])
            for phone in sounds[1:]:
                following = self._sound(phone)
                self.fst.arc(state, following, read=self._transitions(phone)[0])
                state = following
            self.fst.arc(state, self._entry[continuation])
        return self._chains[key]

    def _sound(self, phone: str) -> int:
        state = self.fst.state()
        self.fst.arc(state, state, read=self._transitions(phone)[1])
        return state

    def _tree(self, words: Sequence[str]) -> int:
        """The words of a kind as a tree of sounds; its root."""
        costs = {word: self._cost(self._model.within[word]) + self._tuning.word_cost for word in words}
        by_sounds: dict[Sounds, list[str]] = defaultdict(list)
        for word in words:
            by_sounds[positioned(self._lexicon[word])].append(word)
        root = self.fst.state()
        self._branch(root, dict(by_sounds), 0, 0.0, costs)
        return root

    def _branch(
        self,
        state: int,
        words: dict[Sounds, list[str]],
        depth: int,
        paid: float,
        costs: Mapping[str, float],
    ) -> None:
        """Arcs for the sounds at this depth; `paid` of every word's cost has been charged on the way here."""
        groups: dict[str, dict[Sounds, list[str]]] = defaultdict(dict)
        for sounds, spelt in words.items():
            if len(sounds) > depth:
                groups[sounds[depth]][sounds] = spelt
                continue
            for word in spelt:
                continuation = self._entry[self._model.state_after((), word)]
                self.fst.arc(state, continuation, EPSILON, self._word_id[word], costs[word] - paid)
        for phone, group in sorted(groups.items()):
            least = min(costs[word] for spelt in group.values() for word in spelt)
            following = self._sound(phone)
            self.fst.arc(state, following, read=self._transitions(phone)[0], cost=least - paid)
            self._branch(following, group, depth + 1, least, costs)


def write_graph(folder: Path, lexicon: Mapping[str, Sounds], model: LanguageModel, tuning: Tuning) -> Fst:
    """graph/ of a Vosk model: the transducer, the words in the order of their ids, and the sounds."""
    builder = GraphBuilder(lexicon, model, tuning)
    start = builder.build()
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    builder.fst.write(folder / "HCLG.fst", start)
    words = "".join(f"{word} {number}\n" for number, word in enumerate(builder.words))
    (folder / "words.txt").write_text(words, encoding="utf-8")
    phones = position_phones()
    boundaries = "".join(f"{number} {kind}\n" for number, kind in enumerate(phones.kinds, 1))
    (folder / "phones" / "word_boundary.int").write_text(boundaries, encoding="utf-8")
    names = "".join(f"{name} {number}\n" for number, name in enumerate(["<eps>", *phones.names]))
    (folder / "phones.txt").write_text(names, encoding="utf-8")
    return builder.fst
