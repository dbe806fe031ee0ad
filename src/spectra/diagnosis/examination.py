"""The score of a diagnosis, straight down: each step as far as going on makes sense, and why the rest was not tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.access.guard import UrlGuard
from spectra.access.redact import Redactor
from spectra.diagnosis.asked import auth_step, filter_steps, level_steps, pagination_steps, plain_step
from spectra.diagnosis.headers import clock_step, rate_limit_step, redirects_step
from spectra.diagnosis.offline import definition_step, lakehouse_step, secrets_step
from spectra.diagnosis.reach import dns_step, failed, proxy_step, tcp_step, tcp_step_behind, tls_step
from spectra.diagnosis.step import Diagnosis, Step, skipped, troubled
from spectra.diagnosis.watched import WatchedApi
from spectra.errors import AuthUnprovenError, InterruptedRunError, SpectraError, TerminatedRunError
from spectra.rest.reaching import Reaching
from spectra.runs.events import StepAdvanced, StepStarted
from spectra.stages.source.asking import Asker
from spectra.stages.source.filters import prove_filters
from spectra.stages.source.paging import prove_pagination, undeclared
from spectra.stages.source.proof import prove_auth
from spectra.stages.source.scope import Scope
from spectra.stages.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from spectra.access.secret import SecretReference
    from spectra.definition.load import Loaded
    from spectra.definition.model import SourceDefinition
    from spectra.runner import Runner
    from spectra.runs.events import RunEvent
    from spectra.settings import SecretStore

FEW = 3
_REACH = ("dns", "tcp", "tls")
_ASKED = ("auth", "root", "level", "filter", "pagination")
_HEARD = ("clock", "rate-limit", "redirects")
_STOPPED = (InterruptedRunError, TerminatedRunError)


def untold(step: Step) -> None:
    """Take a step and tell nobody."""
    del step


@dataclass(slots=True)
class Examination:
    """One source under examination. No table, no log row and no lock is touched."""

    name: str
    loaded: Loaded
    problems: Sequence[SpectraError]
    runner: Runner
    tell: Callable[[Step], None] = untold
    _steps: list[Step] = field(default_factory=list)
    _redact: Callable[[str], str] = str

    def diagnosis(self) -> Diagnosis:
        """Try every step and return them all."""
        self._note(definition_step(self.name, self.loaded, self.problems))
        definition, catalogue = self.loaded.definition, self.loaded.catalogue
        if definition is None or catalogue is None or self._steps[0].outcome == "failed":
            why = "the definition does not load"
            self._skip(("secrets", *_REACH, "proxy", *_ASKED, *_HEARD), why)
        else:
            walking = definition.walk.model_copy(update={"pages": min(FEW, definition.walk.pages)})
            self._examine(Scope(definition.model_copy(update={"walk": walking}), catalogue))
        self._timed("lakehouse", lambda: lakehouse_step(self.runner.lakehouse))
        return Diagnosis(self.name, tuple(self._steps))

    def _examine(self, scope: Scope) -> None:
        store, definition = self.runner.project.secrets(), scope.definition
        secrets = secrets_step(store, *self._references(definition, store))
        redactor = Redactor([*store.known(), *self.runner.project.proxies().known()])
        self._redact = redactor.text
        self._note(secrets)
        stopped = self._reach(definition)
        why = f"{stopped.label} failed" if stopped else "secrets are missing" if secrets.outcome == "failed" else None
        if why:
            self._skip((*_ASKED, *_HEARD), why)
            return
        with self.runner.api(definition, store, redactor) as api:
            watched = WatchedApi(api, self.runner.seams.clock)
            self._ask(Asker(scope, watched, self.runner.seams.clock), watched)
        self._note(clock_step(watched.heard))
        self._note(rate_limit_step(watched.heard, definition.limits.requests_per_second))
        self._note(redirects_step(watched.heard))

    def _references(
        self, definition: SourceDefinition, store: SecretStore
    ) -> tuple[list[SecretReference], list[SecretReference]]:
        """Return the secrets that a run needs, and those that only its channels want."""
        key = [store.fingerprint_key] if store.fingerprint_key else []
        channels = self.runner.notices(definition, store).audience.channels
        needed = [*(credential.reference for credential in definition.credentials()), *key]
        return needed, [reference for channel in channels for reference in channel.secrets]

    def _reach(self, definition: SourceDefinition) -> Step | None:
        """Go as far as a connection; return the step that failed."""
        reaching = Reaching(
            UrlGuard(definition.base_url, definition.allow.hosts),
            definition.limits.connect_seconds,
            proxies=self.runner.project.proxies(),
        )
        found, proxy = proxy_step(reaching)
        if found.outcome == "failed":
            self._skip(_REACH, "the proxy that leads there cannot be used")
        elif proxy is not None:
            self._note(skipped("dns", "behind a proxy the proxy resolves"))
            self._in_turn([("tcp", lambda: tcp_step_behind(proxy, reaching)), self._tls(reaching, definition)])
        else:
            steps = [("dns", lambda: dns_step(reaching)), ("tcp", lambda: tcp_step(reaching))]
            self._in_turn([*steps, self._tls(reaching, definition)])
        self._note(found)
        return failed([step for step in self._steps if step.name in {*_REACH, "proxy"}])

    def _tls(self, reaching: Reaching, definition: SourceDefinition) -> tuple[str, Callable[[], Step]]:
        now = self.runner.seams.clock.now
        return "tls", lambda: tls_step(reaching, definition.limits.total_seconds, now())

    def _in_turn(self, steps: Sequence[tuple[str, Callable[[], Step]]]) -> None:
        """Try steps one after the other until one fails."""
        for place, (name, work) in enumerate(steps):
            if self._timed(name, work).outcome == "failed":
                self._skip([left for left, _ in steps[place + 1 :]], f"{name} failed")
                return

    def _ask(self, asker: Asker, watched: WatchedApi) -> None:
        definition = asker.scope.definition
        required = definition.auth.proof == "required"
        auth = self._timed("auth", lambda: _asked(lambda: auth_step(prove_auth(asker), required=required), "auth"))
        if auth.error is not None and auth.error.code != AuthUnprovenError.code:
            refused = auth.error.category == "auth"
            self._skip(_ASKED[1:], "the credentials were refused" if refused else "the API could not be asked")
            return
        if asker.scope.root is None and not watched.heard:
            self._timed("root", lambda: _asked(lambda: plain_step(asker), "root"))
        elif asker.scope.root is None:
            self._note(skipped("root", "the definition declares none; see auth and level"))
        try:
            self._walk(asker)
        except SpectraError as error:  # what an endpoint's own auth needs is looked up when it is asked
            self._note(troubled("auth", error, subject="of an endpoint"))
            noted = {step.name for step in self._steps}
            self._skip([name for name in _ASKED if name not in noted], "the credentials of an endpoint cannot be used")

    def _walk(self, asker: Asker) -> None:
        scope, seconds, took = asker.scope, self.runner.seams.clock.monotonic, dict[str, float]()
        self.runner.emit(StepStarted("levels", len(scope.definition.entities)))
        began = seconds()

        def advanced(event: RunEvent) -> None:
            nonlocal began
            if isinstance(event, StepAdvanced):
                took[event.subject], began = (seconds() - began) * 1000, seconds()
            self.runner.emit(event)

        walked = walk(asker, advanced, FEW)
        for step in level_steps(scope, walked, asker.answers, took):
            self._note(step)
        if not scope.definition.entities:
            self._note(skipped("level", "the definition declares no entities"))
        if walked.root_error is not None:
            self._skip(["filter", "pagination"], "the root could not be read")
            return
        self.runner.emit(StepStarted("filters"))
        for step in filter_steps(prove_filters(asker, walked.trails, self.runner.emit)):
            self._note(step)
        self.runner.emit(StepStarted("pagination", len(walked.readings)))
        surprises = undeclared(scope, asker.answers)
        for step in pagination_steps(prove_pagination(asker, walked.readings, self.runner.emit), surprises):
            self._note(step)

    def _timed(self, name: str, work: Callable[[], Step]) -> Step:
        self.runner.emit(StepStarted(name))
        began = self.runner.seams.clock.monotonic()
        step = work()
        took = (self.runner.seams.clock.monotonic() - began) * 1000
        return self._note(step if step.outcome == "skipped" else step.taking(took))

    def _note(self, step: Step) -> Step:
        stopped = next((each for each in step.errors if isinstance(each, _STOPPED)), None)
        if stopped is not None:
            raise stopped
        noted = step.redacted(self._redact)
        self._steps.append(noted)
        self.tell(noted)
        return noted

    def _skip(self, names: Iterable[str], why: str) -> None:
        for name in names:
            self._note(skipped(name, why))


def _asked(work: Callable[[], Step], name: str) -> Step:
    """Do what asks the API; what a secret's form or a token endpoint raises is what failed."""
    try:
        return work()
    except SpectraError as error:
        return troubled(name, error)
