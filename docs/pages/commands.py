"""The command line: options from the commands themselves, examples that the tests run."""

from collections.abc import Iterator
from typing import Any

import typer.main

from docs.pages.markdown import code, note, table
from relsim.cli.app import app

INTRODUCTION = """
# Command line

`relsim COMMAND --help` prints what stands here. `SCENARIO` is the name of a packaged scenario
(`relsim list`) or a YAML file; `RESULT` is a folder that `relsim run` wrote.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | the input is at fault: a message says where and what would be right |
| 2 | the command line is at fault |
| 3 | done in part: some runs failed, are counted and left out |
| 4 | done, but what was printed is lost, since stdout is closed or full; files are written |
| 130 | interrupted; `relsim run` keeps what was finished |
| 143 | ended by SIGTERM, as by Ctrl-C; 129 by SIGHUP |

Results go to stdout, everything else to stderr. Progress bars show only in a terminal; without one
the text is plain and unwrapped.

"""

# What follows the options of a command. A command without words here has only its options.
WORDS = {
    "run": """
```sh
relsim run us-russia-2021 --runs 256 --draws 64 --out first
relsim run us-russia-2021 --runs 64 --draws 64 --set actors.US.stake=0.5 --json
```

```sh
relsim run us-russia-2021 --precision 0.01 --outcome detente --max-runs 2048 --json
```

`--precision` adds whole batches of 64 draws with 32 runs each and looks at 16, 32, 64, ... of them:
looking more often would end at errors that are small by chance, and the intervals would hold the
truth less often than they say. It ends when the Monte Carlo error is that small with 50 hits or
more in 10 draws or more, when the probability is below it with 95% confidence, or at `--max-runs`.
In JSON `precision` says which: `{"outcome": ..., "wished": 0.01, "reached": false, "max_runs":
2048}`. The exit code is 0 either way.

`--rules` also simulates 4,096 runs under each packaged [decision rule](rules.md), both sides by the
same one, with the same seed and so the same draws and random streams. The range of the headline's
probability over the rules then stands in [the headline](../guides/reading.md#the-headline), in the
outcomes figure and in the record.

In JSON `headline` holds in this order: `outcome`, `title`, `probability`, `mc_error`, `interval_50`
(the middle half over draws), `strongest_parameter` (null where nothing differs: `parameter`, a
dotted path, its `title`, `lowest_third` and `highest_third`, the means over these draws, with their
errors, and `stands_out`: whether chance would not show as much), `interval_90`, `spread` (why there
are no intervals) and `over_rules` (null where it is not known: `low`, `high`, and an estimate for
each of the `rules`).

Runs are rounded up to whole batches of 64 draws, and relsim says so. `--set` takes a dotted path to
any entry and a value as a file would hold it, `"6 to 16"` too; a number keeps its unit, source
and reason. The result folder must be new, or hold a run of the same to go on with:

```console
$ relsim run us-russia-2021 --runs 64 --draws 64 --out first
first exists already: go on with it by --resume, remove it, or name another one with --out
$ echo $?
1
```

```sh
relsim run us-russia-2021 --runs 256 --draws 64 --out first --resume
```

With `--resume` a run that was broken off is completed, on the same kind of processor to the same
bits as if nothing had happened; one that is complete is shown again, and a folder that is missing
is begun. See [result folders](../guides/results.md).

A chunk of runs that fails does not stop the others. Its runs are left out, the exit code is 3, and
relsim says which run failed and the `relsim replay` command that shows it. The folder holds

| file | holds |
| --- | --- |
| `record.json` | the forecast record that `--json` prints: hash, seed, versions, time, outcomes |
| `outcomes.csv` | the table in full precision |
| `scenario.json` | the scenario, resolved |
| `result.zarr` | the arrays, which `relsim.open` and xarray read |
| `figures/` | the figures |
| `report.html` | with `--report`: a page to hand over |
| `manifest.json` | what is finished, with a SHA-256; a result that was changed is refused |

Under `no_longer_from_posterior` the record has the parameters that numbers set later have taken
out of the scenario's joint draws; the table names them, too.

With `--replace` it takes the place of the result that an earlier `--replace` wrote of the same
scenario: of the same packaged name, or of the file at the same path, whatever was changed in it
since. Nothing else is removed: if another result has the folder, the new one gets a number
(`NAME-2`), and if somebody put a file into the old result the command refuses. `make run` does so.
""",
    "check": """
```sh
relsim check us-russia-2021
```

Prints every problem of a file at once, each as `file:line:column: path: what is wrong`.
""",
    "plot": """
```sh
relsim plot first --figure cumulative:detente.svg --figure fan.png --out pictures
```

A figure is named with what it shows: an outcome for `cumulative` and `dates`, a weekly series for
`fan`, a quantity for `distribution`. `outcomes` shows all of them.
""",
    "report": """
```sh
relsim report first
relsim report first -o detente.html
```

One self-contained page for a reader who has never seen relsim: [write a
report](../guides/report.md). A page that is there is replaced.
""",
    "replay": """
```sh
relsim replay us-russia-2021 --run 3
relsim replay first --run 3 --change "2021-06-01 US propose_talks"
```

A run is replayed by simulating its chunk again, so that all is as it was. With `--change` one move
is forced, every other random number kept, and what then differs is printed.
""",
    "compare": """
```sh
relsim compare us-russia-2021 us-russia-2021-early-summit --runs 64 --draws 64 --no-attribution
relsim compare us-russia-2021 --set actors.US.stake=0.5 --runs 64 --draws 64 --json
```

How to read it: [compare variants](../guides/compare.md). `--json` prints one object:

| key | holds |
| --- | --- |
| `format` | `relsim.compare/1` |
| `baseline`, `scenario_hash` | name of the baseline, SHA-256 of the resolved baseline |
| `seed`, `runs`, `draws` | of each scenario |
| `failed_runs` | of all scenarios; if there are any, the exit code is 3 |
| `no_longer_from_posterior` | of the baseline, and in each of `variants`: as for `relsim run` |
| `versions`, `created`, `chunk_width`, `elapsed_seconds`, ... | as for `relsim run` |
| `variants` | by name: `scenario`, `scenario_hash`, `lines`, `left_out`, `outcomes`, ... |
| `outcomes.NAME` | `baseline` and `variant`, estimates as those of `relsim run` |
| `outcomes.NAME.difference` | variant less baseline, with `mc_error` and `mc_interval_90` |
| `outcomes.NAME.interval_90` | over draws; null where `spread` says why |
| `outcomes.NAME.flips` | runs, of `runs`, in which the outcome happens in one of the two alone |
| `outcomes.NAME.variance_saved` | 1 − paired variance / independent one; null if both are 0 |
| `outcomes.NAME.attribution` | null with `--no-attribution`, or if no line differs |
| `attribution.method` | `shapley`, or `one at a time` |
| `attribution.difference` | what is shared out: the difference in the first `runs` runs |
| `attribution.shares` | a list: `lines`, `share`, `mc_error`, `mc_interval_90`, `runs`, `flips` |
| `attribution.interaction` | the rest, with the same keys but `lines`; null with Shapley values |

`--out` writes `comparison.csv` with a row for each variant and outcome, `comparison.json` and
`comparison.png`.
""",
    "drivers": """
```sh
relsim drivers us-russia-2021 --outcome detente --runs 2048 --top 1 --no-ablations --json
```

The [guide](../guides/drivers.md) says what the numbers mean and what `--json` prints. At least
1,024 draws are needed, and two runs of each; runs a draw are a power of two.
""",
    "calibrate": """
```text
relsim calibrate us-russia-2021-prior --to forecasts
relsim calibrate us-russia-2021-prior --reliability 0.65 --out cautious.yaml
```

What it computes, and how far to trust it: [calibrate on
forecasts](../guides/calibrate.md). `--json` prints one object:

| key | holds |
| --- | --- |
| `format` | `relsim.calibrate/1` |
| `scenario`, `scenario_hash`, `seed`, `versions`, `created` | as for `run` |
| `runs`, `draws`, `failed_runs`, `elapsed_seconds` | of the ensemble that was weighed |
| `to`, `reliability` | `forecasts`; as asked |
| `effective_sample_size`, `resolved` | draws that bear weight; whether they are 200 or more |
| `information_bits` | gained by all forecasts together |
| `effective_judgements` | independent judgements that they amount to |
| `forecasts` | by key: `outcome`, `given`, `says`, `lexicon`, `points` (5, 50, 95% meant) |
| `forecasts.*.skipped` | why it was not used, or null; with a reason all below is null |
| `forecasts.*.prior`, `.posterior` | `mean`, `points` over draws, `inside`, `overlap` |
| `forecasts.*.exponent` | its share in the likelihood |
| `forecasts.*.information_bits` | what it would say alone |
| `forecasts.*.unreached` | share of what was meant that lies beyond 99% of the draws |
| `forecasts.*.conflict` | in words, with its size, or null |
| `correlation` | rank correlations of the used forecasts over draws |
| `parameters` | the ten that moved most: `parameter`, `unit` |
| `parameters[].prior_mean`, `.prior_sd`, `.mean`, `.sd` | before and after |
| `parameters[].shift`, `.error` | of the mean, in prior standard deviations |
| `file` | the scenario that was written, or null |
""",
    "words": """
```sh
relsim words may "very likely"
relsim words --lexicon icd203
```

`--json` prints `format` (`relsim.words/1`), `lexicons` (`title` and `source` by name) and `words`,
a list: `phrase`, `lexicon`, `term` as it was read, `given` by the lexicon, and `points`, 5, 50 and
95% of the probability meant, null where the lexicon refuses to number it.
""",
    "events": """
```sh
relsim events us-russia --through 1999-12-31 --csv nineties.csv
relsim events nineties.csv --plot nineties.svg --json
```

What a file holds, and how the record was made: [events](../guides/events.md). Of a file of events
`--json` prints `format` (`relsim.events/1`), `file`, `number`, `first`, `last`, `counts` by `year`,
`actor`, `move`, `kind`, `confidence` and `source`, and `events`, a list with the columns of the
file. With `--from-cameo` it prints one object:

| key | holds |
| --- | --- |
| `format` | `relsim.candidates/1` |
| `file`, `coded_as` | the file, and its format |
| `lines`, `events` | lines without the header; events between the two that are counted |
| `other_dyads`, `duplicates`, `lines_not_utf8` | how many |
| `malformed`, `unknown_codes`, `codes_without_a_move` | how many, by reason or by code |
| `candidates`, `candidates_by_move` | days with codes that may stand for a move |
""",
    "score": """
```sh
relsim run us-russia-2021 --runs 64 --draws 64 --out scored
```

```text
relsim score scored --resolutions answers.yaml
relsim score scored other/record.json --resolutions answers.yaml --crowd crowd.yaml --json
```

What the files hold and what the numbers mean: [keep score](../guides/score.md). `--json` prints one
object:

| key | holds |
| --- | --- |
| `format` | `relsim.score/1` |
| `outcomes` | a list: `scenario`, `outcome`, `as_of`, `probability`, `happened`, ... |
| `outcomes[].answered`, `.early` | when it was known; whether that was before the last day |
| `outcomes[].clipped` | whether the draws cannot tell the probability from 0, or 1 |
| `outcomes[].marks` | `brier`, `log`, `rps`, `crps_days`; null where it is not known when |
| `outcomes[].references` | by name: `probability`, and the same four |
| `quantities` | a list: `scenario`, `quantity`, `as_of`, `median`, `observed`, `crps` |
| `skills` | a list: `reference`, `rule`, `questions`, `scenarios`, `score`, `reference_score` |
| `skills[].skill`, `.interval_90` | null if the reference is perfect, or under five scenarios |
| `reliability` | null under 20 forecasts |
| `reliability.said`, `.number` | the probabilities that were forecast, and how often each was |
| `reliability.meant`, `.low`, `.high` | recalibrated, and the ends of the consistency band |
| `reliability.score` | mean Brier score: `miscalibration` − `discrimination` + `uncertainty` |
| `reliability.p_value`, `.share_within` | as much miscalibrated though right; in the band |
| `void`, `open` | forecasts of what is void, of what is not resolved |
| `open_one_way` | those of the open ones that can come about any day |
| `resolutions_without_a_record` | how many |
| `records_without_a_scenario` | which |
""",
    "ledger add": """
```sh
relsim ledger add ledger.jsonl scored
relsim ledger list ledger.jsonl
```
""",
    "ledger list": """
`--json` prints `format` (`relsim.ledger-list/1`), `last_hash`, and `entries`, a list:
`entry`, `written`, `kind`, `scenario`, `question`, `answer`, `corrects`, `why`. `add` and `resolve`
print the same.
""",
    "ledger score": """
`--json` prints what `relsim score` prints.
""",
    "show": """
```sh
relsim show us-russia-2021-no-learning
```
""",
    "sources": """
```sh
relsim sources us-russia-2021 --no-influence
```

Without `--no-influence` every parameter is tried. A parameter counts as dead if it moves no
record of 8,192 runs, shifted to both ends of its distribution; a source on it would be a lie.
`--json` prints one object:

| key | holds |
| --- | --- |
| `format` | `relsim.sources/1` |
| `scenario`, `scenario_hash` | name, and SHA-256 of the resolved scenario |
| `parameters` | a list: `parameter`, `value` as written, `source`, `claims`, `reference`, `why` |
| `parameters[].unit` | the unit in which the engine takes it |
| `sources` | how many parameters name each source |
| `cited` | for each claim the paths of what cites it |
| `uncited`, `unsourced`, `unused_sources` | claims, parameters, sources: what is missing |
| `aside` | claims that the scenario leaves aside, with the reason |
| `dead` | parameters that move nothing; null with `--no-influence` |
| `resting` | parameters of a treaty that is over before anybody chooses: why they move nothing |
""",
    "new": """
```sh
relsim new my-dyad.yaml --actors IN,PK
relsim check my-dyad.yaml
```
""",
    "list": """
```sh
relsim list
```
""",
    "schema": """
```sh
relsim schema
```

Editors that know JSON Schema complete and check scenario files with it.
""",
}


def page() -> str:
    """The page, as Markdown."""
    parts = [note(), INTRODUCTION.lstrip()]
    for name, command in commands():
        parts.append(f"## relsim {name}\n\n{sentences(command.help)}\n\n")
        if rows := list(options(command)):
            parts.append(table(("option", "default", "does"), rows))
        parts.append(WORDS.get(name, "") + "\n")
    return "".join(parts).rstrip() + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Each command by what is typed for it, those of a group after the group."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        yield name, command
        for below, inner in getattr(command, "commands", {}).items():
            yield f"{name} {below}", inner


def sentences(text: str | None) -> str:
    """Help text without its line breaks."""
    return "\n\n".join(" ".join(block.split()) for block in (text or "").split("\n\n"))


def options(command: Any) -> Iterator[tuple[str, str, str]]:
    """A row for each argument and option but `--help`; what names no placeholder is a number."""
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            name = parameter.metavar or parameter.name.upper()
            yield code(name), "required", parameter.help or ""
            continue
        takes = "" if parameter.is_flag else f" {parameter.metavar or 'N'}"
        default = parameter.default
        shown = "" if default in (None, False) or default == [] else code(default)
        yield code(max(parameter.opts, key=len) + takes), shown, parameter.help or ""
