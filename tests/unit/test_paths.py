"""What a user gives for a path: ``~`` is the home folder everywhere, a URL works or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

import relsim
from relsim.errors import StoreError, UsageError
from relsim.scenario.files.places import is_url, local_path, place_of
from tests.unit.store.small import small

pytestmark = pytest.mark.usefixtures("remembered")

SCENARIO = "us-russia-2021"
URL = "s3://bucket/result"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, with the working folder beside it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


def test_a_path_is_local_or_a_url(home: Path) -> None:
    assert place_of("~/x") == place_of(Path("~/x")) == home / "x"
    assert place_of("~") == home
    assert place_of("a/~/b") == Path("a/~/b")
    assert place_of(URL) == URL
    assert [is_url(text) for text in (URL, "simplecache::s3://b/x", "s3:x", "C:/x", Path("x"))] == [
        True, True, False, False, False
    ]  # fmt: skip
    assert local_path("C:/x") == Path("C:/x")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Path(URL), "looks like a URL that has lost a slash: write s3://bucket/result, as text"),
        ("file:/tmp/x", "looks like a URL that has lost a slash: write file://tmp/x"),
        ("~no-such-user-here/x", "this home folder is not known; write the whole path"),
        ("a\0b", "a path holds no zero byte"),
        ("", "a path must not be empty; the folder you are in is '.'"),
        (3, r"folder must be a path, as text or a pathlib.Path \(got 3\)"),
        (b"x", r"folder must be a path, as text or a pathlib.Path \(got b'x'\)"),
        (None, "folder must be a path"),
    ],
)
def test_what_is_no_path_is_reported(given: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        place_of(given)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_home_folder_is_known_everywhere(home: Path) -> None:
    scenario = relsim.load(SCENARIO)
    relsim.simulate(scenario, runs=64, draws=64, folder="~/kept")
    ensemble = relsim.open("~/kept")
    assert relsim.simulate(scenario, 64, 64, folder="~/kept", resume=True) == ensemble
    assert ensemble.save("~/saved") == home / "saved"
    assert relsim.open(Path("~/saved")) == ensemble
    (home / "mine.yaml").write_text(f"schema: relsim/1\nextends: {SCENARIO}\n", "utf-8")
    assert relsim.load("~/mine.yaml").name == "mine"
    (home / "off.yaml").write_text(
        f"schema: relsim.ablations/1\nscenario: {SCENARIO}\n"
        "ablations: {X: {off: nothing, set: {actors.US.stake: 1}}}\n",
        "utf-8",
    )
    assert relsim.ablations(scenario, "~/off.yaml")[0].claim == "X"
    assert relsim.plots.save(Figure(), "~/figure.png") == home / "figure.png"
    assert (home / "figure.png").is_file()
    assert list(Path().iterdir()) == []


def test_where_a_url_does_not_work_it_is_refused(home: Path) -> None:
    scenario = relsim.load(SCENARIO)
    for call in (
        lambda: relsim.load("https://example.org/x.yaml"),
        lambda: relsim.ablations(scenario, "https://example.org/x.yaml"),
        lambda: relsim.plots.save(Figure(), "s3://bucket/figure.png"),
    ):
        with pytest.raises(UsageError, match="is a URL: give a local path here"):
            call()
    with pytest.raises(StoreError, match="chunk by chunk to a local folder"):
        relsim.simulate(scenario, 64, 64, folder=URL)
    for lost in (Path(URL), "s3:/bucket/result"):
        for call in (small().save, relsim.open, relsim.load):
            with pytest.raises(UsageError, match="lost a slash"):
                call(lost)  # type: ignore[operator]
    assert list(Path().iterdir()) == []
