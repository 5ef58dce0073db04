"""The settings that the service reads from its environment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class SettingError(ValueError):
    """A setting that nobody can work with; the text names the setting, never its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the brief calls settings, under shorter names. Secrets stay out of `repr`."""

    data_dir: Path
    clay_url: str = ""
    clay_token: str = field(default="", repr=False)
    clay_rate: float = 10.0
    clay_burst: float = 20.0
    inbound_secret: str = field(default="", repr=False)
    provider_url: str = ""
    provider_key: str = field(default="", repr=False)
    provider_timeout: float = 5.0
    retry_base: float = 0.5

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read them; an empty setting is an unset one. Raises SettingError for a number that is none."""

        def text(name: str) -> str:
            return environment.get(name, "").strip()

        return cls(
            data_dir=Path(text("DATA_DIR") or "data"),
            clay_url=text("CLAY_WEBHOOK_URL"),
            clay_token=text("CLAY_WEBHOOK_AUTH"),
            clay_rate=_number(environment, "CLAY_RATE_PER_SECOND", 10.0, at_least=0.001),
            clay_burst=_number(environment, "CLAY_BURST", 20.0, at_least=1.0),
            inbound_secret=text("CLAY_INBOUND_SECRET"),
            provider_url=text("ENRICH_BASE_URL").rstrip("/"),
            provider_key=text("ENRICH_API_KEY"),
            provider_timeout=_number(environment, "ENRICH_TIMEOUT_SECONDS", 5.0, at_least=0.001),
            retry_base=_number(environment, "RETRY_BASE_SECONDS", 0.5, at_least=0.0),
        )


def _number(environment: Mapping[str, str], name: str, default: float, *, at_least: float) -> float:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        raise SettingError(f"{name} is not a number") from None
    if not math.isfinite(number) or number < at_least:
        raise SettingError(f"{name} must be at least {at_least:g}")
    return number
