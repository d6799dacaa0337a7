"""Kaldi's MFCC features, computed exactly as Vosk will compute them from conf/mfcc.conf."""

from __future__ import annotations

import kaldi_native_fbank as knf
import numpy as np

from hotline.speech.pcm import TELEPHONE_RATE
from hotline.speech.training.shape import FEATURES

LOW_HERTZ, HIGH_HERTZ = 60, -200  # a negative limit counts down from half the sampling rate

MFCC_CONF = f"""--use-energy=false
--sample-frequency={TELEPHONE_RATE}
--num-mel-bins={FEATURES}
--num-ceps={FEATURES}
--low-freq={LOW_HERTZ}
--high-freq={HIGH_HERTZ}
--dither=0
--allow-downsample=true
--allow-upsample=true
"""


def mfcc(sound: np.ndarray) -> np.ndarray:
    """(frames, 30) features, one frame each 10 ms, of 8 kHz sound at 16-bit scale."""
    options = knf.MfccOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = TELEPHONE_RATE
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = FEATURES
    options.mel_opts.low_freq = LOW_HERTZ
    options.mel_opts.high_freq = HIGH_HERTZ
    options.num_ceps = FEATURES
    options.use_energy = False
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(TELEPHONE_RATE, sound.astype(np.float32).tolist())
    computer.input_finished()
    frames = [computer.get_frame(index) for index in range(computer.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, FEATURES), np.float32)
