"""Parameters of a draw as a flat object: relsim's own draws, with constants folded once a draw.

Each draw has one record of what the two share and one record an actor. The same numbers are
handed to plain Python as attributes of slotted objects and to Numba as structured arrays.
"""

import numpy as np

from benchmarks.peers.catalogue import (
    ACTORS,
    DEBT,
    ISSUES,
    LAST_WEEK,
    MONTHS_A_WEEK,
    MOVES,
    REGIONS,
    SCENARIO,
    WEEK,
    YEARS_A_WEEK,
    check_structure,
    day_of,
)
from relsim.worlds.parameters import parameter_columns

ROUNDS_EVERY = 13  # weeks between salient sessions; check_structure holds the file to it


def keep(half_life, weeks=1.0):
    """What a half-life (weeks) leaves after some weeks."""
    return 0.5 ** (weeks / half_life)


def days(weeks):
    """Whole days of a duration in weeks."""
    return np.rint(weeks * WEEK)


def actor_terms(value, name):
    """What one actor's mechanisms need, by field; each of shape (draws,) or (draws, n)."""

    def own(path):
        return value(f"actors.{name}.{path}")

    stake, felt, e0, q0 = own("stake"), own("belief_felt"), own("pressure_works"), own("trust")
    n, m = own("pressure_trials"), own("trust_trials")
    phi, trust_keep = keep(own("belief_half_life")), keep(own("trust_half_life"))
    relax = np.exp(-1 / own("constraint_relaxation"))
    openings, trust = own("openings_value"), own("trust_value")
    ref = {k: own(f"reference.{k}") for k in ("hostility", "goodwill", "hardship", "trust")}
    rates = [value(f"moves.{move}.rate.{name}") * WEEK / 365.25 for move in MOVES[1:]]
    answered = [move for move, kind in zip(MOVES, DEBT, strict=True) if kind >= 0]
    return {
        # Perception: fading over one review, and what a deed grows by until the next one.
        "memory_keep": keep(own("memory_half_life")),
        "older": [1 / keep(own("memory_half_life"), age / WEEK) for age in range(WEEK + 1)],
        "debt_keep": keep(own("debt_half_life")),
        "threat_keep": keep(own("threat_half_life")),
        "hostility_start": own("hostility_at_start"),
        "goodwill_start": own("goodwill_at_start"),
        # Beliefs.
        "pressure_keep": phi, "a0": n * e0, "b0": n * (1 - e0),
        "a_drift": (1 - phi) * n * e0, "b_drift": (1 - phi) * n * (1 - e0),
        "learning_rate": own("learning_rate"),
        "trust_keep": trust_keep, "c0": m * q0, "d0": m * (1 - q0),
        "c_drift": (1 - trust_keep) * m * q0, "d_drift": (1 - trust_keep) * m * (1 - q0),
        "trust_rate": own("trust_rate"), "trust_days": days(own("trust_window")),
        # Drivers.
        "pressure_slope": stake * felt,
        "pressure_start": stake * (e0 - felt * e0 - own("breakeven")),
        "engagement_start": own("gain") - value("dyad.rivalry")
        - openings * own("reference.openings") - own("relief") * ref["hardship"]
        - trust * ref["trust"],
        "openings_value": openings, "relief": own("relief"), "trust_value": trust,
        "audience": own("audience"), "threat_cost": own("threat_cost"),
        "election_weight": own("election_weight"),
        "retaliation": own("negative_reciprocity"), "half_hostility": own("hostility_saturation"),
        "retaliation_start": own("negative_reciprocity") * ref["hostility"],
        "reciprocation": own("positive_reciprocity"), "half_goodwill": own("goodwill_saturation"),
        "reciprocation_start": own("positive_reciprocity") * ref["goodwill"],
        "kappa": [value(f"moves.{move}.answered.{name}") for move in answered],
        "rate": [np.ones_like(stake), *rates],  # per review, against 1 for hold
        # The reference state that the table's climate starts from.
        "hostility_ref": ref["hostility"], "goodwill_ref": ref["goodwill"],
        "hardship_ref": ref["hardship"], "trust_ref": ref["trust"],
        # Domestic constraint; sanctions as sender and as target.
        "relax": relax, "spread": np.sqrt(1 - relax * relax),
        "stock_start": own("sanctions_stock"), "stock_keep": keep(own("round_half_life")),
        "half_bite": own("bite_saturation"), "exposure": own("exposure"),
        "hardship_keep": keep(own("hardship_lag")),
    }  # fmt: skip


def shared_terms(value):
    """What belongs to neither actor, by field."""

    def each(names, path, scale=1.0):
        return [value(path.format(name)) * scale for name in names]

    heat = [keep(h) for h in each(REGIONS, "regions.{}.excitation_half_life")]
    branching = each(REGIONS, "regions.{}.excitation")
    opening = each(ISSUES, "issues.{}.opening_rate", YEARS_A_WEEK)
    fading = [keep(h) for h in each(ISSUES, "issues.{}.opening_half_life")]
    party = {
        f"{short}_{key}": value(f"third_parties.{name}.{key}")
        for short, name in (("europe", "europe"), ("china", "china"))
        for key in ("level", "floor", "ceiling", "pull")
    }
    talks = {
        key: value(f"talks.{key}")
        for key in (
            "summit_held", "document_offset", "responsiveness", "trust_weight", "hostility_weight",
            "goodwill_weight", "agreement_trials", "chill_weight",
        )
    }  # fmt: skip
    work = {key: value(f"projects.nord_stream_2.{key}") for key in ("pace", "disruption")}
    order = {
        key: value(f"internal_order.RU.{key}")
        for key in ("hardship_weight", "constraint_weight", "success", "support", "support_usual",
                    "support_lost", "support_weight")
    }  # fmt: skip
    rungs = ("posture_chance", "collision_chance", "momentum", "harder", "settling")
    years = ROUNDS_EVERY * MONTHS_A_WEEK / 12  # rates of the engine are a year
    announced = day_of(SCENARIO.treaties["open_skies"].parties["RU"].announced)
    left = value("treaties.open_skies.parties.RU.leaves_after")
    return party | talks | work | order | {key: value(f"ladder.{key}") for key in rungs} | {
        "europe_keep": keep(value("third_parties.europe.half_life")),
        "china_keep": keep(value("third_parties.china.half_life")),
        "collisions": each(REGIONS, "regions.{}.rate", YEARS_A_WEEK),  # a week
        "heat_keep": heat,
        "heat": [b * (1 - k) / k for b, k in zip(branching, heat, strict=True)],
        "severity_low": each(REGIONS, "regions.{}.severity_low"),
        "severity_high": each(REGIONS, "regions.{}.severity_high"),
        "felt": each(REGIONS, "regions.{}.felt"),
        "opening": opening, "opening_keep": fading, "opening_in_all": sum(opening),
        "open_at_start": [o / (1 - k) for o, k in zip(opening, fading, strict=True)],
        "agenda": each(ISSUES, "issues.{}.agenda"),
        "agreement": each(ISSUES, "issues.{}.agreement_rate", years),  # from session to session
        "breakdown": each(ISSUES, "issues.{}.breakdown_rate", years),
        "chill_keep": keep(value("talks.chill_half_life")),
        "rivalry_term": value("talks.rivalry_weight") * value("dyad.rivalry"),
        "proposal_days": days(value("talks.proposal_lifetime")),
        "preparation_days": days(value("talks.preparation")),
        "summit_days": days(value("talks.summit_preparation")),
        "session_days": days(value("talks.round_every")),
        "ratification_days": days(value("talks.ratification")),
        "notice_days": days(value("treaties.new_start.notice")),
        "open_skies_ends": announced + days(left),
        "saved": [value(f"treaties.{name}.saved_by_agreement") for name in
                  ("new_start", "open_skies")],
        "mass_share": value("moves.expel_diplomats.mass_share"),
        "progress_start": value("projects.nord_stream_2.progress"),
        "delay_days": days(value("projects.nord_stream_2.delay")),
        "abandoned": -np.expm1(-value("projects.nord_stream_2.abandonment") * YEARS_A_WEEK),
        "attempts": value("internal_order.RU.attempt_rate") * YEARS_A_WEEK,
        "index_start": value("index.start"), "index_keep": keep(value("index.half_life")),
        "index_keep_last": keep(value("index.half_life"), LAST_WEEK),
    }  # fmt: skip


def pack(terms, draws):
    """A structured array of shape (draws,) from fields of shape (draws,) or (n, draws)."""
    columns = {name: np.asarray(column, dtype=np.float64) for name, column in terms.items()}
    kinds = [
        (name, np.int64 if name.endswith("_days") or name == "open_skies_ends" else np.float64,
         column.shape[:-1])
        for name, column in columns.items()
    ]  # fmt: skip
    packed = np.zeros(draws, dtype=kinds)
    for name, column in columns.items():
        packed[name] = np.moveaxis(column, -1, 0)
    return packed


def draw_records(draws, seed=1):
    """relsim's first draws of the baseline.

    Returns
    -------
    shared : structured array, (draws,)
    own : structured array, (draws, 2)
    """
    check_structure()
    columns = parameter_columns(SCENARIO, seed, np.arange(draws))

    def value(path):
        return np.broadcast_to(columns[path], (draws,)).astype(np.float64)

    shared = pack(shared_terms(value), draws)
    own = np.stack([pack(actor_terms(value, name), draws) for name in ACTORS], axis=1)
    return shared, own


def plain(shared, own):
    """Each draw as a triple of Python objects: shared terms, terms of US, terms of RU.

    Numbers and tuples as attributes in slots, which are the quickest to read.
    """
    for_both, for_one = slotted(shared.dtype), slotted(own.dtype)
    return [
        (for_both(shared[draw]), for_one(own[draw, 0]), for_one(own[draw, 1]))
        for draw in range(len(shared))
    ]


def slotted(dtype):
    """A class for the records of a structured type."""

    class Terms:
        __slots__ = (*dtype.names, "menus")

        def __init__(self, record):
            for name in dtype.names:
                value = record[name].tolist()
                setattr(self, name, tuple(value) if isinstance(value, list) else value)
            self.menus = {}  # by what is available; see choice.menu

    return Terms
