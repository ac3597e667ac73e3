"""The weekly record of one run: the index, and what the outcomes ask for."""

from benchmarks.peers.catalogue import (
    DAYS,
    FREEZE_FROM,
    KNOWN,
    LAST_WEEK,
    RUPTURE,
    SECOND_HALF,
    WEEK,
    WEEKS,
    YEAR_BEGINS,
    scalar,
)
from benchmarks.peers.state import IN_FORCE, NOTICE, OUT

OUTCOMES = (
    "signs_of_detente",
    "detente",
    "late_detente",
    "freeze",
    "competition_prevails",
    "mixed_relations",
    "tensions_persist",
    "new_arms_control_agreement",
    "new_start_in_force",
    "open_skies_left_by_russia",
    "deadly_exchange",
    "direct_war",
    "colour_revolution_attempt",
    "colour_revolution",
    "nord_stream_2_completed",
)
# Asked for in the check alone, to see the mechanisms between the moves and the outcomes.
PROBES = (
    "leaders' document",
    "mass expulsion",
    "notice of exit",
    "talks opened",
    "talks broken down",
    "incident (rung 1)",
    "crisis (rung 3)",
    "above rung 0 at the end",
    "arms text in year 4",
)
QUANTITIES = (
    "index_at_end",
    "weeks_below_zero",
    "first_thaw_day",
    "leaders_meetings",
    "agreements",
    "sanctions_rounds.US",
    "strong_moves.US",
    "pressure_works_at_end.US",
    "sanctions_rounds.RU",
    "strong_moves.RU",
    "pressure_works_at_end.RU",
    "flow_of_year.1",
    "flow_of_year.2",
    "flow_of_year.3",
    "flow_of_year.4",
)
LATE_WEEKS, LATEST_WEEKS = WEEKS - 52, WEEKS - 26


@scalar
def record_week(p, w, day):
    """Close a week: flow, index, streaks, counts; then clear what the next one begins anew."""
    week, flow, index_keep = day // WEEK, w.flow, p.index_keep
    w.flow_of_year[min(day // 365, 3)] += flow
    w.flow = 0.0
    if week == WEEKS - 1:  # the short week counts as a rate
        flow /= LAST_WEEK
        index_keep = p.index_keep_last
    w.index = index = flow + index_keep * (w.index - flow)
    w.term_flow += flow
    w.block_flow += flow
    if week % 13 == 12:
        if w.block_flow < 0.0:
            w.blocks_below += 1
        w.block_flow = 0.0
    if index < 0.0:
        w.weeks_above = 0
        w.weeks_below += 1
        w.below_in_all += 1
    else:
        w.weeks_below = 0
        w.weeks_above += 1
        if w.first_thaw < 0:
            w.first_thaw = day
    note_rung(w, day)
    if w.strong_week or w.cooperative_week:
        note_mix(w, week, day)
    if week >= LATEST_WEEKS:
        w.late_index += index
    if w.detente_onset < 0 and w.weeks_above >= 26 and w.weeks_calm >= 26:
        look_for_detente(w, week, day)
    if w.freeze_day < 0 and w.weeks_below >= 52 and day >= FREEZE_FROM:
        look_for_freeze(w, day)
    if week + 1 in YEAR_BEGINS:
        w.hostile_weeks, w.cooperative_weeks = 0, 0


@scalar
def note_rung(w, day):
    """How the ladder stands at the end of a week."""
    rung = w.rung
    if rung < RUPTURE:
        w.weeks_calm += 1
    else:
        w.weeks_calm = 0
    if rung:
        for level in range(1, rung + 1):
            if w.first_at_rung[level] < 0:
                w.first_at_rung[level] = day


@scalar
def note_mix(w, week, day):
    """Count weeks with strong hostile and with cooperative moves, year by year."""
    if w.strong_week and week >= LATE_WEEKS:
        w.late_hostile += 1
    before = w.hostile_weeks >= 2 and w.cooperative_weeks >= 2
    w.hostile_weeks += w.strong_week
    w.cooperative_weeks += w.cooperative_week
    if not before and w.hostile_weeks >= 2 and w.cooperative_weeks >= 2:
        w.years_mixed += 1
        if w.years_mixed == 3:
            w.mixed_day = day
    w.strong_week, w.cooperative_week = 0, 0


@scalar
def look_for_detente(w, week, day):
    """No rupture in the last 26 weeks, two of three kinds of deed in the last 52."""
    if max(w.last_mass, w.last_notice) > day - 182:
        return
    # A deed never done has day -1, and no week before the 26th gets here.
    since = max(day - 364, KNOWN)
    kinds = (w.last_document > since) + (w.last_text > since) + (w.last_ease > since)
    if kinds >= 2:
        w.detente_onset = WEEK * (week - 25)


@scalar
def look_for_freeze(w, day):
    """No meeting, no agreement, no easing and no session within 52 weeks."""
    latest = max(max(w.last_summit, w.last_agreement), max(w.last_ease, w.last_session))
    if latest <= day - 364:
        w.freeze_day = day


@scalar
def second_smallest(x, y, z):
    """The day by which two of three have happened, -1 if never."""
    if (x >= 0) + (y >= 0) + (z >= 0) < 2:
        return -1
    if x < 0:
        return max(y, z)
    if y < 0:
        return max(x, z)
    if z < 0:
        return max(x, y)
    return max(min(x, y), min(max(x, y), z))


@scalar
def outcome_days(w, days):
    """Write the day of each outcome into `days`, -1 where it never came about."""
    last = DAYS - 1
    days[0] = second_smallest(w.late_summit, w.late_agreement, w.late_ease)
    days[1] = w.detente_onset
    days[2] = w.detente_onset if w.detente_onset >= SECOND_HALF else -1
    days[3] = w.freeze_day
    days[4] = last if w.blocks_below >= 9 and w.term_flow < 0.0 else -1
    days[5] = w.mixed_day
    days[6] = last if w.late_hostile >= 2 and w.late_index < 0.0 else -1
    days[7] = w.new_arms
    bound = w.status[0] in (IN_FORCE, NOTICE) and w.status[1] in (IN_FORCE, NOTICE)
    days[8] = last if bound else -1
    days[9] = last if w.status[3] == OUT else -1
    days[10], days[11] = w.first_at_rung[5], w.first_at_rung[6]
    days[12], days[13], days[14] = w.attempt, w.overthrow, w.completed
    probes = len(OUTCOMES)
    days[probes] = w.last_document
    days[probes + 1] = w.last_mass
    days[probes + 2] = w.last_notice
    days[probes + 3] = last if w.opened else -1
    days[probes + 4] = last if w.broken_down else -1
    days[probes + 5], days[probes + 6] = w.first_at_rung[1], w.first_at_rung[3]
    days[probes + 7] = last if w.rung else -1
    days[probes + 8] = w.last_text if w.last_text >= DAYS - 364 else -1


@scalar
def quantities(us, ru, w, values):
    """Write what is kept of a run besides its outcomes into `values`."""
    values[0], values[1], values[2] = w.index, w.below_in_all, w.first_thaw
    values[3], values[4] = w.joint[1], w.joint[2]
    values[5], values[6], values[7] = us.rounds, us.strong, us.a / (us.a + us.b)
    values[8], values[9], values[10] = ru.rounds, ru.strong, ru.a / (ru.a + ru.b)
    for k in range(4):
        values[11 + k] = w.flow_of_year[k]
