"""The auth proof: credentials must be accepted, and refused or answered otherwise without them (S4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spectra.errors import (
    AuthUnprovenError,
    ForbiddenError,
    ForeignHostError,
    NetworkError,
    TokenEndpointError,
    TokenRefusedError,
)
from spectra.runs.finding import Finding
from spectra.stages.source.asking import Question

if TYPE_CHECKING:
    from datetime import datetime

    from spectra.errors import SpectraError
    from spectra.stages.source.asking import Answer, Asker

_CLIENTS_FAULT = 4
_LATER = frozenset({408, 425, 429})
_REFUSED = frozenset({"auth_required", "forbidden"})
_AS_A_STRANGER = (
    "The API answers these credentials as it answers a stranger (403): "
    "it does not know them, or they may not read this."
)


@dataclass(frozen=True, slots=True)
class AuthProof:
    """What is known of the credentials after trying; `error` is set where the stage must end."""

    status: str
    finding: Finding
    proven_at: datetime | None = None
    error: SpectraError | None = None


def prove_auth(asker: Asker) -> AuthProof:
    """Ask the probe endpoint with and without credentials and say what that proves."""
    auth = asker.scope.definition.auth
    if auth.type == "none":
        return AuthProof("NotRequired", Finding("auth", auth.type, "skipped", observed="no credentials are declared"))
    endpoint = asker.scope.auth_probe()
    if endpoint is None:
        return _unknown(auth.type, None, "no GET endpoint can be asked without an id; name one under auth.probe")
    question = Question("auth", endpoint, asker.scope.plain_request(endpoint, {}))
    given = asker.ask(question)
    if not given.usable and given.probe_status != "forbidden":
        return _not_accepted(auth.type, given)
    bare = asker.ask(replace(question, purpose="control", request=replace(question.request, authenticated=False)))
    if not given.usable:
        return _not_accepted(auth.type, _forbidden(given, bare))
    return _compared(asker, question, given, bare)


def _forbidden(given: Answer, bare: Answer) -> Answer:
    """Say of a refusal that a stranger meets too that it knows nobody; it may be the credentials that are wrong."""
    if (bare.http_status, bare.body_sha256) != (given.http_status, given.body_sha256):
        return given
    return replace(given, error=ForbiddenError(_AS_A_STRANGER, place=_place(given), http_status=str(given.http_status)))


def _compared(asker: Asker, question: Question, given: Answer, bare: Answer) -> AuthProof:
    method = asker.scope.definition.auth.type
    doubt = _doubt(given, bare)
    if doubt is not None:
        return _unknown(method, given, doubt)
    if not bare.usable:
        return _proven(method, given, f"refused without them ({_described(bare)})")
    backwards = [asker.ask(bare.question), asker.ask(question)]  # servers may take turns and not agree
    if [each.body_sha256 for each in backwards] != [bare.body_sha256, given.body_sha256]:
        return _unknown(method, given, "answers change by themselves, so a difference proves nothing")
    return _proven(method, given, f"another answer came without them ({_described(bare)})")


def _doubt(given: Answer, bare: Answer) -> str | None:
    """Return why the two answers prove nothing, or None."""
    if given.probe_status == "empty":
        return "the answer is empty, as a stranger's might be; probe what holds data"
    if not bare.usable and not _refuses(bare):
        return f"the control without credentials was answered {_described(bare)}, which refuses nobody"
    if bare.usable and bare.body_sha256 == given.body_sha256:
        return f"the same answer ({_described(given)}) came without them"
    return None


def _refuses(bare: Answer) -> bool:
    """Return whether an answer turns a stranger away: a 4xx that is no call to slow down, or a way to a login page."""
    if bare.error is not None and (bare.error.category == "auth" or isinstance(bare.error, ForeignHostError)):
        return True
    return bare.http_status is not None and bare.http_status // 100 == _CLIENTS_FAULT and bare.http_status not in _LATER


def _described(answer: Answer) -> str:
    return str(answer.http_status or (answer.error.code if answer.error else "no answer"))


def _place(answer: Answer) -> str:
    return f"{answer.question.endpoint.method} {answer.question.endpoint.path}"


def _proven(method: str, given: Answer, observed: str) -> AuthProof:
    finding = Finding(
        "auth",
        method,
        "proven",
        place=_place(given),
        expected="accepted, and not without credentials",
        observed=f"accepted ({_described(given)}), {observed}",
        evidence={"url": given.url, "http_status": given.http_status},
    )
    return AuthProof("Success", finding, proven_at=given.asked_at)


def _unknown(method: str, given: Answer | None, reason: str) -> AuthProof:
    finding = Finding(
        "auth",
        method,
        "unproven",
        place=_place(given) if given else None,
        code=AuthUnprovenError.code,
        severity=AuthUnprovenError.severity,
        expected="accepted, and not without credentials",
        observed=reason,
        evidence={"url": given.url, "http_status": given.http_status} if given else {},
    )
    return AuthProof("Unknown", finding)


def _not_accepted(method: str, given: Answer) -> AuthProof:
    error = given.error
    refused = given.probe_status in _REFUSED or (error is not None and error.category == "auth")
    silent = isinstance(error, NetworkError | TokenEndpointError) or given.probe_status == "unreachable"
    if error is not None and (refused or silent):
        finding = Finding(
            "auth",
            method,
            "failed",
            place=error.place or _place(given),
            code=error.code,
            severity="critical",
            expected="accepted",
            observed=error.message,
            evidence=_evidence(given, error),
        )
        return AuthProof("Failed" if refused else "Unknown", finding, error=error)
    resume_at = error.facts.get("resume_at") if error else None
    later = f" and is to be asked again at {resume_at}" if resume_at else ""
    return _unknown(method, given, f"the probe endpoint itself answered {_described(given)}{later}")


def _evidence(given: Answer, error: SpectraError) -> dict[str, object]:
    """Say what was asked and answered; where no token was given out, the API itself was not asked."""
    if isinstance(error, TokenRefusedError | TokenEndpointError):
        return {"http_status": error.facts.get("http_status")}
    return {"url": given.url, "http_status": given.http_status}
