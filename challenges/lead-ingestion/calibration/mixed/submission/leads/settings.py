"""All settings come from the environment. Read once at start."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Settings:
    data_dir: Path
    clay_webhook_url: str
    clay_webhook_auth: str
    clay_inbound_secret: str
    enrich_base_url: str
    enrich_api_key: str
    enrich_timeout: float
    retry_base: float

    @classmethod
    def from_env(cls) -> "Settings":
        env = os.environ
        return cls(
            data_dir=Path(env.get("DATA_DIR") or "local-data"),
            clay_webhook_url=env.get("CLAY_WEBHOOK_URL", ""),
            clay_webhook_auth=env.get("CLAY_WEBHOOK_AUTH", ""),
            clay_inbound_secret=env.get("CLAY_INBOUND_SECRET", ""),
            enrich_base_url=env.get("ENRICH_BASE_URL", "").rstrip("/"),
            enrich_api_key=env.get("ENRICH_API_KEY", ""),
            enrich_timeout=float(env.get("ENRICH_TIMEOUT_SECONDS") or 5),
            retry_base=float(env.get("RETRY_BASE_SECONDS") or 0.5),
        )
