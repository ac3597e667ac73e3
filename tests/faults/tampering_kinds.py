"""Kinds of tampering with a result folder, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numcodecs import zstd

from tests.faults.tampering import (
    HUGE,
    Harm,
    a_folder,
    a_socket,
    added,
    another_scenario,
    described,
    edited,
    entry,
    first,
    flipped,
    frame,
    gone,
    hard_linked,
    huge,
    journal,
    link_to,
    linked,
    manifest,
    many_files,
    pipe,
    provenance,
    rename_first,
    repeated_frame,
    taken_for_another,
    text,
    unpacked_garbage,
    values,
    without,
    written,
)  # fmt: skip


class Kind(NamedTuple):
    """One kind of tampering: to which result, how, what is said of it, and by which commands."""

    base: str
    harm: Harm
    said: str
    ways: tuple[str, ...] = ("plot", "replay")


def _kinds() -> Iterator[tuple[str, Kind]]:
    changed = "manifest.json was changed: it does not hold what relsim"
    unlike, link = "holds something else", "is a symbolic link: relsim follows"
    no_manifest = "manifest.json is no manifest of relsim$"
    strange, missing = "is no regular file", "is not complete: .* is missing"
    since, large = "was changed since relsim wrote it", "can have [0-9,]+ at most"
    whole: dict[str, tuple[Harm, str]] = {
        # The manifest as a file.
        "manifest gone": (gone("manifest.json"), "is no result of relsim: it has no manifest"),
        "manifest empty": (written("manifest.json", b""), no_manifest),
        "manifest no JSON": (written("manifest.json", b"{'seed': 1}"), no_manifest),
        "manifest not UTF-8": (written("manifest.json", b'{"\xff\xfe": 1}'), no_manifest),
        "manifest a list": (written("manifest.json", b"[1, 2]"), no_manifest),
        "manifest a number": (written("manifest.json", b"9" * 100_000), no_manifest),
        "manifest nested": (written("manifest.json", b"[" * 100_000), no_manifest),
        "manifest objects nested": (written("manifest.json", b'{"a":' * 100_000), no_manifest),
        "manifest of many lists": (
            written("manifest.json", b"[[]," * 2_000_000), "too many entries",
        ),
        "manifest huge": (huge("manifest.json"), large),
        "manifest a link": (linked("manifest.json"), link),
        "manifest a link to a device": (link_to("manifest.json", "/dev/zero"), link),
        "manifest a pipe": (pipe("manifest.json"), strange),
        "manifest a folder": (a_folder("manifest.json"), strange),
        "manifest a socket": (a_socket("manifest.json"), strange),
        "the folder a link": (linked("."), link),
        # What it says of itself.
        "format of another": (
            manifest(format="cake/1"), r"no manifest of relsim \(format cake/1\)",
        ),
        "format newer": (manifest(format="relsim.result/99"), "written by a newer relsim"),
        "format of control characters": (
            manifest(format="\x1b[2J\u202e/2"), r"format '\\x1b\[2J\\u202e/2'",
        ),
        "format a number": (manifest(format=2), no_manifest),
        # Its numbers.
        "runs 10**12": (manifest(runs=10**12), f"{changed}.*|lists .* files|{unlike}|memory"),
        "runs 10**12 of few draws": (
            manifest(runs=10**12 // 64 * 64, runs_per_draw=10**12 // 64), f"{changed}|{unlike}",
        ),
        "runs beyond all": (manifest(runs=10**30), rf"{changed} writes \(runs: "),
        "runs 0": (manifest(runs=0), rf"{changed} writes \(runs: "),
        "runs negative": (manifest(runs=-256), rf"{changed} writes \(runs: "),
        "runs text": (manifest(runs="256"), rf"{changed} writes \(runs: .*valid integer"),
        "runs not whole": (manifest(runs=256.0), rf"{changed} writes \(runs: .*valid integer"),
        "runs true": (manifest(runs=True), rf"{changed} writes \(runs: .*valid integer"),
        "runs null": (manifest(runs=None), rf"{changed} writes \(runs: .*valid integer"),
        "runs left out": (without("runs"), rf"{changed} writes \(runs: Field required"),
        "runs not of whole batches": (manifest(runs=250), "whole batches"),
        "runs a draw 0": (manifest(runs_per_draw=0), rf"{changed} writes \(runs_per_draw: "),
        "runs a draw, others": (manifest(runs_per_draw=2), unlike),
        "width 0": (manifest(chunk_width=0), rf"{changed} writes \(chunk_width: "),
        "width 1": (manifest(chunk_width=1), changed),
        "width 10**9": (manifest(chunk_width=10**9), "chunks are too wide|no such chunk"),
        "seed text": (manifest(seed="1"), rf"{changed} writes \(seed: "),
        "seed another": (manifest(seed=2), f"{changed}|{unlike}"),
        "seed of many digits": (
            text("manifest.json", '"seed": 1', '"seed": ' + "9" * 100_000), no_manifest,
        ),
        "log_all text": (manifest(log_all="no"), rf"{changed} writes \(log_all: "),
        "saved a number": (manifest(saved=1), rf"{changed} writes \(saved: "),
        "saved as a whole": (manifest(saved=True), "saved as a whole, and is not one chunk"),
        "time NaN": (manifest(elapsed_seconds=float("nan")), no_manifest),
        "time negative": (manifest(elapsed_seconds=-1.0), rf"{changed} writes \(elapsed_seconds"),
        "time endless": (
            text("manifest.json", '"elapsed_seconds": ', '"elapsed_seconds": 1e999, "x": '),
            changed,
        ),
        "unfinished runs negative": (manifest(unfinished_runs=-1), rf"{changed} .*unfinished_runs"),
        "a key more": (manifest(more=1), f"{changed} .*Extra inputs"),
        # Its lists.
        "provenance a list": (manifest(provenance=[]), rf"{changed} writes \(provenance: "),
        "provenance lacks its hash": (
            edited("manifest.json", lambda m: m["provenance"].pop("scenario_hash")), changed,
        ),
        "provenance with more": (provenance(more=[[[]]]), changed),
        "rules a number": (provenance(custom_rules=3), changed),
        "versions a list": (provenance(versions=["1"]), changed),
        "versions without relsim's": (provenance(versions={}), changed),
        "a version of control characters": (
            provenance(versions={"relsim-ir": "\x1b]0;x\x07", "numpy": "2"}), changed,
        ),
        "width of the provenance": (provenance(chunk_width=2**30), changed),
        "processors text": (manifest(simd="AVX"), rf"{changed} writes \(simd: "),
        "failures a mapping": (manifest(failures={}), rf"{changed} writes \(failures: "),
        "failures of nothing": (manifest(failures=[{}]), rf"{changed} writes \(failures: "),
        "failures many": (manifest(failures=[1] * 900_000), rf"{changed} writes \(failures: "),
        "a failure of no chunk": (
            manifest(failures=[
                {"chunk": 9, "first_run": 0, "last_run": 1, "run": 0, "draw": 0, "message": ""}
            ]), "there is no such chunk",
        ),
        "files a list": (manifest(files=["scenario.json"]), rf"{changed} writes \(files: "),
        "files with text": (manifest(files={"scenario.json": "x"}), rf"{changed} writes \(files: "),
        "files outside": (
            edited("manifest.json", lambda m: m["files"].update({"../../x\x1b": "0" * 64})),
            r"lists '../../x\\x1b', which relsim does not write",
        ),
        "files many": (
            edited("manifest.json", many_files), "lists 200,0.* files of arrays, and there",
        ),
        "scenario not listed": (
            edited("manifest.json", lambda m: m["files"].pop("scenario.json")),
            "does not list scenario.json",
        ),
        "an array not listed": (
            edited("manifest.json", lambda m: m["files"].pop("result.zarr/edges/zarr.json")),
            "does not list result.zarr/edges/zarr.json",
        ),
        "chunks a list": (manifest(chunks=["0" * 64]), rf"{changed} writes \(chunks: "),
        "chunks none": (manifest(chunks={}), "it is complete, and lacks chunks"),
        "chunk -1": (manifest(chunks={"-1": "0" * 64}), rf"{changed} writes \(chunks: "),
        "chunk 10**9": (manifest(chunks={"999999999": "0" * 64}), "there is no such chunk"),
        "complete text": (manifest(complete="yes"), rf"{changed} writes \(complete: "),
        "not complete": (manifest(complete=False), "lists 'outcomes.csv'|lists 'record.json'"),
        # The scenario, record and table.
        "scenario gone": (gone("scenario.json"), missing),
        "scenario a link": (linked("scenario.json"), link),
        "scenario a pipe": (pipe("scenario.json"), strange),
        "scenario huge": (huge("scenario.json"), large),
        "scenario nested": (written("scenario.json", b"[" * 100_000), "scenario.json was changed"),
        "scenario of many entries": (
            written("scenario.json", b'{"a": [' + b"1," * 300_000 + b"1]}"), "too many entries",
        ),
        "scenario a list": (written("scenario.json", b"[]"), "is no scenario that this version"),
        "scenario of another key": (
            edited("scenario.json", lambda s: s.update({"\x1b[2J": 1})), "is no scenario that this",
        ),
        "scenario another": (edited("scenario.json", another_scenario), unlike),
        "scenario with draws that are not there": (
            edited("scenario.json", lambda s: s.update(draws={"file": "x", "sha256": "0" * 64})),
            "does not list draws.csv|draws.csv is not the file that was meant",
        ),
        "record changed": (flipped("record.json"), since),
        "record a link": (linked("record.json"), link),
        "record a pipe": (pipe("record.json"), strange),
        "record huge": (huge("record.json"), large),
        "table gone": (gone("outcomes.csv"), missing),
        # The arrays as files.
        "arrays a link": (linked("result.zarr"), link),
        "arrays gone": (gone("result.zarr"), missing),
        "an array's folder a link": (linked("result.zarr/first_day"), link),
        "a file of an array a link": (linked("result.zarr/first_day/c/0/0"), link),
        "a file of an array a pipe": (pipe("result.zarr/first_day/c/0/0"), strange),
        "a file of an array a folder": (a_folder("result.zarr/first_day/c/0/0"), missing),
        "a file of an array gone": (gone("result.zarr/first_day/c/0/0"), missing),
        "a file of an array huge": (huge("result.zarr/first_day/c/0/0"), large),
        "a file of an array flipped": (flipped("result.zarr/first_day/c/0/0"), since),
        "a file of an array empty": (written("result.zarr/first_day/c/0/0", b""), unlike),
        "a file more": (added("result.zarr/first_day/c/0/9"), "was added since relsim wrote"),
        "an array more": (
            added("result.zarr/more/zarr.json", b"{}"), "was added since relsim wrote",
        ),
        "a link more": (linked("result.zarr/more"), link),
        "a description a link": (linked("result.zarr/zarr.json"), link),
        "a description nested": (
            written("result.zarr/week/zarr.json", b"[" * 100_000), "is no JSON that relsim writes",
        ),
        "a description huge": (huge("result.zarr/week/zarr.json"), large),
        "a description of many entries": (
            written("result.zarr/week/zarr.json", b"[" + b"1," * 900_000 + b"1]"),
            "too many entries",
        ),
        # What they say that they are.
        "shape of terabytes": (described("first_day", shape=[7, 10**12]), f"{unlike}.*see shape"),
        "shape not whole": (described("first_day", shape=[7, 256.0]), f"{unlike}.*see shape"),
        "shape of true": (described("draw_of_run", shape=[True]), f"{unlike}.*see shape"),
        "another type": (described("first_day", data_type="int8"), f"{unlike}.*see data_type"),
        "objects": (described("first_day", data_type="string"), f"{unlike}.*see data_type"),
        "other codecs": (
            described("first_day", codecs=[
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "gzip", "configuration": {"level": 5}},
            ]), f"{unlike}.*see codecs",
        ),
        "codecs the other way round": (
            edited("result.zarr/first_day/zarr.json", lambda d: d["codecs"].reverse()),
            f"{unlike}.*see codecs",
        ),
        "bytes the other way round": (
            edited("result.zarr/first_day/zarr.json",
                   lambda d: d["codecs"][0]["configuration"].update(endian="big")),
            f"{unlike}.*see codecs",
        ),
        "no such codec": (
            described("week", codecs=[{"name": "os.system"}]), f"{unlike}.*see codecs",
        ),
        "cut otherwise": (
            edited("result.zarr/first_day/zarr.json",
                   lambda d: d["chunk_grid"]["configuration"].update(chunk_shape=[7, 1])),
            f"{unlike}.*see chunk_grid",
        ),
        "other fill": (described("quantities", fill_value=0.0), f"{unlike}.*see fill_value"),
        "other axes": (described("first_day", dimension_names=["x", "y"]), "see dimension_names"),
        "an entry more": (described("first_day", more=1), f"{unlike}.*besides"),
        "Zarr version 2": (described("first_day", zarr_format=2), f"{unlike}.*see zarr_format"),
        "an array that is a group": (described("first_day", node_type="group"), "see node_type"),
        "other names of quantities": (
            edited("result.zarr/zarr.json", rename_first("quantity")), f"{unlike}.*see attributes",
        ),
        "other names of kinds": (
            edited("result.zarr/zarr.json", rename_first("kind")), f"{unlike}.*see attributes",
        ),
        "series of other names": (
            edited("result.zarr/sample/0/zarr.json",
                   lambda d: d["attributes"]["names"]["series"].reverse()),
            f"{unlike}.*see attributes",
        ),
        "a log of 10**15 entries": (described("sample/0/log_run", shape=[10**15]), unlike),
        "a log of other entries": (
            described("sample/0/log_run", shape=[5]), f"{unlike}|not all its files",
        ),
        "runs kept whole lack a column": (
            gone("result.zarr/sample/0/log_day"), "not all its files",
        ),
        "runs kept whole lack all": (gone("result.zarr/sample/0"), since),
        # What is in them.
        "a gzip file": (
            written("result.zarr/first_day/c/0/0", b"\x1f\x8b\x08" + b"\0" * 100),
            "does not unpack",
        ),
        "a bomb that says so": (written("result.zarr/first_day/c/0/0", frame(HUGE)), "unpack to"),
        "a bomb that hides its size": (
            written("result.zarr/week/c/0", zstd.compress(b"")[:4] + b"\x00\x58" + b"\0" * 40),
            "does not unpack to",
        ),
        "a bomb of many frames": (repeated_frame, f"{unlike}|{large}"),
        "garbage in a frame": (unpacked_garbage("result.zarr/first_day/c/0/0"), unlike),
        "garbage in a log": (unpacked_garbage("result.zarr/sample/0/log_day/c/0"), unlike),
        "days beyond the term": (values("first_day", "0/0", first(30_000)), f"{unlike}.*first_day"),
        "a draw that is none": (
            values("draw_of_tally", "0", first(10**9)), f"{unlike}.*draw_of_tal",
        ),
        "moves fewer than none": (values("move_counts", "0/0/0", first(-5)), f"{unlike}.*move_cou"),
        "a log of no such kind": (
            values("sample/0/log_kind", "0", first(30_000)), f"{unlike}.*log_kind",
        ),
        "a log of no such run": (values("sample/0/log_run", "0", first(-1)), f"{unlike}.*log_run"),
    }  # fmt: skip
    yield from ((name, Kind("whole", *kind)) for name, kind in whole.items())
    yield (
        "garbage in the parameters",
        Kind("whole", unpacked_garbage("result.zarr/parameters/c/0/0"), unlike, ("parameters",)),
    )
    yield "weights that are none", Kind("weighted", values("weights", "0", first(np.nan)), unlike)
    for name, harm, said in (
        ("figures a link", linked("figures"), link),
        ("a figure a link", linked("figures/outcomes.png"), link),
        ("figures a file", added("figures"), "cannot be written"),
    ):
        yield name, Kind("whole", harm, said, ("plot",))
    drawn: dict[str, tuple[Harm, str]] = {
        "draws a pipe": (pipe("draws.csv"), strange),
        "draws a device": (link_to("draws.csv", "/dev/zero"), link),
        "draws a socket": (a_socket("draws.csv"), strange),
        "draws gone": (gone("draws.csv"), missing),
        "draws huge": (huge("draws.csv"), large),
        "draws changed": (flipped("draws.csv"), since),
        "draws of endless columns": (
            written("draws.csv", b"weight" + b"," * 2**21 + b"\n\n1\n"),
            "its first lines name no columns",
        ),
        "draws of no parameter": (
            written("draws.csv", b"weight\n\n1\n"),
            "is no scenario that this",
        ),
    }
    yield from ((name, Kind("drawn", *kind)) for name, kind in drawn.items())
    half: dict[str, tuple[Harm, str]] = {
        "resumed: arrays a link": (linked("result.zarr"), link),
        "resumed: an array's folder a link": (linked("result.zarr/quantities/c"), link),
        "resumed: a link among the runs kept whole": (linked("result.zarr/sample/2"), link),
        "resumed: a file of one's own among the arrays": (
            added("result.zarr/notes.txt", b"precious"),
            "is not relsim's: take it out",
        ),
        "resumed: a file of one's own in an array": (
            added("result.zarr/first_day/notes", b"precious"),
            "is not relsim's: take it out",
        ),
        "resumed: record a link": (linked("record.json"), link),
        "resumed: table a link": (linked("outcomes.csv"), link),
        "resumed: figures a link": (linked("figures"), link),
        "resumed: lock a link": (linked(".lock"), link),
        "resumed: lock a hard link": (hard_linked(".lock"), "is no lock of relsim"),
        "resumed: lock a pipe": (pipe(".lock"), strange),
        "resumed: lock of one's own": (added(".lock", b"precious"), "is no lock of relsim"),
        "resumed: journal a link": (linked("journal.jsonl"), link),
        "resumed: journal a pipe": (pipe("journal.jsonl"), strange),
        "resumed: journal huge": (huge("journal.jsonl"), large),
        "resumed: journal no JSON": (journal("chunk 3"), "line 2, was changed: it is no line"),
        "resumed: journal nested": (journal("[" * 900), "line 2, was changed: it is no line"),
        "resumed: journal of many entries": (journal("[1," * 900_000), "too many entries"),
        "resumed: journal of no chunk": (
            entry(chunk=99, sha256="0" * 64),
            "there is no such chunk",
        ),
        "resumed: journal names none": (entry(), "line 2, was changed: it names no chunk"),
        "resumed: journal contradicts": (entry(chunk=0, sha256="0" * 64), "another SHA-256 before"),
        "resumed: chunk not as noted": (entry(chunk=3, sha256="0" * 64), missing),
        "resumed: another scenario": (
            taken_for_another,
            "its scenario is not that of its manifest",
        ),
        "resumed: manifest of another width": (manifest(chunk_width=128), "begun with chunks of w"),
    }
    yield from ((name, Kind("half", *kind, ("resume",))) for name, kind in half.items())


KINDS = dict(_kinds())
