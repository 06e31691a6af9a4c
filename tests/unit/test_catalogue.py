"""The packaged catalogue of services, and how a faulty one is refused."""

import re
import tomllib
from pathlib import Path

import pytest

from core_services.catalogue.load import PACKAGED, CatalogueError, load_catalogue
from core_services.catalogue.model import Catalogue

ARABIC_LETTER = re.compile(r"[\u0621-\u064a]")
LATIN_LETTER = re.compile(r"[A-Za-z]")

SMALL = """
version = "1"
[sources]
law = "A law"
[departments]
engineering = { ar = "الإدارة الهندسية", en = "Engineering" }
[groups]
building = { ar = "رخص البناء", en = "Building licences" }
[papers]
id = { ar = "أصل البطاقة وصورتها", en = "Your ID card and a copy of it" }

[[services]]
code = "fence"
ar = "تسوير أرض"
en = "Fence"
group = "building"
department = "engineering"
papers = ["id"]
sources = ["law"]
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def load(folder: Path, text: str) -> Catalogue:
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(CatalogueError) as refused:
        load(folder, text)
    assert "catalogue.toml" in str(refused.value)
    return refused.value.faults


def test_at_least_the_41_services_of_the_local_portal_are_there(catalogue: Catalogue) -> None:
    assert len(catalogue.services) >= 41


def test_the_services_people_come_for_most_have_their_codes(catalogue: Catalogue) -> None:
    for code in ("building-new", "reconciliation", "shop-new", "utility-letter", "complaint"):
        assert catalogue.services[code].code == code


def test_every_name_and_paper_is_there_in_both_languages(catalogue: Catalogue) -> None:
    for service in catalogue.services.values():
        assert len(service.papers_ar) == len(service.papers_en) >= 1
        for arabic in (service.name_ar, *service.papers_ar):
            assert ARABIC_LETTER.search(arabic), service.code
            assert not LATIN_LETTER.search(arabic), service.code
            assert not re.search(r"[0-9]", arabic), service.code
        for english in (service.name_en, *service.papers_en):
            assert LATIN_LETTER.search(english), service.code
            assert not ARABIC_LETTER.search(english), service.code


def test_no_two_services_have_the_same_name(catalogue: Catalogue) -> None:
    services = catalogue.services.values()
    assert len({service.name_ar for service in services}) == len(services)
    assert len({service.name_en for service in services}) == len(services)


def test_names_are_short_enough_for_a_tile_and_a_slip(catalogue: Catalogue) -> None:
    for service in catalogue.services.values():
        assert len(service.name_ar) <= 45, service.code
        assert len(service.name_en) <= 60, service.code


def test_every_service_says_where_it_was_seen(catalogue: Catalogue) -> None:
    assert all(service.source for service in catalogue.services.values())


def test_days_stand_only_beside_a_source_and_with_their_kind(catalogue: Catalogue) -> None:
    for service in catalogue.services.values():
        assert (service.legal_days is None) == (service.day_kind is None)
        if service.legal_days is not None:
            assert not service.source.startswith("Press reports"), service.code


def test_a_new_building_licence_has_26_working_days_and_a_shop_60(catalogue: Catalogue) -> None:
    building, shop = catalogue.services["building-new"], catalogue.services["shop-new"]
    assert (building.legal_days, building.day_kind) == (26, "working")
    assert (shop.legal_days, shop.day_kind, shop.on_silence) == (60, "calendar", "deemed_approved")


def test_building_licences_ask_for_the_papers_of_a_new_one_and_what_their_source_adds(
    catalogue: Catalogue,
) -> None:
    papers = {code: set(service.papers_en) for code, service in catalogue.services.items()}
    new, previous = papers["building-new"], {"The previous licence and a copy"}
    assert "Calculation of the value of the works" in new
    assert papers["building-extension"] == new
    assert papers["building-modification"] == new | previous
    assert papers["building-storeys"] == new | previous | {"Structural report on the building"}


def test_unknown_fees_are_not_guessed(catalogue: Catalogue) -> None:
    known = {code for code, service in catalogue.services.items() if service.fee_piastres}
    assert known == set()


def test_every_tile_leads_to_services_and_every_service_is_behind_one(catalogue: Catalogue) -> None:
    behind = [catalogue.in_group(group.code) for group in catalogue.groups]
    assert len(catalogue.groups) <= 8
    assert all(behind)
    assert sum(len(services) for services in behind) == len(catalogue.services)
    named = {service.department for service in catalogue.services.values()}
    assert named == set(catalogue.departments)


def test_nothing_in_the_packaged_file_is_left_unused() -> None:
    rows = tomllib.loads(PACKAGED.read_text(encoding="utf-8"))
    papers = {paper for row in rows["services"] for paper in row["papers"] if type(paper) is str}
    sources = {source for row in rows["services"] for source in row["sources"]}
    assert papers == set(rows["papers"])
    assert sources == set(rows["sources"])


def test_a_small_catalogue_is_read(tmp_path: Path) -> None:
    fence = load(tmp_path, SMALL).services["fence"]
    assert fence.papers_ar == ("أصل البطاقة وصورتها",)
    assert fence.group.name_en == "Building licences"
    assert (fence.fee_piastres, fence.legal_days, fence.papers_documented) == (None, None, False)
    assert fence.source == "A law"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('ar = "تسوير أرض"', 'ar = "Fence"', "service fence.ar"),
        ('en = "Fence"', 'en = " "', "service fence.en"),
        ('code = "fence"', 'code = "Fence!"', "service Fence!.code"),
        ('code = "fence"\n', "", "service number 1.code"),
        ('papers = ["id"]', "papers = []", "service fence.papers"),
        ('papers = ["id"]', 'papers = ["passport"]', "service fence: there is no paper 'passport'"),
        ('group = "building"', 'group = "shops"', "service fence: there is no group 'shops'"),
        ('sources = ["law"]', 'sources = ["x"]', "service fence: there is no source 'x'"),
        ('sources = ["law"]\n', "", "service fence.sources"),
        ('sources = ["law"]', 'sources = ["law"]\nlegal_days = 9', "service fence: Value error"),
        ('sources = ["law"]', 'sources = ["law"]\nnote_en = "x"', "service fence: Value error"),
        ('sources = ["law"]', 'sources = ["law"]\nfee_piastres = -1', "service fence.fee_piastres"),
        ('sources = ["law"]', 'sources = ["law"]\ncolour = "red"', "service fence.colour"),
        ('version = "1"\n', "", "version"),
        ("version", "version =", ""),
    ],
)
def test_a_faulty_row_is_refused_by_its_code(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert any(found.startswith(fault) for found in faults(tmp_path, SMALL.replace(old, new, 1)))


def test_a_code_that_stands_twice_is_refused(tmp_path: Path) -> None:
    twice = SMALL + SMALL[SMALL.index("[[services]]") :]
    assert faults(tmp_path, twice) == ["service fence: the code stands twice"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    broken = SMALL.replace('group = "building"', 'group = "a"').replace('["id"]', '["b"]')
    assert len(faults(tmp_path, broken)) == 2


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nowhere"):
        load_catalogue(tmp_path / "nowhere.toml")
