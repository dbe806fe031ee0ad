"""Where things stand in this repository."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "spectra"
RUNBOOK = ROOT / "docs" / "source" / "OPERATIONAL-RUNBOOK.md"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOT_OURS = {".git", ".venv", ".hypothesis", "dist", "build", "spectra-demo", "bench-results"}


def name_of(module: Path) -> str:
    """Return `spectra.rest.client` for src/spectra/rest/client.py."""
    parts = module.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(module: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(module.read_text(encoding="utf-8"))


def own_files() -> list[Path]:
    """Return every file of the repository that is not made by a tool."""
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not NOT_OURS.intersection(path.relative_to(ROOT).parts)
        and not any(part == "__pycache__" or part.endswith("_cache") for part in path.parts)
        and not path.name.startswith(".coverage")
    ]
