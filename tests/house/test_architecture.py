"""ARCHITECTURE.md draws the house as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
LINE = re.compile(r"^(?P<indent> *)(?P<name>[\w.*<>-]+/?)(?P<note>  +\S.*)?$")


def drawn_tree() -> dict[str, str]:
    """Path → what ARCHITECTURE.md says of it; folders end in "/"."""
    text = (CHECKOUT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = text.split("## The tree", 1)[1].split("```", 2)[1]
    return dict(read_tree(block.strip("\n").splitlines()))


def read_tree(lines: list[str]) -> Iterator[tuple[str, str]]:
    folders: list[str] = []
    for line in lines:
        match = LINE.match(line)
        assert match, f"not a line of the tree: {line!r}"
        del folders[len(match["indent"]) // 2 :]
        yield "".join(folders) + match["name"], (match["note"] or "").strip()
        if match["name"].endswith("/"):
            folders.append(match["name"])


def real_modules() -> set[str]:
    """Modules with something in them: an empty `__init__.py` is no room of its own."""
    files = (CHECKOUT / "provkg").rglob("*.py")
    return {path.relative_to(CHECKOUT).as_posix() for path in files if path.stat().st_size}


def test_every_module_is_in_the_tree_and_every_module_of_the_tree_exists() -> None:
    drawn = {path for path in drawn_tree() if path.startswith("provkg/") and path.endswith(".py")}
    assert {"not drawn": real_modules() - drawn, "not there": drawn - real_modules()} == {
        "not drawn": set(),
        "not there": set(),
    }


def test_everything_else_that_the_tree_names_exists() -> None:
    missing = [path for path in drawn_tree() if not any(CHECKOUT.glob(path.rstrip("/")))]
    assert missing == []


def test_every_folder_of_the_checkout_is_in_the_tree() -> None:
    ours = ("provkg", "ontologies", "notebooks", "tests", "benchmarks")
    rooms = {f"provkg/{path.name}/" for path in (CHECKOUT / "provkg").iterdir() if any(path.glob("*.py"))}
    assert rooms | {f"{name}/" for name in ours} <= set(drawn_tree())


def test_every_line_of_the_tree_says_what_is_there() -> None:
    assert [path for path, note in drawn_tree().items() if not note] == []
