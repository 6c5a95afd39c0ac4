"""Crates of anybody are read with bounds, without a network, and never unpacked."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provkg.errors import GraphError
from provkg.publish import reading
from provkg.publish.packing import write_package
from provkg.publish.reading import parse_metadata, read_crate

from .conftest import Publish

NAME = "ro-crate-metadata.json"
EMPTY = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [{"@id": "./", "@type": "Dataset"}]}


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """Writes a zip of these members."""

    def write(**members: bytes) -> Path:
        path = tmp_path / "crate.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name.replace("__", "/").replace("METADATA", NAME), data)
        return path

    return write


def test_a_crate_is_a_folder_a_zip_or_its_metadata(publish: Publish, tmp_path: Path) -> None:
    items = publish().items
    for name in ("crate", "crate.zip"):
        write_package(items, tmp_path / name)
    contents = [read_crate(tmp_path / name) for name in ("crate", "crate.zip", f"crate/{NAME}")]
    assert len({content.digest for content in contents}) == 1
    assert all(content.graph for content in contents)


def test_metadata_may_lie_in_the_only_folder_of_a_zip(zipped: Callable[..., Path]) -> None:
    data = json.dumps(EMPTY).encode()
    assert read_crate(zipped(study__METADATA=data)).graph is None


def test_a_zip_that_swells_is_refused_whatever_it_says_of_its_size(
    zipped: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_METADATA", 1_000_000)
    bomb = zipped(METADATA=b" " * 50_000_000)
    assert bomb.stat().st_size < 100_000
    with pytest.raises(GraphError, match="more than 1,000,000 bytes"):
        read_crate(bomb)


def test_a_zip_of_absurdly_many_files_is_refused(
    zipped: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_MEMBERS", 2)
    with pytest.raises(GraphError, match="3 files"):
        read_crate(zipped(METADATA=b"{}", a=b"", b=b""))


def test_names_that_lead_out_of_a_crate_lead_nowhere(zipped: Callable[..., Path], tmp_path: Path) -> None:
    evil = {**EMPTY, "@graph": [{"@id": "../../outside.trig", "@type": "File"}]}
    (tmp_path / "outside.trig").write_text("x", encoding="utf-8")
    assert read_crate(zipped(METADATA=json.dumps(evil).encode(), **{"..__..__outside": b"x"})).graph is None
    assert not (tmp_path.parent / "outside").exists()


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(json.dumps(EMPTY), encoding="utf-8")
    (tmp_path / "crate").mkdir()
    (tmp_path / "crate" / NAME).symlink_to(tmp_path / "secret.json")
    with pytest.raises(GraphError, match="there is no"):
        read_crate(tmp_path / "crate")


def test_a_graph_that_was_changed_since_is_refused(publish: Publish, tmp_path: Path) -> None:
    write_package(publish().items, tmp_path / "crate")
    with (tmp_path / "crate" / "provenance.trig").open("a", encoding="utf-8") as stream:
        stream.write("# forged\n")
    with pytest.raises(GraphError, match="changed since"):
        read_crate(tmp_path / "crate")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"@graph": 7}',
        b'{"@graph": [7]}',
        b'{"@graph": [{"name": "x"}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_crate_is_told_and_no_traceback(data: bytes, zipped: Callable[..., Path]) -> None:
    with pytest.raises(GraphError):
        read_crate(zipped(METADATA=data))


def test_what_is_no_zip_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK but not really")
    with pytest.raises(GraphError, match="not a zip"):
        read_crate(tmp_path / "a.zip")
    with pytest.raises(GraphError, match="cannot be read"):
        read_crate(tmp_path / "missing.zip")


def test_contexts_come_from_the_package_and_unknown_ones_are_noted() -> None:
    document: dict[str, Any] = {
        **EMPTY,
        "@context": [EMPTY["@context"], "https://evil.example/context", {"x": "https://x.example/"}],
    }
    told, notes = parse_metadata(json.dumps(document).encode(), "crate")
    assert [type(each) for each in told["@context"]] == [dict, dict]
    assert told["@context"][0]["CreateAction"] == "http://schema.org/CreateAction"
    assert notes == [
        "the context https://evil.example/context is not shipped with provkg; its terms are left out"
    ]
