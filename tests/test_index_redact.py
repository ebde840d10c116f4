"""Settings are shown and stored without what is secret in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.record import require_same
from index.config import StoreSettings, load_settings
from index.errors import ConfigError, EvalError
from index.redact import redacted, redacted_url, secrets_of_url
from index.store.chroma_server import address
from qa.commands.cli_eval import _configuration
from qa.config import Settings
from qa.llm.retry import secrets_in
from tests.test_eval_run import record

SECRETS = ("sk-option", "header-key", "deep-key", "pass/w0rd", "query-key", "cookie-key")
TOML = """
[llm]
kind = "class"
url = "https://ann:pass/w0rd@llm.example:8443/v1?api-key=query-key&size=2"
import_path = "somewhere.Llm"

[llm.options]
apiKey = "sk-option"
max_tokens = 300
tokenizer = "gpt2"
base = "http://ann:pass/w0rd@llm.example/"
default_headers = { "X-Whatever" = "header-key" }
nested = { list = [{ client_secret = "deep-key" }], Cookie = "cookie-key", author = "Kim" }
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "footnote.toml").write_text(TOML, encoding="utf-8")
    return load_settings(Settings)


def test_no_page_or_file_shows_a_secret(settings: Settings) -> None:
    written = json.dumps(_configuration(settings))
    assert not [secret for secret in SECRETS if secret in written]
    plain = redacted(settings.model_dump(mode="json"))["llm"]
    assert plain["url"] == "https://***@llm.example:8443/v1?api-key=***&size=2"
    assert plain["options"] == {
        "apiKey": "***", "max_tokens": 300, "tokenizer": "gpt2", "base": "http://***@llm.example/",
        "default_headers": {"X-Whatever": "***"}, "nested": {"list": [{"client_secret": "***"}], "Cookie": "***", "author": "Kim"},
    }  # fmt: skip
    assert settings.llm.options["apiKey"] == "sk-option", "what is used stays"


def test_messages_hide_them(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM__OPTIONS", '["sk-option"]')
    with pytest.raises(ConfigError, match=r"llm\.options") as failed:
        load_settings(Settings)
    assert "sk-option" not in str(failed.value)
    monkeypatch.setenv("FOOTNOTE_LLM__OPTIONS", "{}")
    monkeypatch.setenv("FOOTNOTE_LLM__API_KEY__X", "sk-option")
    with pytest.raises(ConfigError, match=r"llm\.api_key.*\*\*\*") as caught:
        load_settings(Settings)
    assert "sk-option" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"store\.url") as refused:
        address(StoreSettings(url="http://ann:pass/w0rd@host:8000"))
    assert "w0rd" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://host:8000/v1", "http://host:8000/v1"),
        ("http://ann@host/v1", "http://***@host/v1"),
        ("http://a:b@c@host/v1", "http://***@host/v1"),
        ("ann:word@host:1", "***@host:1"),
        ("http://host/v1?size=2&access_token=x1#end", "http://host/v1?size=2&access_token=***#end"),
        ("write to kim@example.org, please", "write to kim@example.org, please"),
        ("", ""),
    ],
)
def test_addresses(text: str, shown: str) -> None:
    assert redacted_url(text) == shown


def test_what_is_hidden_in_messages_of_a_model_too() -> None:
    assert set(secrets_of_url("https://ann:p%40ss@host/v1?key=k1&size=2")) == {"p%40ss", "p@ss", "k1"}
    assert set(secrets_of_url("https://ghp_token@host/v1")) == {"ghp_token"}
    assert "word" in secrets_in({"api_base": "http://ann:word@host/v1"})


def test_an_old_record_with_a_secret_is_not_read_out(tmp_path: Path) -> None:
    old = record().model_copy(update={"configuration": {"llm": {"url": "http://ann:word@h/v1"}, "n": 1}})
    new = old.model_copy(update={"configuration": {"llm": {"url": "http://***@h/v1"}, "n": 2}})
    with pytest.raises(EvalError, match=r"llm\.url \(not shown.*n 1 -> 2") as caught:
        require_same(old, new, tmp_path)
    assert "word" not in str(caught.value)
