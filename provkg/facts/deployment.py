"""Deployment provenance: the environment a program was written for or ran in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """Kernel and language as a notebook's metadata or a run states them."""

    id: str
    plan: str
    kernel: str | None = None
    """Name of the kernel: "python3", "ir"."""
    kernel_title: str | None = None
    language: str | None = None
    language_version: str | None = None
    implementation: str | None = None
    """"ipython" and other names of the code mirror mode or interpreter."""
    run: str | None = None
    """Id of the run that it was observed in; None where the document names it."""
    installed: tuple[tuple[str, str], ...] = ()
    """Normalised PyPI names and versions of the distributions that could be imported."""
    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables that say how a program computes."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer of an environment, and its operating system."""

    id: str
    environment: str
    system: str | None = None
    """"Linux"."""
    release: str | None = None
    distribution: str | None = None
    """"Debian GNU/Linux 12 (bookworm)"."""
    architecture: str | None = None
    processor: str | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    graphics: tuple[str, ...] = ()
    """Models of the graphics processors."""
    driver: str | None = None
    """"NVIDIA 550.54"."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that was checked out when something ran."""

    id: str
    digest: str
    """The commit's name in its repository, hexadecimal."""
    branch: str | None = None
    is_clean: bool | None = None
    """Were the files that git knows as they were committed?"""
    repository: str | None = None
    """Where the repository was cloned from, without credentials."""


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution that the program installs, requires or imports."""

    name: str
    """Normalised PyPI name, as PEP 503 says."""
    step: str
    evidence: str
    """"import", "pip install", "conda install"…"""
    version: str | None = None
    """An exact version ("==1.2"), without the operator."""
    specifier: str | None = None
    """The requirement's version part as written: ">=1.2,<2"."""
    manager: str = "pypi"
    """Type of the package URL: pypi, conda, deb, cran…"""


@dataclass(frozen=True, slots=True)
class Agent:
    """A person that the document names as author."""

    id: str
    name: str
    plan: str
    orcid: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentVariable:
    """An environment variable that the program sets (`%env`, `os.environ[…] = …`), secrets redacted."""

    id: str
    step: str
    name: str
    value: str | None


DeploymentFact = Environment | Machine | Commit | Package | Agent | EnvironmentVariable
