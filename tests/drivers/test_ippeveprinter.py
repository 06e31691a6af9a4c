"""The IPP driver prints on a printer that others wrote: OpenPrinting's `ippeveprinter`."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from drivers.printers.journal import Journal
from tests.drivers.ipp_rigs import office
from tests.support.ippeveprinter import eve_printer, why_not

_LACK = why_not()
pytestmark = pytest.mark.skipif(_LACK is not None, reason=_LACK or "")

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 3000 + b"\n%%EOF\n"


async def test_documents_come_out_byte_by_byte_once_each_and_in_order(tmp_path: Path) -> None:
    with Journal(tmp_path / "a4.sqlite") as journal:
        async with eve_printer(tmp_path) as a4, office(a4.url, journal) as room:
            for number in range(3):
                room.printer.submit(f"page-{number}", PDF + bytes((number,)), copies=number + 1)
            await room.until_state("page-2", "done")
            assert room.history("page-0") == ["sending", "sent", "done"]
            assert room.printer.model
            printed = a4.printed()
    assert printed == {f"page-{number}": PDF + bytes((number,)) for number in range(3)}
    facts = [(tmp_path / f"printed-page-{number}.facts").read_text() for number in range(3)]
    assert [each.split()[0] for each in facts] == ["1", "2", "3"]


async def test_paper_out_in_mid_job_holds_it_and_the_refilled_printer_prints_it_once(
    tmp_path: Path,
) -> None:
    with Journal(tmp_path / "a4.sqlite") as journal:
        async with eve_printer(tmp_path) as a4, office(a4.url, journal) as room:
            a4.take_paper_out()
            room.printer.submit("page", PDF)
            await room.until_state("page", "held")
            assert room.printer.status.reason == "paper_out"
            room.printer.submit("next", PDF)
            a4.put_paper_in()
            await room.until_state("next", "done")
            assert room.history("page") == ["sending", "sent", "held", "done"]
            assert a4.printed() == {"page": PDF, "next": PDF}


async def test_a_printer_that_takes_no_pdf_refuses_and_the_job_has_failed(tmp_path: Path) -> None:
    with Journal(tmp_path / "a4.sqlite") as journal:
        async with eve_printer(tmp_path, takes="image/pwg-raster") as a4:
            async with office(a4.url, journal) as room:
                room.printer.submit("page", PDF)
                await room.until_state("page", "failed")
            assert a4.printed() == {}


async def test_a_printer_killed_with_a_job_in_hand_leaves_it_unknown(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        journal = stack.enter_context(Journal(tmp_path / "a4.sqlite"))
        async with eve_printer(tmp_path) as a4:
            a4.take_paper_out()
            room = await stack.enter_async_context(office(a4.url, journal))
            room.printer.submit("page", PDF)
            await room.until_state("page", "held")
        await room.until_state("page", "unknown")
        assert room.printer.status.link == "down"
