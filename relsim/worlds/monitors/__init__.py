"""Outcome monitors: counters and first days of each run, kept up to date week by week."""

from relsim.worlds.monitors.monitors import LogLine, Monitors, replay_log
from relsim.worlds.monitors.operators import StatusOf

__all__ = ["LogLine", "Monitors", "StatusOf", "replay_log"]
