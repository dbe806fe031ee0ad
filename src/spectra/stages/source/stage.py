"""The score of the Source stage, straight down: prove, walk, try filters, probe, publish."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.errors import CatalogueMismatchError
from spectra.errors.base import SpectraError
from spectra.runs.events import StepEnded, StepStarted, silent
from spectra.runs.finding import Finding, finding_of
from spectra.runs.manifest import SourceManifest
from spectra.stages.source import summary
from spectra.stages.source.asking import Asker
from spectra.stages.source.filters import prove_filters
from spectra.stages.source.lifecycle import lifecycle_findings
from spectra.stages.source.paging import prove_pagination, undeclared
from spectra.stages.source.probing import count_planned, probe_all, probe_findings
from spectra.stages.source.proof import prove_auth
from spectra.stages.source.publish import Publisher
from spectra.stages.source.task import Measured
from spectra.stages.source.walk import walk

if TYPE_CHECKING:
    from spectra.runs.events import Emit
    from spectra.stages.ports import Api, Clock, Engine, Lake
    from spectra.stages.source.task import SourceTask


@dataclass(slots=True)
class SourceRun:
    """One run of the Source stage; whatever happens, what was measured until then is recorded."""

    task: SourceTask
    lake: Lake
    engine: Engine
    clock: Clock
    emit: Emit = silent
    measured: Measured = field(default_factory=Measured)
    publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.task, self.measured, self.lake, self.engine, self.clock)
        self.measured.findings += [finding_of(warning, "warning", "definition") for warning in self.task.warnings]
        self.measured.findings += [_catalogue_finding(error) for error in self.task.scope.catalogue.rejected]

    def execute(self, api: Api) -> SourceManifest:
        """Measure and publish; raises the SpectraError that kept the run from being published, recorded."""
        try:
            self._measure(Asker(self.task.scope, api, self.clock, self.measured.answers))
        except SpectraError as error:
            raise self.fail(error) from error
        self.emit(StepStarted("guarantees"))
        row = self.publisher.publish()
        self.emit(StepEnded("guarantees", *summary.guarantees(row, self.publisher.results)))
        return SourceManifest.from_row(row)

    def fail(self, error: SpectraError) -> SpectraError:
        """Record that the run ended early and why; returns the error to raise."""
        self.emit(StepStarted("recording"))
        return self.publisher.record(error)

    def _measure(self, asker: Asker) -> None:
        self._check_catalogue()
        self._prove_auth(asker)
        self._walk(asker)
        self._prove_filters(asker)
        self._prove_pagination(asker)
        self._probe(asker)

    def _check_catalogue(self) -> None:
        self.emit(StepStarted("catalogue"))
        scope = self.task.scope
        expect = scope.definition.expect
        found = len(scope.catalogue.endpoints)
        if expect is not None and expect.endpoints is not None and found < expect.endpoints:
            facts = {"expected": str(expect.endpoints), "observed": str(found)}
            message = f"The catalogue holds {found} endpoints; {expect.endpoints} are expected."
            self.measured.findings.append(
                finding_of(CatalogueMismatchError(message, **facts), "catalogue", "catalogue")
            )
        self.emit(StepEnded("catalogue", *summary.catalogue(scope)))

    def _prove_auth(self, asker: Asker) -> None:
        self.emit(StepStarted("authenticated"))
        proof = prove_auth(asker)
        self.measured.proof = proof
        self.measured.findings.append(proof.finding)
        self.emit(StepEnded("authenticated", *summary.auth(self.task, proof)))
        if proof.error is not None:
            proof.error.facts |= summary.refusal(self.task)
            raise proof.error

    def _walk(self, asker: Asker) -> None:
        scope = self.task.scope
        if not scope.definition.entities:
            return
        self.emit(StepStarted("hierarchy", len(scope.definition.entities)))
        self.measured.walk = walk(asker, self.emit)
        self.measured.findings += self.measured.walk.findings
        self.emit(StepEnded("hierarchy", *summary.hierarchy(scope, self.measured.walk)))
        if self.measured.walk.root_error is not None:
            raise self.measured.walk.root_error

    def _prove_filters(self, asker: Asker) -> None:
        if not any(entity.query or entity.incremental for entity in self.task.scope.definition.entities.values()):
            return
        self.emit(StepStarted("filters"))
        self.measured.filters = prove_filters(asker, self.measured.walk.trails, self.emit)
        self.measured.findings += [proof.finding for proof in self.measured.filters]
        self.emit(StepEnded("filters", *summary.filters(self.measured.filters)))

    def _prove_pagination(self, asker: Asker) -> None:
        readings = self.measured.walk.readings
        surprises = undeclared(self.task.scope, self.measured.answers)
        if not readings and not surprises:
            return
        self.emit(StepStarted("pagination", len(readings)))
        self.measured.paging = prove_pagination(asker, readings, self.emit)
        self.measured.findings += [finding for proof in self.measured.paging for finding in proof.findings]
        self.measured.findings += surprises
        self.emit(StepEnded("pagination", *summary.pagination(self.measured.paging, surprises)))

    def _probe(self, asker: Asker) -> None:
        trails = self.measured.walk.trails
        self.emit(StepStarted("endpoints", count_planned(self.task.scope, trails)))
        probed = probe_all(asker, trails, self.emit)
        self.measured.probed = probed
        self.measured.findings += probe_findings(probed)
        self.measured.findings += lifecycle_findings(probed, self.task.before)
        self.emit(StepEnded("endpoints", *summary.endpoints(probed)))


def _catalogue_finding(error: SpectraError) -> Finding:
    return finding_of(error, "catalogue", error.facts.get("row", "row"))
