"""The one table of what may be done with an accepted ticket in which state (domain.md, Tickets)."""

from enum import StrEnum

from hotline.domain.ticket import TicketState


class Action(StrEnum):
    """What happens to an accepted ticket; each leaves one entry in its log."""

    HAND_OVER = "hand_over"
    SIGN = "sign"
    TAKE_IN_HAND = "take_in_hand"
    RETURN = "return"
    FORCE = "force"
    PASS_ON = "pass_on"  # noqa: S105
    PASS_PART = "pass_part"  # noqa: S105
    ASK_UNIT = "ask_unit"
    ANSWER_PART = "answer_part"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    TELL_NEW_DATE = "tell_new_date"
    MISS_NEW_DATE = "miss_new_date"
    REPLY = "reply"
    MISS_CITIZEN = "miss_citizen"
    GIVE_UP_CALLING = "give_up_calling"
    CALL_BACK = "call_back"
    CLOSE_WITHOUT_CALLBACK = "close_without_callback"
    INTERVIEW = "interview"
    CLOSE = "close"
    DO_AGAIN = "do_again"
    MERGE = "merge"
    SHARE_REPLY = "share_reply"
    MOVE_DEADLINE = "move_deadline"
    REMIND = "remind"
    NOTICE = "notice"
    CRITICISE = "criticise"
    WITHDRAW = "withdraw"


_S, _A = TicketState, Action
AT_THE_UNIT = (_S.HANDED_OVER, _S.SIGNED, _S.IN_HAND)
BEFORE_THE_REPLY = (_S.ACCEPTED, *AT_THE_UNIT, _S.RETURNED)
WHILE_OPEN = (*BEFORE_THE_REPLY, _S.MERGED, _S.REPLIED, _S.CALLED_BACK)
# An extension was granted at a unit, and the citizen is told of the new date until he is called back.
BEFORE_THE_CALLBACK = (*AT_THE_UNIT, _S.RETURNED, _S.MERGED, _S.REPLIED)
# Supervision changes nothing of the ticket: it is said in its log.
SUPERVISION = (_A.REMIND, _A.NOTICE, _A.CRITICISE, _A.WITHDRAW)

MOVES: dict[tuple[TicketState, Action], TicketState] = {
    (_S.ACCEPTED, _A.HAND_OVER): _S.HANDED_OVER,
    (_S.RETURNED, _A.HAND_OVER): _S.HANDED_OVER,
    (_S.RETURNED, _A.FORCE): _S.HANDED_OVER,
    (_S.ACCEPTED, _A.PASS_ON): _S.HANDED_OVER,
    **{(state, _A.PASS_ON): _S.HANDED_OVER for state in AT_THE_UNIT},
    (_S.IN_HAND, _A.PASS_PART): _S.IN_HAND,
    (_S.HANDED_OVER, _A.SIGN): _S.SIGNED,
    (_S.SIGNED, _A.TAKE_IN_HAND): _S.IN_HAND,
    (_S.HANDED_OVER, _A.RETURN): _S.RETURNED,
    (_S.SIGNED, _A.RETURN): _S.RETURNED,
    (_S.IN_HAND, _A.RETURN): _S.RETURNED,
    (_S.IN_HAND, _A.ASK_UNIT): _S.IN_HAND,
    (_S.IN_HAND, _A.ANSWER_PART): _S.IN_HAND,
    (_S.IN_HAND, _A.REPLY): _S.REPLIED,
    (_S.MERGED, _A.SHARE_REPLY): _S.REPLIED,
    (_S.REPLIED, _A.MISS_CITIZEN): _S.REPLIED,
    (_S.REPLIED, _A.GIVE_UP_CALLING): _S.CALLED_BACK,
    (_S.REPLIED, _A.CALL_BACK): _S.CALLED_BACK,
    (_S.REPLIED, _A.CLOSE_WITHOUT_CALLBACK): _S.CLOSED,
    (_S.CALLED_BACK, _A.INTERVIEW): _S.CALLED_BACK,
    (_S.CALLED_BACK, _A.CLOSE): _S.CLOSED,
    (_S.CALLED_BACK, _A.DO_AGAIN): _S.CLOSED,
    **{(state, _A.ASK_EXTENSION): state for state in AT_THE_UNIT},
    **{(state, _A.GRANT_EXTENSION): state for state in AT_THE_UNIT},
    **{(state, _A.REFUSE_EXTENSION): state for state in AT_THE_UNIT},
    **{(state, _A.TELL_NEW_DATE): state for state in BEFORE_THE_CALLBACK},
    **{(state, _A.MISS_NEW_DATE): state for state in BEFORE_THE_CALLBACK},
    **{(state, _A.MERGE): _S.MERGED for state in BEFORE_THE_REPLY},
    **{(state, _A.MOVE_DEADLINE): state for state in WHILE_OPEN},
    **{(state, action): state for state in WHILE_OPEN for action in SUPERVISION},
}
