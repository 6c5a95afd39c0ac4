"""Credentials go, everything else stays as it is."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provkg.errors import SettingsError
from provkg.extract import redaction
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
    "AWS, without digits": "AKIA" + "QQHSCFHPRMJLOVQH",
    "OpenAI": "sk" + "-" + LETTERS[:45],
    "OpenAI, without digits": "sk" + "-" + "aBcDeFgHiJkL" * 4,
    "Twilio": "SK" + "0a1b2c3d" * 4,
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
        ('Foo(token="gTPnO1KrsheE2OEfwZeA")', 'Foo(token="<redacted>")'),
        ('token="aB3xY7zQ9w"', 'token="<redacted>"'),
        ('auth_token="QmXkRtWzLpVbNcYd"', 'auth_token="<redacted>"'),
        ('wandb_key="' + "0a1b2c3d" * 5 + '"', 'wandb_key="<redacted>"'),
        ('PWD: str = "Qz9aB3xY7z"', 'PWD: str = "<redacted>"'),
        ('DB_PASS = "hunter"', 'DB_PASS = "<redacted>"'),
        ('auth=("user","hunter22")', 'auth=("user","<redacted>")'),
        ("HTTPBasicAuth('user', 'hunter22')", "HTTPBasicAuth('user', '<redacted>')"),
        ('t="Basic dXNlcjpwYXNzd29yZA=="', 't="Basic <redacted>"'),
        ('os.environ.setdefault("DB_PASS","hunter")', 'os.environ.setdefault("DB_PASS","<redacted>")'),
        ('os.putenv("SECRET_KEY","hunter")', 'os.putenv("SECRET_KEY","<redacted>")'),
        ('storage_options={"key":"abcdef"}', 'storage_options={"key":"<redacted>"}'),
    ],
)
def test_the_value_of_a_name_that_says_secret_is_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('token = "a" + "ctQ3SwzMQCXhs18MC0"', 'token = "<redacted>" + "<redacted>"'),
        ('password = "hunter" + "22secret"', 'password = "<redacted>" + "<redacted>"'),
        ('password = prefix + "22secret"', 'password = prefix + "<redacted>"'),
        ('password = ("hunter"\n    "22secret")', 'password = ("<redacted>"\n    "<redacted>")'),
        ('f(password="hunter", user="me")', 'f(password="<redacted>", user="me")'),
    ],
)
def test_every_piece_of_a_secret_that_is_put_together_is_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('connect("host=h password=hunter22")', 'connect("host=h password=<redacted>")'),
        ('connect("host=h password=hunter")', 'connect("host=h password=<redacted>")'),
        ('"UID=me;PWD=hunter;Database=x"', '"UID=me;PWD=<redacted>;Database=x"'),
        ("%%writefile .env\nDB_PASS=hunter22", "%%writefile .env\nDB_PASS=<redacted>"),
        ("# password: hunter22", "# password: <redacted>"),
        ("password: comynhIaDtU\n", "password: <redacted>\n"),
        ("**password**: hunter22", "**password**: <redacted>"),
        ("api_key: IBMlOtCxdfYI3DFbLlrH", "api_key: <redacted>"),
        ("<b>password</b>=hunter22", "<b>password</b>=<redacted>"),
        ("OperationalError: password=hunter22", "OperationalError: password=<redacted>"),
        ("{'token': 'AN3lhKakPhYzKRxHSXrfDILC'}", "{'token': '<redacted>'}"),
    ],
)
def test_a_secret_without_quotes_is_redacted_where_text_gives_it(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("!mysql -u root --password=hunter22 db", "!mysql -u root --password=<redacted> db"),
        ("!mysql -u root -phunter22 db", "!mysql -u root -p<redacted> db"),
        ("!curl -u user:hunter22 https://x.org", "!curl -u user:<redacted> https://x.org"),
        ("!wget --password=hunter https://x.org", "!wget --password=<redacted> https://x.org"),
        ("!sshpass -p hunter ssh host", "!sshpass -p <redacted> ssh host"),
        ("!wandb login " + "0a1b2c3d" * 5, "!wandb login <redacted>"),
        ("!tool --password hunter22", "!tool --password <redacted>"),
    ],
)
def test_a_secret_on_a_command_line_is_redacted(line: str, expected: str) -> None:
    assert redact(line) == expected


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
        'password = os.environ["DB_PASS1"]',
        "connect(password=password1, api_key=args.key2)",
        "connect(\n    password=pw123456,\n)",
        "def f(password: str = None, token: Optional[str] = None): pass",
        "password: float32",
        "secret: SHA256",
        "token = None",
        'token="<pad>"',
        'tokens = "aB3xY7zQ9w is a sentence"',
        'f(pad_token="[PAD]", sep_token="</s>", cls_token="<|startoftext|>", max_token=12345678)',
        'token="bert-base-uncased"',
        'primary_key = "user_id2"',
        'aws_key = "data/train.csv"',
        'low_pass = "300Hz12"; bypass = "abc123xyz"',
        "Basic Configuration of Basic Statistics12",
        'parser.add_argument("--password", help="use --password to set one")',
        "docker run mysql -p3306:3306; mysql --protocol=tcp",
        "curl -u $USER:$PASS https://x.org",
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x.settings")',
        'os.environ.setdefault("DB_PASS", os.environ["X"])',
        'auth=("user", "password")',
        "MKAKIAKRTLL AKIAKRTLLKEDGSWVRTFA",
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
        ("token", "aB3xY7zQ9w", REDACTED),
        ("token", "gpt2-medium", "gpt2-medium"),
        ("mask_token", "[MASK_TOKEN]", "[MASK_TOKEN]"),
        ("api_key", "os.environ['X']", "os.environ['X']"),
        ("auth", '("user", "hunter22")', '("user", "<redacted>")'),
        ("storage_options", '{"key": "abcdef"}', '{"key": "<redacted>"}'),
        ("PWD", "/home/me1", "/home/me1"),
        ("api_key", "YOUR_API_KEY", "YOUR_API_KEY"),
        ("path", "data/train.csv", "data/train.csv"),
        ("url", "mysql://me:hunter2@host", "mysql://me:<redacted>@host"),
    ],
)
def test_a_value_is_judged_by_the_name_that_holds_it(name: str, value: str, expected: str) -> None:
    assert Redactor().redact_value(name, value) == expected


def test_what_is_taken_out_of_a_text_can_be_looked_for_elsewhere() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA\n" * 5 + "-----END PRIVATE KEY-----\n"
    text = key + 'os.putenv("DB_PASS", "hunter22")\npassword = "corr" + "ect"  # password: horse9x\n'
    assert Redactor().find_secrets(text) == {"hunter22", "corr", "ect", "horse9x"}


def test_a_text_without_credentials_has_no_secrets() -> None:
    assert Redactor().find_secrets("password = getpass()") == frozenset()


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
     " + ", "(", ",", "=", "password=", "a=b ", "auth=(", "Basic ", "dXNlcjpwYXNz", "mysql -p", "curl -u a:",
     "--password ", 'putenv("', "<b>", "SK", "aB3xY7zQ9w", "storage_options={", '"key": ',
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


def test_every_token_is_one_long_word() -> None:
    for literal, pattern in redaction._TOKENS:
        least, _ = re._parser.parse(pattern.pattern).getwidth()  # type: ignore[attr-defined]
        assert max(least, len(literal)) >= redaction._SHORTEST_TOKEN, literal
        assert not any(blank in pattern.pattern for blank in (" ", r"\s", "[^", r"\W")), literal


def test_every_word_that_is_looked_for_stands_for_the_longer_ones() -> None:
    for literal, _, _ in (*redaction._NAMES, *redaction._CONTEXTS):
        assert any(word in literal for word in redaction._WORDS)
