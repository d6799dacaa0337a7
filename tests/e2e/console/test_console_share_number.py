"""The seat writes down whether the units may have the citizen's number; never together with confidential."""

from playwright.sync_api import expect

from tests.support.browser import SeatPage
from tests.support.console_stage import Stage
from tests.support.console_talk import eventually, stored, talk


def test_kept_from_the_units_or_given_to_them_never_both(stage: Stage, seat: SeatPage) -> None:
    call = talk(stage, seat)
    seat.write("停水三天")
    allowed, hidden = seat.page.locator("#share_number"), seat.page.locator("#confidential")
    expect(allowed).not_to_be_checked()
    allowed.check()
    eventually(seat.page, lambda: stored(stage, call).share_number, "the allowance is stored")
    hidden.check()
    expect(allowed).not_to_be_checked()
    eventually(
        seat.page,
        lambda: stored(stage, call).confidential and not stored(stage, call).share_number,
        "it is withdrawn",
    )
    allowed.check()
    expect(hidden).not_to_be_checked()
    seat.page.reload()
    expect(allowed).to_be_checked()
