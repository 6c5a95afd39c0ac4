"""What a program runs on: machine, operating system, Python, the state of the repository, who runs it.

Asked for outside the program's process, and beside it while it runs.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

GIT_SECONDS = 10

_ALLOWED = re.compile(
    r"PYTHON\w*|LANG|LANGUAGE|LC_\w+|TZ|VIRTUAL_ENV|CONDA_DEFAULT_ENV|CONDA_PREFIX|OMP_\w+|MKL_\w+"
    r"|OPENBLAS_\w+|BLIS_\w+|GOTO_\w+|NUMEXPR_\w+|NUMBA_\w+|VECLIB_\w+|CUDA_\w+|CUBLAS_\w+|NVIDIA_\w+"
    r"|HIP_\w+|ROCR_\w+|TF_(?:CPP|XLA|GPU|ENABLE|FORCE|DETERMINISTIC|NUM)\w*|XLA_\w+|JAX_\w+|TORCH_\w+|PYTORCH_\w+|KERAS_\w+|HF_HOME|HF_DATASETS_\w+"
    r"|TRANSFORMERS_\w+|TOKENIZERS_PARALLELISM|MPLBACKEND|SLURM_JOB_\w+|PBS_JOBID|LSB_JOBID|RANK|WORLD_SIZE"
    r"|LOCAL_RANK"
)
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)


def allowed_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that say how a program computes, and nothing that could be a secret.

    >>> allowed_variables({"OMP_NUM_THREADS": "4", "HF_TOKEN": "abc", "HOME": "/home/me"})
    {'OMP_NUM_THREADS': '4'}
    """
    return {
        name: value
        for name, value in sorted(environment.items())
        if _ALLOWED.fullmatch(name) and not _SECRET.search(name)
    }


def read_machine() -> dict[str, Any]:
    """Machine, operating system and Python; what the system does not tell is left out."""
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "distribution": _read_distribution(),
        "architecture": platform.machine(),
        "cpu": _read_cpu(),
        "cores": os.cpu_count(),
        "memory": _read_memory(),
        "gpus": list(_read_gpus()),
        "driver": _read_driver(),
    }
    return {name: value for name, value in found.items() if value}


def _read_distribution() -> str | None:
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    return (platform.mac_ver()[0] and f"macOS {platform.mac_ver()[0]}") or None


def _read_cpu() -> str | None:
    with suppress(OSError):
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or None


def _read_memory() -> int | None:
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _read_gpus() -> Iterator[str]:
    """The models of NVIDIA's graphics processors, as their driver tells them."""
    for file in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            found = re.search(r"^Model:\s*(.+)$", file.read_text("utf-8"), re.MULTILINE)
            if found:
                yield found[1].strip()


def _read_driver() -> str | None:
    with suppress(OSError):
        found = re.search(r"Module\s+([\d.]+)", Path("/proc/driver/nvidia/version").read_text("utf-8"))
        return f"NVIDIA {found[1]}" if found else None
    return None


class Repository:
    """The git repository that a folder is in, asked while something else goes on."""

    def __init__(self, folder: str) -> None:
        self._status = self._settings = None
        if any(os.path.exists(os.path.join(each, ".git")) for each in _upwards(folder)):
            self._status = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
            self._settings = _git(folder, "config", "--get-regexp", r"^(remote\.origin\.url|user\.name)$")

    def read(self) -> dict[str, Any]:
        """Commit, branch, whether tracked files are as they were committed, origin, and the user's name.

        Empty where there is no repository, or no git.
        """
        status, settings = _answer(self._status), _answer(self._settings)
        found: dict[str, Any] = dict(re.findall(r"^# branch\.(oid|head) (.+)$", status, re.MULTILINE))
        if not found:
            return {}
        named = dict(line.split(" ", 1) for line in settings.splitlines() if " " in line)
        return {
            "commit": found.get("oid"),
            "branch": found.get("head"),
            "clean": all(line.startswith("#") for line in status.splitlines()),
            "origin": named.get("remote.origin.url"),
            "user": named.get("user.name"),
        }


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _git(folder: str, *arguments: str) -> subprocess.Popen[str] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - a fixed command, and no shell
            ["git", "-C", folder, *arguments],  # noqa: S607 - the git that the user has
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except OSError:
        return None


def _answer(process: subprocess.Popen[str] | None) -> str:
    if process is None:
        return ""
    try:
        return process.communicate(timeout=GIT_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ""


def user_name() -> str | None:
    """The name that the user is logged in under."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    if sys.platform == "win32":
        return None
    import pwd

    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return None
