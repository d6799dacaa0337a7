"""When a model hears, from its files; a file that says nothing, or nonsense, is taken as usual."""

from pathlib import Path

import pytest

from hotline.settings import PACKAGE
from hotline.speech.rhythm import Rhythm, rhythm_of

SHIPPED = PACKAGE / "speech" / "models" / "hotline-synthetic-cn"
MS = 16  # bytes


def test_the_shipped_model_hears_every_120_ms() -> None:
    """12 frames, 12 ahead, 4 of pitch: measured by the recogniser's own time, the first chunk is complete at 313 ms."""
    assert rhythm_of(SHIPPED) == Rhythm(first=320 * MS, every=120 * MS)


def test_what_is_heard_and_what_is_missing() -> None:
    rhythm = Rhythm(first=320 * MS, every=120 * MS)
    heard = {0: 0, 319: 0, 320: 320, 439: 320, 440: 440, 1000: 920}
    assert {count: rhythm.heard(count * MS) // MS for count in heard} == heard
    missing = {0: 0.32, 300: 0.02, 320: 0.12, 430: 0.01, 440: 0.12}
    assert {count: rhythm.missing_s(count * MS) for count in missing} == missing


@pytest.mark.parametrize(
    ("conf", "mdl"),
    [
        ("", b""),
        ("--frames-per-chunk=x\n--frames-per-chunk=-3\n", b"<RightContext> \x04\x01"),
        ("--frames-per-chunk=0", b"<RightContext> \x05\x01\x00\x00\x00"),
    ],
)
def test_a_model_that_does_not_say(tmp_path: Path, conf: str, mdl: bytes) -> None:
    usual = rhythm_of(tmp_path / "nothing")
    (tmp_path / "model.conf").write_text(conf)
    (tmp_path / "final.mdl").write_bytes(mdl)
    assert rhythm_of(tmp_path) == usual and usual.every == 210 * MS


def test_a_flat_model_for_wide_band_sound(tmp_path: Path) -> None:
    (tmp_path / "model.conf").write_text("--frames-per-chunk=10\n")
    (tmp_path / "mfcc.conf").write_text("--sample-frequency=16000\n")
    (tmp_path / "final.mdl").write_bytes(b"...<RightContext> \x04\x15\x00\x00\x00...")
    assert rhythm_of(tmp_path) == Rhythm(first=360 * MS, every=120 * MS)
