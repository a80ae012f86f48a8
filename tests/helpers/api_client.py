"""Calls the API's application without a socket, and bodies to send there."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette

CAPPING: dict[str, Any] = {
    "url": "https://api.example.org/data/2.5/*",
    "methods": ["GET"],
    "services": {"dataSource": {"maxHttpConnections": 50, "rating": {"maxCallsCount": 500, "periodInMs": 1000}}},
}
THROTTLING: dict[str, Any] = {"urlPattern": "https://api.example.org/*", "methods": ["POST"], "maxThroughput": 4000}
JOURNEY = {
    "format": "sojourn/1",
    "events": [{"name": "E", "type": "system", "event_id": "e-1", "fields": {"id": "string"}, "key": "@{E.id}"}],
    "actions": [
        {
            "name": "Call",
            "url": "https://example.com/",
            "auth": {"type": "api_key", "name": "k", "value": "canary-key", "in": "query"},
            "body": {},
        }
    ],
    "journey": {
        "name": "J",
        "version": 1,
        "properties": {"time_zone": "UTC"},
        "activities": [
            {"id": "in", "type": "event", "event": "E"},
            {"id": "call", "type": "action", "action": "Call"},
            {"id": "end", "type": "end"},
        ],
        "edges": [{"from": "in", "to": "call"}, {"from": "call", "to": "end"}],
    },
}


class Client:
    """Calls the application without a socket."""

    def __init__(self, app: Starlette, token: str = "") -> None:
        self._app = app
        self._token = token

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def call() -> httpx.Response:
            headers = {"Authorization": f"Bearer {self._token}", **more.pop("headers", {})}
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
                return await client.request(method, path, **more)

        return asyncio.run(call())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)
