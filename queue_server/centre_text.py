"""Writes a centre's file as `shubbak centre show` prints it, to be changed and loaded; pure."""

import json
from collections.abc import Iterator

from queue_server.centre_file import CentreFile, Name


def centre_text(file: CentreFile) -> str:
    """Return the file as people write it."""
    return "\n".join(_lines(file)) + "\n"


def _lines(file: CentreFile) -> Iterator[str]:
    centre = file.centre
    yield "# This centre as it is. Change it and load it: shubbak centre load FILE.toml"
    yield ""
    yield "[centre]"
    yield f"id = {centre.id}"
    yield f"code = {_text(centre.code)}"
    for key in ("name", "unit", "governorate", "short"):
        yield f"{key} = {_both(getattr(centre, key))}"
    yield f"zone = {_text(centre.zone)}"
    yield f"cut_over = {centre.cut_over.isoformat()}"
    yield f"first_number = {centre.first_number}"
    yield ""
    yield "# Until a policy is published; then /admin/policy decides these, and the hours."
    yield "[credit_minutes]"
    for priority, minutes in file.credit_minutes:
        yield f"{priority} = {minutes}"
    for queue in file.queues:
        yield ""
        yield "[[queues]]"
        yield f"code = {_text(queue.code)}"
        yield f"name = {_both(queue.name)}"
        if queue.letter:
            yield f"letter = {_text(queue.letter)}"
    for profile in file.profiles:
        yield ""
        yield "[[profiles]]"
        yield f"code = {_text(profile.code)}"
        yield f"name = {_both(profile.name)}"
        yield f"queues = [{', '.join(map(_text, profile.queues))}]"
        if profile.priority_first:
            yield "priority_first = true"
    for windows in file.windows:
        yield ""
        yield "[[windows]]"
        yield f"numbers = [{', '.join(map(str, windows.numbers))}]"
        yield f"profile = {_text(windows.profile)}"
        if windows.accessible:
            yield "accessible = true"
    yield ""
    yield "# In the order in which citizens see them."
    yield "[services]"
    for code, service in file.services.items():
        yield f"{code} = {{ queue = {_text(service.queue)}, target_s = {service.target_s} }}"


def _both(name: Name) -> str:
    return f"{{ ar = {_text(name.ar)}, en = {_text(name.en)} }}"


def _text(text: str) -> str:
    """Return a basic string: TOML takes the escapes of JSON, and forbids DEL beside them."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
