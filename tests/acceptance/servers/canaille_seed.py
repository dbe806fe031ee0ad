"""Fills a Canaille through its own models; run by the interpreter of its environment, not by ours."""

# mypy: ignore-errors

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend

SCOPES = ["openid", "profile", "email", "groups"]


def fill(wanted: dict) -> None:
    """Make the clients, users, groups and tokens that are wanted."""
    app = create_app()
    with app.app_context():
        users = [_user(n) for n in range(wanted["users"])]
        for n in range(wanted["groups"]):
            members = [users[(n * 3 + m) % len(users)] for m in range(1 + n % 6)]
            _save(models.Group(display_name=f"group{n:02d}", members=members))
        clients = {client["client_id"]: _client(**client) for client in wanted["clients"]}
        for token in wanted["tokens"]:
            _token(clients[token.pop("client")], users[0], **token)


def _user(n: int) -> models.User:
    return _save(
        models.User(
            user_name=f"user{n:03d}",
            family_name=f"Tést{n}",
            given_name="U",
            formatted_name=f"U Tést{n}",
            emails=[f"user{n:03d}@example.com"],
            phone_numbers=[f"+2700{n:06d}"] if n % 3 else [],
            department="QA" if n % 2 else "Dev",
        )
    )


def _client(**declared: object) -> models.Client:
    unused = {"redirect_uris": [], "response_types": [], "contacts": []}
    return _save(models.Client(client_id_issued_at=datetime.now(UTC), scope=SCOPES, **unused, **declared))


def _token(client: models.Client, user: models.User, *, age: int, of_user: bool, **declared: object) -> None:
    _save(
        models.Token(
            token_id=declared["access_token"],
            type="Bearer",
            client=client,
            subject=user if of_user else None,
            scope=SCOPES,
            issue_date=datetime.now(UTC) - timedelta(seconds=age),
            audience=[client],
            **declared,
        )
    )


def _save(thing: object) -> object:
    Backend.instance.save(thing)
    return thing


if __name__ == "__main__":
    fill(json.load(sys.stdin))
