"""How the service calls others: each call that it makes is one call on the wire."""

from __future__ import annotations

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)


class ConnectionBroke(ClientError):
    """The other side was not there, or closed the connection without an answer."""


def outgoing() -> ClientSession:
    """A session for both integrations, with a connection a call.

    A kept connection may be closed just when it is used again, and then a call fails that the other side never saw.
    At the rates of this service a new one each time costs nothing that anybody would notice.
    """
    connector = TCPConnector(limit=0, force_close=True)
    return ClientSession(connector=connector, cookie_jar=DummyCookieJar(), middlewares=[_once])


async def _once(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    # aiohttp repeats a GET by itself after these two errors, also on a new connection. The brief counts calls and
    # wants waits between them, so that has to stay with us: under another name they pass.
    try:
        return await send(request)
    except (ClientOSError, ServerDisconnectedError) as trouble:
        raise ConnectionBroke(type(trouble).__name__) from trouble
