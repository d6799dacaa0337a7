"""What citizens said at their callbacks: the shares responded, solved and satisfied (domain.md, Figures)."""

from collections.abc import Iterable
from dataclasses import dataclass

from hotline.domain.ticket_callback import Answers, Satisfaction

BASICALLY_COUNTS = 0.9  # of a satisfied one


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of `valid` callbacks: the citizen was reached and answered the questions. None valid is no share."""

    valid: int = 0
    responded: int = 0
    solved: int = 0
    satisfied: int = 0
    basically: int = 0

    @property
    def responded_share(self) -> float | None:
        """Responded ÷ valid, from 0 to 1."""
        return self.responded / self.valid if self.valid else None

    @property
    def solved_share(self) -> float | None:
        """Solved ÷ valid."""
        return self.solved / self.valid if self.valid else None

    @property
    def satisfied_share(self) -> float | None:
        """(Satisfied + 0.9 × basically satisfied) ÷ valid."""
        return (self.satisfied + BASICALLY_COUNTS * self.basically) / self.valid if self.valid else None


def verdict(answers: Iterable[Answers]) -> Verdict:
    """Counted one by one."""
    said = list(answers)
    return Verdict(
        valid=len(said),
        responded=sum(each.responded for each in said),
        solved=sum(each.solved for each in said),
        satisfied=sum(each.satisfaction is Satisfaction.SATISFIED for each in said),
        basically=sum(each.satisfaction is Satisfaction.BASICALLY for each in said),
    )


def total(parts: Iterable[Verdict]) -> Verdict:
    """Of all units together."""
    listed = list(parts)
    return Verdict(
        valid=sum(each.valid for each in listed),
        responded=sum(each.responded for each in listed),
        solved=sum(each.solved for each in listed),
        satisfied=sum(each.satisfied for each in listed),
        basically=sum(each.basically for each in listed),
    )
