"""The parts of the program, put together."""

from __future__ import annotations

from leadledger.intake.desk import Desk
from leadledger.logs import note
from leadledger.outbound.clay import Clay
from leadledger.outbound.crew import Crew
from leadledger.outbound.provider import Provider
from leadledger.settings import Settings
from leadledger.storage.database import Database


class LeadLedger:
    """Database, desk and crews of one running program."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.data_dir)
        self._crews: list[Crew] = []
        if settings.provider_on:
            self._crews.append(Provider(settings, self.database).crew)
        if settings.clay_on:
            self._crews.append(Clay(settings, self.database).crew)
        self.desk = Desk(settings, self.database, imported=self._wake)

    def start(self) -> None:
        for crew in self._crews:
            crew.start()
        self.desk.start()
        sides = {"provider": self.settings.provider_on, "clay": self.settings.clay_on}
        note("started", **{name: "on" if on else "off" for name, on in sides.items()})

    def stop(self) -> None:
        """Stop in order; whatever is not done by then is in the database."""
        for crew in self._crews:
            crew.stop()
        self.desk.stop()
        note("stopped")

    def _wake(self) -> None:
        for crew in self._crews:
            crew.wake()
