"""Settings of the service, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that differs between two installations. Times are seconds."""

    data_dir: Path
    clay_webhook_url: str = ""
    clay_webhook_auth: str = ""
    clay_inbound_secret: str = ""
    clay_rate_per_second: float = 10.0
    clay_burst: int = 20
    enrich_base_url: str = ""
    enrich_api_key: str = ""
    enrich_timeout: float = 5.0
    retry_base: float = 0.5

    @property
    def enrichment_is_on(self) -> bool:
        return bool(self.enrich_base_url)

    @property
    def clay_is_on(self) -> bool:
        return bool(self.clay_webhook_url)


def from_environment(env: Mapping[str, str] = os.environ) -> Config:
    """Read the settings; an empty variable counts as unset."""
    return Config(
        data_dir=Path(env.get("DATA_DIR") or "var"),
        clay_webhook_url=env.get("CLAY_WEBHOOK_URL", ""),
        clay_webhook_auth=env.get("CLAY_WEBHOOK_AUTH", ""),
        clay_inbound_secret=env.get("CLAY_INBOUND_SECRET", ""),
        clay_rate_per_second=float(env.get("CLAY_RATE_PER_SECOND") or 10),
        clay_burst=int(env.get("CLAY_BURST") or 20),
        enrich_base_url=env.get("ENRICH_BASE_URL", "").rstrip("/"),
        enrich_api_key=env.get("ENRICH_API_KEY", ""),
        enrich_timeout=float(env.get("ENRICH_TIMEOUT_SECONDS") or 5),
        retry_base=float(env.get("RETRY_BASE_SECONDS") or 0.5),
    )
