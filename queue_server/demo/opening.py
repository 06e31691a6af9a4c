"""Closes the windows that an earlier run left open: in the morning nobody sits there yet."""

from queue_server.demo.api import Api


async def close_windows(api: Api) -> None:
    """End what each window has in hand and close it; raises ApiFailed when that is refused."""
    for window in (await api.get("/windows"))["items"]:
        number, ticket = window["number"], window["ticket"]
        if window["state"] == "closed":
            continue
        if ticket is not None:
            act = "finish" if ticket["state"] == "serving" else "no-show"
            await api.must(f"/tickets/{ticket['id']}/{act}", {"window": number})
        await api.must(f"/windows/{number}/close")
