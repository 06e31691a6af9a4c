"""`/agent/work/{job}/document`: what a workstation prints, over HTTP and with its own token."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import hdrs, web

from core_services.devices.model import Device
from core_services.devices.work import Document
from queue_server.work import WorkOrders


class Documents:
    """Gives each machine the papers of its own open orders, and no other."""

    def __init__(
        self, verify_device: Callable[[str], Awaitable[Device | None]], work: WorkOrders
    ) -> None:
        self._verify_device = verify_device
        self._work = work

    async def endpoint(self, request: web.Request) -> web.StreamResponse:
        """Answer with the document's bytes; 401 without a token, 404 where nothing is ordered."""
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        is_bearer = scheme.lower() == "bearer" and token
        device = await self._verify_device(token.strip()) if is_bearer else None
        if device is None:
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        document = await self._find(device, request.match_info["job"])
        if document is None:
            raise web.HTTPNotFound
        return web.Response(
            body=document.content,
            content_type=document.media_type,
            headers={hdrs.CACHE_CONTROL: "no-store, private"},
        )

    async def _find(self, device: Device, job: str) -> Document | None:
        try:
            order_id = UUID(job)
        except ValueError:
            return None
        return await self._work.document(device, order_id)
