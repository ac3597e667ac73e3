"""Ways to tamper with a result folder; each is a function of the folder."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numcodecs import zstd

from relsim.store.arrays import chunk_files
from relsim.store.plain_files import digest, digest_of_all

HUGE = 10**12  # bytes of a file, of which the disk holds nothing

Harm = Callable[[Path], object]
Edit = Callable[[dict[str, Any]], object]


def edited(name: str, change: Edit) -> Harm:
    """Change a JSON file; unless it is the manifest, the manifest then fits again."""

    def harm(folder: Path) -> None:
        data = json.loads((folder / name).read_bytes())
        change(data)
        write(folder, name, json.dumps(data).encode())

    return harm


def written(name: str, content: bytes) -> Harm:
    """Put something else in place of a file, with a manifest that fits."""
    return lambda folder: write(folder, name, content)


def write(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    if name != "manifest.json":
        seal(folder, name)


def seal(folder: Path, name: str) -> None:
    """Give a file that was changed the digest that the manifest must have for it."""
    file = folder / "manifest.json"
    data = json.loads(file.read_bytes())
    store = folder / "result.zarr"
    if name in data["files"]:
        data["files"][name] = digest(folder / name)
    for chunk in data["chunks"]:
        names = chunk_files(store, int(chunk))
        if name.removeprefix("result.zarr/") in names:
            data["chunks"][chunk] = digest_of_all(store, dict.fromkeys(names, HUGE))
    file.write_text(json.dumps(data), "utf-8")


def manifest(**entries: Any) -> Harm:
    """Set entries of the manifest."""
    return edited("manifest.json", lambda data: data.update(entries))


def provenance(**entries: Any) -> Harm:
    return edited("manifest.json", lambda data: data["provenance"].update(entries))


def without(name: str) -> Harm:
    return edited("manifest.json", lambda data: data.pop(name))


def described(name: str, **entries: Any) -> Harm:
    """Describe an array as another one."""
    return edited(f"result.zarr/{name}/zarr.json", lambda data: data.update(entries))


def text(name: str, old: str, new: str) -> Harm:
    def harm(folder: Path) -> None:
        content = (folder / name).read_text("utf-8")
        assert old in content
        (folder / name).write_text(content.replace(old, new, 1), "utf-8")

    return harm


def gone(name: str) -> Harm:
    def harm(folder: Path) -> None:
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return harm


def linked(name: str) -> Harm:
    """Move a file or folder elsewhere, and leave a symbolic link to it."""

    def harm(folder: Path) -> None:
        place, elsewhere = folder / name, folder.parent / "elsewhere"
        if place.exists():
            place.rename(elsewhere)
        else:
            elsewhere.write_text("precious")
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(elsewhere)

    return harm


def link_to(name: str, target: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return harm


def pipe(name: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return harm


def a_socket(name: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        before = os.getcwd()
        os.chdir(folder)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(name)
        os.chdir(before)

    return harm


def a_folder(name: str) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return harm


def huge(name: str) -> Harm:
    return lambda folder: os.truncate(folder / name, HUGE)


def flipped(name: str) -> Harm:
    def harm(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[-1] ^= 1
        (folder / name).write_bytes(content)

    return harm


def added(name: str, content: bytes = b"") -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return harm


def values(name: str, chunk: str, change: Callable[[Any], object]) -> Harm:
    """Change the numbers in a packed file, whose digest fits again."""

    def harm(folder: Path) -> None:
        dtype = json.loads((folder / f"result.zarr/{name}/zarr.json").read_bytes())["data_type"]
        file = f"result.zarr/{name}/c/{chunk}"
        array = np.frombuffer(zstd.decompress((folder / file).read_bytes()), dtype).copy()
        change(array)
        write(folder, file, zstd.compress(array.tobytes()))

    return harm


def first(number: float) -> Callable[[Any], None]:
    def change(array: Any) -> None:
        array[0] = number

    return change


def frame(size: int) -> bytes:
    """The head of a Zstandard frame that says that it unpacks to so many bytes."""
    return zstd.compress(b"")[:4] + b"\xe0" + size.to_bytes(8, "little") + b"\x00" * 40


def repeated_frame(folder: Path) -> None:
    """A bomb: a frame of the right size, and many of it."""
    file = "result.zarr/first_day/c/0/0"
    write(folder, file, (folder / file).read_bytes() * 40)


def unpacked_garbage(name: str) -> Harm:
    """Keep the head of a frame, and garble what follows."""

    def harm(folder: Path) -> None:
        content = (folder / name).read_bytes()
        write(folder, name, content[:14] + bytes(byte ^ 0x55 for byte in content[14:]))

    return harm


def many_files(data: dict[str, Any]) -> None:
    data["files"] |= {f"result.zarr/x{number}": "0" * 64 for number in range(200_000)}


def another_scenario(data: dict[str, Any]) -> None:
    data["outcomes"].pop("deadly_exchange")


def rename_first(axis: str) -> Edit:
    def change(data: dict[str, Any]) -> None:
        data["attributes"]["names"][axis][0] = "another"

    return change


def journal(line: str) -> Harm:
    """Add a line to the journal."""

    def harm(folder: Path) -> None:
        with (folder / "journal.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return harm


def entry(**entries: Any) -> Harm:
    return journal(json.dumps({"elapsed_seconds": 1.0} | entries))


def hard_linked(name: str) -> Harm:
    def harm(folder: Path) -> None:
        elsewhere = folder.parent / "elsewhere"
        elsewhere.write_text("precious")
        os.link(elsewhere, folder / name)

    return harm


def taken_for_another(folder: Path) -> None:
    """Another scenario beside the hash of the one that is asked for."""
    edited("scenario.json", lambda data: data.update(title="Another"))(folder)
