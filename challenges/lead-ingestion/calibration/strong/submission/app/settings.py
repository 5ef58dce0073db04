"""Settings, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting can't be used; the message names it, never its value (it may be a secret)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set. Times are in seconds; an empty URL switches that integration off."""

    data_dir: Path = Path("data")
    clay_webhook_url: str = ""
    clay_webhook_auth: str = ""
    clay_inbound_secret: str = ""
    clay_rate_per_second: float = 10.0
    clay_burst: int = 20
    enrich_base_url: str = ""
    enrich_api_key: str = ""
    enrich_timeout_seconds: float = 5.0
    retry_base_seconds: float = 0.5


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that `environment` holds. Raises SettingsError for a number that is none."""
    return Settings(
        data_dir=Path(environment.get("DATA_DIR") or "data"),
        clay_webhook_url=environment.get("CLAY_WEBHOOK_URL", "").strip(),
        clay_webhook_auth=environment.get("CLAY_WEBHOOK_AUTH", ""),
        clay_inbound_secret=environment.get("CLAY_INBOUND_SECRET", ""),
        clay_rate_per_second=_number(environment, "CLAY_RATE_PER_SECOND", 10.0),
        clay_burst=max(1, int(_number(environment, "CLAY_BURST", 20.0))),
        enrich_base_url=environment.get("ENRICH_BASE_URL", "").strip().rstrip("/"),
        enrich_api_key=environment.get("ENRICH_API_KEY", ""),
        enrich_timeout_seconds=_number(environment, "ENRICH_TIMEOUT_SECONDS", 5.0),
        retry_base_seconds=_number(environment, "RETRY_BASE_SECONDS", 0.5),
    )


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingsError(f"{name} is not a number.") from None
    if not 0 < value < float("inf"):
        raise SettingsError(f"{name} must be more than 0.")
    return value
