"""Which programming language a notebook or script is written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ALIASES = {
    "ir": "r",
    "ipython": "python",
    "cython": "python",
    "pypy": "python",
    "pyspark": "python",
    "pysparkkernel": "python",
    "pyolite": "python",
    "xpython": "python",
    "xr": "r",
    "ijulia": "julia",
    "xcpp": "c++",
    "cpp": "c++",
    "cling-cpp": "c++",
    "csharp": "c#",
    ".net-csharp": "c#",
    "fsharp": "f#",
    ".net-fsharp": "f#",
    "ijavascript": "javascript",
    "js": "javascript",
    "nodejs": "javascript",
    "node": "javascript",
    "jslab": "javascript",
    "ts": "typescript",
    "tslab": "typescript",
    "deno": "typescript",
    "spark": "scala",
    "sparkkernel": "scala",
    "spylon-kernel": "scala",
    "apache_toree_scala": "scala",
    "almond": "scala",
    "ijava": "java",
    "iruby": "ruby",
    "ihaskell": "haskell",
    "gophernotes": "go",
    "evcxr": "rust",
    "sagemath": "sage",
}
"""Names of kernels, and of languages as kernels spell them, that are not simply the language's name."""

_KNOWN = frozenset(_ALIASES.values()) | {
    "bash", "clojure", "elixir", "erlang", "fortran", "groovy", "kotlin", "lua", "maple", "maxima", "matlab",
    "ocaml", "octave", "perl", "php", "powershell", "prolog", "q", "sas", "scilab", "sos", "sql", "stata",
    "swift",
}  # fmt: skip
_NO_LANGUAGE = frozenset({"", "plaintext", "text"})
"""What VS Code saves for a notebook that has not met a kernel yet."""

_VERSION = re.compile(r"[-_. ]*v?\d[\d._]*$")


def find_language(metadata: Mapping[str, Any], default: str = "python") -> str:
    """The language in lower case, as kernel or language metadata state it; `default` where they do not."""
    kernel = metadata.get("kernelspec")
    info = metadata.get("language_info")
    kernel = kernel if isinstance(kernel, Mapping) else {}
    info = info if isinstance(info, Mapping) else {}
    for stated in (kernel.get("language"), info.get("name")):
        if isinstance(stated, str) and stated.strip().lower() not in _NO_LANGUAGE:
            return normalise_language(stated)
    # A kernel is often named after its environment ("tf-gpu", "conda-env-py36"), which names no language.
    name = kernel.get("name")
    language = normalise_language(name) if isinstance(name, str) else ""
    return language if language in _KNOWN else default


def normalise_language(name: str) -> str:
    """`name` in lower case under its usual name.

    >>> normalise_language("IPython"), normalise_language("ir"), normalise_language("julia-1.6")
    ('python', 'r', 'julia')
    """
    lowered = name.strip().lower()
    if lowered in _ALIASES:
        return _ALIASES[lowered]
    versionless = _VERSION.sub("", lowered)
    versionless = _ALIASES.get(versionless, versionless)
    return versionless if versionless in _KNOWN else lowered
