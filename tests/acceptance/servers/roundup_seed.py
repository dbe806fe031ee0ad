"""Fills a Roundup tracker through Roundup's own Python face; run by the interpreter of its environment, not by ours."""

# mypy: ignore-errors

from __future__ import annotations

import sys

from roundup import instance
from roundup.date import Date
from roundup.password import Password


def fill(home: str, password: str) -> None:
    """Make 40 users, 12 keywords, 729 messages and 730 issues, of which 10 are retired: they vanish from lists."""
    tracker = instance.open(home).open("admin")
    for kind in tracker.classes.values():
        kind.reactors = {event: [] for event in kind.reactors}  # they would send mail
    hashed = Password(password, config=tracker.config)  # once: it takes a quarter of a second
    users = ["1"]
    for n in range(40):
        own = {"username": f"user{n:02d}", "realname": f"Üser {n}", "address": f"user{n:02d}@example.invalid"}
        users.append(tracker.user.create(**own, password=hashed, roles="User"))
    keywords = [tracker.keyword.create(name=f"kw{n}") for n in range(12)]
    for n in range(730):
        messages = [
            tracker.msg.create(
                author=users[(n + m) % 41],
                content=f"comment {m} on {n}\nsecond line — ünïcode",
                date=Date("2026-01-01.00:00:00"),
            )
            for m in range(n % 3)
        ]
        tracker.issue.create(
            title=f"Issue {n}",
            messages=messages,
            assignedto=users[n % 41],
            keyword=[keywords[n % 12], keywords[(n + 5) % 12]][: n % 3],
            priority=str(1 + n % 5),
            status=str(1 + n % 8),
            nosy=users[: n % 4],
        )
    for n in range(5, 105, 10):
        tracker.issue.retire(str(n))
    tracker.commit()
    tracker.close()


if __name__ == "__main__":
    fill(*sys.argv[1:])
