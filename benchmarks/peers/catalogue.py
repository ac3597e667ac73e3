"""What the baseline fixes for all draws, as constants that plain Python and Numba can both read.

The peers simulate one scenario with its structure written out: two governments that review weekly
on different days, two treaties that can still change, five issues, four regions. It is
us-russia-2021-prior without two of its moves, which the peers do not have.
`check_structure` refuses a scenario file that has changed in a way that the peers do not follow.
"""

from datetime import date

import relsim
from relsim.worlds.stage import stage_of

try:  # the same functions serve plain Python and, if it is installed, Numba's compiler
    from numba.extending import register_jitable

    scalar = register_jitable(fastmath=True, error_model="numpy")
except ImportError:

    def scalar(function):
        """Leave a function as it is."""
        return function


NAME = "us-russia-2021-prior"
LEFT_OUT = ("reduce_relations", "suspend_new_start")
WHOLE = relsim.load(NAME)
SCENARIO = WHOLE.vary(
    {f"calendar.{n}": None for n, entry in enumerate(WHOLE.calendar) if entry.move in LEFT_OUT}
    | {f"moves.{name}": None for name in LEFT_OUT}
)
STAGE = stage_of(SCENARIO)

US, RU = 0, 1
(HOLD, CRITICIZE, THREATEN, SANCTION, EXPEL, POSTURE, LEAVE, SUSPEND, PROPOSE_TALKS,
 PROPOSE_SUMMIT, REJECT, ACCEPT, GOODWILL, RELEASE, EASE) = range(15)  # fmt: skip
MOVES = (
    "hold",
    "criticize",
    "threaten",
    "impose_sanctions",
    "expel_diplomats",
    "military_posture",
    "leave_new_start",
    "suspend_talks",
    "propose_talks",
    "propose_summit",
    "reject_proposal",
    "accept_proposal",
    "goodwill_gesture",
    "release_prisoners",
    "ease_sanctions",
)
ROUND, SUMMIT, AGREEMENT = range(3)
JOINT = ("negotiation_round", "summit", "agreement")
NEW_START, OPEN_SKIES = 0, 1
TREATIES = ("new_start", "open_skies")
ISSUES = ("arms_control", "pandemic", "climate", "regional_hot_spots", "cyber")
REGIONS = ("europe", "middle_east", "africa", "latin_america")
ACTORS = ("US", "RU")

WEIGHT = tuple(move.weight for move in STAGE.moves)
STRONG = tuple(move.strong for move in STAGE.moves)
COOPERATIVE = tuple(move.cooperative for move in STAGE.moves)
CONCESSION = tuple(move.concession for move in STAGE.moves)
DEBT = tuple(move.answered for move in STAGE.moves)  # row of the debts, -1 if not answered in kind
JOINT_WEIGHT = tuple(STAGE.joint[name].weight for name in JOINT)
JOINT_FELT = tuple(STAGE.joint[name].weight * STAGE.joint[name].felt for name in JOINT)
JOINT_CONCESSION = tuple(STAGE.joint[name].concession for name in JOINT)
EXPRESSES = tuple(tuple(float(x) for x in SCENARIO.moves[name].expression()) for name in MOVES)  # W

DAYS, KNOWN = STAGE.days, STAGE.known_day
WEEK = 7
WEEKS = -(-DAYS // WEEK)  # the last one is short
LAST_WEEK = (DAYS - (WEEKS - 1) * WEEK) / WEEK  # its length in weeks
YEARS_A_WEEK = WEEK / 365.25
MONTHS_A_WEEK = WEEK / (365.25 / 12)
MOST = 8  # moves of one review, apart from answers
WINDOW = 26  # reviews within which a round of sanctions may show success
FIRST_REVIEW = (0, 3)
ON_TABLE, ON_WEEKS_END = 5, 6  # days of the week
TOP, RUPTURE = 6, 3  # rungs of the ladder
NEVER = 1_000_000  # later than any day


def day_of(when: date) -> int:
    """Days from the start of the term."""
    return (when - STAGE.start).days


SEASONS = tuple(
    tuple(day_of(day) for season in actor.elections for day in (season.begins, season.ends))
    for actor in SCENARIO.actors.values()
)
# Dated moves (day, actor or -1 for joint, row), in order of date; notes are for readers.
CALENDAR = tuple(
    (
        day_of(entry.date),
        -1 if entry.actor is None else ACTORS.index(entry.actor),
        JOINT.index(entry.move) if entry.actor is None else MOVES.index(entry.move),
    )
    for entry in SCENARIO.calendar
    if entry.move is not None
)
SECOND_HALF = day_of(date(2023, 1, 20))
FREEZE_FROM = day_of(date(2022, 4, 5))
YEAR_BEGINS = tuple(day_of(date(year, 1, 20)) // WEEK for year in (2022, 2023, 2024))  # weeks


def check_structure() -> None:
    """Refuse a baseline whose structure is no longer the one written out here."""
    spec = SCENARIO.actors
    same = {
        "moves": tuple(move.name for move in STAGE.moves) == MOVES,
        "joint moves": tuple(STAGE.joint) == JOINT,
        "actors": STAGE.actors == ACTORS,
        "issues": STAGE.issues == ISSUES,
        "standing issues": [i.standing for i in SCENARIO.issues.values()] == [True] + [False] * 4,
        "issues of arms": [i.arms for i in SCENARIO.issues.values()] == [True] + [False] * 4,
        "regions": STAGE.regions == REGIONS,
        "treaties": STAGE.treaties[:2] == TREATIES,
        "third parties": STAGE.third_parties == ("europe", "china"),
        "projects": STAGE.projects == ("nord_stream_2",),
        "internal order": tuple(SCENARIO.internal_order) == ("RU",),
        "rules": all(actor.rule == "logit" for actor in spec.values()),
        "reviews": tuple(int(a.first_review.constant) for a in spec.values()) == FIRST_REVIEW
        and all(int(a.review_every.constant) == WEEK for a in spec.values()),
        "sanctions alone": [a.bite_alone.constant for a in spec.values()] == [0, 1],
        "trial windows": all(int(a.trial_window.constant) == WINDOW for a in spec.values()),
        "rounds of talks": SCENARIO.talks.round_every.constant == 13,
        "ladder": (len(SCENARIO.ladder.rungs) - 1, STAGE.rupture_at) == (TOP, RUPTURE),
        "elections": all(len(days) == 4 for days in SEASONS),
        "expiries": day_of(SCENARIO.treaties["new_start"].expires) > DAYS,
        "calendar": all(e.set is None and not e.new_government for e in SCENARIO.calendar)
        and all(day <= KNOWN for day, _, _ in CALENDAR),
    }  # fmt: skip
    changed = [what for what, fine in same.items() if not fine]
    if changed:
        raise SystemExit(f"the peers do not follow the baseline any more: {', '.join(changed)}")
