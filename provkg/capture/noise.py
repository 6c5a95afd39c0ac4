"""Which files are nobody's data: Python's and its libraries' own, the system's, caches, fonts."""

from __future__ import annotations

import os

from provkg.capture.frames import library_folders

SYSTEM = (
    "/proc/", "/sys/", "/dev/", "/run/", "/etc/", "/lib/", "/lib64/", "/bin/", "/sbin/",
    "/usr/lib/", "/usr/lib64/", "/usr/bin/", "/usr/local/lib/", "/usr/local/bin/", "/usr/include/",
    "/usr/share/fonts/", "/usr/share/zoneinfo/", "/usr/share/locale/", "/usr/share/mime/",
    "/usr/share/X11/", "/usr/share/fontconfig/", "/usr/local/share/fonts/", "/var/cache/fontconfig/",
)  # fmt: skip
BELOW_HOME = (
    ".cache/matplotlib", ".cache/fontconfig", ".cache/pip", ".cache/uv", ".cache/numba", ".config",
    ".fonts", ".fontconfig", ".ipython", ".jupyter", ".matplotlib", ".local/share/jupyter",
    ".local/share/fonts", ".pyenv", ".netrc", ".aws", ".ssh", ".gnupg",
)  # fmt: skip
PARTS = frozenset({".provkg", "__pycache__", ".git", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache"})
SUFFIXES = (".pyc", ".pyo", ".pth", ".so", ".dll", ".dylib", ".egg-link", ".ttf", ".otf", ".pfb", ".afm")


class Noise(dict[str, bool]):
    """Folder → is everything in it noise? Each is looked at once."""

    def __init__(self) -> None:
        super().__init__()
        home = os.path.expanduser("~")
        own = [os.path.join(home, name) for name in BELOW_HOME]
        own += [os.environ[name] for name in ("MPLCONFIGDIR", "NUMBA_CACHE_DIR") if os.environ.get(name)]
        self.prefixes = (*library_folders(), *SYSTEM, *(os.path.join(folder, "") for folder in own))

    def __missing__(self, folder: str) -> bool:
        is_noise = (folder + os.sep).startswith(self.prefixes) or not PARTS.isdisjoint(folder.split(os.sep))
        self[folder] = is_noise
        return is_noise

    def has(self, path: str) -> bool:
        """Whether the file with this absolute path is noise."""
        return path.endswith(SUFFIXES) or self[os.path.dirname(path)]
