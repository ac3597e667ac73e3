"""Outcome monitors: counters and first days a run, updated as the term is lived."""

from relsim.worlds.monitors.monitors import Monitors
from relsim.worlds.monitors.operators import StatusOf
from relsim.worlds.monitors.replay import LogLine, replay_monitors

__all__ = ["LogLine", "Monitors", "StatusOf", "replay_monitors"]
