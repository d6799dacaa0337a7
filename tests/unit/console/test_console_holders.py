"""One page a seat: claims, takeovers, losses, graces, and the few softphones of supervisors."""

from hotline.domain.ids import SeatId
from seat_console.holders import GRACE_S, REPEAT_S, Endpoints, SeatHolders

SEAT = SeatId("seat07")


def test_a_free_seat_is_given_to_whoever_asks() -> None:
    holders = SeatHolders()
    assert holders.claim(SEAT, "a", "c1", False) == (True, None)
    assert holders.has(SEAT, "a")
    assert not holders.has(SEAT, "b")


def test_a_held_seat_is_refused_and_stays() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    assert holders.claim(SEAT, "b", "c2", False) == (False, None)
    assert holders.has(SEAT, "a")


def test_taking_over_names_the_connection_that_lost() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    assert holders.claim(SEAT, "b", "c2", True) == (True, "c1")
    assert not holders.has(SEAT, "a")


def test_the_same_page_on_a_new_connection_is_itself() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    assert holders.claim(SEAT, "a", "c2", False) == (True, "c1")
    holders.leave("c1", 5.0)  # the old connection's end comes late
    assert holders.has(SEAT, "a")
    assert holders.abandoned(1000.0) == []


def test_a_seat_without_a_connection_is_free_for_another_page() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    holders.leave("c1", 5.0)
    assert not holders.has(SEAT, "a")
    assert holders.claim(SEAT, "b", "c2", False) == (True, None)


def test_an_abandoned_seat_is_named_after_its_grace_and_again_later() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    holders.leave("c1", 5.0)
    assert holders.abandoned(5.0 + GRACE_S - 0.01) == []
    assert holders.abandoned(5.0 + GRACE_S) == [SEAT]
    holders.told(SEAT, 20.0)
    assert holders.abandoned(20.0 + REPEAT_S - 0.01) == []
    assert holders.abandoned(20.0 + REPEAT_S) == [SEAT]
    holders.forget(SEAT)
    assert holders.abandoned(1e9) == []


def test_a_seat_in_use_is_never_forgotten() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    holders.forget(SEAT)
    assert holders.has(SEAT, "a")


def test_a_stranger_leaving_changes_nothing() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    holders.leave("c9", 5.0)
    assert holders.has(SEAT, "a")


def test_assuming_seats_gone_spares_those_that_are_here() -> None:
    holders = SeatHolders()
    holders.claim(SEAT, "a", "c1", False)
    holders.assume_gone([SEAT, SeatId("seat08")], 0.0)
    assert holders.has(SEAT, "a")
    assert holders.abandoned(1e9) == [SeatId("seat08")]


def test_softphones_are_lent_one_a_page_and_given_back() -> None:
    endpoints = Endpoints(("sup01", "sup02"))
    assert endpoints.lend("a") == "sup01"
    assert endpoints.lend("a") == "sup01"
    assert endpoints.lend("b") == "sup02"
    assert endpoints.lend("c") is None
    endpoints.give_back("a")
    endpoints.give_back("nobody")
    assert endpoints.lend("c") == "sup01"
