"""Names of the rules by which an actor may choose: relsim's own, and installed ones."""

# A test holds this list against the engine's table.
BUILT_IN = (
    "logit", "expected_utility", "tit_for_tat", "generous_tit_for_tat", "win_stay_lose_shift",
    "grit", "scripted", "always_hold",
)  # fmt: skip
SCRIPTED = "scripted"
GROUP = "relsim.rules"  # entry points of packages that bring rules


def installed() -> tuple[str, ...]:
    """Names of the rules that installed packages bring; looking for them takes a while."""
    from importlib.metadata import entry_points

    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))
