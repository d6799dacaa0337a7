"""Puts a Vosk model folder together: acoustic model, settings, words, language model, and its README."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hotline.speech.training.features import MFCC_CONF
from hotline.speech.training.graph import Tuning, write_graph
from hotline.speech.training.kaldi_model import acoustic_model
from hotline.speech.training.language_model import General, Shape, estimate
from hotline.speech.training.lexicon import common_count, cut, vocabulary
from hotline.speech.training.network import difference, folded
from hotline.speech.training.pitch import PITCH_CONF
from hotline.speech.training.sentences import TOLD_WEIGHT, told_sentences, training_sentences
from hotline.speech.training.train import load
from hotline.speech.training.word_kinds import general_following, kind_of

ACOUSTIC_SCALE = 0.5
BEAM, LATTICE_BEAM = 11, 5
RAREST = 5e-3  # least prior of a sound: what hardly ever occurs would be heard in any doubt

# Silence is phone 1. A sentence has ended after half a second of silence if the graph says so, after one in
# any case; Vosk's rule for silence before anything was said is left as it is.
MODEL_CONF = f"""--min-active=200
--max-active=3000
--beam={BEAM}
--lattice-beam={LATTICE_BEAM}
--acoustic-scale={ACOUSTIC_SCALE}
--frame-subsampling-factor=3
--frames-per-chunk=12
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=1.0
--endpoint.rule4.min-trailing-silence=2.0
"""


def build(
    network: Path,
    target: Path,
    *,
    vocabulary_size: int,
    shape: Shape | None = None,
    tuning: Tuning | None = None,
) -> None:
    """Write am/, conf/ and graph/ of the model."""
    for name in ("am", "conf", "graph"):
        (target / name).mkdir(parents=True, exist_ok=True)
    trained, priors = load(network)
    layers = folded(trained)
    if (off := difference(trained, layers)) > 0.01:
        raise RuntimeError(f"the exported layers differ from the network by {off:.3f}")
    (target / "am" / "final.mdl").write_bytes(acoustic_model(layers, np.maximum(priors, RAREST)))
    (target / "conf" / "mfcc.conf").write_text(MFCC_CONF)
    (target / "conf" / "pitch.conf").write_text(PITCH_CONF)
    (target / "conf" / "model.conf").write_text(MODEL_CONF)
    sentences = [cut(sentence) for sentence in training_sentences()]
    sentences += [cut(sentence) for sentence in told_sentences()] * (TOLD_WEIGHT - 1)
    lexicon = vocabulary(sentences, vocabulary_size)
    general = General(common_count, kind_of, general_following())
    model = estimate(sentences, list(lexicon), shape or Shape(), general)
    fst = write_graph(target / "graph", lexicon, model, tuning or Tuning())
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{len(lexicon)} words, {sum(map(len, model.listed.values()))} n-grams of two words or more")
    print(f"graph: {fst.states} states, {fst.arcs} arcs; model: {size / 1e6:.1f} MB")


def write_readme(target: Path, figures: Mapping[str, float]) -> None:
    """README.md beside the model, from the template and what was measured."""
    template = Path(__file__).with_name("model_readme.md").read_text(encoding="utf-8")
    words = len((target / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()) - 4
    parts = [path for path in target.rglob("*") if path.is_file() and path.name != "README.md"]
    megabytes = round(sum(path.stat().st_size for path in parts) / 1e6, 1)
    values = {"words": words, "megabytes": megabytes, "date": time.strftime("%Y-%m-%d"), **figures}
    (target / "README.md").write_text(template.format_map(values), encoding="utf-8")
