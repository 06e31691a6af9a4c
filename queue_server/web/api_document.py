"""The API's document as it is committed in `docs/openapi.json` and served to programs."""

import json

from queue_server.routes import OPERATIONS
from queue_server.web.openapi import openapi_document


def api_document_text() -> str:
    """Return the OpenAPI document as indented JSON with a final newline."""
    return json.dumps(openapi_document(OPERATIONS), ensure_ascii=False, indent=2) + "\n"
