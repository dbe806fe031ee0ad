"""The steps that ask nobody: the definition, the secrets it names, and whether the lakehouse can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.access.secret import masked
from spectra.diagnosis.step import Step, troubled
from spectra.errors import InvalidDefinitionError, SpectraError
from spectra.lake.layout import Layout
from spectra.lake.trial import try_writing
from spectra.runner import short_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spectra.access.secret import SecretReference
    from spectra.definition.load import Loaded
    from spectra.settings import SecretStore

_WARNINGS = frozenset({"warning", "info"})


def definition_step(name: str, loaded: Loaded, problems: Sequence[SpectraError]) -> Step:
    """Say whether the definition and its catalogue can be used; `problems` are those of project and contract too."""
    fatal = [problem for problem in problems if problem.severity not in _WARNINGS]
    if fatal or loaded.definition is None or loaded.catalogue is None:
        error = InvalidDefinitionError.of(name, tuple(problems))
        return Step("definition", "failed", error.message, errors=(error, *problems))
    endpoints = loaded.catalogue.endpoints
    gets = sum(endpoint.method == "GET" for endpoint in endpoints)
    entities = _counted(len(loaded.definition.entities), "entity", "entities")
    counts = f"{_counted(len(endpoints), 'endpoint', 'endpoints')} ({gets} GET) · {entities}"
    seen = f"{loaded.document.file_name} · {counts}"
    warnings = (*problems, *loaded.catalogue.rejected)
    if not warnings:
        return Step("definition", "ok", seen)
    said = f"{seen} · {_counted(len(warnings), 'finding', 'findings')}"
    return Step("definition", "warning", said, errors=warnings)


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def secrets_step(store: SecretStore, needed: Iterable[SecretReference], wanted: Iterable[SecretReference]) -> Step:
    """Look every secret up: a run fails without those `needed`, and goes on without those `wanted` for channels."""
    found, missing = _looked_up(store, needed)
    also_found, lacking = _looked_up(store, [each for each in wanted if each not in found])
    found |= also_found
    warnings = (*lacking, *short_secrets(store), *store.exposed())
    seen = [f"{reference} ({place}) {mask}" for reference, (place, mask) in found.items()]
    seen += [error.message for error in (*missing, *lacking)]
    if missing:
        return Step("secrets", "failed", " · ".join(seen), errors=(*missing, *warnings))
    said = " · ".join(seen) or "the definition names none"
    return Step("secrets", "warning" if warnings else "ok", said, errors=warnings)


def _looked_up(
    store: SecretStore, references: Iterable[SecretReference]
) -> tuple[dict[SecretReference, tuple[str, str]], list[SpectraError]]:
    """Return where each secret is kept with its mask, and why each of the others could not be had."""
    found: dict[SecretReference, tuple[str, str]] = {}
    missing: list[SpectraError] = []
    for reference in dict.fromkeys(references):
        try:
            secret = store.reveal(reference)
        except SpectraError as error:
            missing.append(error)
        else:
            found[reference] = (secret.place, masked(secret.value))
    return found, missing


def lakehouse_step(lakehouse: str) -> Step:
    """Write and lock a file where the lakehouse is, or would be; nothing stays there."""
    try:
        folders = try_writing(Layout(lakehouse))
    except SpectraError as error:
        return troubled("lakehouse", error)
    there = any(folder.startswith(lakehouse) for folder in folders)
    seen = f"{lakehouse} can be written and locked" if there else f"{lakehouse} does not exist yet and can be made"
    return Step("lakehouse", "ok", seen)
