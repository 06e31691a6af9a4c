"""Reads a catalogue of services from a TOML file and refuses one that has a fault, by row."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from core_services.catalogue.model import (
    Catalogue,
    CatalogueService,
    DayKind,
    Department,
    OnSilence,
    ServiceGroup,
)

PACKAGED = Path(__file__).with_name("catalogue.toml")

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Arabic = Annotated[Text, StringConstraints(pattern=r"[\u0621-\u064a]")]


class CatalogueError(Exception):
    """A catalogue file cannot be used; `faults` says why, each beginning with its row."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__(path, faults)
        self.path = path
        self.faults = faults

    def __str__(self) -> str:
        return f"{self.path}: " + "; ".join(self.faults)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Name(_Row):
    ar: Arabic
    en: Text


class _Service(_Name):
    code: Code
    group: Code
    department: Code
    papers: Annotated[list[Code | _Name], Field(min_length=1)]
    papers_documented: bool = False
    fee_piastres: Annotated[int, Field(ge=0)] | None = None
    fee_note_ar: Arabic | None = None
    fee_note_en: Text | None = None
    legal_days: Annotated[int, Field(gt=0)] | None = None
    day_kind: DayKind | None = None
    on_silence: OnSilence = "none"
    owner_attends: bool = False
    note_ar: Arabic | None = None
    note_en: Text | None = None
    sources: Annotated[list[Code], Field(min_length=1)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.legal_days is None) != (self.day_kind is None):
            raise ValueError("legal_days and day_kind belong together")
        if self.on_silence != "none" and self.legal_days is None:
            raise ValueError("on_silence needs legal_days")
        for kind in ("note", "fee_note"):
            if (getattr(self, f"{kind}_ar") is None) != (getattr(self, f"{kind}_en") is None):
                raise ValueError(f"{kind}_ar and {kind}_en belong together")
        return self


class _File(_Row):
    version: Text
    sources: dict[Code, Text]
    departments: dict[Code, _Name]
    groups: dict[Code, _Name]
    papers: dict[Code, _Name]
    services: Annotated[list[_Service], Field(min_length=1)]


def load_catalogue(path: Path = PACKAGED) -> Catalogue:
    """Return the catalogue in `path`; raises CatalogueError with every fault found."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(path, [str(error)]) from error
    try:
        file = _File.model_validate(rows)
    except ValidationError as error:
        faults = [
            f"{_row_name(rows, fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_context=False)
        ]
        raise CatalogueError(path, faults) from error
    if faults := _broken_references(file):
        raise CatalogueError(path, faults)
    groups = {code: ServiceGroup(code, row.ar, row.en) for code, row in file.groups.items()}
    departments = {code: Department(code, row.ar, row.en) for code, row in file.departments.items()}
    return Catalogue(
        version=file.version,
        groups=tuple(groups.values()),
        departments=tuple(departments.values()),
        services={
            row.code: _service(row, file, groups[row.group], departments[row.department])
            for row in file.services
        },
    )


def _service(
    row: _Service, file: _File, group: ServiceGroup, department: Department
) -> CatalogueService:
    papers = [file.papers[paper] if isinstance(paper, str) else paper for paper in row.papers]
    return CatalogueService(
        code=row.code,
        name_ar=row.ar,
        name_en=row.en,
        group=group,
        department=department,
        papers_ar=tuple(paper.ar for paper in papers),
        papers_en=tuple(paper.en for paper in papers),
        papers_documented=row.papers_documented,
        fee_piastres=row.fee_piastres,
        fee_note_ar=row.fee_note_ar,
        fee_note_en=row.fee_note_en,
        legal_days=row.legal_days,
        day_kind=row.day_kind,
        on_silence=row.on_silence,
        owner_attends=row.owner_attends,
        note_ar=row.note_ar,
        note_en=row.note_en,
        source="; ".join(file.sources[source] for source in row.sources),
    )


def _row_name(rows: dict[str, Any], place: tuple[int | str, ...]) -> str:
    """Name a fault's place by the service's code rather than by its position."""
    match place:
        case ("services", int(index), *rest):
            row = rows["services"][index]
            code = row.get("code", f"number {index + 1}") if isinstance(row, dict) else index + 1
            return ".".join([f"service {code}", *map(str, rest)])
    return ".".join(map(str, place)) or "file"


def _broken_references(file: _File) -> list[str]:
    faults = []
    seen: set[str] = set()
    for row in file.services:
        if row.code in seen:
            faults.append(f"service {row.code}: the code stands twice")
        seen.add(row.code)
        wanted: list[tuple[str, list[str], Mapping[str, object]]] = [
            ("group", [row.group], file.groups),
            ("department", [row.department], file.departments),
            ("paper", [paper for paper in row.papers if isinstance(paper, str)], file.papers),
            ("source", row.sources, file.sources),
        ]
        for kind, codes, known in wanted:
            faults += [
                f"service {row.code}: there is no {kind} {code!r}"
                for code in codes
                if code not in known
            ]
    return faults
