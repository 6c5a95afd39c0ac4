"""Takes credentials out of source text, outputs, URLs and values before they become facts.

The patterns are those that the services publish and that detect-secrets and gitleaks collect. They are our
own copy because detect-secrets finds secrets line by line for a report (a fifth of a second to import, a
plug-in at a time), while here a text has to be given back, changed in the right place, at the price of a few
substring searches for the many texts that hold no secret. Nothing looks at entropy: hashes, identifiers and
encoded data are what a provenance record is made of.
"""

from __future__ import annotations

import binascii
import re
import string
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from provkg.errors import SettingsError

REDACTED = "<redacted>"

# Tokens that name themselves: a text without the literal in front cannot hold the pattern behind it.
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (literal, re.compile(pattern))
    for literal, pattern in (
        # A digit or a letter that stands for no amino acid: a peptide may begin like this too.
        ("AKIA", r"(?<![A-Za-z0-9])AKIA(?=[A-Z]*[0-9BJOUXZ])[0-9A-Z]{16}(?![A-Za-z0-9])"),
        ("ASIA", r"(?<![A-Za-z0-9])ASIA(?=[A-Z]*[0-9BJOUXZ])[0-9A-Z]{16}(?![A-Za-z0-9])"),
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
        # A capital, and a digit or no hyphen: style sheets of scikit-learn's diagrams have long names too.
        (
            "sk-",
            r"(?<![\w\-])sk-(?=[\w\-]*[A-Z])"
            r"(?:(?=[\w\-]*\d)[A-Za-z0-9_\-]{32,}|[A-Za-z0-9]{40,}(?![\w\-]))",
        ),
        ("hf_", r"\bhf_(?=[A-Za-z]*[A-Z0-9])[A-Za-z0-9]{30,}(?!\w)"),
        ("SK", r"SK(?<![A-Za-z0-9]SK)[0-9a-f]{32}(?![A-Za-z0-9])"),
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

_SHORTEST_TOKEN = 15
"""Characters that each of these has at least."""

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
# Services that call their credential a key; a file in a bucket has one too, so the value has to look made.
_SERVICES = (
    "wandb",
    "openai",
    "anthropic",
    "huggingface",
    "kaggle",
    "comet",
    "aws",
    "azure",
    "google",
    "mapbox",
    "twilio",
    "sendgrid",
    "stripe",
)
_ACCOUNTS = (
    "db",
    "user",
    "ftp",
    "ssh",
    "mail",
    "root",
    "admin",
    "login",
    "sql",
    "postgres",
    "pg",
    "redis",
    "mongo",
    "proxy",
    "auth",
    "app",
)


def _ending(word: str, kinds: Sequence[str]) -> str:
    """A pattern for names that end with a kind and `word`; it begins with `word`, so searches are fast."""
    return f"{word}(?:" + "|".join(rf"(?<={kind}{word})|(?<={kind}[_\-]{word})" for kind in kinds) + ")"


# What a credential is called: a literal that has to be in the text, the name, and whether it is clear. The
# others also mean other things, so there the value has to look made by a machine. All of them have to end
# the name: `token_count` and `password_field` hold no secret.
_NAMES = tuple(
    (literal, re.compile(rf"{name}\d?(?![a-z0-9_])"), is_clear)
    for literal, name, is_clear in (
        ("passw", r"passw(?:or)?d", True),
        ("pass", _ending("pass", _ACCOUNTS), True),
        ("passphrase", "passphrase", True),
        ("secret", "secret", True),
        ("key", _ending("key", _KEYS) + r"(?:[_\-]?id)?", True),
        ("key", _ending("key", _SERVICES), False),
        ("token", "token", False),
        ("pwd", "pwd", False),
        ("pw", r"pw(?<![a-z0-9]pw)", False),
        ("credential", "credentials?", False),
        ("signature", "signature", False),
        ("app", r"app[_\-]?id", False),
        ("client", r"client[_\-]?id", False),
    )
)

# What stands between a name and its value: `=`, `: str = `, `": `, `"] = `, `", ` and then a quote.
_QUOTED = re.compile(
    r"""(?P<link>\\?["']?\]?[ \t]{0,20}(?::[ \t]?[A-Za-z_][\w.\[\]| ]{0,40}=|==|!=|:=|[:=,])[ \t]{0,20})"""
    r"""(?P<open>\(?\s{0,200})(?P<operand>(?:[\w.]{1,80}[ \t]*\+[ \t]*)?)[rRbBuU]{0,2}"""
    r"""(?P<quote>\\?(?:\"\"\"|'''|["'`]))(?P<value>[^\s"'`\\]*)(?P=quote)"""
)
# The next piece of a secret that is put together: `"hunter" + "22"`, or `("hunter" "22")` in parentheses.
_JOINED = re.compile(
    r"""[ \t]*\+\s{0,200}(?:[\w.]{1,80}[ \t]*\+\s*)?[rRbBuU]{0,2}(["'])(?P<value>[^\s"'`\\]*)\1"""
)
_ADJACENT = re.compile(r"""\s{1,200}[rRbBuU]{0,2}(["'])(?P<value>[^\s"'`\\]*)\1(?!\s*:)""")
_BARE = re.compile(
    r"""(?:\\?["']?[ \t]?[:=][ \t]?|[ \t]+)(?P<value>[A-Za-z0-9_+/=.~\-]{16,})(?![\w("'\[{.])"""
)
# Without quotes, in text: `password: …`, `password=…`, `<b>password</b>=…`, `**password**: …`.
_WRITTEN = re.compile(
    r"""(?:\\?["']|\*\*|</?\w[^<>\n]{0,80}>){0,3}(?:[ \t]?:[ \t]{0,8}|=)(?:\*\*|</?\w[^<>\n]{0,80}>){0,3}"""
    r"""(?P<value>[A-Za-z0-9_+.~!@#$%^&*?\-][A-Za-z0-9_+=.~!@#$%^&*?\-]{5,}+)(?![\w("'\[{/:])(?P<follows>\s*[,)])?"""
)
_TECHNICAL = re.compile(
    r"(?i)(?:sha|md|base|utf|oauth|u?int|float|str|rsa|hs|rs|es|aes|x|http|python|v)"
    r"[\-_]?\d{1,4}(?:[\-_./]?\d{1,4})?(?:sum|mb4|string)?"
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_EXPORT = re.compile(
    r"(?P<head>^[ \t]*(?:!!?|%)?[ \t]*(?:export|setenv|env|set_env)[ \t]+(?P<name>\w+)(?:=|[ \t]+)[ \t]*)"
    r"(?P<value>[^\s\"']+)",
    re.MULTILINE,
)
_AUTHORIZATION = re.compile(
    r"(?i)(?P<head>(?:authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"']?(?:bearer|basic|token)|\bbearer)[ \t]+)"
    r"(?P<value>[A-Za-z0-9._~+/=\-]{12,})"
)
_BASIC = re.compile(r"(?P<head>Basic(?<!\wBasic)[ \t]+)(?P<value>[A-Za-z0-9+/]{8,}={0,2})(?![\w+/=])")
_BASIC_PAIR = re.compile(
    r"""(?P<head>[aA]uth(?:[ \t]{0,4}=[ \t]{0,4})?\(\s{0,80}[rbu]?["'][^"'\n]{0,200}["']"""
    r"""\s{0,80},\s{0,80}[rbu]?["'])"""
    r"""(?P<value>[^"'\n]+)(?=["'])"""
)
_SET_ENVIRONMENT = re.compile(
    r"""(?P<head>\b(?:setdefault|putenv|setenv)\(\s{0,80}[rbu]?["']"""
    r"""(?P<name>[^"'\n]{1,80})["']\s{0,80},\s{0,80}[rbu]?["'])(?P<value>[^"'\n]+)(?=["'])"""
)
_STORAGE_KEY = re.compile(
    r"""(?P<head>\bstorage_options["']?[ \t]*[=:][ \t]*\{[^}]{0,500}?["']key["'][ \t]*:[ \t]*["'])"""
    r"""(?P<value>[^"'\s]+)(?=["'])"""
)
# In a connection string: `host=h password=…`, `UID=me;PWD=…`.
_CONNECTION = re.compile(
    r"(?i)(?P<head>[\w\])]=[^\s;,\"'=]{1,200}(?:;|[ ]{1,80})(?:password|passwd|pwd)=)"
    r"(?P<value>[^\s;,\"'<>()\[\]{}]+)"
)
# On command lines: options, and the programs whose options say nothing.
_OPTION = re.compile(
    r"(?P<head>(?<![\w\-])--?[\w\-]{0,20}(?:password|passwd|passphrase|api-key)[= ][\"']?)"
    r"(?P<value>[^\s\"'<>()\[\]{},;]+)"
)
_MYSQL = re.compile(
    r"(?P<head>\b(?:mysql|mariadb)\w{0,20}[ \t](?:[^\n|;]{0,500}[ \t])?-p[\"']?)"
    r"(?P<value>[^\s\"'\-;|&][^\s\"';|&]+)"
)
_CURL = re.compile(
    r"(?P<head>\bcurl[ \t](?:[^\n|;]{0,500}[ \t])?(?:-u[ \t]{0,4}|--(?:proxy-)?user[ =])"
    r"[\"']?[^\s:\"']{1,200}:)(?P<value>[^\s\"']+)"
)
_SSHPASS = re.compile(r"(?P<head>\bsshpass[ \t]+-p[ \t]*[\"']?)(?P<value>[^\s\"']+)")
_WANDB_LOGIN = re.compile(r"(?P<head>\bwandb[ \t]+login[ \t]+(?:--\S+[ \t]+)*)(?P<value>[0-9a-f]{40})\b")
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
    r"(?P<head>(?:\?|&(?:amp;)?)(?:[\w\-.]{0,40}?(?:password|passwd|pwd|secret|token|api[_\-]?key|access[_\-]?key"
    r"|signature|credential)|sig|appid|key(?==[0-9a-f]{32,40}\b))=)(?P<value>[^&;\s\"'<>`\\)\]]+)",
    re.IGNORECASE,
)

_CONTAINERS = frozenset({"auth", "storage_options"})
"""Arguments that hold a credential without its name."""
_ASCII_LOWER = str.maketrans({letter: letter.lower() for letter in string.ascii_uppercase})
_MACHINE_MADE = re.compile(r"[A-Za-z0-9_+/=.~:\-]+")
_PLACEHOLDER = re.compile(
    r"""(?ix)
    .*(?: your | \bmy[_\-] | insert | enter[_\-] | replace | change[_\-]?me | todo | fill[_\-] | example
        | sample | dummy | placeholder | fake | x{3} | \*{3} | \.{3} | … | redacted | _here | paste
        | <[^>]*> | \{[^}]*\} | %\( | %s | ^\$ | \w\( | \w\[["'\w] )
    | ^(?: none | null | true | false | test | foo | bar | baz | abc | string | str | text | \W+ | .{0,2}
         | [a-z_\-]*(?:passw(?:or)?d|secret|token|_key|-key|apikey|credentials?|name|hash|path|file)\d?
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
        if name in _CONTAINERS:
            lead = f"{name}="
            return self.redact(lead + value).removeprefix(lead)
        if _PLACEHOLDER.match(value):
            return value
        if _says_secret(name, value):
            return REDACTED
        return self.redact(value)

    def find_secrets(self, text: str) -> frozenset[str]:
        """The credentials that `redact` takes out of `text`, to be taken out wherever else they stand."""
        redacted = self.redact(text)
        return (
            frozenset()
            if redacted is text
            else frozenset(
                secret
                for before, after in zip(text.split("\n"), redacted.split("\n"), strict=False)
                if before != after
                for secret in _taken_out(before, after)
            )
        )


def _taken_out(text: str, redacted: str) -> Iterator[str]:
    """What stood in a line where it is redacted now, found by the text between."""
    first, *kept = redacted.split(REDACTED)
    start = len(first)
    for index, piece in enumerate(kept):
        is_last = index == len(kept) - 1
        end = len(text) - len(piece) if is_last else text.find(piece, start) if piece else start
        if end < start:
            return
        if start < end and text[start:end] != REDACTED:
            yield text[start:end]
        start = end + len(piece)


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
    # Tokens hold no blanks: to look for them in the long words alone takes half the time.
    words = " ".join({word for word in text.split() if len(word) >= _SHORTEST_TOKEN})
    for literal, pattern in _TOKENS if words else ():
        if literal in words:
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
    present = {word for word in _WORDS if word in lowered}
    if not present:
        return text
    for word, literal, pattern, replacement in _CONTEXTS_BY_WORD:
        if word in present and literal in lowered:
            changed = pattern.sub(replacement, text)
            if changed != text:
                text, lowered = changed, _lower(changed)
    return _redact_assignments(text, lowered)


def _redact_assignments(text: str, lowered: str) -> str:
    pieces: list[str] = []
    end = 0
    for start, name_end, is_clear in _find_names(lowered):
        for span in _find_values(text, name_end, is_clear) if start >= end else ():
            pieces += (text[end : span[0]], REDACTED)
            end = span[1]
    return "".join((*pieces, text[end:])) if pieces else text


def _find_names(lowered: str) -> list[tuple[int, int, bool]]:
    """Start, end and clearness of every name of a credential, in text order."""
    return sorted(
        (*match.span(), is_clear)
        for literal, pattern, is_clear in _NAMES
        if literal in lowered
        for match in pattern.finditer(lowered)
    )


def _find_values(text: str, name_end: int, is_clear: bool) -> list[tuple[int, int]]:
    """Where the pieces of the secret stand that is given to a name; none where there is no secret."""
    quoted = _QUOTED.match(text, name_end)
    if quoted:
        spans = _joined_spans(text, quoted)
        value = "".join(text[start:end] for start, end in spans)
        is_named = is_clear and "," not in quoted["link"]
        is_secret = value and not _PLACEHOLDER.match(value) and (is_named or _looks_generated(value))
        return [(start, end) for start, end in spans if start < end] if is_secret else []
    bare = _BARE.match(text, name_end)
    if bare and _looks_random(bare["value"]) and not _PLACEHOLDER.match(bare["value"]):
        return [bare.span("value")]
    written = _WRITTEN.match(text, name_end) if is_clear else None
    return [written.span("value")] if written and _is_written_secret(written) else []


def _joined_spans(text: str, quoted: re.Match[str]) -> list[tuple[int, int]]:
    """Where the string literals stand that make the value, one after the other."""
    spans = [quoted.span("value")]
    end = quoted.end()
    while piece := _JOINED.match(text, end) or ("(" in quoted["open"] and _ADJACENT.match(text, end)) or None:
        spans.append(piece.span("value"))
        end = piece.end()
    return spans


def _is_written_secret(written: re.Match[str]) -> bool:
    """Is a value without quotes a secret, and no name, type or word? Between commas, names are usual."""
    value = written["value"].rstrip(".!?*,")
    if _PLACEHOLDER.match(value) or _TECHNICAL.fullmatch(value) or _DOTTED.fullmatch(value):
        return False
    is_mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return _looks_generated(value) or (is_mixed and not written["follows"])


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


def _looks_generated(value: str) -> bool:
    """Does a value that a name announces look made by a machine, short or without digits as it may be?"""
    if _looks_random(value):
        return True
    if len(value) < 8 or "/" in value or not _MACHINE_MADE.fullmatch(value):
        return False
    kinds = [_kind_of(character) for character in value]
    # A capitalised word is one run, so `AutoModel` changes once.
    changes = sum(a != b and (a, b) != ("A", "a") for a, b in pairwise(kinds))
    longest_run = 6 if {"A", "a", "1"} <= set(kinds) else 5 if len(value) >= 16 else 4
    return changes >= 3 and changes * longest_run >= len(value)


def _kind_of(character: str) -> str:
    return "1" if character.isdigit() else "A" if character.isupper() else "a"


def _says_secret(name: str, value: str) -> bool:
    """Is `value` a credential, going by the name of the variable that holds it?"""
    lowered = _lower(name)
    ending = [is_clear for _, end, is_clear in _find_names(lowered) if end == len(lowered)]
    return any(ending) or (bool(ending) and _is_code(value))


def _is_code(value: str) -> bool:
    """Is a value one piece of letters and digits, such as `abcd1234`: no word, number or path?"""
    digits = sum(map(str.isdigit, value))
    is_mixed = len(value) >= 8 and 0 < digits < len(value) and (digits >= 3 or value.isalnum())
    return (is_mixed and bool(_MACHINE_MADE.fullmatch(value)) and "/" not in value) or _looks_generated(value)


def _redact_export(match: re.Match[str]) -> str:
    value = match["value"]
    is_secret = _says_secret(match["name"], value) and not _PLACEHOLDER.match(value)
    return match["head"] + REDACTED if is_secret else match[0]


def _unless_placeholder(match: re.Match[str]) -> str:
    return match[0] if _PLACEHOLDER.match(match["value"]) else match["head"] + REDACTED


def _if_pair(match: re.Match[str]) -> str:
    """For "Basic …": credentials are a name, a colon and a password in base 64; a word is not."""
    value = match["value"].rstrip("=")
    decoded = binascii.a2b_base64(value[: len(value) // 4 * 4])
    return match["head"] + REDACTED if b":" in decoded[1:] else match[0]


def _if_written(match: re.Match[str]) -> str:
    """`--password=x` always gives one, `--password x` may be prose."""
    value = match["value"]
    is_secret = "=" in match["head"] or (len(value) >= 6 and any(map(str.isdigit, value)))
    return _unless_placeholder(match) if is_secret and not value.startswith("-") else match[0]


def _unless_port(match: re.Match[str]) -> str:
    return match[0] if match["value"].replace(":", "").isdigit() else _unless_placeholder(match)


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
    ("basic", _BASIC, _if_pair),
    ("auth", _BASIC_PAIR, _unless_placeholder),
    ("setdefault(", _SET_ENVIRONMENT, _redact_export),
    ("env(", _SET_ENVIRONMENT, _redact_export),
    ("storage_options", _STORAGE_KEY, _unless_placeholder),
    ("pwd=", _CONNECTION, _unless_placeholder),
    ("passw", _CONNECTION, _unless_placeholder),
    ("-pass", _OPTION, _if_written),
    ("-api-key", _OPTION, _if_written),
    ("mysql", _MYSQL, _unless_port),
    ("mariadb", _MYSQL, _unless_port),
    ("curl ", _CURL, _unless_placeholder),
    ("sshpass", _SSHPASS, _unless_placeholder),
    ("wandb", _WANDB_LOGIN, _unless_placeholder),
    ("export", _EXPORT, _redact_export),
    ("env", _EXPORT, _redact_export),
)


def _shortest_words(literals: Sequence[str]) -> tuple[str, ...]:
    """The literals that hold no other: a text without any of these has none of the others either.

    >>> _shortest_words(["pass", "sshpass", "passw", "key"])
    ('pass', 'key')
    """
    words = dict.fromkeys(literals)
    return tuple(word for word in words if not any(other in word for other in words if other != word))


_WORDS = _shortest_words([literal for literal, _, _ in (*_NAMES, *_CONTEXTS)])
_CONTEXTS_BY_WORD = tuple(
    (next(word for word in _WORDS if word in literal), literal, pattern, replacement)
    for literal, pattern, replacement in _CONTEXTS
)
