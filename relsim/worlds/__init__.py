"""The state of the runs, and what it rests on: arrays, a clock, parameters, random numbers.

`worlds` has every array, the runs on the last axis, and fills them for the first day; `record`
hands happenings to the outcome monitors and to the event log. Rooms of its own: `randomness` (draws
and random streams) and `monitors` (on which day a run meets an outcome). It may import from
scenario and the rooms above it. Begin with `worlds`.
"""
