"""Hands sheets out as files: whoever shows one gives its files this one way."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, get_args

from aiohttp import web

from core_services.paper.drawing import DrawingError
from core_services.sheets import csv_file, pdf, xlsx
from core_services.sheets.model import Sheet
from core_services.training import training_name
from queue_server.configuration import Configuration
from queue_server.tickets.acts import Queue

FileForm = Literal["csv", "xlsx", "pdf"]
FORMS: Final[tuple[FileForm, ...]] = get_args(FileForm)


class SheetFiles:
    """Writes files of sheets, off the loop what takes long, one paper at a time."""

    def __init__(
        self, queue: Queue, configuration: Callable[[], Configuration], cache_dir: Path
    ) -> None:
        """`cache_dir` holds the fonts that paper is set in."""
        self._queue = queue
        self._configuration = configuration
        self._cache_dir = cache_dir
        self._paper = asyncio.Semaphore(1)

    async def answer(
        self, sheet: Sheet, form: FileForm, name: str, *, charts: Sequence[str] = ()
    ) -> web.Response:
        """Answer a sheet as a file of that name; `charts`, SVGs that stand alone, go on paper.

        Raises HTTPServiceUnavailable where paper cannot be drawn.
        """
        if self._queue.centre.is_training:
            sheet = replace(sheet, title=training_name(sheet.title, sheet.language))
        match form:
            case "csv":
                return attachment(csv_file.as_csv(sheet), csv_file.CONTENT_TYPE, f"{name}.csv")
            case "xlsx":
                made = await asyncio.to_thread(xlsx.as_xlsx, sheet, at=self._now())
                return attachment(made, xlsx.CONTENT_TYPE, f"{name}.xlsx")
            case "pdf":
                return attachment(await self._print(sheet, charts), pdf.CONTENT_TYPE, f"{name}.pdf")

    async def _print(self, sheet: Sheet, charts: Sequence[str]) -> bytes:
        names = self._configuration().names
        async with self._paper:
            try:
                return await asyncio.to_thread(
                    pdf.as_pdf,
                    sheet,
                    self._cache_dir,
                    at=self._now(),
                    centre_name=names.name_ar if sheet.language == "ar" else names.name_en,
                    charts=tuple(charts),
                )
            except DrawingError as error:
                raise web.HTTPServiceUnavailable from error

    def _now(self) -> datetime:
        return self._queue.clock.now().astimezone(self._queue.centre.zone)


def attachment(body: bytes, content_type: str, name: str) -> web.Response:
    """Answer a file that is to be saved; what is text is UTF-8."""
    is_text = content_type.startswith("text/") or content_type.endswith("+xml")
    return web.Response(
        body=body,
        content_type=content_type,
        charset="utf-8" if is_text else None,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
