"""python -m leadbook: read the settings, serve until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from leadbook import logs
from leadbook.journal import Damaged
from leadbook.keeper import Occupied
from leadbook.service import serve
from leadbook.settings import SettingError, Settings


def main(words: list[str] | None = None) -> int:
    """Run the service; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m leadbook", description="A book of leads over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    chosen = parser.parse_args(words)
    logs.set_up()
    try:
        settings = Settings.from_environment(os.environ)
        asyncio.run(_until_stopped(settings, chosen.host, chosen.port))
    except (SettingError, Occupied, Damaged) as trouble:
        logs.say("cannot_start", reason=str(trouble))
        return 2
    return 0


async def _until_stopped(settings: Settings, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, host, port, stop)


if __name__ == "__main__":
    sys.exit(main())
