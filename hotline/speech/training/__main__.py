"""`python -m hotline.speech.training [speak|train|build|evaluate|all]`: makes the shipped model anew."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

STEPS = ("speak", "train", "build", "evaluate")
SHIPPED = Path(__file__).resolve().parents[1] / "models" / "hotline-synthetic-cn"


def main() -> None:
    """Run the steps asked for, in order."""
    parser = argparse.ArgumentParser(prog="python -m hotline.speech.training", description=__doc__)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"some of: {', '.join(STEPS)}; none: all")
    parser.add_argument(
        "--work", type=Path, default=Path(".hotline/training"), help="folder for steps between"
    )
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the model")
    parser.add_argument("--utterances", type=int, default=16_000)
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--vocabulary", type=int, default=5_000, help="least number of words")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    unknown = [step for step in options.steps if step not in STEPS]
    if unknown:
        parser.error(f"no step is called {unknown[0]}")
    for step in options.steps or STEPS:
        begun = time.monotonic()
        print(f"== {step}", flush=True)
        run(step, options)
        print(f"== {step}: {time.monotonic() - begun:.0f} s", flush=True)


def run(step: str, options: argparse.Namespace) -> None:
    """One step; each needs only what the one before left in the work folder."""
    network = options.work / "network.pt"
    if step == "speak":
        from hotline.speech.training.corpus import make_corpus

        make_corpus(options.work / "corpus", options.utterances, processes=options.threads)
    elif step == "train":
        from hotline.speech.training.train import train

        sizes = {"epochs": options.epochs, "width": options.width, "threads": options.threads}
        train(options.work / "corpus", network, **sizes)
    elif step == "build":
        from hotline.speech.training.build import build

        build(network, options.model, vocabulary_size=options.vocabulary)
    else:
        from hotline.speech.training.build import write_readme
        from hotline.speech.training.evaluate import evaluate, make_test_sounds

        make_test_sounds(options.work / "test")
        figures = evaluate(options.model, options.work / "test")
        print(json.dumps(figures, indent=1))
        write_readme(options.model, figures)


if __name__ == "__main__":
    main()
