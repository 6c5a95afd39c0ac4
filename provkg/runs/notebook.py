"""Runs a notebook as a program: a process that starts its kernel, sends the cells, and ends as scripts do.

`provkg run NOTEBOOK` starts it by `python -m provkg.runs.notebook`. Parameters go in the papermill way: into
a cell behind the one that is tagged `parameters`. The kernel records itself (`provkg.capture.session`).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provkg.capture.journal import VARIABLE
from provkg.capture.magic import summary_of
from provkg.sources.notebook import as_nbformat

INJECTED = "injected-parameters"
"""The tag of the cell that holds the parameters of a run."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

_BEGIN = (
    "(lambda path: (path.append({root!r}), __import__('provkg.capture.magic', fromlist=['magic'])"
    ".start_in_kernel(), path.remove({root!r})))(__import__('sys').path);"
)
"""Records the kernel, and leaves no name behind."""

KILLED = 137
"""The exit code where the kernel died: that of a shell whose command was killed."""

INTERRUPTED = 130

LONGEST_SOCKET_FOLDER = 50
"""Characters: the path of a socket may have about 100."""


def parse_parameter(text: str) -> Any:
    """The value that a person wrote: None, a truth value, a number, else the text itself.

    >>> [parse_parameter(text) for text in ("3", "0.5", "true", "None", "a b")]
    [3, 0.5, True, None, 'a b']
    """
    known = {"true": True, "false": False, "none": None, "null": None}
    if text.lower() in known:
        return known[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def inject_parameters(notebook: Any, parameters: Mapping[str, Any]) -> None:
    """Put a cell that sets the parameters behind the cell tagged `parameters`, else at the top.

    A cell that was injected before gives way.
    """
    if not parameters:
        return
    cells = [cell for cell in notebook["cells"] if INJECTED not in tags_of(cell)]
    tagged = [place for place, cell in enumerate(cells) if "parameters" in tags_of(cell)]
    lines = ["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())]
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": INJECTED,
        "metadata": {"tags": [INJECTED]},
        "outputs": [],
        "source": "\n".join(lines),
    }
    cells.insert(tagged[0] + 1 if tagged else 0, type(notebook)(cell))
    notebook["cells"] = cells


def tags_of(cell: Mapping[str, Any]) -> Sequence[str]:
    """The tags of a cell."""
    tags = cell.get("metadata", {}).get("tags")
    return tags if isinstance(tags, list) else ()


def run_notebook(path: Path, wanted: Mapping[str, Any]) -> int:
    """Run a notebook to its end, and keep it with its outputs where that is wanted; gives the exit code."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = as_nbformat(path.read_bytes(), str(path))
    parameters = wanted.get("parameters") or {}
    inject_parameters(notebook, parameters)
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name=wanted.get("kernel_name") or find_kernel(notebook),
        resources={"metadata": {"path": str(path.parent.absolute())}},
    )
    client.extra_arguments = kernel_arguments(client)
    client.km = make_manager(client.kernel_name)
    code = 0
    try:
        client.execute()
    except CellExecutionError as error:
        code = code_of(error.ename, error.evalue)
        if error.ename != "SystemExit":
            tell(str(error.traceback), f"{error.ename}: {error.evalue}")
        elif code == 1 and error.evalue != "1":
            tell(error.evalue, "")
    except DeadKernelError as error:
        code = KILLED
        tell(str(error), "the kernel died")
    except KeyboardInterrupt:
        code = INTERRUPTED
    if wanted.get("output"):
        add_summary(notebook, wanted)
        write_notebook(notebook, Path(wanted["output"]))
    return code


def find_kernel(notebook: Any) -> str:
    """The kernel that the notebook asks for, if it is installed; else that of Python."""
    from jupyter_client.kernelspec import NoSuchKernel, get_kernel_spec

    name = notebook["metadata"].get("kernelspec", {}).get("name", "python3")
    try:
        get_kernel_spec(name)
    except NoSuchKernel:
        sys.stderr.write(f"provkg: there is no kernel {name!r} here; python3 is taken\n")
        return "python3"
    return str(name)


def make_manager(name: str) -> Any:
    """What starts the kernel: it talks to us by sockets of the file system, which other users cannot read.

    Where their paths would be too long, or there are none, it talks over the loopback interface.
    """
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.paths import jupyter_runtime_dir

    is_short = len(jupyter_runtime_dir()) < LONGEST_SOCKET_FOLDER
    transport = "ipc" if os.name == "posix" and is_short else "tcp"
    return AsyncKernelManager(kernel_name=name, transport=transport)


def kernel_arguments(client: Any) -> list[str]:
    """What has a kernel record itself, where it is IPython's."""
    from jupyter_client.kernelspec import get_kernel_spec

    spec = get_kernel_spec(client.kernel_name)
    if not any("ipykernel" in word for word in spec.argv):
        return []
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [f"--IPKernelApp.exec_lines={_BEGIN.format(root=root)}"]


def code_of(exception: str, message: str) -> int:
    """The exit code of a script that this exception ends."""
    if exception != "SystemExit":
        return 1
    if message in ("", "None"):
        return 0
    try:
        return int(message) & 0xFF
    except ValueError:
        return 1


def tell(traceback: str, otherwise: str) -> None:
    """Show the error that ended the notebook, in colours on a terminal only."""
    text = traceback.strip() or otherwise
    sys.stderr.write((text if sys.stderr.isatty() else _COLOUR.sub("", text)) + "\n")


def add_summary(notebook: Any, wanted: Mapping[str, Any]) -> None:
    """Write what was recorded into the metadata, for people who get the file alone."""
    run = os.path.basename(wanted["folder"])
    notebook["metadata"]["provkg"] = {
        **summary_of(run, wanted["journal"]),
        "parameters": dict(wanted.get("parameters") or {}),
    }


def write_notebook(notebook: Any, target: Path) -> None:
    """Write a notebook, which is there whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
    temporary.replace(target)


def main() -> int:
    """Run the notebook that the command line names, as the environment says."""
    return run_notebook(Path(sys.argv[1]), json.loads(os.environ[VARIABLE]))


if __name__ == "__main__":
    sys.exit(main())
