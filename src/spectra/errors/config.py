"""Errors of what users write: projects, definitions, secrets, catalogues, contracts."""

from __future__ import annotations

from spectra.errors.base import ConfigError, SpectraError


class ProjectNotFoundError(ConfigError):
    """No spectra.yaml here or in any folder above."""

    code = "project-not-found"
    remedy = "Stand in a project, name one with `--project DIR`, or make one with `spectra init NAME`."


class ProjectExistsError(ConfigError):
    """A file that would be written exists already."""

    code = "project-exists"
    remedy = "Choose another folder or name; existing files are never overwritten."


class InvalidDefinitionError(ConfigError):
    """A definition does not load; nothing was sent and no run was recorded."""

    code = "invalid-definition"
    remedy = "Correct the findings listed (`spectra validate NAME` shows them again), then run again."

    problems: tuple[SpectraError, ...] = ()

    @classmethod
    def of(cls, name: str, problems: tuple[SpectraError, ...]) -> InvalidDefinitionError:
        """Return the error that holds every problem of one definition."""
        error = cls(
            f"The definition of {name} has {len(problems)} {'finding' if len(problems) == 1 else 'findings'}.",
            place=f"sources/{name}.yaml",
        )
        error.problems = problems
        return error


class InvalidCorrelationIdError(ConfigError):
    """A correlation id is not a W3C trace id."""

    code = "invalid-correlation-id"
    remedy = "Give 32 hex digits in lower case, not all zero, or leave the option out."


class DefinitionNotFoundError(ConfigError):
    """There is no source or contract of that name."""

    code = "definition-not-found"
    remedy = "Use one of the names allowed; `spectra init NAME` writes a new source."


class FileUnreadableError(ConfigError):
    """A file that the project names cannot be read."""

    code = "file-unreadable"
    remedy = "Check that the file exists, is UTF-8 text and may be read by this user."


class FileUnwritableError(ConfigError):
    """A file of the project cannot be written."""

    code = "file-unwritable"
    remedy = "Choose a folder that this user may write to, and that is not a file."


class PortInUseError(ConfigError):
    """The port asked for is taken."""

    code = "port-in-use"
    remedy = "Give another port, or leave the option out and take a free one."


class InvalidNameError(ConfigError):
    """A name breaks the rules for names."""

    code = "invalid-name"
    remedy = "Use a lower-case letter first, then letters and digits (sources: at most 40), not a reserved word."


class YamlSyntaxError(ConfigError):
    """The file is not YAML."""

    code = "yaml-syntax"
    remedy = "Correct the line named; check indentation, quotes and colons around it."


class DuplicateKeyError(ConfigError):
    """One mapping holds the same key twice."""

    code = "duplicate-key"
    remedy = "Keep one of the two entries and delete the other."


class YamlTooComplexError(ConfigError):
    """The file expands to more nodes, or nests deeper, than a definition may."""

    code = "yaml-too-complex"
    remedy = "Write the values out instead of nesting aliases; a definition stays below 100,000 nodes and 50 levels."


class UnknownKeyError(ConfigError):
    """A key that no setting has."""

    code = "unknown-key"
    remedy = "Use one of the keys allowed here, or delete the line."


class MissingKeyError(ConfigError):
    """A required key is absent."""

    code = "missing-key"
    remedy = "Add the key named."


class InvalidValueError(ConfigError):
    """A value is of the wrong kind or out of range."""

    code = "invalid-value"
    remedy = "Give a value of the kind that the message allows."


class UnquotedVersionError(ConfigError):
    """A version is written as a number, and YAML cuts 1.10 to 1.1."""

    code = "unquoted-version"
    remedy = "Put the version in quotes: '1.10.0'."


class UnknownAuthTypeError(ConfigError):
    """No such auth type."""

    code = "unknown-auth-type"
    remedy = "Use one of the auth types allowed."


class UnknownPaginationTypeError(ConfigError):
    """No such pagination type."""

    code = "unknown-pagination-type"
    remedy = "Use one of the pagination types allowed."


class UnknownEntityError(ConfigError):
    """A reference names an entity that the definition does not declare."""

    code = "unknown-entity"
    remedy = "Declare the entity under `entities`, or correct the name."


class EntityCycleError(ConfigError):
    """Entities are each other's parents."""

    code = "entity-cycle"
    remedy = "Break the circle: one of the entities must be readable without the others."


class UnknownEndpointError(ConfigError):
    """An entity or setting names an endpoint that the catalogue does not hold."""

    code = "unknown-endpoint"
    remedy = "Correct the path so that it equals a GET path of the catalogue, or add it to the catalogue."


class PlainSecretError(ConfigError):
    """A secret stands in the file itself."""

    code = "plain-secret"
    remedy = "Move the value to the environment or `.env`, write `secret://NAME` here, and rotate the secret."


class MissingVariableError(ConfigError):
    """A variable that the definition names is not set."""

    code = "missing-variable"
    remedy = "Set the variable in the environment or in the project's `.env`."


class MissingSecretError(ConfigError):
    """A secret that the definition refers to was found nowhere."""

    code = "missing-secret"
    remedy = "Set the variable named, in the environment or in the project's `.env`."


class MalformedSecretError(ConfigError):
    """A secret is empty, too long, or holds a line break or other character that no header may carry."""

    code = "malformed-secret"
    remedy = "Set it again without line breaks or surrounding blanks (`printf %s` instead of `echo`)."


class ShortSecretError(ConfigError):
    """A secret is shorter than 8 characters and is redacted only where auth puts it."""

    code = "short-secret"
    severity = "warning"
    remedy = "Use a longer secret where the API allows one."


class CatalogueUnreadableError(ConfigError):
    """The catalogue is not a list of endpoints."""

    code = "catalogue-unreadable"
    remedy = "Give a JSON list of {method, path, query_parameters, name, category}, such a CSV, or an OpenAPI file."


class ContractInvalidError(ConfigError):
    """A contract does not load or does not obey ODCS 3.2."""

    code = "contract-invalid"
    remedy = "Correct the contract at the place named, or delete it and let `spectra init` lay down the shipped one."


class ContractLoosenedError(ConfigError):
    """A project's contract weakens a promise of the shipped one."""

    code = "contract-loosened"
    remedy = "Restore the shipped guarantee or column; a project may add promises, never weaken a `must`."


class RemoteLakehouseError(ConfigError):
    """The lakehouse is an object-store URL, which is not supported yet."""

    code = "remote-lakehouse"
    remedy = "Use a folder on a local disk; object stores are refused until they are tested."


class UnknownCodeError(ConfigError):
    """No error or finding has that code."""

    code = "unknown-code"
    remedy = "Use a code as printed with a finding; `spectra explain --all` lists them."


class InvalidProofError(ConfigError):
    """The definition asks for a proof that cannot be made as written."""

    code = "invalid-proof"
    remedy = "Name a GET endpoint under `auth.probe` that is refused without credentials."


class QueryFailedError(ConfigError):
    """A query does not run over the tables it was given."""

    code = "query-failed"
    remedy = "Correct the query: one SELECT over the tables named; files, network and settings are out of its reach."
