"""Settings, read once from the environment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting can't be used; the text names the setting, never its value."""


@dataclass(frozen=True)
class Settings:
    port: int
    data_dir: Path
    clay_url: str = ""
    clay_token: str = ""
    clay_rate: float = 10.0
    clay_burst: float = 20.0
    clay_timeout: float = 10.0
    inbound_secret: str = ""
    provider_url: str = ""
    provider_key: str = ""
    provider_timeout: float = 5.0
    retry_base: float = 0.5

    @property
    def clay_on(self) -> bool:
        return bool(self.clay_url)

    @property
    def provider_on(self) -> bool:
        return bool(self.provider_url)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment. An empty value counts as unset."""

    def text(name: str, default: str = "") -> str:
        return environment.get(name, "").strip() or default

    def number(name: str, default: str, *, least: float = 0.0) -> float:
        try:
            value = float(text(name, default))
        except ValueError:
            raise SettingsError(f"{name} is not a number.") from None
        if not math.isfinite(value) or value < least:
            raise SettingsError(f"{name} is out of range.")
        return value

    tiny = 1e-6  # A rate or a timeout of zero would mean: never.
    return Settings(
        port=int(number("PORT", "8000")),
        data_dir=Path(text("DATA_DIR", "data")),
        clay_url=text("CLAY_WEBHOOK_URL"),
        clay_token=text("CLAY_WEBHOOK_AUTH"),
        clay_rate=number("CLAY_RATE_PER_SECOND", "10", least=tiny),
        clay_burst=number("CLAY_BURST", "20"),
        inbound_secret=text("CLAY_INBOUND_SECRET"),
        provider_url=text("ENRICH_BASE_URL").rstrip("/"),
        provider_key=text("ENRICH_API_KEY"),
        provider_timeout=number("ENRICH_TIMEOUT_SECONDS", "5", least=tiny),
        retry_base=number("RETRY_BASE_SECONDS", "0.5"),
    )
