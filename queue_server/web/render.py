"""Turns a page's frozen context into HTML in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import ClassVar, Literal, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from core_services import l10n
from core_services.l10n import Language, Messages
from core_services.people.permissions import permissions_of_role
from core_services.release import release
from queue_server.web.language import page_language, remember_language
from queue_server.web.security import SAFE_METHODS
from queue_server.web.sessions import Sessions, known_session
from queue_server.web.static import Assets
from queue_server.web.words import Words

TEMPLATES = Path(__file__).parent / "templates"
LOCALE = Path(__file__).parent / "locale"
LANGUAGES: tuple[Language, Language] = ("ar", "en")


class Context(Protocol):
    """A page's context: a frozen dataclass; its template reads it as `page`."""

    template: ClassVar[str]
    """The template's path below `templates/`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page: read by `base.html` as `frame`."""

    language: Language
    direction: Literal["rtl", "ltr"]
    centre_name: str
    path: str
    other_language: Language
    other_language_url: str
    staff_name: str | None
    csrf: str | None
    manages_policy: bool = False
    """The reader is signed in and may change the policy."""
    is_plain_lan: bool = False
    """Whoever is on the network can read this page: staff are told."""
    is_training: bool = False
    """The centre is one to learn on: every page says so."""
    fault_url: str = "/fault"
    """Where a fault of what stands here is reported; from there one comes back."""


class Pages:
    """Owns the templates of both languages; reads and compiles them all at once, at start."""

    def __init__(
        self,
        *,
        assets: Assets,
        centre_name: Callable[[], Words],
        zone: Callable[[], ZoneInfo],
        sessions: Sessions | None = None,
        templates: Path = TEMPLATES,
        locale: Path = LOCALE,
        cache_dir: Path | None = None,
        is_plain_lan: bool = False,
        is_training: bool = False,
    ) -> None:
        """`sessions` puts the signed-in person's name and form token into the pages' frame.

        Name and zone are asked for anew at each use: the centre's file may be loaded meanwhile.
        Compiled templates are kept in `cache_dir`, so that only the first start pays for them.
        """
        self._centre_name = centre_name
        self._sessions = sessions
        self._is_plain_lan = is_plain_lan
        self._is_training = is_training
        messages = _messages(locale)
        self._environments = {
            language: _environment(language, messages, assets, zone, templates)
            for language in LANGUAGES
        }
        compiled = None if cache_dir is None else _compiled(cache_dir)
        for environment in self._environments.values():
            environment.bytecode_cache = compiled
            for name in environment.list_templates(extensions=["html"]):
                environment.get_template(name)

    async def answer(
        self,
        request: web.Request,
        page: Context,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        ask_who: bool = True,
        at: str | None = None,
    ) -> web.Response:
        """Render a whole page as the answer to a request.

        `ask_who` False leaves the database alone: the frame shows only who is already known.
        `at` is where a browser may ask for this page: an answer to a form has no address of its
        own, and where nothing is said its reader is led to the first page.
        """
        frame = await self._frame(request, ask_who, at)
        text = (
            self._environments[frame.language]
            .get_template(page.template)
            .render(page=page, frame=frame)
        )
        response = web.Response(
            text=text, status=status, content_type="text/html", charset="utf-8", headers=headers
        )
        response.headers["Content-Language"] = frame.language
        remember_language(request, response)
        return response

    def fragment(self, language: Language, page: Context, *, csrf: str | None = None) -> str:
        """Render a partial (`_x.html`), which reads `page`, `language` and `csrf` alone."""
        template = self._environments[language].get_template(page.template)
        return template.render(page=page, language=language, csrf=csrf)

    async def _frame(self, request: web.Request, ask_who: bool, at: str | None) -> Frame:
        language = page_language(request)
        other: Language = "en" if language == "ar" else "ar"
        session = None
        if self._sessions is not None:
            session = await self._sessions.of(request) if ask_who else known_session(request)
        return Frame(
            language=language,
            direction="rtl" if language == "ar" else "ltr",
            centre_name=self._centre_name().say(language),
            path=request.path,
            other_language=other,
            other_language_url=_address_in(other, request, at),
            staff_name=session.staff.name(language) if session is not None else None,
            csrf=session.csrf if session is not None else None,
            manages_policy=session is not None
            and "manage_policy" in permissions_of_role(session.staff.role),
            is_plain_lan=self._is_plain_lan,
            is_training=self._is_training,
            fault_url=_fault_address(request, at),
        )


def _address_in(language: Language, request: web.Request, at: str | None) -> str:
    """Return where the page is found in a language; only what can be asked for has an address."""
    if at is None and request.method in SAFE_METHODS:
        return str(request.rel_url.update_query(lang=language))
    at = at or "/"
    return f"{at}{'&' if '?' in at else '?'}lang={language}"


def _fault_address(request: web.Request, at: str | None) -> str:
    """Return the form of faults that leads back to this page; what was said once stays unsaid."""
    if at is None and request.method in SAFE_METHODS:
        kept = [(name, value) for name, value in request.query.items() if name != "said"]
        at = str(request.rel_url.with_query(kept))
    return f"/fault?from={quote(at or '/', safe='/')}"


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates on disk; a process reads or compiles each text once."""

    _known: ClassVar[dict[str, tuple[str, CodeType]]] = {}
    """By the template's key: the checksum of its text, and its code."""

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._known.get(bucket.key, (None, None))
        if checksum == bucket.checksum:
            bucket.code = code
            return
        super().load_bytecode(bucket)
        self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        super().dump_bytecode(bucket)
        self._remember(bucket)

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key] = bucket.checksum, bucket.code


def _compiled(cache_dir: Path) -> _Compiled:
    """Return the cache, in a folder named by all that compiled templates depend on but their text.

    It holds code that we run: only its owner may write there.
    """
    name = f"templates-{release()}-jinja2-{version('jinja2')}"
    folder = cache_dir / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _Compiled(str(folder))


@cache
def _messages(locale: Path) -> Messages:
    """Read a catalogue once for all servers of a process: a tenth of a second each."""
    return Messages.load(locale)


def _environment(
    language: Language,
    messages: Messages,
    assets: Assets,
    zone: Callable[[], ZoneInfo],
    templates: Path,
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )

    environment.globals["static"] = assets.url
    environment.globals.update(_speech(language, zone))
    environment.globals.update(_words(language, messages))
    return environment


def _words(language: Language, messages: Messages) -> dict[str, Callable[..., str]]:
    """Return `_("Window {n}", n=5)` and `ngettext("{n} minute", "{n} minutes", 5)`.

    Whole numbers among the values are written in the reader's digits.
    """

    def fill(text: str, values: Mapping[str, object]) -> str:
        if not values:
            return text
        return text.format_map(
            {
                name: l10n.digits(str(value), language) if isinstance(value, int) else value
                for name, value in values.items()
            }
        )

    def gettext(text: str, **values: object) -> str:
        return fill(messages.gettext(language, text), values)

    def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
        return fill(messages.ngettext(language, singular, plural, n), {"n": n, **values})

    return {"_": gettext, "ngettext": ngettext}


def _speech(language: Language, zone: Callable[[], ZoneInfo]) -> dict[str, Callable[..., str]]:
    """Return what templates say numbers and moments with, moments in the centre's zone."""

    def n(value: int) -> str:
        return l10n.digits(str(value), language)

    def local(moment: datetime) -> datetime:
        return moment.astimezone(zone())

    return {
        "n": n,
        "digits": lambda text: l10n.digits(text, language),
        "number": lambda value, decimals=0: l10n.format_number(value, language, decimals=decimals),
        "date": lambda day: l10n.format_date(_day(day, zone()), language),
        "date_words": lambda day: l10n.format_date_words(_day(day, zone()), language),
        "time": lambda moment, seconds=False: l10n.format_time(
            local(moment), language, seconds=seconds
        ),
        "clock": lambda seconds: l10n.format_minutes_seconds(seconds, language),
        "wait": lambda low_s, high_s: l10n.wait_words(low_s, high_s, language),
        "money": lambda piastres: l10n.format_money(piastres, language),
        "iso": lambda moment: moment.astimezone(UTC).isoformat(timespec="seconds"),
    }


def _day(value: date, zone: ZoneInfo) -> date:
    return value.astimezone(zone).date() if isinstance(value, datetime) else value
