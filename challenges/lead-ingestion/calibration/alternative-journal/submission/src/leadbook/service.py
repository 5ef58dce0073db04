"""How the parts are put together, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

from aiohttp import ClientSession, web

from leadbook import logs
from leadbook.api import Api
from leadbook.courier import Courier
from leadbook.intake import Intake
from leadbook.keeper import Keeper
from leadbook.lookups import LANES as LOOKUP_LANES
from leadbook.lookups import Lookups
from leadbook.outgoing import outgoing
from leadbook.pace import Pace
from leadbook.pushes import LANES as PUSH_LANES
from leadbook.pushes import Pushes
from leadbook.refusals import refusals
from leadbook.settings import Settings


def application(settings: Settings, keeper: Keeper) -> web.Application:
    """The service over an opened keeper, which it closes in the end."""
    app = web.Application(middlewares=[refusals])
    couriers: dict[str, Courier] = {}

    def touched(lead_id: str, effect: str) -> None:
        if effect == "created" and "lookups" in couriers:
            couriers["lookups"].put(lead_id)
        if "pushes" in couriers:
            couriers["pushes"].put(lead_id)

    intake = Intake(keeper, settings, touched)
    Api(keeper, intake, settings).add_to(app)

    async def at_work(_: web.Application) -> AsyncIterator[None]:
        async with outgoing() as session:
            intake.resume()
            couriers.update(_couriers(keeper, session, settings))
            works = [
                asyncio.create_task(run()) for run in (intake.run, *(one.run for one in couriers.values()))
            ]
            for work in works:
                work.add_done_callback(_say_if_broken)
            yield
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
        await keeper.close()

    app.cleanup_ctx.append(at_work)
    return app


def _couriers(keeper: Keeper, session: ClientSession, settings: Settings) -> dict[str, Courier]:
    """The couriers of the integrations that are on, with the errands that a former process left."""
    couriers = {}
    leads = keeper.book.leads.values()
    if settings.provider_url:
        lookups = Lookups(keeper, session, settings)
        couriers["lookups"] = Courier("lookups", lookups.carry, lanes=LOOKUP_LANES)
        lookups.hold = couriers["lookups"].hold
        for lead in leads:
            if lead.lookup is not None:
                couriers["lookups"].put(lead.id, lead.lookup.due)
    if settings.clay_url:
        pushes = Pushes(keeper, session, settings)
        pace = Pace(settings.clay_rate, settings.clay_burst, spent=bool(leads))
        couriers["pushes"] = Courier("pushes", pushes.carry, lanes=PUSH_LANES, pace=pace)
        pushes.hold = couriers["pushes"].hold
        for lead in leads:
            if lead.push is not None:
                couriers["pushes"].put(lead.id, lead.push.due)
    return couriers


async def serve(settings: Settings, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises Occupied, Damaged or OSError when it can't start."""
    # The book holds no cycles and stays for as long as the process does: the collector need not walk through it.
    gc.disable()
    keeper = Keeper(settings.data_dir)
    gc.freeze()
    gc.enable()
    asyncio.get_running_loop().set_exception_handler(_say_what_nobody_caught)
    runner = web.AppRunner(application(settings, keeper), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        logs.say("started", leads=len(keeper.book.leads), imports=len(keeper.book.imports))
        if not settings.inbound_secret:
            logs.say("no_inbound_secret")
        await stop.wait()
    finally:
        await runner.cleanup()
        with contextlib.suppress(OSError):
            logs.say("stopped")


def _say_if_broken(work: asyncio.Task[None]) -> None:
    trouble = None if work.cancelled() else work.exception()
    if trouble is not None:
        logs.say_trouble("worker_stopped", trouble)


def _say_what_nobody_caught(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    trouble = context.get("exception")
    if isinstance(trouble, BaseException):
        logs.say_trouble("task_trouble", trouble)
    else:
        logs.say("loop_warning")
