"""Errors of contracts as written: what their readers need and do not find."""

from __future__ import annotations

from spectra.errors.base import ConfigError


class ContractIncompleteError(ConfigError):
    """A contract leaves out something that its readers count on."""

    code = "contract-incomplete"
    remedy = "Add what the finding names at the place given; the shipped contract shows how it is written."


class GuaranteeUnrunnableError(ConfigError):
    """The query of a guarantee does not run on the tables of its contract."""

    code = "guarantee-unrunnable"
    remedy = "Correct the query: it may name only tables and columns of the contract, and gives one number."
