"""What `notify` takes, in a source and in spectra.yaml, and what is said of everything else."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import spectra.notify
from spectra.access.secret import SecretReference
from spectra.definition.load import load_definition
from spectra.definition.project import load_project
from spectra.notify import Apprise, Channel, ChannelType, Discord, Webhook

HEAD = "source: zephyr\nname: Z\nbase_url: http://h:1\nauth: {type: none}\ncatalogue: []\n"
PLANTED = "canary-5f1c0b7e9a"


def no_file(file: str) -> str:
    raise AssertionError(file)


def loaded(setting: str) -> object:
    found = load_definition(f"{HEAD}notify: {setting}\n", "zephyr.yaml", variables=lambda _: None, read_file=no_file)
    assert found.problems == ()
    assert found.definition is not None
    return found.definition.notify


def test_a_webhook_alone_is_discord_told_on_change_and_reminded_daily() -> None:
    expected = Discord(webhook=SecretReference("HOOK"), when="change", remind=timedelta(days=1))

    assert loaded("{webhook: 'secret://HOOK'}") == (expected,)


def test_channels_can_be_several_of_all_types() -> None:
    channels = loaded(
        "[{webhook: 'secret://A', when: always, remind: 90s}, {type: apprise, url: 'secret://B'},"
        " {type: webhook, url: 'secret://C', signing_key: 'secret://K', remind: 10m}]"
    )

    assert channels == (
        Discord(webhook=SecretReference("A"), when="always", remind=timedelta(seconds=90)),
        Apprise(url=SecretReference("B")),
        Webhook(url=SecretReference("C"), signing_key=SecretReference("K"), remind=timedelta(minutes=10)),
    )


def test_no_channels_is_something_else_than_nothing_said() -> None:
    assert loaded("[]") == ()
    assert loaded("null") is None


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("{§weebhook: 'secret://D', webhook: 'secret://D'}", "unknown-key", "Did you mean 'webhook'?"),
        ("[{type: webhook, url: 'secret://D', §singing_key: 'secret://K'}]", "unknown-key", "'signing_key'?"),
        ("{type: §discrod, webhook: 'secret://D'}", "unknown-channel-type", "discord, webhook, apprise. Did you mean"),
        ("[{type: §webhok, url: 'secret://D'}]", "unknown-channel-type", "Did you mean 'webhook'?"),
        ("§[{type: webhook}]", "missing-key", "'url' is missing in 'notify'"),
        ("{webhook: 'secret://D', when: §chnge}", "invalid-value", "change, always. Did you mean 'change'?"),
        ("{webhook: 'secret://D', remind: §3w}", "invalid-value", "90s, 10m, 1h or 1d"),
        ("{webhook: 'secret://D', remind: §0s}", "invalid-value", "90s, 10m, 1h or 1d"),
        ("{webhook: 'secret://D', remind: §90}", "invalid-value", "90s, 10m, 1h or 1d"),
        (f"{{webhook: §'https://discord.com/{PLANTED}'}}", "plain-secret", "never as a value"),
        (f"[{{type: webhook, url: 'secret://U', signing_key: §{PLANTED}}}]", "plain-secret", "never as a value"),
        (f"§{PLANTED}", "invalid-value", "a channel, or a list of channels"),
        (f"[§{PLANTED}]", "invalid-value", "a mapping"),
    ],
)
def test_what_is_wrong_is_found_at_its_place_in_a_source_and_in_a_project(setting: str, code: str, said: str) -> None:
    column = setting.index("§") + len("notify: ") + 1
    text = f"notify: {setting.replace('§', '')}\n"
    source = load_definition(HEAD + text, "zephyr.yaml", variables=lambda _: None, read_file=no_file).problems
    _, project = load_project(text, "spectra.yaml")

    for problem, line in ((source[0], 6), (project[0], 1)):
        assert (problem.code, (problem.place or "").split(":")[1]) == (code, str(line))
        assert said in problem.message
        assert PLANTED not in problem.message
    if code != "missing-key":
        assert (source[0].place, project[0].place) == (f"zephyr.yaml:6:{column}", f"spectra.yaml:1:{column}")


def test_every_channel_that_there_is_can_be_named() -> None:
    folder = Path(spectra.notify.__file__).parent
    for file in folder.glob("*.py"):
        import_module(f"spectra.notify.{file.stem}" if file.stem != "__init__" else "spectra.notify")

    assert set(ChannelType.__subclasses__()) == set(get_args(get_args(Channel)[0]))


def test_a_project_has_channels_for_all_and_says_where_its_runbook_is() -> None:
    settings, problems = load_project(
        "notify: {webhook: 'secret://ALL'}\nrunbook: https://wiki.example/runbook\n", "spectra.yaml"
    )

    assert problems == ()
    assert settings is not None
    assert settings.notify == (Discord(webhook=SecretReference("ALL")),)
    assert settings.runbook == "https://wiki.example/runbook"


@pytest.mark.parametrize(
    "address",
    ["wiki.example", "ftp://wiki.example", "https://u:p@wiki.example", "https://w/#x", "javascript:x", "'h ttp'"],
)
def test_a_runbook_is_a_plain_web_address(address: str) -> None:
    settings, problems = load_project(f"runbook: {address}\n", "spectra.yaml")

    assert settings is None
    assert [problem.code for problem in problems] == ["invalid-value"]
