"""`/ca.crt`: the centre's CA, for browsers and phones that are to believe this server.

It holds no secret. Whoever takes it over a line that nobody vouches for yet compares its
fingerprint with the one that `shubbak tls show` says.
"""

import asyncio
from pathlib import Path

from aiohttp import web


def install_ca_file(app: web.Application, path: Path) -> None:
    """Serve the file where it exists; a centre with certificates of another CA has none."""

    async def ca(_request: web.Request) -> web.Response:
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError:
            raise web.HTTPNotFound from None
        return web.Response(
            body=content,
            content_type="application/x-x509-ca-cert",
            headers={"Content-Disposition": 'attachment; filename="shubbak-ca.crt"'},
        )

    app.router.add_get("/ca.crt", ca)
