"""`python -m bench [NAME …]`: runs the measurements and writes `bench/results/NAME.json`."""

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    p.stem
    for p in Path(__file__).parent.glob("*.py")
    if p.stem not in ("__init__", "__main__", "results", "speech_audio", "speech_load", "speech_peer")
)


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        sys.exit(f"bench: there is no {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    for name in wanted:
        importlib.import_module(f"bench.{name}").main()


main()
