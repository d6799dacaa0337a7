"""Writes a text as a recogniser might mishear it: characters give way to others of the same sound."""

import random

from hotline.categoriser.reading import everyday_characters, syllables


def misheard(text: str, share: float, rng: random.Random) -> str:
    """Each Chinese character is swapped with this probability, if another everyday one sounds like it.

    The sound is read in context, as a voice would say it, not by the table that the features use.
    """
    others = everyday_characters()
    written = []
    for char, sound in zip(text, syllables(text), strict=True):
        choice = others.get(sound, "").replace(char, "") if sound != char else ""
        written.append(rng.choice(choice) if choice and rng.random() < share else char)
    return "".join(written)
