"""Start the service: `python -m leadledger`, with its settings in the environment."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from leadledger.assembly import LeadLedger
from leadledger.logs import set_up_logs
from leadledger.settings import SettingsError, read_settings
from leadledger.web.app import create_app
from leadledger.web.server import make_server


def main() -> int:
    set_up_logs()
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"leadledger: {error}\n")
        return 2
    leadledger = LeadLedger(settings)
    server = make_server(create_app(leadledger), settings.port)
    signal.signal(signal.SIGTERM, _leave)
    leadledger.start()
    try:
        server.run()
    finally:
        leadledger.stop()
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
