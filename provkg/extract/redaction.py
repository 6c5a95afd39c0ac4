"""Takes credentials out of source text, outputs, URLs and values before they become facts.

The patterns are those that the services publish and that detect-secrets and gitleaks collect. They are our
own copy because detect-secrets finds secrets line by line for a report (a fifth of a second to import, a
plug-in at a time), while here a text has to be given back, changed in the right place, at the price of a few
substring searches for the many texts that hold no secret. Nothing looks at entropy: hashes, identifiers and
encoded data are what a provenance record is made of.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence

from provkg.errors import SettingsError

REDACTED = "<redacted>"

# Tokens that name themselves: a text without the literal in front cannot hold the pattern behind it.
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (literal, re.compile(pattern))
    for literal, pattern in (
        ("AKIA", r"(?<![A-Za-z0-9])AKIA(?=[A-Z]*[0-9])[0-9A-Z]{16}(?![A-Za-z0-9])"),
        ("ASIA", r"(?<![A-Za-z0-9])ASIA(?=[A-Z]*[0-9])[0-9A-Z]{16}(?![A-Za-z0-9])"),
        ("ghp_", r"\bghp_[A-Za-z0-9]{36,}"),
        ("gho_", r"\bgho_[A-Za-z0-9]{36,}"),
        ("ghu_", r"\bghu_[A-Za-z0-9]{36,}"),
        ("ghs_", r"\bghs_[A-Za-z0-9]{36,}"),
        ("ghr_", r"\bghr_[A-Za-z0-9]{36,}"),
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{60,}"),
        ("glpat-", r"\bglpat-[A-Za-z0-9_\-]{20,}"),
        ("glrt-", r"\bglrt-[A-Za-z0-9_\-]{20,}"),
        ("gldt-", r"\bgldt-[A-Za-z0-9_\-]{20,}"),
        ("xox", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}"),
        ("hooks.slack.com", r"(?<=hooks\.slack\.com/services/)T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]+"),
        ("AIza", r"(?<![A-Za-z0-9_\-])AIza[0-9A-Za-z_\-]{35}(?![A-Za-z0-9_\-])"),
        ("ya29.", r"\bya29\.[0-9A-Za-z_\-]{20,}"),
        ("GOCSPX-", r"\bGOCSPX-[0-9A-Za-z_\-]{20,}"),
        # A digit and a capital: style sheets of scikit-learn's diagrams have long names with "sk-" too.
        ("sk-", r"(?<![\w\-])sk-(?=[\w\-]*\d)(?=[\w\-]*[A-Z])[A-Za-z0-9_\-]{32,}"),
        ("hf_", r"\bhf_(?=[A-Za-z]*[A-Z0-9])[A-Za-z0-9]{30,}(?!\w)"),
        ("_live_", r"\b[rs]k_live_[0-9a-zA-Z]{24,}"),
        ("SG.", r"\bSG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"),
        ("pypi-Ag", r"\bpypi-Ag[A-Za-z0-9_\-]{70,}"),
        ("npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("dapi", r"\bdapi[0-9a-f]{32}\b"),
        ("AccountKey=", r"(?<=AccountKey=)[A-Za-z0-9+/]{40,}={0,2}"),
        (":AA", r"\b\d{8,10}:AA[0-9A-Za-z_\-]{33}(?![\w\-])"),
        ("eyJ", r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]*"),
    )
)

_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(.*?)(-----END [A-Z0-9 ]*PRIVATE KEY|\Z)", re.DOTALL
)

_KEYS = (
    "api",
    "secret",
    "access",
    "account",
    "storage",
    "subscription",
    "private",
    "auth",
    "service",
    "encryption",
    "client",
)
_KEY = "key(?:" + "|".join(rf"(?<={kind}key)|(?<={kind}[_\-]key)" for kind in _KEYS) + r")(?:[_\-]?id)?"

# What a credential is called: a literal that has to be in the text, the name, and whether it is clear. The
# others also mean other things, so there the value has to look made by a machine. All of them have to end
# the name: `token_count` and `password_field` hold no secret.
_NAMES = tuple(
    (literal, re.compile(rf"{name}\d?(?![a-z0-9_])"), is_clear)
    for literal, name, is_clear in (
        ("passw", r"passw(?:or)?d", True),
        ("passphrase", "passphrase", True),
        ("secret", "secret", True),
        ("key", _KEY, True),
        ("token", "token", False),
        ("pwd", "pwd", False),
        ("credential", "credentials?", False),
        ("signature", "signature", False),
        ("app", r"app[_\-]?id", False),
        ("client", r"client[_\-]?id", False),
    )
)

# What stands between a name and its value: `=`, `": `, `"] = `, `", ` and then a quote or nothing.
_QUOTED = re.compile(
    r"""(?P<link>\\?["']?\]?[ \t]{0,20}(?:==|!=|:=|[:=,])[ \t]{0,20}[rRbBuU]{0,2})"""
    r"""(?P<quote>\\?(?:\"\"\"|'''|["'`]))(?P<value>[^\s"'`\\]+)(?P=quote)"""
)
_BARE = re.compile(
    r"""(?:\\?["']?[ \t]?[:=][ \t]?|[ \t]+)(?P<value>[A-Za-z0-9_+/=.~\-]{16,})(?![\w("'\[{.])"""
)
_EXPORT = re.compile(
    r"(?P<head>^[ \t]*(?:!!?|%)?[ \t]*(?:export|setenv|env|set_env)[ \t]+(?P<name>\w+)(?:=|[ \t]+)[ \t]*)"
    r"(?P<value>[^\s\"']+)",
    re.MULTILINE,
)
_AUTHORIZATION = re.compile(
    r"(?i)(?P<head>(?:authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"']?(?:bearer|basic|token)|\bbearer)[ \t]+)"
    r"(?P<value>[A-Za-z0-9._~+/=\-]{12,})"
)
_KAGGLE_KEY = re.compile(
    r"""(?P<head>username\\?["']\s*:\s*\\?["'][^"'\n]*["']\s*,\s*\\?["']key\\?["']\s*:\s*\\?["'])"""
    r"(?P<value>[0-9a-f]{32})"
)
_LOGIN_KEY = re.compile(
    r"""(?P<head>\blogin\([^)\n]{0,80}?\bkey\s*=\s*["'])(?P<value>[0-9a-f]{40})(?=["'])"""
)

_USER_INFO = re.compile(r"(?P<head>://[^\s/:@\"'<>?#]{0,200}:)(?P<value>[^\s/@\"'?#]{1,500})(?=@)")
_LONE_USER = re.compile(r"(?P<head>://)(?P<value>[A-Za-z0-9_\-]{20,500})(?=@)")
_QUERY = re.compile(
    r"(?P<head>(?:[?&]|&amp;)(?:[\w\-.]{0,40}?(?:password|passwd|pwd|secret|token|api[_\-]?key|access[_\-]?key"
    r"|signature|credential)|sig|appid|key(?==[0-9a-f]{32,40}\b))=)(?P<value>[^&;\s\"'<>`\\)\]]+)",
    re.IGNORECASE,
)

_ASCII_LOWER = str.maketrans({letter: letter.lower() for letter in string.ascii_uppercase})
_MACHINE_MADE = re.compile(r"[A-Za-z0-9_+/=.~:\-]+")
_PLACEHOLDER = re.compile(
    r"""(?ix)
    .*(?: your | \bmy[_\-] | insert | enter[_\-] | replace | change[_\-]?me | todo | fill[_\-] | example
        | sample | dummy | placeholder | fake | x{3} | \*{3} | \.{3} | … | redacted | _here | paste
        | <[^>]*> | \{[^}]*\} | %\( | %s | ^\$ | \w\( )
    | ^(?: none | null | true | false | test | foo | bar | baz | abc | string | str | text | \W+ | .{0,2}
         | [a-z_\-]*(?:passw(?:or)?d|secret|token|_key|-key|apikey|credentials?|name|hash|path|file)
         | (.)\1* )$
    """
)


class Redactor:
    """Replaces credentials by `<redacted>` and leaves every other text as it is, the very same object.

    `patterns` are regular expressions of the user's own; what they match is redacted too.

    Raises:
        SettingsError: a pattern is not a regular expression.
    """

    __slots__ = ("_patterns",)

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = tuple(_compile(pattern) for pattern in patterns)

    def redact(self, text: str) -> str:
        """Source text, an output or a traceback without the credentials in it, still as many lines.

        A secret inside a string literal is replaced inside its quotes, so Python stays parseable.
        """
        redacted = _redact_urls(text) if "://" in text else text
        redacted = _redact_tokens(redacted)
        redacted = _redact_named(redacted)
        for pattern in self._patterns:
            redacted = _redact_pattern(pattern, redacted)
        return text if redacted == text else redacted

    def redact_url(self, url: str) -> str:
        """A URL or DSN without password, token and signature."""
        return self.redact(url)

    def redact_value(self, name: str, value: str) -> str:
        """The value of an argument or variable called `name`: nothing of it, where the name says secret."""
        if _PLACEHOLDER.match(value):
            return value
        if _says_secret(name, value):
            return REDACTED
        return self.redact(value)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise SettingsError(
            f"{pattern!r} is not a regular expression: {error}",
            hint="see https://docs.python.org/3/library/re.html for the syntax",
        ) from None


def _redact_pattern(pattern: re.Pattern[str], text: str) -> str:
    """`text` without what the user's pattern matches; what is already redacted stays, so twice is once."""
    done = [match.span() for match in re.finditer(re.escape(REDACTED), text)]

    def replace(match: re.Match[str]) -> str:
        inside = any(match.start() < end and start < match.end() for start, end in done)
        return match[0] if inside or not match[0] else REDACTED

    return pattern.sub(replace, text)


def _redact_tokens(text: str) -> str:
    for literal, pattern in _TOKENS:
        if literal in text:
            text = pattern.sub(REDACTED, text)
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(_redact_key_block, text)
    return text


def _redact_key_block(match: re.Match[str]) -> str:
    body = match[2]
    if not body.strip() or REDACTED in body or len(body) < 40:
        return match[0]
    # Lines are kept, escaped ones too: spans of the statements below still point at the right place.
    breaks = "\n" * body.count("\n") or ("\\n" * body.count("\\n"))
    return match[1] + REDACTED + breaks + match[3]


def _redact_urls(text: str) -> str:
    if "@" in text:
        text = _USER_INFO.sub(_unless_placeholder, text)
        text = _LONE_USER.sub(_if_random, text)
    return _QUERY.sub(_unless_placeholder, text) if "=" in text else text


def _redact_named(text: str) -> str:
    """`text` without the values given to names that say secret: `api_key = "…"`, `"password": "…"`."""
    lowered = _lower(text)
    for literal, pattern, replacement in _CONTEXTS:
        if literal in lowered:
            text = pattern.sub(replacement, text)
            lowered = _lower(text)
    return _redact_assignments(text, lowered)


def _redact_assignments(text: str, lowered: str) -> str:
    pieces: list[str] = []
    end = 0
    for start, name_end, is_clear in _find_names(lowered):
        value = _find_value(text, name_end, is_clear) if start >= end else None
        if value is not None:
            pieces += (text[end : value[0]], REDACTED)
            end = value[1]
    return "".join((*pieces, text[end:])) if pieces else text


def _find_names(lowered: str) -> list[tuple[int, int, bool]]:
    """Start, end and clearness of every name of a credential, in text order."""
    return sorted(
        (*match.span(), is_clear)
        for literal, pattern, is_clear in _NAMES
        if literal in lowered
        for match in pattern.finditer(lowered)
    )


def _find_value(text: str, name_end: int, is_clear: bool) -> tuple[int, int] | None:
    """Where the secret stands that is given to a name, or None."""
    quoted = _QUOTED.match(text, name_end)
    if quoted:
        is_named = is_clear and "," not in quoted["link"]
        value = quoted["value"]
        is_secret = not _PLACEHOLDER.match(value) and (is_named or _looks_random(value))
        return quoted.span("value") if is_secret else None
    bare = _BARE.match(text, name_end)
    if bare and _looks_random(bare["value"]) and not _PLACEHOLDER.match(bare["value"]):
        return bare.span("value")
    return None


def _lower(text: str) -> str:
    """`text` in lower case with every character where it was; a few capitals become two letters."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)


def _looks_random(value: str) -> bool:
    """Does the value look made by a machine: long, letters and digits mixed, no path and no sentence?"""
    if len(value) < 16 or not _MACHINE_MADE.fullmatch(value) or value.count("/") > 3:
        return False
    digits = sum(map(str.isdigit, value))
    return digits >= 3 and len(value) - digits >= 3 and len(set(value)) >= 8


def _says_secret(name: str, value: str) -> bool:
    """Is `value` a credential, going by the name of the variable that holds it?"""
    lowered = _lower(name)
    ending = [is_clear for _, end, is_clear in _find_names(lowered) if end == len(lowered)]
    mixed = len(value) >= 8 and "/" not in value and not value.isalpha() and not value.isdigit()
    return any(ending) or (bool(ending) and mixed)


def _redact_export(match: re.Match[str]) -> str:
    value = match["value"]
    is_secret = _says_secret(match["name"], value) and not _PLACEHOLDER.match(value)
    return match["head"] + REDACTED if is_secret else match[0]


def _unless_placeholder(match: re.Match[str]) -> str:
    return match[0] if _PLACEHOLDER.match(match["value"]) else match["head"] + REDACTED


def _if_random(match: re.Match[str]) -> str:
    return match["head"] + REDACTED if _looks_random(match["value"]) else match[0]


def _if_not_a_word(match: re.Match[str]) -> str:
    """For "bearer authentication" in prose: a word has its capitals in front, or none, or nothing else."""
    value = match["value"]
    is_word = value.isalpha() and (value.islower() or value.istitle() or value.isupper())
    return match[0] if is_word else _unless_placeholder(match)


_CONTEXTS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("bearer", _AUTHORIZATION, _if_not_a_word),
    ("authorization", _AUTHORIZATION, _if_not_a_word),
    ("username", _KAGGLE_KEY, _unless_placeholder),
    ("login(", _LOGIN_KEY, _unless_placeholder),
    ("export", _EXPORT, _redact_export),
    ("env", _EXPORT, _redact_export),
)
