"""The pages that make a centre of a backup: choose it, look at it, bring it back, see how far."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from core_services.settings import SettingsError, read_secret
from queue_server.backup.errors import SendingBroke
from queue_server.backup.listing import list_backups
from queue_server.backup.sealing import Secrets, identity_from
from queue_server.setup.desk import SetupDesk
from queue_server.web.bodies import read_fields
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.setup.pages import ROOT as SETUP
from queue_server.web.setup.pages import SetupPages
from queue_server.web.setup.restore_view import BackupRow, RestorePage, rows_of
from queue_server.web.setup.upload_body import open_sent
from queue_server.web.words import Words

ROOT: Final = f"{SETUP}/restore"
REFRESH_S: Final = 1

logger = structlog.get_logger()

_CHOOSE: Final = Words(
    "اختر نسخة، أو اكتب مسار ملف على الخادم",
    "Choose a backup, or write the path of a file on the server",
)
_NOT_THERE: Final = Words(
    "لا يوجد ملف بهذا المسار على الخادم", "There is no such file on the server"
)
_CLOSED: Final = Words(
    "ليس لبرنامج الخادم صلاحية قراءة هذا المسار: انسخ الملف إلى مجلد النسخ المكتوب أعلاه",
    "The server may not read there: copy the file into the folder of backups named above",
)
_NO_FILE: Final = Words(
    "اختر ملف النسخة من جهازك أولًا", "Choose the backup's file on your computer first"
)
_NO_KEY: Final = Words(
    "ليس هذا مفتاح نسخ احتياطية كاملًا؛ الصقه كما هو",
    "This is no whole key for backups; paste it as it is",
)


class RestorePages:
    """Answers for the restore of one set-up."""

    def __init__(self, desk: SetupDesk, setup: SetupPages) -> None:
        self._desk = desk
        self._setup = setup

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        proved = self._setup.proved
        app.router.add_get(ROOT, proved(self.show))
        app.router.add_post(f"{ROOT}/look", proved(self.look))
        app.router.add_post(f"{ROOT}/upload", proved(self.upload, reads_form=False))
        app.router.add_post(f"{ROOT}/begin", proved(self.begin))
        app.router.add_post(f"{ROOT}/again", proved(self.again))
        app.router.add_post(f"{ROOT}/go-on", proved(self.go_on))

    async def show(self, request: web.Request, csrf: str) -> web.StreamResponse:
        """Show the choice, or how far the work is."""
        return await self._answer(request, csrf)

    async def look(self, request: web.Request, csrf: str) -> web.StreamResponse:
        """Have a backup looked at, before anything is touched."""
        fields = await read_fields(request)
        wrong: dict[str, Words] = {}
        path = await asyncio.to_thread(self._chosen, fields, wrong)
        secrets = await asyncio.to_thread(self._secrets, fields, wrong)
        if wrong or path is None or secrets is None:
            return await self._answer(request, csrf, typed=fields, wrong=wrong, status=422)
        self._desk.uploading.failure = None
        self._desk.restoring.ask_to_look(path, secrets)
        return see_other(ROOT)

    async def upload(self, request: web.Request, csrf: str) -> web.StreamResponse:
        """Take a backup that the browser sends, and have it looked at like a chosen one."""
        desk = self._desk
        if desk.restoring.phase in ("restoring", "restored"):
            return see_other(ROOT)
        try:
            sent = await open_sent(request, csrf)
        except SendingBroke as error:
            return await self._not_taken(request, csrf, desk.uploading.refuse(error))
        if not sent.name:
            return await self._not_taken(request, csrf, _NO_FILE)
        taken = await desk.uploading.take(
            desk.settings.backups, sent.name, sent.pieces, whole=sent.whole
        )
        if isinstance(taken, Words):
            return await self._not_taken(request, csrf, taken)
        secrets = await asyncio.to_thread(self._secrets, {}, {})
        desk.restoring.ask_to_look(taken, secrets or Secrets())
        return see_other(ROOT)

    async def _not_taken(self, request: web.Request, csrf: str, why: Words) -> web.StreamResponse:
        return await self._answer(request, csrf, wrong={"file": why}, status=422)

    async def begin(self, request: web.Request, _: str) -> web.StreamResponse:
        """Have the backup brought back that was found good, if the form was about that one."""
        path = Path((await read_fields(request)).get("path", ""))
        async with self._desk.turn:
            if not self._desk.is_over:
                self._desk.restoring.ask_to_restore(path)
        return see_other(ROOT)

    async def again(self, _: web.Request, __: str) -> web.StreamResponse:
        """Go back to the choice."""
        restoring = self._desk.restoring
        if restoring.phase in ("good", "sealed", "failed"):
            restoring.phase = "none"
        return see_other(ROOT)

    async def go_on(self, request: web.Request, csrf: str) -> web.StreamResponse:
        """Let the server follow: the keys are there, or are given up."""
        if self._desk.restoring.phase != "restored":
            return see_other(ROOT)
        self._desk.may_follow.set()
        await self._desk.over.wait()
        response = see_other("/")
        response.force_close()
        return response

    def _chosen(self, fields: Mapping[str, str], wrong: dict[str, Words]) -> Path | None:
        """Return the file; a name is one of the folder's own. Blocks."""
        written, name = fields.get("path", "").strip(), fields.get("backup", "")
        field, missing = ("path", _NOT_THERE) if written else ("backup", _CHOOSE)
        path = self._desk.settings.backups / (written or Path(name).name)
        try:
            if (written or name) and path.is_file():
                return path
        except PermissionError:
            missing = _CLOSED
        except OSError as error:  # as of a name that is longer than any file's
            logger.info("backup_path_unreadable", why=error.strerror)
        wrong[field] = missing
        return None

    def _secrets(self, fields: Mapping[str, str], wrong: dict[str, Words]) -> Secrets | None:
        """Return what opens it; the settings' passphrase where none is written. Blocks."""
        passphrase, key = fields.get("passphrase") or None, fields.get("key", "").strip()
        known = self._desk.settings.backup_passphrase_file
        if passphrase is None and known is not None:
            try:
                passphrase = read_secret(known)
            except SettingsError as error:
                logger.warning("passphrase_unreadable", why=str(error))
        if not key:
            return Secrets(passphrase)
        try:
            return Secrets(passphrase, identity_from(key))
        except ValueError:
            wrong["key"] = _NO_KEY
            return None

    async def _answer(
        self,
        request: web.Request,
        csrf: str,
        *,
        typed: Mapping[str, str] | None = None,
        wrong: Mapping[str, Words] | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        desk, restoring = self._desk, self._desk.restoring
        rows: tuple[BackupRow, ...] = ()
        if restoring.phase == "none":
            rows = await self._rows()
            if not wrong and desk.uploading.failure is not None:  # its line is gone, or was
                wrong = {"file": desk.uploading.failure}
        kept = {name: text for name, text in (typed or {}).items() if name in ("backup", "path")}
        here = f"{request.scheme}://{request.host}"
        scheme = "http" if desk.settings.tls_files is None else "https"
        page = RestorePage(
            csrf=csrf,
            restoring=restoring,
            uploading=desk.uploading,
            folder=str(desk.settings.backups),
            rows=rows,
            typed=kept,
            wrong=wrong or {},
            keys=str(desk.settings.data_dir / "keys"),
            address="" if request.scheme == scheme else here.replace(request.scheme, scheme, 1),
        )
        headers = {"Refresh": str(REFRESH_S)} if restoring.is_busy else {}
        return await request.app[PAGES].answer(
            request, page, status=status, headers=headers, at=ROOT
        )

    async def _rows(self) -> tuple[BackupRow, ...]:
        try:
            found = await asyncio.to_thread(list_backups, self._desk.settings.backups)
        except OSError as error:
            logger.warning("backups_unreadable", why=error.strerror)
            return ()
        return rows_of(found, at=self._desk.clock.now())
