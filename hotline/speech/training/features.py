"""Kaldi's MFCC features and pitch, computed exactly as Vosk will from conf/mfcc.conf and conf/pitch.conf."""

from __future__ import annotations

import kaldi_native_fbank as knf
import numpy as np

from hotline.speech.pcm import TELEPHONE_RATE
from hotline.speech.training.pitch import pitch
from hotline.speech.training.shape import CEPSTRA

LOW_HERTZ, HIGH_HERTZ = 60, -200  # a negative limit counts down from half the sampling rate

MFCC_CONF = f"""--use-energy=false
--sample-frequency={TELEPHONE_RATE}
--num-mel-bins={CEPSTRA}
--num-ceps={CEPSTRA}
--low-freq={LOW_HERTZ}
--high-freq={HIGH_HERTZ}
--dither=0
--allow-downsample=true
--allow-upsample=true
"""


def features(sound: np.ndarray) -> np.ndarray:
    """(frames, 43) features, one frame each 10 ms, of 8 kHz sound at 16-bit scale."""
    spectrum, tone = mfcc(sound), pitch(sound)
    frames = min(len(spectrum), len(tone))
    return np.concatenate([spectrum[:frames], tone[:frames]], axis=1)


def mfcc(sound: np.ndarray) -> np.ndarray:
    """(frames, 40): the shape of the spectrum."""
    options = knf.MfccOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = TELEPHONE_RATE
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = CEPSTRA
    options.mel_opts.low_freq = LOW_HERTZ
    options.mel_opts.high_freq = HIGH_HERTZ
    options.num_ceps = CEPSTRA
    options.use_energy = False
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(TELEPHONE_RATE, sound.astype(np.float32).tolist())
    computer.input_finished()
    frames = [computer.get_frame(index) for index in range(computer.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, CEPSTRA), np.float32)
