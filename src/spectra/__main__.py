"""`python -m spectra` is the command `spectra`."""

from __future__ import annotations

from spectra.cli.main import main

if __name__ == "__main__":
    main()
