"""Outcome monitors: counters and first days of each run, kept up to date week by week.

`compiling` makes counters (`leaves`) and operators (`operators`) of the conditions of a scenario.
It may import from errors and from the conditions of scenario, and of worlds from its record alone.
Begin with `monitors`.
"""

from relsim.worlds.monitors.monitors import LoggedDeed, LogLine, Monitors, replay_log
from relsim.worlds.monitors.operators import StatusOf

__all__ = ["LogLine", "LoggedDeed", "Monitors", "StatusOf", "replay_log"]
