"""`hotline call`: a citizen without a telephone."""

import click

from hotline.domain.errors import Unavailable


@click.command()
def call() -> None:
    """Call the hotline as a citizen would (being built)."""
    raise Unavailable("`hotline call` is not there yet")
