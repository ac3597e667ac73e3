"""The treaty register: notices run out, treaties expire, signed texts enter into force."""

from collections.abc import Generator, Mapping

import numpy as np
import simpy

from relsim.array_types import Floats, Integers, Shorts
from relsim.scenario.world import Treaty
from relsim.worlds.clock import Clock, Phase
from relsim.worlds.parameters import at
from relsim.worlds.record import Record
from relsim.worlds.worlds import (
    EXPIRED,
    IN_FORCE,
    NEVER,
    NOT_YET,
    NOTICE_GIVEN,
    OUT,
    SUSPENDED,
    Worlds,
)


def give_notice(
    worlds: Worlds, record: Record, treaty: int, actor: int, idx: Integers, due: Shorts, day: int
) -> None:
    """A party announces its exit, which takes effect on the day `due`; a suspension goes on."""
    kept = idx[worlds.membership[treaty, actor, idx] != SUSPENDED]
    worlds.membership[treaty, actor, kept] = NOTICE_GIVEN
    worlds.exit_due[treaty, actor, idx] = due
    stage = worlds.stage
    name, of = stage.actors[actor], stage.treaties[treaty]
    record.happened("treaty_exit_notice", name, idx, day, of, value=due)


def arms_text_signed(
    worlds: Worlds, record: Record, idx: Integers, due: Shorts, day: int, uniforms: Floats
) -> None:
    """A binding text on arms, in force later: it may save treaties under notice or suspended.

    One uniform a text, `uniforms`, decides for all treaties.
    """
    record.happened("arms_text", None, idx, day)
    record.happened("new_arms_agreement", None, idx, day)
    worlds.text_in_force_due[idx] = due
    for number, name in enumerate(worlds.stage.treaties):
        share = worlds.parameters.get(f"treaties.{name}.saved_by_agreement")
        if share is None:
            continue
        saved = idx[uniforms < at(share, idx)]
        for actor, party in enumerate(worlds.stage.actors):
            members = worlds.membership[number, actor, saved]
            back = saved[(members == NOTICE_GIVEN) | (members == SUSPENDED)]
            worlds.membership[number, actor, back] = IN_FORCE
            worlds.exit_due[number, actor, back] = NEVER
            record.happened("treaty_kept", party, back, day, name)


def treaty_register(
    worlds: Worlds, clock: Clock, record: Record
) -> Generator[simpy.Event, None, None]:
    """Once a week and on the last day: exits that fall due, expiries, entries into force."""
    first_expiry = worlds.expiry.min(axis=1).tolist()  # dates of expiry do not move
    for day in clock.record_days():
        yield clock.until(day, Phase.WORLD)
        members = worlds.membership
        leaving = ((members == NOTICE_GIVEN) | (members == SUSPENDED)).any(axis=2)  # a few, if any
        for number, treaty in enumerate(worlds.stage.treaties):
            for actor in np.flatnonzero(leaving[number]).tolist():
                name = worlds.stage.actors[actor]
                gone = due_exits(worlds, number, actor, day)
                worlds.membership[number, actor, gone] = OUT
                record.happened("treaty_left", name, gone, day, treaty)
            if first_expiry[number] <= day:
                expired = np.flatnonzero(worlds.stays(number) & (worlds.expiry[number] <= day))
                worlds.membership[number][:, expired] = EXPIRED
                record.happened("treaty_expired", None, expired, day, treaty)
        due = worlds.text_in_force_due
        ready = np.flatnonzero((due != NEVER) & (due <= day))
        worlds.text_in_force_due[ready] = NEVER
        record.happened("arms_text", None, ready, day)


def due_exits(worlds: Worlds, treaty: int, actor: int, day: int) -> Integers:
    """Runs in which a party's notice runs out."""
    members = worlds.membership[treaty, actor]
    leaving = np.flatnonzero((members == NOTICE_GIVEN) | (members == SUSPENDED))
    due = worlds.exit_due[treaty, actor, leaving]
    result: Integers = leaving[(due != NEVER) & (due <= day)]
    return result


def entry_into_force(
    worlds: Worlds, clock: Clock, record: Record, treaties: Mapping[str, Treaty]
) -> Generator[simpy.Event, None, None]:
    """Treaties that enter into force within the term, each on its day, in all runs."""
    dates = ((treaty.in_force_from, name) for name, treaty in treaties.items())
    later = sorted((clock.day_of(when), name) for when, name in dates if when is not None)
    for day, name in later:
        if day <= 0:
            continue  # in force from the start
        yield clock.until(day, Phase.CALENDAR)
        members = worlds.membership[worlds.stage.treaties.index(name)]
        members[members == NOT_YET] = IN_FORCE
        record.happened("treaty_in_force", None, np.arange(worlds.width), day, name)
