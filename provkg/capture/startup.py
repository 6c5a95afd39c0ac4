"""Recording that is always on: a file that IPython runs whenever it starts, and that goes again."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "50-provkg.py"

TEXT = '''"""Records what notebooks do. By `provkg kernel install`; `provkg kernel remove` undoes it."""
try:
    __import__("provkg.capture.magic", fromlist=["magic"]).start_in_kernel()
except ImportError:  # an environment without provkg
    pass
'''


def startup_file(profile: str = "default") -> Path:
    """Where IPython looks for what to run when it starts with this profile."""
    home = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    return Path(home) / f"profile_{profile}" / "startup" / NAME


def install_startup(profile: str = "default") -> Path:
    """Have every kernel of a profile recorded; gives the file that was written.

    Raises:
        OSError: it cannot be written.
    """
    path = startup_file(profile)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT, "utf-8")
    return path


def remove_startup(profile: str = "default") -> Path | None:
    """Have kernels recorded no more; gives the file that was removed, None where there was none.

    Raises:
        OSError: it cannot be removed.
    """
    path = startup_file(profile)
    try:
        path.unlink()
    except FileNotFoundError:
        return None
    return path
