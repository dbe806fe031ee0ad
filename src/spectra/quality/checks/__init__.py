"""What can be asked of a table: one frozen class a check, each compiling to SQL that gives one number."""

from spectra.quality.checks.duplicate_values import DuplicateValues
from spectra.quality.checks.invalid_values import InvalidValues
from spectra.quality.checks.missing_values import MissingValues
from spectra.quality.checks.null_values import NullValues
from spectra.quality.checks.outside_range import OutsideRange
from spectra.quality.checks.row_count import RowCount
from spectra.quality.checks.sql import Sql

Check = NullValues | MissingValues | InvalidValues | DuplicateValues | OutsideRange | RowCount | Sql

__all__ = [
    "Check",
    "DuplicateValues",
    "InvalidValues",
    "MissingValues",
    "NullValues",
    "OutsideRange",
    "RowCount",
    "Sql",
]
