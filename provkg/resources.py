"""The folders that stand beside the package in a checkout and inside it in a wheel: ontologies and such."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def find_resource(name: str) -> Traversable:
    """The file or folder called `name` ("ontologies/context.jsonld"), from the wheel or from the checkout.

    A wheel carries the folders as `provkg/_data`. An editable install may leave a stale copy of them in
    site-packages; the package itself is then imported from the checkout, so the way starts at the package.

    Raises:
        FileNotFoundError: neither place has it.
    """
    packaged = files("provkg") / "_data" / name
    if packaged.is_file() or packaged.is_dir():
        return packaged
    in_checkout = Path(__file__).parent.parent / name
    if in_checkout.exists():
        return in_checkout
    raise FileNotFoundError(f"provkg was installed without its file {name}")


def read_resource(name: str) -> str:
    """The text of the file called `name`."""
    return find_resource(name).read_text(encoding="utf-8")
