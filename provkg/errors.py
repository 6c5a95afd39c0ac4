"""Everything that provkg raises on purpose.

ProvkgError                 what happened, where, what to do
├── SourceError             a notebook or script cannot be read
├── FactsError              a facts file is not one of ours
├── GraphError              a graph cannot be built or written
│   └── MissingExtra        the format needs a library that is not installed
├── StoreError              the store cannot be opened, read or written
├── QueryError              a question cannot be asked
│   └── QuerySyntaxError    it is no SPARQL
├── ValidationError         a graph cannot be validated: no such profile, rule or engine
├── SettingsError           the project's settings make no sense
└── RequestError            the server does not answer a request
"""

from __future__ import annotations


class ProvkgError(Exception):
    """A failure that a user can act on: `message`, the `path` and `line` it is about, and a `hint`."""

    def __init__(
        self, message: str, *, path: str | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        line = f"line {self.line}: " if self.line else ""
        return f"{place}{line}{self.message}"


class SourceError(ProvkgError):
    """A notebook or script cannot be read."""


class FactsError(ProvkgError):
    """A facts file is not one of ours, or of a newer schema than this provkg knows."""


class GraphError(ProvkgError):
    """A graph cannot be built or written."""


class MissingExtra(GraphError):
    """The asked-for format needs a library that is not installed."""


class StoreError(ProvkgError):
    """The store cannot be opened, read or written."""


class QueryError(ProvkgError):
    """A question cannot be asked: there is none of this name, or it lacks something."""


class QuerySyntaxError(QueryError):
    """A query is no SPARQL; `excerpt` shows the place: the line, and a mark below it."""

    def __init__(self, message: str, *, line: int | None = None, excerpt: tuple[str, ...] = ()) -> None:
        super().__init__(message, line=line)
        self.excerpt = excerpt


class ValidationError(ProvkgError):
    """A graph cannot be validated: there is no such profile, rule or engine, or the shapes make no sense."""


class SettingsError(ProvkgError):
    """The project's settings make no sense."""


class RequestError(ProvkgError):
    """The server does not answer a request; `status` is the code of HTTP that says why."""

    def __init__(self, status: int, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
