"""How third parties add up: supporters to what a sender does alone, aligned parties in turn."""

from __future__ import annotations

import itertools
from types import MappingProxyType

import numpy as np
import pytest

import relsim
from relsim.processes.sanctions import bite
from relsim.scenario.actors import ThirdParty
from relsim.simulate import Plan, simulate_chunk
from relsim.worlds.parameters import Parameters
from relsim.worlds.randomness.streams import Streams
from relsim.worlds.stage import stage_of
from relsim.worlds.worlds import worlds_at_start
from tests.properties.comparing import shortened
from tests.verification.stage import quiet, scenario

ALONE, EXPOSURE, STOCK, HALF = 0.3, 4.0, 6.0, 2.0


def bite_with(*levels: float, aligned: tuple[float, ...] = ()) -> float:
    """Hardship that rounds of the US would do to Russia, with supporters at these levels."""
    parties = {f"ally_{k}": ("supports", "US", level) for k, level in enumerate(levels)}
    parties |= {f"friend_{k}": ("aligns_with", "RU", level) for k, level in enumerate(aligned)}
    rest = {"floor": 0, "ceiling": 1, "pull": 0, "half_life": "1 weeks"}
    world = scenario().model_copy(
        update={
            "third_parties": {
                name: ThirdParty.model_validate({"name": name, role: actor, "level": level, **rest})
                for name, (role, actor, level) in parties.items()
            }
        }
    )
    columns = quiet() | {f"third_parties.{n}.level": p[2] for n, p in parties.items()}
    columns |= {"actors.US.bite_alone": ALONE, "actors.RU.exposure": EXPOSURE}
    columns |= {"actors.US.sanctions_stock": STOCK, "actors.US.bite_saturation": HALF}
    parameters = Parameters({path: np.asarray(x, np.float32) for path, x in columns.items()})
    worlds = worlds_at_start(world, stage_of(world), parameters, Streams(1, (0,), 2), 2)
    found = bite(worlds, 0, MappingProxyType(world.third_parties))
    assert found[0] == found[1]
    return float(found[0])


FULL = EXPOSURE * STOCK / (STOCK + HALF)


@pytest.mark.parametrize("levels", [(), (0.2,), (0.2, 0.3), (0.2, 0.3, 0.5)])
def test_each_supporter_adds_its_level(levels: tuple[float, ...]) -> None:
    assert bite_with(*levels) == pytest.approx(FULL * (ALONE + sum(levels)))


@pytest.mark.parametrize("levels", [(), (0.2,), (0.2, 0.3)])
def test_a_party_at_level_0_changes_nothing(levels: tuple[float, ...]) -> None:
    assert bite_with(*levels, 0.0) == bite_with(*levels)
    assert bite_with(*levels, aligned=(0.0,)) == bite_with(*levels)


def test_their_order_does_not_matter() -> None:
    orders = itertools.permutations((0.1, 0.35, 0.6))
    assert len({round(bite_with(*levels), 5) for levels in orders}) == 1


def test_aligned_parties_undo_their_share_of_what_is_left() -> None:
    assert bite_with(0.5, aligned=(0.25, 0.4)) == pytest.approx(FULL * (ALONE + 0.5) * 0.75 * 0.6)


@pytest.mark.parametrize(("role", "actor"), [("supports", "RU"), ("aligns_with", "US")])
@pytest.mark.default_cases(1)
def test_a_null_party_leaves_every_run_as_it_was(role: str, actor: str) -> None:
    base = shortened(relsim.load("us-russia-2021"))
    party = {"name": "X", role: actor, "half_life": "1 weeks"}
    party |= dict.fromkeys(("level", "floor", "ceiling", "pull"), 0)
    spec = ThirdParty.model_validate(party)
    more = base.model_copy(update={"third_parties": {**base.third_parties, "x": spec}})
    one, other = (
        simulate_chunk(Plan(s, seed=1, runs=128, runs_per_draw=2, width=128), 0)
        for s in (base, more)
    )
    np.testing.assert_array_equal(one.first_day, other.first_day)
    np.testing.assert_array_equal(one.move_counts, other.move_counts)
