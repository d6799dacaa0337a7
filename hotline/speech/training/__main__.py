"""`python -m hotline.speech.training [speak|train|build|evaluate|all]`: makes the shipped model anew."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

STEPS = ("speak", "train", "build", "evaluate")
PUBLISHED = {
    "cer_clean": "cer_held_out_clean",
    "cer_15db": "cer_held_out_noisy",
    "cer_free_clean": "cer_free_clean",
    "cer_free_15db": "cer_free_noisy",
    "train_minutes": "train_minutes",
    "train_minutes_wall": "train_minutes_wall",
    "times_real_time": "times_real_time",
}
SHIPPED = Path(__file__).resolve().parents[1] / "models" / "hotline-synthetic-cn"


def main() -> None:
    """Run the steps asked for, in order."""
    parser = argparse.ArgumentParser(prog="python -m hotline.speech.training", description=__doc__)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"some of: {', '.join(STEPS)}; none: all")
    parser.add_argument(
        "--work", type=Path, default=Path(".hotline/training"), help="folder for steps between"
    )
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the model")
    parser.add_argument("--utterances", type=int, default=20_000)
    parser.add_argument("--epochs", type=float, default=4.5)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--vocabulary", type=int, default=20_000, help="least number of words")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    unknown = [step for step in options.steps if step not in STEPS]
    if unknown:
        parser.error(f"no step is called {unknown[0]}")
    for step in options.steps or STEPS:
        print(f"== {step}", flush=True)
        before = os.times()
        run(step, options)
        noted = note_time(options.work / "times.json", step, before, os.times())
        print(f"== {step}: {noted['wall_s']:.0f} s, {noted['cpu_s']:.0f} s of a core", flush=True)
    if "evaluate" in (options.steps or STEPS):
        publish(options)


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
        from hotline.speech.training.evaluate import evaluate, make_test_sounds

        make_test_sounds(options.work / "test")
        figures = evaluate(options.model, options.work / "test", options.threads)
        (options.work / "figures.json").write_text(json.dumps(figures, indent=1))
        print(json.dumps(figures, indent=1))


def note_time(path: Path, step: str, before: os.times_result, after: os.times_result) -> dict[str, float]:
    """Keep what a step took: by the clock, and of all cores together, children included."""
    noted = {
        "wall_s": round(after.elapsed - before.elapsed, 1),
        "cpu_s": round(sum(after[:4]) - sum(before[:4]), 1),
    }
    times = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(times | {step: noted}, indent=1))
    return noted


def publish(options: argparse.Namespace) -> None:
    """The README of the model, and for the shipped one its figures among the project's measurements."""
    from hotline.speech.training.build import write_readme

    figures = json.loads((options.work / "figures.json").read_text())
    times = json.loads((options.work / "times.json").read_text())
    making = {step: times[step] for step in ("speak", "train", "build")}
    # The least it takes two quiet cores, its seconds shared out evenly: speaking comes near to that, training
    # makes its batches and its steps on one core while the other waits. The graph is built on one.
    quiet = sum(noted["cpu_s"] / (1 if step == "build" else 2) for step, noted in making.items())
    figures["train_minutes"] = round(quiet / 60, 1)
    figures["train_minutes_wall"] = round(sum(noted["wall_s"] for noted in making.values()) / 60, 1)
    write_readme(options.model, figures)
    if options.model.resolve() == SHIPPED:
        from bench import results

        command = "python -m hotline.speech.training"
        results.merge("speech", command, {key: figures[own] for key, own in PUBLISHED.items()})


if __name__ == "__main__":
    main()
