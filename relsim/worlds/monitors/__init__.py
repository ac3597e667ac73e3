"""Outcome monitors: counters and first days a run, updated as the term goes on.

`compiling` makes counters (`leaves`) and operators (`operators`) of the conditions of a scenario.
It may import from errors and from the conditions of scenario, and from no other file of worlds.
Begin with `monitors`.
"""

from relsim.worlds.monitors.monitors import Monitors
from relsim.worlds.monitors.operators import StatusOf
from relsim.worlds.monitors.replay import LogLine, replay_monitors

__all__ = ["LogLine", "Monitors", "StatusOf", "replay_monitors"]
