"""The ways in which attacks are tried, by name; and the weak variants, each without one defence, for contrasts."""

from __future__ import annotations

import attack_calling
import attack_client
import attack_fetching
import attack_grading
import attack_install
import attack_probe
import attack_reading
import attack_rooms
import attack_views
from attack_ground import Way

WAYS: dict[str, Way] = {
    "grading": attack_grading.grading,
    "probe": attack_probe.probe,
    "fetching": attack_fetching.fetching,
    "reading": attack_reading.reading,
    "parsing": attack_reading.parsing,
    "viewing": attack_views.viewing,
    "client": attack_client.client,
    "installing": attack_install.installing,
    "proxy": attack_client.proxying,
    "calling": attack_calling.calling,
}
ON_THE_ENGINE = frozenset({"grading", "probe", "installing"})
"""Ways that need a container engine; the others are plain."""

WEAK: dict[str, Way] = {
    name: way
    for module in (
        attack_calling,
        attack_client,
        attack_fetching,
        attack_grading,
        attack_install,
        attack_probe,
        attack_reading,
        attack_views,
        attack_rooms,
    )
    for name, way in module.WEAK.items()
}
