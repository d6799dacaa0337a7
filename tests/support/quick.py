"""The real thing with less work, for the many tests that are about something else."""

from functools import cache

from argon2 import PasswordHasher

from hotline.domain.topics import Topics
from hotline.settings import Settings
from hotline.storage.passwords import Argon2Passwords
from hotline.topics_file import load_topics

PASSWORDS = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@cache
def shipped_topics() -> Topics:
    """The topics file that the hotline ships, read once."""
    return load_topics(Settings.from_env({}).topics_file)
