"""Pipeline: everything that a command line, a page or a notebook can do with one project."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectra.definition.load import load_definition
from spectra.definition.scaffold import scaffold
from spectra.definition.schema import schema_files
from spectra.documents.wording import worded
from spectra.errors import (
    ConfigError,
    DefinitionNotFoundError,
    FileUnreadableError,
    FileUnwritableError,
    InvalidCorrelationIdError,
    InvalidDefinitionError,
    NoChannelError,
    NotRunYetError,
    ProjectExistsError,
    TableUnreadableError,
    UnknownTableError,
)
from spectra.runs.envelope import is_correlation_id
from spectra.runs.events import silent
from spectra.runs.manifest import SOURCE_TABLES
from spectra.settings import Project, outer_trace
from spectra.settings.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from spectra.answers.health import SourceHealth
    from spectra.answers.queries import TableState
    from spectra.answers.readiness import Readiness
    from spectra.answers.story import Story
    from spectra.catalog.rows import Catalogue
    from spectra.definition.load import Loaded
    from spectra.diagnosis.step import Diagnosis, Step
    from spectra.discovery.importing import Imported
    from spectra.errors import SpectraError
    from spectra.notices.delivery import Delivery
    from spectra.runner import Runner, Seams
    from spectra.runs.events import Emit
    from spectra.runs.manifest import SourceManifest
    from spectra.stages.source.plan import Plan

SHIPPED = ("source.contract.yaml", "readiness.sql", "metrics.sql")
_ASK_AGAIN_SECONDS = 2.0


class Pipeline:
    """One project: a folder with spectra.yaml, its sources and its lakehouse.

    `folder` is the project or any folder inside it; `lakehouse` overrides what spectra.yaml says, and is enough for
    whoever only reads, without any project; `emit` takes the events of runs. Raises ProjectNotFoundError and
    InvalidDefinitionError.
    """

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        lakehouse: str | None = None,
        emit: Emit = silent,
        seams: Seams | None = None,
    ) -> None:
        self.project = Project.find(Path(folder)) if lakehouse is None else Project.around(Path(folder))
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
            read_api=_catalogue_in,
        )

    def import_api(self, file: str | Path, into: str) -> Imported:
        """Write a source drafted from an API document into this project; see the function of that name."""
        return import_api(file, into=into, folder=self.project.root)

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

        `correlation_id` is 32 hex digits shared by all stages of one pipeline run: where none is given, the trace id of
        a valid TRACEPARENT in the environment, or else a new one.
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
            correlation_id=correlation_id or outer_trace(),
            execution_mode=execution_mode,
        )
        return self._runner().source(order)

    def doctor(self, name: str, *, tell: Callable[[Step], None] | None = None) -> Diagnosis:
        """Try a source step by step and say what a run would come to; nothing is written, and no lock is taken.

        `tell` is given each step as it is done. Raises DefinitionNotFoundError; what fails is a step, not an error.
        """
        from spectra.diagnosis.examination import Examination, untold  # noqa: PLC0415 - as above

        loaded = self.load(name)
        problems = (*self.project.problems, *loaded.problems, *self._contract_problems())
        return Examination(name, loaded, problems, self._runner(), tell or untold).diagnosis()

    def plan(self, name: str) -> Plan:
        """Return which requests a run of Source would send, as far as that is known; nothing is sent or written.

        Raises InvalidDefinitionError.
        """
        from spectra.stages.source.plan import plan_of  # noqa: PLC0415 - as for source
        from spectra.stages.source.scope import Scope  # noqa: PLC0415 - as above

        loaded = self.load(name)
        if loaded.definition is None or loaded.catalogue is None:
            raise InvalidDefinitionError.of(name, loaded.problems)
        return plan_of(Scope(loaded.definition, loaded.catalogue))

    def notify_test(self, name: str) -> tuple[Delivery, ...]:
        """Send a test message to the channels of a source, or else the project's, and return what each answered.

        Raises InvalidDefinitionError and NoChannelError; a channel that fails raises nothing.
        """
        loaded = self.load(name)
        if loaded.definition is None:
            raise InvalidDefinitionError.of(name, loaded.problems)
        runner = self._runner()
        notices = runner.notices(loaded.definition)
        if not notices.audience.channels:
            raise NoChannelError(f"{name} names no channel, and spectra.yaml names none", place=f"sources/{name}.yaml")
        return notices.test(name, runner.seams.token()[:32])

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

    def readiness(
        self, name: str, *, entity: str | None = None, max_age: float | None = None, wait_seconds: float = 0.0
    ) -> Readiness:
        """Say whether the next stage may read what a source, or one entity of it, published; with every check.

        `max_age` (seconds) stands in for the freshness that the contract promises. With `wait_seconds` the question
        is asked again until it is not BLOCKED and no newer run is going on, or the time is over. Writes nothing but
        Abandoned rows of runs that died. Raises DefinitionNotFoundError, UnknownEntityError, LakeError.
        """
        runner = self._runner()
        self._known(name)
        seams, handoff = runner.seams, runner.handoff()
        deadline = seams.clock.monotonic() + wait_seconds
        while True:
            answer = handoff.readiness(name, runner.reader(max_age), entity)
            left = deadline - seams.clock.monotonic()
            if left <= 0 or not answer.may_change:
                return answer
            seams.sleep(min(_ASK_AGAIN_SECONDS, left))

    def health(self, name: str | None = None) -> tuple[SourceHealth, ...]:
        """Say how one source is, or every source of the project: its newest run, its age, its last 7 days.

        Writes nothing but Abandoned rows of runs that died. Raises DefinitionNotFoundError and LakeError.
        """
        from spectra.answers.health import SourceHealth  # noqa: PLC0415 - as above

        runner, names = self._runner(), self._asked(name)
        died = {each: runner.handoff().settle(each) for each in names}
        rows = runner.overview().figures(names, runner.reader())
        return tuple(SourceHealth(row, died[row["source_system"]]) for row in rows)

    def metrics(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return the figures of one source, or of every source of the project: a row each, as metrics.sql gives it.

        Writes nothing but Abandoned rows of runs that died. Raises DefinitionNotFoundError and LakeError.
        """
        return [dict(each.figures) for each in self.health(name)]

    def story(self, execution_id: str, *, examples: int = 3) -> Story:
        """Tell one run: how it ended, why, what it found, and what to do next; raises UnknownRunError.

        Writes nothing but Abandoned rows of runs that died.
        """
        return self._runner().stories().story(execution_id, examples=examples)

    def catalog(self, name: str, *, status: str | None = None) -> list[dict[str, Any]]:
        """Return the endpoints of the newest publication, as rows of source.endpoints; by probe_status if asked."""
        run = self.latest(name)
        version = run.table_versions.get("source.endpoints")
        if version is None:
            message = f"{run.execution_id} names no version of source.endpoints"
            raise TableUnreadableError(message, table="source.endpoints")
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
        versions that this run wrote. `reader` is a table of one row: who asks and when.
        Raises QueryFailedError, UnknownTableError (also for a source table that the run did not write),
        UnknownRunError.
        """
        runner = self._runner()
        written = runner.ledger().versions_of(execution_id) if execution_id else {}
        for name in SOURCE_TABLES if execution_id else ():
            if name in query.lower() and name not in {*written, *(versions or {})}:
                message = f"{execution_id} wrote no {name}; name a version of it with --at"
                raise UnknownTableError(message, place="--execution", found=name)
        given = {"reader": runner.reader().table()} if "reader" in query.lower() else {}
        return runner.queries().query(query, versions={**written, **(versions or {})}, given=given)

    def _asked(self, name: str | None) -> tuple[str, ...]:
        """Return the sources asked for: one, or all that the project defines, or without a project all that ran."""
        if name is None:
            return self.sources or self._runner().overview().sources()
        return (self._known(name),)

    def _known(self, name: str) -> str:
        """Return the name of a source that is defined or ever ran; raises DefinitionNotFoundError."""
        if name not in self.sources and not self._runner().ledger().starts("source", name):
            names = sorted({*self.sources, *self._runner().overview().sources()})
            said = f"no source {name!r}" if names else f"no source {name!r}; none is defined, and none ever ran"
            raise worded(DefinitionNotFoundError, said, place="sources", found=name, allowed=names)
        return name

    def _runner(self) -> Runner:
        from spectra.runner import Runner, Seams  # noqa: PLC0415 - the edges are heavy; help and validate do without

        return Runner(self.project, self.lakehouse, self._emit, self._seams or Seams())


def init(folder: str | Path, name: str) -> tuple[Path, ...]:
    """Write a new source into a project, making the project where there is none; returns the files written.

    Nothing that exists is overwritten: shared files are left as they are, and an existing definition of that name
    raises ProjectExistsError. Raises InvalidNameError.
    """
    return _lay_out(Path(folder), scaffold(name), [f"sources/{name}.yaml"])


def import_api(file: str | Path, *, into: str | None = None, folder: str | Path = ".") -> Imported:
    """Read an API document and draft a source from it: OpenAPI, Swagger, Postman, HAR, dlt or Airbyte.

    With `into` the source of that name is written into the project around `folder`, which is made where there is
    none; an existing definition or catalogue of that name raises ProjectExistsError. Nothing is fetched. Raises
    FileUnreadableError, ApiDocumentUnreadableError, ApiDocumentTooLargeError, ImportUnreadableError, InvalidNameError.
    """
    from spectra.discovery.importing import imported  # noqa: PLC0415 - its readers are needed by this alone

    if str(file).startswith(("http:/", "https:/")):
        message = "an address is not fetched: save the document as a file, then import that"
        raise FileUnreadableError(message, place=str(file))
    found = imported(read_text(Path(file), str(file)), Path(file).name, into)
    if into is None:
        return found
    texts = {**scaffold(into), **found.files, ".env.example": found.environment_example}
    written = _lay_out(Project.around(Path(folder)).root, texts, list(found.files))
    return replace(found, written=tuple(map(str, written)))


def _lay_out(root: Path, texts: Mapping[str, str], own: Sequence[str]) -> tuple[Path, ...]:
    """Write a source into a project, its own files and what it shares with others; nothing is overwritten."""
    for path in own:
        if (root / path).exists():
            raise ProjectExistsError(f"{root / path} exists already.", place=str(root / path))
    texts = {**texts, **{f"contracts/{file}": shipped(file) for file in SHIPPED}}
    written = []
    for path, text in texts.items():
        target = root / path
        if target.exists():
            continue
        _write(target, text)
        written.append(target)
    return tuple(written)


def write_schemas(folder: str | Path) -> tuple[Path, ...]:
    """Write the schemas that editors complete definitions by into a project, anew; returns the files written.

    Raises ProjectNotFoundError and FileUnwritableError.
    """
    root = Project.find(Path(folder)).root
    texts = schema_files()
    for path, text in texts.items():
        _write(root / path, text)
    return tuple(root / path for path in texts)


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileUnwritableError(f"{target} cannot be written: {error.strerror}", place=str(target)) from None


def _catalogue_in(text: str, file_name: str) -> Catalogue:
    from spectra.discovery.catalogue import catalogue_in  # noqa: PLC0415 - most definitions list their endpoints

    return catalogue_in(text, file_name)


def shipped(file: str) -> str:
    """Return the text of a file that is shipped with the contracts."""
    return files("spectra").joinpath("contracts", file).read_text(encoding="utf-8")
