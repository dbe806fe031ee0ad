"""Through apprise the same message arrives as title and text, and nobody is mentioned."""

from __future__ import annotations

import builtins
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.secret import SecretReference
from spectra.notices import by_apprise
from spectra.notify import Apprise, Message
from spectra.settings import SecretStore
from spectra.testing.faulty import FaultyServer, answers
from tests.integration.discord_receiver import DiscordReceiver, Reply
from tests.integration.test_notifications import configure, told
from tests.integration.test_post import Kept
from tests.unit.test_notify_discord import HOSTILE, message

if TYPE_CHECKING:
    from tests.integration.conftest import Project

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise looks for it
CHANNEL = Apprise(url=SecretReference("WHERE"))
TOKEN = "apprise-canary-3f9c"


def tell(address: str, seconds: float = 5.0, **given: Any) -> Any:
    told: Message = message(**given)
    return by_apprise.tell(CHANNEL, told, SecretStore([Kept({"WHERE": address})]), seconds)


def test_a_run_is_told_through_apprise(project: Project) -> None:
    with DiscordReceiver(Reply(200, {})) as server:
        configure(project, None, notify={"type": "apprise", "url": "secret://WHERE"})
        with (project.folder / ".env").open("a") as file:
            file.write(f"WHERE={server.origin.replace('http', 'json')}/{TOKEN}\n")
        project.pipeline().source("acme")
        (row,) = told(project)
        document = json.loads(server.asked[0][2])

        assert (row["channel"], row["outcome"], row["error_code"]) == ("apprise", "sent", None)
        assert document["title"] == "acme · Source · Success (READY)"
        assert "Endpoints: 4 of 5 (80.0 %)" in document["message"]
        assert TOKEN not in json.dumps(row, default=str)


def test_hostile_text_mentions_nobody() -> None:
    with DiscordReceiver(Reply(200, {})) as server:
        text = " ".join(HOSTILE.values())
        assert tell(server.origin.replace("http", "json"), title=text, text=text) is None

        sent = server.asked[0][2].decode()
        assert [sign for sign in ("@everyone", "@here", "<@", "<#", "<!", "\\u001b", "\\u202e") if sign in sent] == []


def test_a_service_that_refuses_is_a_failure() -> None:
    with DiscordReceiver(Reply(500)) as server:
        error = tell(f"{server.origin.replace('http', 'json')}/{TOKEN}")

    assert (error.code, error.message) == ("notification-undelivered", "the service did not take it")


def test_an_address_that_apprise_does_not_know_is_not_repeated() -> None:
    error = tell(f"nothing-of-the-kind://{TOKEN}")

    assert error.code == "channel-address"
    assert TOKEN not in repr(error) + repr(vars(error))


def test_a_service_that_hangs_is_left_at_the_deadline() -> None:
    with FaultyServer(otherwise=answers(b"{}", seconds=30)) as server:
        error = tell(server.url.replace("http", "json"), 0.2)

    assert (error.code, error.message) == ("notification-undelivered", "no answer in time")


def test_what_goes_wrong_inside_the_library_is_a_failure_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> Any:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr("apprise.Apprise.notify", breaks)
    error = tell("json://127.0.0.1/")

    assert (error.code, error.message) == ("notification-undelivered", "apprise failed with RuntimeError")


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *given: Any) -> Any:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *given)

    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    error = tell("json://127.0.0.1/")

    assert error.code == "apprise-missing"
    assert "spectra-lakehouse[apprise]" in error.remedy
