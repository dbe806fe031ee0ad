"""Pipeline: everything that a command line, a page or a notebook can do with one project."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectra.definition.load import load_definition
from spectra.definition.scaffold import scaffold
from spectra.errors import (
    ConfigError,
    FileUnwritableError,
    InvalidCorrelationIdError,
    InvalidDefinitionError,
    NotRunYetError,
    ProjectExistsError,
)
from spectra.runs.envelope import is_correlation_id
from spectra.runs.events import silent
from spectra.settings import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from spectra.answers.queries import TableState
    from spectra.definition.load import Loaded
    from spectra.errors import SpectraError
    from spectra.runner import Runner, Seams
    from spectra.runs.events import Emit
    from spectra.runs.manifest import SourceManifest

SOURCE_CONTRACT = "source.contract.yaml"


class Pipeline:
    """One project: a folder with spectra.yaml, its sources and its lakehouse.

    `folder` is the project or any folder inside it; `lakehouse` overrides what spectra.yaml says; `emit` takes the
    events of runs. Raises ProjectNotFoundError and InvalidDefinitionError.
    """

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        lakehouse: str | None = None,
        emit: Emit = silent,
        seams: Seams | None = None,
    ) -> None:
        self.project = Project.find(Path(folder))
        self.lakehouse = self.project.lakehouse(lakehouse)
        self._emit = emit
        self._seams = seams

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the project's sources."""
        return self.project.source_names()

    def load(self, name: str) -> Loaded:
        """Read a source's definition and catalogue, with every problem found; nothing is sent."""
        return load_definition(
            self.project.definition_text(name),
            self.project.definition_file(name),
            variables=self.project.variable,
            read_file=self.project.read_beside(name),
        )

    def validate(self, name: str | None = None) -> tuple[SpectraError, ...]:
        """Return all problems of one source, or of every source; offline."""
        names = (name,) if name else self.sources
        problems = [problem for each in names for problem in self.load(each).problems]
        return (*self.project.problems, *problems, *self._contract_problems())

    def _contract_problems(self) -> tuple[SpectraError, ...]:
        try:
            self._runner().contract()
        except ConfigError as error:
            return (error,)
        return ()

    def source(
        self,
        name: str,
        *,
        wait_seconds: float = 0.0,
        correlation_id: str | None = None,
        execution_mode: str = "pipeline",
    ) -> SourceManifest:
        """Run the Source stage and return its manifest; raises the SpectraError that kept it from being published.

        `correlation_id` is 32 hex digits shared by all stages of one pipeline run, made where none is given.
        """
        if correlation_id is not None and not is_correlation_id(correlation_id):
            message = f"{correlation_id!r} is no trace id"
            raise InvalidCorrelationIdError(message, found=correlation_id, allowed="32 hex digits, not all zero")
        loaded = self.load(name)
        if loaded.definition is None or loaded.catalogue is None:
            raise InvalidDefinitionError.of(name, loaded.problems)
        from spectra.runner import Order  # noqa: PLC0415 - the edges are heavy; help and validate do without
        from spectra.stages.source.scope import Scope  # noqa: PLC0415 - as above

        order = Order(
            scope=Scope(loaded.definition, loaded.catalogue),
            definition_sha256=loaded.sha256,
            warnings=loaded.warnings,
            wait_seconds=wait_seconds,
            correlation_id=correlation_id,
            execution_mode=execution_mode,
        )
        return self._runner().source(order)

    def run(self, name: str, **order: Any) -> SourceManifest:
        """Run every stage there is, in order; today that is Source."""
        return self.source(name, **order)

    def latest(self, name: str) -> SourceManifest:
        """Return the newest publication of a source; raises NotRunYetError."""
        from spectra.runs.manifest import SourceManifest  # noqa: PLC0415 - as above

        row = self._runner().ledger().newest_success("source", self._known(name))
        if row is None:
            raise NotRunYetError(f"{name} has never been published.", place=f"source {name}")
        return SourceManifest.from_row(row)

    def newest(self, name: str) -> SourceManifest:
        """Return the newest run of a source that was recorded, whatever its status; raises NotRunYetError."""
        from spectra.runs.manifest import SourceManifest  # noqa: PLC0415 - as above
        from spectra.runs.record import newest  # noqa: PLC0415 - as above

        row = newest(self._runner().ledger().completions("source", self._known(name)))
        if row is None:
            raise NotRunYetError(f"{name} has never been run.", place=f"source {name}")
        return SourceManifest.from_row(row)

    def catalog(self, name: str, *, status: str | None = None) -> list[dict[str, Any]]:
        """Return the endpoints of the newest publication, as rows of source.endpoints; by probe_status if asked."""
        version = self.latest(name).table_versions["source.endpoints"]
        where = {"source_system": name} | ({"probe_status": status} if status else {})
        found = self._runner().lake().read("source.endpoints", version=version, where=where)
        rows = [] if found is None else found.to_pylist()
        return sorted(rows, key=lambda row: (row["endpoint_path"], row["http_method"]))

    def table(self, name: str, *, version: int | None = None) -> pa.Table:
        """Return a table of the lakehouse as Arrow, at its newest version or the one given; raises NotRunYetError."""
        found = self._runner().lake().read(name, version=version)
        if found is None:
            raise NotRunYetError(f"The lakehouse has no table {name} yet.", place=name)
        return found

    def tables(self) -> list[TableState]:
        """Return every table of the contract and of the lakehouse with its version and row count."""
        return self._runner().queries().tables()

    def sql(
        self, query: str, *, versions: Mapping[str, int] | None = None, execution_id: str | None = None
    ) -> pa.Table:
        """Run one SELECT over the lakehouse, without access to files or network.

        Tables are read at their newest version, at those of `versions`, and, where an `execution_id` is given, at the
        versions that this run wrote. Raises QueryFailedError, UnknownTableError, UnknownRunError.
        """
        runner = self._runner()
        written = runner.ledger().versions_of(execution_id) if execution_id else {}
        return runner.queries().query(query, versions={**written, **(versions or {})})

    def _known(self, name: str) -> str:
        self.project.definition_text(name)
        return name

    def _runner(self) -> Runner:
        from spectra.runner import Runner, Seams  # noqa: PLC0415 - the edges are heavy; help and validate do without

        return Runner(self.project, self.lakehouse, self._emit, self._seams or Seams())


def init(folder: str | Path, name: str) -> tuple[Path, ...]:
    """Write a new source into a project, making the project where there is none; returns the files written.

    Nothing that exists is overwritten: shared files are left as they are, and an existing definition of that name
    raises ProjectExistsError. Raises InvalidNameError.
    """
    root = Path(folder)
    texts = scaffold(name) | {f"contracts/{SOURCE_CONTRACT}": shipped_contract()}
    definition = root / "sources" / f"{name}.yaml"
    if definition.exists():
        raise ProjectExistsError(f"{definition} exists already.", place=str(definition))
    written = []
    for path, text in texts.items():
        target = root / path
        if target.exists():
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise FileUnwritableError(f"{target} cannot be written: {error.strerror}", place=str(target)) from None
        written.append(target)
    return tuple(written)


def shipped_contract() -> str:
    """Return the text of the Source contract as shipped."""
    return files("spectra").joinpath("contracts", SOURCE_CONTRACT).read_text(encoding="utf-8")
