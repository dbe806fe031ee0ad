"""Contracting: what the contract commands do, in a project, or anywhere with the shipped contract and a lakehouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from spectra.contract.load import load_contract
from spectra.contract.merge import effective
from spectra.documents.wording import worded
from spectra.errors import DefinitionNotFoundError, FileUnreadableError, ProjectNotFoundError
from spectra.settings import Project, SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.answers.compliance import Tested
    from spectra.answers.recheck import RecheckedRun
    from spectra.contract.changes import Difference
    from spectra.contract.model import Contract
    from spectra.errors import SpectraError
    from spectra.lake.ledger import Ledger
    from spectra.lake.tables import DeltaLake
    from spectra.stages.ports import Clock

_ENDING = ".contract.yaml"
_SHIPPED = "source.contract.yaml"
_FOLDER = "contracts"


@dataclass(frozen=True, slots=True)
class Contracting:
    """The contracts of a project; without one, those that are shipped."""

    project: Project | None = None
    clock: Clock = field(default_factory=SystemClock)

    @classmethod
    def find(cls, folder: str | Path = ".", *, required: bool = False) -> Contracting:
        """Return the contracts of the project that a folder is in, or the shipped ones outside of every project.

        Raises ProjectNotFoundError where a project is required.
        """
        try:
            return cls(Project.find(Path(folder)))
        except ProjectNotFoundError:
            if required:
                raise
            return cls()

    def texts(self, names: Sequence[str] = ()) -> dict[str, str]:
        """Return contracts by the file they stand in, as given: a file, the name of a contract, or `shipped`.

        Without names, those of the project, or the shipped ones where it has none. Raises FileUnreadableError, and
        DefinitionNotFoundError for a name that no contract has.
        """
        own = self._own()
        if not names:
            return own or shipped()
        known = {file.rpartition("/")[2].removesuffix(_ENDING): file for file in (shipped() | own)}
        found = {}
        for name in names:
            if name == "shipped":
                found[_SHIPPED] = shipped()[_SHIPPED]
            elif name in known:
                found[known[name]] = (shipped() | own)[known[name]]
            elif "." in name or "/" in name:
                found[name] = _read(Path(name))
            else:
                said = f"no contract {name!r}"
                raise worded(
                    DefinitionNotFoundError, said, place=_FOLDER, found=name, allowed=sorted({*known, "shipped"})
                )
        return found

    def lint(self, texts: dict[str, str]) -> tuple[SpectraError, ...]:
        """Return every finding about contracts given by file."""
        from spectra.contract.lint import lint  # noqa: PLC0415 - heavy; help does without
        from spectra.engines.local import LocalEngine  # noqa: PLC0415 - as above

        ask = LocalEngine().query_each
        return tuple(finding for file, text in texts.items() for finding in lint(text, file, ask))

    def diff(self, before: str, after: str) -> Difference:
        """Compare two contracts, each a file or a name; raises ContractInvalidError for one that does not load."""
        from spectra.contract.diff import differences  # noqa: PLC0415 - as above

        return differences(self.contract(before), self.contract(after))

    @staticmethod
    def page(contract: Contract) -> str:
        """Return a contract as one page of HTML."""
        from spectra.contract.page import page  # noqa: PLC0415 - as above

        return page(contract, (files("spectra") / "contract" / "page.css").read_text(encoding="utf-8"))

    def contract(self, name: str | None = None) -> Contract:
        """Return a contract by file or name; without one, the Source contract in force."""
        if name is not None:
            file, text = next(iter(self.texts([name]).items()))
            return load_contract(text, file)
        promised = load_contract(shipped()[_SHIPPED], _SHIPPED)
        place = f"{_FOLDER}/{_SHIPPED}"
        return effective(promised, self._own().get(place), place)

    def test(
        self, *, lakehouse: str | None = None, source: str | None = None, contract: str | None = None
    ) -> tuple[Tested, ...]:
        """Test the newest publication of every source, or of one, against a contract; needs no definitions.

        Raises NotRunYetError, DefinitionNotFoundError for a source that never ran and is not defined, and
        ProjectNotFoundError where neither a project nor a lakehouse is given.
        """
        from spectra.answers.compliance import Compliance  # noqa: PLC0415 - as above
        from spectra.engines.local import LocalEngine  # noqa: PLC0415 - as above

        promised = self.contract(contract)
        lake, ledger = self._opened(lakehouse, promised)
        compliance = Compliance(lake, LocalEngine(), ledger, promised)
        if source is not None:
            self._refuse_unknown(source, compliance.sources())
        now = self.clock.now()
        return tuple(compliance.test(name, now) for name in ([source] if source else compliance.sources()))

    def check(self, source: str, *, execution_id: str | None = None, lakehouse: str | None = None) -> RecheckedRun:
        """Ask the evidence of a past run again, by default of the newest Success of a source.

        Raises NotRunYetError, UnknownRunError, and ProjectNotFoundError as `test` does.
        """
        from spectra.answers.figures import Overview  # noqa: PLC0415 - as above
        from spectra.answers.queries import Queries  # noqa: PLC0415 - as above
        from spectra.answers.recheck import Recheck  # noqa: PLC0415 - as above
        from spectra.engines.local import LocalEngine  # noqa: PLC0415 - as above

        promised = self.contract()
        lake, ledger = self._opened(lakehouse, promised)
        queries = Queries(lake, LocalEngine(), lambda: promised)
        if execution_id is None:
            self._refuse_unknown(source, Overview(queries).sources())
        return Recheck(queries, ledger).run(source, execution_id)

    def _refuse_unknown(self, source: str, ran: Sequence[str]) -> None:
        """Refuse a source that neither ran here nor is defined; raises DefinitionNotFoundError."""
        names = sorted({*ran, *(self.project.source_names() if self.project else ())})
        if source not in names:
            said = f"no source {source!r}" if names else f"no source {source!r}; none ever ran here"
            raise worded(DefinitionNotFoundError, said, place="log.source", found=source, allowed=names)

    def _opened(self, lakehouse: str | None, contract: Contract) -> tuple[DeltaLake, Ledger]:
        from spectra.lake.layout import Layout  # noqa: PLC0415 - as above
        from spectra.lake.ledger import Ledger  # noqa: PLC0415 - as above
        from spectra.lake.tables import DeltaLake  # noqa: PLC0415 - as above

        if self.project is None and lakehouse is None:
            raise ProjectNotFoundError("neither a project here nor --lakehouse", place=str(Path.cwd()))
        root = self.project.lakehouse(lakehouse) if self.project else str(lakehouse)
        lake = DeltaLake(Layout(root))
        return lake, Ledger(lake, lambda: contract, self.clock)

    def _own(self) -> dict[str, str]:
        if self.project is None:
            return {}
        found = sorted((self.project.root / _FOLDER).glob(f"*{_ENDING}"))
        texts = {f"{_FOLDER}/{path.name}": self.project.file_text(f"{_FOLDER}/{path.name}") for path in found}
        return {file: text for file, text in texts.items() if text is not None}


def shipped() -> dict[str, str]:
    """Return the shipped contracts by file name."""
    folder = files("spectra") / _FOLDER
    found = sorted((each for each in folder.iterdir() if each.name.endswith(_ENDING)), key=lambda each: each.name)
    return {each.name: each.read_text(encoding="utf-8") for each in found}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise FileUnreadableError(f"{path} cannot be read: {why}", place=str(path)) from None
