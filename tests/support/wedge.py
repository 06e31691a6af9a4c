"""A scanner that types into a browser: real key events, in the signs of an Arabic keyboard."""

import asyncio
from typing import Final

from playwright.async_api import Page

_ROWS: Final = (
    (
        "Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal",
        "1234567890-=",
        "!@#$%^&*()_+",
        "1234567890-=",
    ),
    (
        "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight",
        "qwertyuiop[]",
        "QWERTYUIOP{}",
        "ضصثقفغعهخحجد",
    ),
    (
        "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote",
        "asdfghjkl;'",
        'ASDFGHJKL:"',
        "شسيبلاتنمكط",
    ),
    (
        "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash",
        "zxcvbnm,./",
        "ZXCVBNM<>?",
        "ئءؤرىةوزظ/",
    ),
)
"""Places, then what a US keyboard writes there, alone and with Shift, then what an Arabic one does
(the English digits of its upper row are what Windows in Egypt gives)."""

KEYS: Final[dict[str, tuple[str, bool, str]]] = {
    sign: (code, is_shifted, arabic)
    for codes, plain, shifted, layout in _ROWS
    for row, is_shifted in ((plain, False), (shifted, True))
    for code, sign, arabic in zip(codes.split(), row, layout, strict=True)
}
SHIFT: Final = 8
"""The modifier's bit in the protocol of Chromium's tools."""


_IN_ONE_BREATH: Final = """
(keys) => {
  for (const [type, code, key, shiftKey] of keys) {
    const target = document.activeElement || document.body;
    target.dispatchEvent(
      new KeyboardEvent(type, { code, key, shiftKey, bubbles: true, cancelable: true }));
  }
}
"""


async def type_in_one_breath(page: Page, text: str, *, end: str | None = "Enter") -> None:
    """The same without the time that the protocol takes on a busy machine: for pages where a hand
    types too, and where a scanner is known by its speed."""
    keys: list[tuple[str, str, str, bool]] = []
    for sign in text:
        code, is_shifted, arabic = KEYS[sign]
        keys += [("keydown", code, arabic, is_shifted), ("keyup", code, arabic, is_shifted)]
    if end is not None:
        keys += [("keydown", end, end, False), ("keyup", end, end, False)]
    await page.evaluate(_IN_ONE_BREATH, keys)


async def type_like_a_scanner(page: Page, text: str, *, end: str | None = "Enter") -> None:
    """Type a code as fast as the line allows, on a machine whose layout is Arabic."""
    session = await page.context.new_cdp_session(page)
    events: list[dict[str, object]] = []
    for sign in text:
        code, is_shifted, arabic = KEYS[sign]
        if is_shifted:
            events.append(
                {"type": "rawKeyDown", "code": "ShiftLeft", "key": "Shift", "modifiers": SHIFT}
            )
        key = {"code": code, "key": arabic, "modifiers": SHIFT if is_shifted else 0}
        events += [{"type": "keyDown", "text": arabic, **key}, {"type": "keyUp", **key}]
        if is_shifted:
            events.append({"type": "keyUp", "code": "ShiftLeft", "key": "Shift"})
    if end is not None:
        key = {"code": end, "key": end, "windowsVirtualKeyCode": 13 if end == "Enter" else 9}
        text_of = {"text": "\r"} if end == "Enter" else {}
        events += [{"type": "keyDown", **text_of, **key}, {"type": "keyUp", **key}]
    await asyncio.gather(*(session.send("Input.dispatchKeyEvent", each) for each in events))
    await session.detach()
