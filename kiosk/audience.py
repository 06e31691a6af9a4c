"""The pages that show the kiosk's screen: told that something changed, each at its own pace."""

import asyncio


class Viewer:
    """One open page; changes while it is busy are one change."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._changed.set()

    def wake(self) -> None:
        self._changed.set()

    async def next(self) -> None:
        """Return when there is something new to show; at once for a new page."""
        await self._changed.wait()
        self._changed.clear()


class Audience:
    """All open pages."""

    def __init__(self) -> None:
        self._viewers: set[Viewer] = set()

    def __len__(self) -> int:
        return len(self._viewers)

    def join(self) -> Viewer:
        viewer = Viewer()
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)

    def wake(self) -> None:
        """Something changed: every page shows it."""
        for viewer in self._viewers:
            viewer.wake()
