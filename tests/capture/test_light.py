"""What runs inside the user's program brings next to nothing with it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("rdflib", "pyoxigraph", "pandas", "numpy", "nbformat", "click", "rich", "requests", "yaml", "prov")


def test_the_capture_side_imports_no_library() -> None:
    code = (
        "import sys; before = {*sys.modules}; import provkg.capture.launch; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules.keys() - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert not imported & set(HEAVY)
    assert imported - sys.stdlib_module_names == {"provkg"}
