"""The tools that watch our pages do see what they are for."""

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page

from queue_server.web.problems import Problems
from tests.support.pages import axe, strict_html, watch
from tests.support.site import MakeSite, Site

FAINT = """<!doctype html><html lang="ar" dir="rtl"><head><title>باهت</title></head>
<body><main><h1>عنوان</h1><p style="color:#bbb;background:#fff;font-size:16px">
نص عربي باهت لا يُقرأ بسهولة</p></main></body></html>"""

LEAKY = """<!doctype html><html lang="ar"><head><title>x</title></head><body>
<img src="http://elsewhere.example/pixel.png" alt=""><script>boom()</script></body></html>"""

GOOD = (
    '<!doctype html><html lang="ar" dir="rtl"><head><title>ت</title></head><body>{}</body></html>'
)


async def leaky(request: web.Request) -> web.Response:
    return web.Response(text=LEAKY, content_type="text/html")


def extend(app: web.Application, problems: Problems) -> None:
    app.router.add_get("/leaky", leaky)


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site((), extend)


async def test_axe_sees_faint_arabic_and_leaves_the_page_as_it_was(page: Page) -> None:
    await page.set_content(FAINT)
    found = await axe(page)
    assert [fault for fault in found if fault.startswith("color-contrast")]
    assert "نص عربي" in await page.inner_text("p")


async def test_other_origins_and_inline_scripts_are_noticed(site: Site, browser: Browser) -> None:
    faults: list[str] = []
    context = await browser.new_context()
    try:
        page = await context.new_page()
        watch(page, faults)
        await page.goto(str(site.client.make_url("/leaky")))
    finally:
        await context.close()
    assert any("Content Security Policy" in fault for fault in faults)


async def test_a_request_that_leaves_is_noticed(browser: Browser) -> None:
    faults: list[str] = []
    context = await browser.new_context()
    try:
        page = await context.new_page()
        watch(page, faults)
        await page.route("**/*", lambda route: route.abort())
        await page.set_content('<img src="http://elsewhere.example/pixel.png" alt="">')
    finally:
        await context.close()
    assert faults == ["about:blank asked for http://elsewhere.example/pixel.png"]


@pytest.mark.parametrize(
    "body",
    [
        '<p style="color: red">x</p>',
        "<script>x()</script>",
        '<a href="https://elsewhere.example/">x</a>',
        '<p id="a">x</p><p id="a">y</p>',
        '<input type="text" name="a">',
        '<img src="/a.png">',
        "<p><div>x</div></p>",
        '<button onclick="x()">x</button>',
        "<p>three English words</p>",
    ],
)
def test_a_page_that_breaks_a_rule_is_refused(body: str) -> None:
    strict_html(GOOD.format("<p>x</p>"))
    with pytest.raises(AssertionError):
        strict_html(GOOD.format(body))
