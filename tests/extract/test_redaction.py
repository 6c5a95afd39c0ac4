"""Credentials go, everything else stays as it is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provkg.errors import SettingsError
from provkg.extract.redaction import REDACTED, Redactor

LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC2dE3fG4hI5j"


def redact(text: str) -> str:
    return Redactor().redact(text)


# Tokens are put together here, so that no scanner takes this file for a leak.
TOKENS = {
    "AWS": "AKIA" + "IOSFODNN7QRSTUVW",
    "GitHub": "ghp" + "_" + LETTERS[:36],
    "GitHub, fine-grained": "github" + "_pat_" + LETTERS + LETTERS[:30],
    "GitLab": "glpat" + "-" + LETTERS[:20],
    "Slack": "xoxb" + "-123456789012-" + LETTERS[:24],
    "Google": "AIza" + LETTERS[:35],
    "OpenAI": "sk" + "-" + LETTERS[:45],
    "Anthropic": "sk" + "-ant-api03-" + LETTERS,
    "Hugging Face": "hf" + "_" + LETTERS[:34],
    "Stripe": "sk" + "_live_" + LETTERS[:24],
    "PyPI": "pypi" + "-AgEIcHlwaS5vcmc" + LETTERS + LETTERS,
    "JWT": "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0" + "." + LETTERS[:43],
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_that_names_itself_is_redacted_wherever_it_stands(token: str) -> None:
    assert redact(f"log in with {token} and go on") == f"log in with {REDACTED} and go on"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('password = "hunter2"', 'password = "<redacted>"'),
        ("db_password='s3cr3t!'", "db_password='<redacted>'"),
        ('{"api_key": "abc987"}', '{"api_key": "<redacted>"}'),
        ('os.environ["OPENAI_API_KEY"] = "abc987"', 'os.environ["OPENAI_API_KEY"] = "<redacted>"'),
        ("openai.api_key = 'abc987'  # mine", "openai.api_key = '<redacted>'  # mine"),
        ("connect(user='me', passwd=r'hun\"ter'[0])", "connect(user='me', passwd=r'hun\"ter'[0])"),
        ('client_secret="""abc987"""', 'client_secret="""<redacted>"""'),
        ("!export API_KEY=abc987", "!export API_KEY=<redacted>"),
        ("%env WANDB_API_KEY=0123abcd", "%env WANDB_API_KEY=<redacted>"),
        (
            'headers = {"Authorization": "Bearer 0a1b2c3d4e5f"}',
            'headers = {"Authorization": "Bearer <redacted>"}',
        ),
        ("curl -H 'Authorization: Basic dXNlcjpwYXNz'", "curl -H 'Authorization: Basic <redacted>'"),
        ('wandb.login(key="' + "0a1b2c3d" * 5 + '")', 'wandb.login(key="<redacted>")'),
        ('{"username":"me","key":"' + "0a1b2c3d" * 4 + '"}', '{"username":"me","key":"<redacted>"}'),
        ('token = "' + LETTERS + '"', 'token = "<redacted>"'),
        ("--token 0123456789abcdef0123", "--token <redacted>"),
    ],
)
def test_the_value_of_a_name_that_says_secret_is_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:hunter2@host/db", "postgresql://me:<redacted>@host/db"),
        ("https://" + LETTERS + "@github.com/a/b", "https://<redacted>@github.com/a/b"),
        ("https://x.org/a.csv?token=abc987&page=2", "https://x.org/a.csv?token=<redacted>&page=2"),
        ("https://x.org/a?X-Amz-Signature=0a1b2c3d&b=1", "https://x.org/a?X-Amz-Signature=<redacted>&b=1"),
        ("https://x.org/a?key=" + "0a1b2c3d" * 5, "https://x.org/a?key=<redacted>"),
        ("https://x.org/a?keyword=password", "https://x.org/a?keyword=password"),
    ],
)
def test_credentials_in_a_url_are_redacted_and_the_rest_stays(url: str, expected: str) -> None:
    assert Redactor().redact_url(url) == expected


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "YOUR_API_KEY"',
        'api_key = "<your key>"',
        'password = "..."',
        'password = "xxxxxxxx"',
        'api_key = os.environ["API_KEY"]',
        'password = getpass("Password: ")',
        "password = input('Password: ')",
        'url = f"postgresql://{user}:{password}@{host}/db"',
        'headers = {"Authorization": f"Bearer {token}"}',
        'tokenizer = "bert-base-uncased"',
        'cls_token = "[CLS]"',
        'tokens = ["a", "b"]',
        "token_count = 12345678901234567890",
        'digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        'df["password"] = df["password"].str.len()',
        "pwd = '/home/me/projects/2024-01-15-run'",
        '<div class="sk-container-id-1 sk-toggleable__label-arrow:before">',
        "http://localhost:8888/tree",
        "git@github.com:owner/name.git",
        "",
    ],
)
def test_what_is_no_secret_is_given_back_as_the_same_object(text: str) -> None:
    assert redact(text) is text


def test_a_private_key_goes_and_its_lines_stay() -> None:
    key = (
        "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA\n" * 5 + "-----END RSA PRIVATE KEY-----\nnext"
    )
    redacted = redact(key)
    assert "MIIE" not in redacted
    assert redacted.split("\n")[-1] == "next"
    assert redacted.count("\n") == key.count("\n")


@pytest.mark.parametrize("quote", ["'", '"', "'''", '"""'])
@pytest.mark.parametrize("name", ["password", "conn.api_key", "d['secret']"])
def test_redacted_source_still_parses(name: str, quote: str) -> None:
    redacted = redact(f"{name} = {quote}hunter2{quote}\nprint({name})")
    assert REDACTED in redacted
    ast.parse(redacted)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_PASSWORD", "hunter2", REDACTED),
        ("aws_secret_access_key", "abc/def", REDACTED),
        ("HF_TOKEN", "abcd1234", REDACTED),
        ("MAX_TOKENS", "abcd1234", "abcd1234"),
        ("PWD", "/home/me1", "/home/me1"),
        ("api_key", "YOUR_API_KEY", "YOUR_API_KEY"),
        ("path", "data/train.csv", "data/train.csv"),
        ("url", "mysql://me:hunter2@host", "mysql://me:<redacted>@host"),
    ],
)
def test_a_value_is_judged_by_the_name_that_holds_it(name: str, value: str, expected: str) -> None:
    assert Redactor().redact_value(name, value) == expected


def test_patterns_of_the_user_are_redacted_too() -> None:
    assert (
        Redactor([r"patient-\d+"]).redact("patient-17 came, patient-x left")
        == "<redacted> came, patient-x left"
    )


def test_a_bad_pattern_is_an_error_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="is not a regular expression"):
        Redactor(["("])


PIECES = st.sampled_from(
    ["password", "token", "api_key", " = ", ": ", '"', "'", "://", "@", ":", "?", "&", "hunter2", LETTERS,
     "\n", "\\", "Bearer ", "Authorization", "<redacted>", "-----BEGIN PRIVATE KEY-----", "İ", "export ",
     *TOKENS.values()]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join))
@example("token = '" + "İ" * 20 + "'")
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text(alphabet="abc .,()=\n\"'[]{}0123456789", max_size=200))
def test_text_without_names_of_credentials_is_unchanged(text: str) -> None:
    assert redact(text) is text


@given(st.text(max_size=50), st.sampled_from(["e", "red", r"\w+", "^.", ".$"]))
def test_patterns_of_the_user_do_not_eat_what_is_redacted(text: str, pattern: str) -> None:
    redactor = Redactor([pattern])
    once = redactor.redact(text)
    assert "<<" not in redactor.redact(once).replace("<redacted>", "") or "<<" in text
