"""Errors and findings of a stage: what was looked for and found otherwise."""

from __future__ import annotations

from spectra.errors.base import PromiseError, SourceError, SpectraError


class CatalogueDuplicateError(SourceError):
    """The catalogue lists one method and path more than once."""

    code = "catalogue-duplicate"
    category = "data"
    severity = "warning"
    remedy = "Delete the surplus row of the catalogue file."


class CatalogueCorruptError(SourceError):
    """A row of the catalogue is not an endpoint."""

    code = "catalogue-corrupt"
    category = "data"
    severity = "warning"
    remedy = "Correct or delete the row of the catalogue file."


class CatalogueMismatchError(PromiseError):
    """The catalogue holds fewer endpoints than the definition expects."""

    code = "catalogue-mismatch"
    remedy = "Complete the catalogue, or correct `expect.endpoints`."


class LevelFailedError(SourceError):
    """A level of the hierarchy could not be reached."""

    code = "level-failed"
    remedy = "Look at the finding's endpoint and parents; correct the entity's endpoint, ids or access rights."


class RecordsWithoutKeyError(SourceError):
    """No record of an entity has the fields that tell its records apart, or that others are fed with."""

    code = "records-without-key"
    severity = "warning"
    remedy = "Say under `records` where the list lies in an answer, or correct the fields of `key`, `ids` and `query`."


class LevelTruncatedError(SourceError):
    """Fewer parents were walked than there are, because a walk is bounded."""

    code = "level-truncated"
    severity = "info"
    remedy = "Raise `walk.parents` to look at more of them; Extract reads all."


class RootDiffersError(SourceError):
    """The roots of the hierarchy do not all answer alike."""

    code = "root-differs"
    severity = "warning"
    remedy = "Ask for access to the roots named, or exclude them under `roots.where`."


class ParameterIgnoredError(SourceError):
    """The API ignores a parameter: its answers do not depend on it."""

    code = "parameter-ignored"
    severity = "warning"
    remedy = "Correct the parameter's name, or remove it and filter on the field after reading everything."


class ParameterUnprovenError(SourceError):
    """It could not be shown that a parameter works."""

    code = "parameter-unproven"
    severity = "warning"
    remedy = "Give the source data that tells two values apart, or declare the field it filters on."


class IdMissingError(SourceError):
    """A path needs an id that is mapped to nothing, or that no walk has found."""

    code = "id-missing"
    severity = "info"
    remedy = "Map the path parameter under `ids`, or under `endpoints` for a bare {id}."


class GuaranteeFailedError(PromiseError):
    """A `must` guarantee of the contract does not hold, so nothing was published."""

    code = "guarantee-failed"
    severity = "critical"
    remedy = "Read the evidence in log.guarantees; the last publication stays readable."


class GuaranteeDegradedError(PromiseError):
    """A `should` guarantee of the contract does not hold; what was published is DEGRADED."""

    code = "guarantee-degraded"
    severity = "warning"
    remedy = "Read the evidence in log.guarantees and decide whether you can live with it."


class ReadinessBlockedError(PromiseError):
    """A consumer may not read: a readiness check failed."""

    code = "readiness-blocked"
    severity = "critical"
    exit_status = 1
    remedy = "Correct what the failed checks name, then run the stage again."


class NotRunYetError(PromiseError):
    """The stage has never run for this source."""

    code = "not-run-yet"
    exit_status = 1
    remedy = "Run `spectra source NAME`."


class RunAbandonedError(SpectraError):
    """A run ended without saying so: it was killed, or the machine stopped."""

    code = "run-abandoned"
    exit_status = 1
    remedy = "Run the stage again; the last publication stays readable until then."


class InterruptedRunError(SpectraError):
    """The run was stopped by Ctrl-C."""

    code = "interrupted"
    severity = "warning"
    exit_status = 130
    remedy = "Run the stage again; the last publication stays readable until then."


class TerminatedRunError(SpectraError):
    """The run was stopped by a termination signal."""

    code = "terminated"
    severity = "warning"
    exit_status = 143
    remedy = "Run the stage again; the last publication stays readable until then."


class InternalError(SpectraError):
    """Something happened that the program does not foresee."""

    code = "internal-error"
    severity = "critical"
