"""A database taken to another form of its tables."""

from alembic import command
from alembic.config import Config

from hotline.settings import CHECKOUT
from hotline.storage.sql import SqlStorage


def step(storage: SqlStorage, revision: str) -> None:
    """Back to an older form of the tables, or forward to the newest."""
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "hotline/storage/migrations"))
    with storage.engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if revision == "head" else command.downgrade)(config, revision)
