"""A whole kiosk: its page touched over a socket, a printer in software, a server that answers."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import aiohttp
import pytest

from core_services.link.answer_frames import Refused
from core_services.link.citizen_frames import Help, Issue
from core_services.link.cut_off_frames import Abandon
from core_services.link.greeting_frames import Hello
from core_services.link.hall_frames import Down
from core_services.link.slip_frames import Paper, Reprint
from drivers.printers.journal import Journal
from kiosk.shell import Shell
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.kiosk import hall, services, ticket
from tests.support.kiosk_scene import (
    BRISK,
    CLOCK,
    NEXT_EPOCH,
    until_printer,
    until_settled,
    until_slips,
)
from tests.support.kiosk_scene import glass as glass
from tests.support.kiosk_scene import kiosk as kiosk
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
)
from tests.support.pages import strict_fragment, strict_html


async def test_a_touch_becomes_one_ticket_one_slip_and_one_word(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await glass.touch("take")
    face = await glass.until_paper("printed")
    await until_slips(printer, 1)
    await server.until(lambda: server.words() == ["done"])
    assert face.number is not None
    assert (face.number.label, face.number.display_label) == ("142", "١٤٢")
    assert len(server.frames(Issue)) == 1
    (word,) = server.frames(Paper)
    assert isinstance(word, Paper)
    assert word.confirmed_by == "echo"
    await until_settled(kiosk, server)
    await glass.touch("finish")
    await glass.until_step("home")
    assert len(printer.slips) == 1


async def test_the_clock_on_the_glass_is_the_centres_and_not_the_machines(
    kiosk: RunningKiosk, glass: Glass
) -> None:
    """This machine's clock is nowhere near the server's morning."""
    await glass.until(lambda face: "take" in face.touches)
    assert kiosk.kiosk.local_time().date() == date(2026, 11, 22)
    assert "٢٢ نوفمبر" in glass.face.html
    assert kiosk.kiosk.flow.today == date(2026, 11, 22)


async def test_three_taps_are_one_key(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "ready")
        await glass.until(lambda face: "take" in face.touches)
        for _ in range(3):
            await glass.touch("take")
        await glass.until_paper("printed")
        await server.until(lambda: server.words() == ["done"])
    assert len(server.frames(Issue)) == 1
    assert len(printer.slips) == 1


async def test_a_kiosk_says_whether_its_glass_is_lit_once_it_was(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    def glasses() -> list[str | None]:
        return [status.glass for status in server.statuses]

    async with running_kiosk(server.url, tmp_path, CLOCK, shell) as running:
        await server.until(lambda: glasses()[-1:] == [None])
        async with looking_at(running):
            await server.until(lambda: glasses()[-1] == "lit")
        await server.until(lambda: glasses()[-1] == "dark")
    so_far = len(glasses())
    async with running_kiosk(server.url, tmp_path, CLOCK, shell):
        await server.until(lambda: glasses()[so_far:][:1] == ["dark"])


async def test_the_command_says_service_priority_and_language(
    server: KioskServer, glass: Glass
) -> None:
    for name in ("language", "services", "group:1", "service:203", "take:disability"):
        await glass.until(lambda face, name=name: name in face.touches)  # type: ignore[misc]
        await glass.touch(name)
    await glass.until_step("number")
    (command,) = server.frames(Issue)
    assert isinstance(command, Issue)
    assert (command.service, command.priority, command.language) == ("203", "disability", "en")


async def test_several_requests_are_asked_for_again_by_the_same_key_and_stand_on_the_glass(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.answers_issue = False
    for name in ("services", "group:1", "service:203", "requests:several"):
        await glass.until(lambda face, name=name: name in face.touches)  # type: ignore[misc]
        await glass.touch(name)
    await glass.until(lambda face: 'aria-pressed="true"><bdi>٢–٣' in face.html)
    await glass.touch("take")
    await server.until(lambda: len(server.frames(Issue)) == 1)
    server.answers_issue = True
    server.cut()
    face = await glass.until_paper("printed")
    strict_fragment(face.html)
    assert "عدد الطلبات: <bdi>٣</bdi>" in face.html
    first, *again = server.frames(Issue)
    assert isinstance(first, Issue)
    assert (first.service, first.requests) == ("203", 3)
    assert again != []
    assert all(each == first for each in again)


async def test_more_requests_than_the_policy_allows_by_now_become_one(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.requests_at_most = 1
    for name in ("services", "group:1", "service:203", "requests:more", "take"):
        await glass.until(lambda face, name=name: name in face.touches)  # type: ignore[misc]
        await glass.touch(name)
    face = await glass.until_step("notice")
    strict_fragment(face.html)
    assert "الرقم الواحد هنا لطلبات أقل من ذلك الآن." in face.html
    assert "خُذ رقمًا لطلب واحد</button>" in face.html
    assert kiosk.outbox.keys_in_flight() == []
    await glass.touch("retry")
    face = await glass.until_step("number")
    assert "عدد الطلبات" not in face.html
    commands = [each for each in server.frames(Issue) if isinstance(each, Issue)]
    assert [each.requests for each in commands] == [3, 1]
    assert len({each.key for each in commands}) == 2


async def test_without_paper_no_byte_leaves_and_the_number_can_be_kept(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    await glass.touch("take")
    await glass.until_paper("not_printed")
    await glass.touch("kept")
    await glass.until_paper("kept")
    await server.until(lambda: server.words() == ["kept"])
    printer.change(paper="ok")
    await until_printer(kiosk, "ready")
    await until_settled(kiosk, server)
    assert printer.slips == []
    assert server.words() == ["kept"]


async def test_without_paper_and_without_a_touch_the_number_is_void(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    await glass.touch("take")
    await glass.until_paper("not_printed")
    await glass.until_step("notice")
    await server.until(lambda: server.words() == ["void"])
    printer.change(paper="ok")
    await until_printer(kiosk, "ready")
    await glass.touch("home")
    await glass.until(lambda face: "take" in face.touches)
    await glass.touch("take")
    await glass.until_paper("printed")
    await server.until(lambda: server.words() == ["void", "done"])
    assert len(printer.slips) == 1


async def test_the_void_comes_after_twenty_seconds_and_not_before(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    clock = ManualClock()
    async with (
        running_kiosk(server.url, tmp_path, clock, shell) as running,
        looking_at(running) as glass,
    ):
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        await glass.until_paper("not_printed")
        for _ in range(19):
            await clock.advance(1)
        assert running.kiosk.flow.slip is not None
        await clock.advance(1)
        await glass.until_step("notice")

        async def is_told() -> bool:
            await clock.advance(0.5)
            return server.words() == ["void"]

        await eventually(is_told)


async def test_paper_that_ends_while_printing_is_held_and_then_done(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(bytes_per_s=30_000)
    await glass.touch("take")
    await glass.until_paper("printing")

    async def has_begun() -> bool:
        return kiosk.kiosk.flow.slip is not None and kiosk.kiosk.flow.slip.state == "sending"

    await eventually(has_begun)
    printer.change(paper="out")
    await glass.until_paper("unsure")
    await server.until(lambda: server.words() == ["held"])
    printer.change(paper="ok", bytes_per_s=0)
    await server.until(lambda: server.words() == ["held", "done"])
    assert len(printer.slips) == 1


async def test_a_power_cut_of_the_printer_leaves_the_slip_unknown_and_never_void(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(bytes_per_s=20_000)
    await glass.touch("take")

    async def has_begun() -> bool:
        return kiosk.kiosk.flow.slip is not None and kiosk.kiosk.flow.slip.state == "sending"

    await eventually(has_begun)
    await asyncio.sleep(0.05)
    printer.change(power="cycle", bytes_per_s=0)
    await server.until(lambda: bool(server.words()))
    assert set(server.words()) <= {"unknown", "held"}
    await until_printer(kiosk, "ready")
    await glass.until_paper("unsure")
    await glass.touch("kept")
    await server.until(lambda: "kept" in server.words())
    assert printer.slips == []


async def test_a_command_without_an_answer_is_abandoned_and_its_late_ticket_ignored(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.answers_issue = False
    await glass.touch("take")
    await glass.until_step("issuing")
    await glass.until_step("notice")
    (command,) = server.frames(Issue)
    assert isinstance(command, Issue)
    await server.until(lambda: server.frames(Abandon) == [Abandon(key=command.key)])
    await server.answer(command)
    server.answers_issue = True
    await glass.touch("retry")
    face = await glass.until_paper("printed")
    assert face.number is not None
    assert face.number.label == "143"
    await server.until(lambda: server.words() == ["done"])
    assert len(printer.slips) == 1
    assert sorted(server.states.values()) == ["void", "waiting/done"]
    assert kiosk.outbox.keys_in_flight() == []


async def test_a_key_is_abandoned_on_disk_before_the_screen_says_so(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.answers_issue = False
    server.settles = False
    await glass.touch("take")
    await glass.until_step("notice")
    (word,) = kiosk.outbox.unsettled(server.epoch)
    assert isinstance(word.frame, Abandon)


async def test_a_line_that_breaks_while_issuing_asks_again_by_the_same_key(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    server.answers_issue = False
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as running,
        looking_at(running) as glass,
    ):
        await until_printer(running, "ready")
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        await server.until(lambda: len(server.frames(Issue)) == 1)
        server.answers_issue = True
        server.cut()
        await glass.until_paper("printed")
    first, *again = server.frames(Issue)
    assert again != []
    assert all(each == first for each in again)
    assert len(server.tickets) == 1
    assert len(printer.slips) == 1


async def test_a_refused_command_shows_what_to_do(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.refuses_issue = 409
    await glass.touch("take")
    face = await glass.until_step("notice")
    assert "تعذّر إصدار الرقم." in face.html
    assert kiosk.outbox.keys_in_flight() == []
    assert server.frames(Abandon) == []


async def test_words_wait_for_a_server_that_is_away(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    printer.change(paper="out")
    await until_printer(kiosk, "not_ready")
    await glass.touch("take")
    await glass.until_paper("not_printed")
    await server.stop()
    await glass.touch("kept")
    await glass.until_paper("kept")
    assert server.words() == []
    await server.start()
    await server.until(lambda: server.words() == ["kept"])
    await until_settled(kiosk, server)


async def test_words_are_offered_again_to_a_restored_server(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    await glass.touch("take")
    await glass.until_paper("printed")
    await server.until(lambda: server.words() == ["done"])
    await until_settled(kiosk, server)
    server.cut()
    await server.until(lambda: server.connections == 2)
    server.epoch = NEXT_EPOCH
    server.cut()
    await server.until(lambda: server.words() == ["done", "done"])


async def test_a_copy_that_the_desk_orders_is_printed_once_with_its_mark(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    await glass.touch("take")
    await glass.until_paper("printed")
    await server.until(lambda: server.words() == ["done"])
    (issued,) = server.tickets.values()
    await glass.touch("finish")
    for _ in range(3):
        await server.send(Reprint(job="reprint-1", ticket=issued))
    await server.until(lambda: server.words() == ["done", "done"])
    await server.send(Reprint(job="reprint-1", ticket=issued))
    await server.send(Reprint(job="reprint-2", ticket=issued))
    await server.until(lambda: server.words() == ["done"] * 3)
    first, copy, another = printer.slips
    assert copy.height > first.height
    assert another.tobytes() == copy.tobytes()
    await glass.until_step("home")


async def test_a_copy_of_a_ticket_from_elsewhere_is_printed_too(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk
) -> None:
    elsewhere = ticket(150)
    await server.send(Reprint(job="reprint-9", ticket=elsewhere))
    await server.until(lambda: server.words() == ["done"])
    (word,) = server.frames(Paper)
    assert isinstance(word, Paper)
    assert word.ticket == elsewhere.id
    assert len(printer.slips) == 1


async def test_without_a_printer_the_number_is_on_the_screen(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, patience=BRISK) as running,
        looking_at(running) as glass,
    ):
        await glass.until(lambda face: "take" in face.touches)
        await glass.touch("take")
        face = await glass.until_paper("not_printed")
        assert "لم تُطبع الورقة. رقمك ١٤٢، قُل الرقم لموظف الاستقبال ليطبعه لك." in face.html
        await server.send(Reprint(job="reprint-1", ticket=ticket(99)))
        await server.until(lambda: "failed" in server.words())
        await server.until(lambda: any(each.printer == "absent" for each in server.statuses))


async def test_help_reaches_the_hall_or_says_that_it_did_not(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.settles = False
    await glass.touch("help")
    face = await glass.until(lambda face: "جارٍ إبلاغ الموظفين…" in face.html)
    assert "أبلغنا الموظفين" not in face.html
    face = await glass.until(lambda face: "لم يصل طلب المساعدة" in face.html)
    assert "help" in face.touches
    server.settles = True
    await glass.touch("help")
    face = await glass.until(lambda face: "help" not in face.touches)
    assert "أبلغنا الموظفين" in face.html
    await server.until(lambda: server.frames(Help) == [Help(), Help()])
    kiosk.kiosk.flow = replace(kiosk.kiosk.flow, help="none")
    await server.stop()
    await glass.until(lambda face: "take" not in face.touches)
    await glass.touch("help")
    await glass.until(lambda face: "لم يصل طلب المساعدة" in face.html)


async def test_a_call_for_help_that_the_server_refuses_is_not_promised(
    server: KioskServer, glass: Glass
) -> None:
    server.settles = False
    await glass.touch("help")
    await server.until(lambda: len(server.frames(Help)) == 1)
    await server.send(Refused(key="help", problem={"status": 429}))
    await glass.until(lambda face: "لم يصل طلب المساعدة" in face.html)


async def test_the_hall_is_shown_as_it_changes_and_hidden_without_a_server(
    server: KioskServer, glass: Glass
) -> None:
    await server.show(hall(2, waiting=27, services=None))
    await glass.until(lambda face: "٢٧" in face.html)
    await server.show(hall(3, issuing=False, services=None))
    face = await glass.until(lambda face: "take" not in face.touches)
    assert "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته." in face.html
    await server.stop()
    face = await glass.until(lambda face: "تعذّر الاتصال" in face.html)
    assert "في الانتظار الآن" not in face.html
    assert "الأسبق حضورًا أولًا." in face.html
    server.hall = hall(4)
    await server.start()
    await glass.until(lambda face: "take" in face.touches)


async def test_the_kiosk_names_itself_and_its_printer_to_the_server(
    server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, glass: Glass
) -> None:
    hello = server.heard[0]
    assert isinstance(hello, Hello)
    assert (hello.device, hello.journal_id) == ("K1", kiosk.outbox.journal_id)
    printer.change(cover="open")
    await server.until(lambda: any(each.cover == "open" for each in server.statuses))
    assert server.statuses[-1].printer == "not_ready"
    printer.change(cover="closed")
    await server.until(lambda: server.statuses[-1].printer == "ready")
    await glass.touch("take")
    await server.until(lambda: server.words() == ["done"])
    await server.until(lambda: server.statuses[-1].jobs == {"done": 1})


async def test_the_jobs_told_are_those_of_this_business_day(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    clock = ManualClock(datetime(2026, 11, 22, 0, 30, tzinfo=UTC))
    with Journal(tmp_path / "print-journal.sqlite3", clock) as journal:
        journal.add("of-yesterday", b"data", b"copy")
        clock._elapsed += 1800
        journal.add("of-today", b"data", b"copy")
    async with running_kiosk(
        server.url, tmp_path, clock, shell, printer="tcp://127.0.0.1:9"
    ) as running:
        assert running.kiosk._status().jobs == {"queued": 1}


async def test_the_page_is_sound_html_in_every_step(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    server.public_url = "https://q.kfs.example.eg"
    async with aiohttp.ClientSession() as session:

        async def check(step: str) -> None:
            face = await glass.until_step(step)
            strict_fragment(face.html)
            async with session.get(kiosk.url) as answer:
                assert answer.status == 200
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
                root = strict_html(await answer.text())
            touchable = {
                element.get("data-touch")
                for element in root.iter("button")
                if element.get("disabled") is None
            }
            assert touchable == set(face.touches)

        await check("home")
        for name, step in (
            ("services", "groups"),
            ("group:0", "services"),
            ("service:101", "card"),
            ("requests:more", "card"),
            ("language", "card"),
            ("take", "number"),
        ):
            await glass.touch(name)
            await check(step)


async def test_a_card_says_what_is_free_and_which_papers_are_only_usual(glass: Glass) -> None:
    await glass.until(lambda face: "services" in face.touches)
    for name in ("services", "group:0", "next", "service:110"):
        await glass.touch(name)
    face = await glass.until_step("card")
    strict_fragment(face.html)
    assert "الرسم: مجانًا" in face.html
    assert "تأمين يُرد بعد رد الشيء لأصله" in face.html
    assert "هذه قائمة معتادة، راجعها مع الاستقبال." in face.html
    await glass.touch("language")
    face = await glass.until(lambda face: face.language == "en")
    assert "Fee: free of charge" in face.html
    assert "A deposit, returned after reinstatement" in face.html
    assert "This is the usual list. Check it with reception." in face.html
    for name in ("back", "service:109"):
        await glass.touch(name)
    face = await glass.until(lambda face: "Calculation of the value" in face.html)
    assert "usual list" not in face.html
    assert "Fee: set after inspection" in face.html


async def test_the_page_answers_only_this_machine(kiosk: RunningKiosk) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(kiosk.url, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        for nonsense in ("a:b:c", "127.0.0.1:port", "127.0.0.1:99999"):
            async with session.get(kiosk.url, headers={"Host": nonsense}) as answer:
                assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{kiosk.url}/ws", origin="http://evil.example")
        async with session.get(f"{kiosk.url}/static/../settings.py") as answer:
            assert answer.status == 404
        async with session.get(f"{kiosk.url}/healthz") as answer:
            assert (await answer.json())["printer"] == "ready"
        async with session.get(f"{kiosk.url}/closed") as answer:
            strict_html(await answer.text())


async def test_nonsense_from_a_page_is_ignored(server: KioskServer, glass: Glass) -> None:
    for text in ("", "{", "[]", '{"touch": 7}', '{"touch": "take:everything"}', '{"touch": ""}'):
        await glass.send(text)
    await glass.touch("take")
    await glass.until_step("number")
    assert len(server.frames(Issue)) == 1


async def test_what_is_down_is_shown_kept_when_cut_off_and_gone_when_it_works_again(
    server: KioskServer, kiosk: RunningKiosk, glass: Glass
) -> None:
    down = Down(reason="network", since=datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    cards = [
        card.model_copy(update={"down": down}) if card.code == "101" else card
        for card in services()
    ]
    await server.show(hall(2, services=cards, payment_down=down))
    await glass.until(lambda face: "متوقف الآن: رخصة بناء جديدة." in face.html)
    assert "الدفع الإلكتروني متوقف الآن." in glass.face.html
    server.cut()
    await glass.until(lambda face: "take" not in face.touches)
    assert "متوقف الآن: رخصة بناء جديدة." in glass.face.html
    server.hall = hall(3)
    await glass.until(lambda face: "take" in face.touches and "متوقف الآن" not in face.html)
    strict_fragment(glass.face.html)


async def test_a_kiosk_that_starts_without_a_server_says_what_it_was_told_last(
    server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    down = Down(reason="network", since=datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    cards = [
        card.model_copy(update={"down": down}) if card.code == "101" else card
        for card in services()
    ]
    async with (
        running_kiosk(server.url, tmp_path, CLOCK, shell, patience=BRISK) as running,
        looking_at(running) as page,
    ):
        await page.until(lambda face: "take" in face.touches)
        await server.show(hall(2, services=cards, payment_down=down))
        await page.until(lambda face: "متوقف الآن: رخصة بناء جديدة." in face.html)
    async with (
        running_kiosk("http://127.0.0.1:9", tmp_path, CLOCK, shell, patience=BRISK) as running,
        looking_at(running) as page,
    ):
        await page.until(lambda face: "متوقف الآن: رخصة بناء جديدة." in face.html)
        assert "الدفع الإلكتروني متوقف الآن." in page.face.html
        assert "لا يتقدّم عليك من حضر بعدك" in page.face.html
        assert "services" in page.face.touches
        assert "take" not in page.face.touches
        assert "١٢" not in page.face.html.partition("<main")[2]
        strict_fragment(page.face.html)
