"""The Chinese models that are known for Vosk: what their makers say of them, and where they come from."""

from dataclasses import dataclass

SOURCE = "https://alphacephei.com/vosk/models/"
LIST = "model-list.json"  # beside the models: their sizes and MD5 sums
SHIPPED = "hotline-synthetic-cn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Error rates are characters in a hundred as published, never measured on telephone speech."""

    name: str
    size_mb: int
    licence: str
    errors: str
    note: str


KNOWN = (
    Known(
        name=SHIPPED,
        size_mb=7,
        licence="Apache-2.0",
        errors="on synthetic voices only: see its README.md",
        note="shipped; made by this project from synthetic voices; 8 kHz",
    ),
    Known(
        name="vosk-model-small-cn-0.22",
        size_mb=42,
        licence="Apache-2.0",
        errors="SpeechIO-02 23.54, SpeechIO-06 38.29, THCHS 17.15",
        note="small; about 300 MB of memory",
    ),
    Known(
        name="vosk-model-cn-0.22",
        size_mb=1300,
        licence="Apache-2.0",
        errors="SpeechIO-02 13.98, SpeechIO-06 27.30, THCHS 7.43",
        note="large, for servers; several GB of memory",
    ),
    Known(
        name="vosk-model-cn-kaldi-multicn-0.15",
        size_mb=1500,
        licence="Apache-2.0",
        errors="SpeechIO-02 17.44, SpeechIO-06 25.56",
        note="large; Kaldi's multi_cn recipe; several GB of memory",
    ),
)


def known(name: str) -> Known | None:
    """By its exact name."""
    return next((one for one in KNOWN if one.name == name), None)
