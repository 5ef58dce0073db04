"""Stops, kills, torn journals, snapshots and full disks."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from conftest import Outside, Running, Start, reply, until

from leadbook import logs
from leadbook.__main__ import main
from leadbook.journal import Damaged
from leadbook.keeper import Keeper, Occupied
from leadbook.service import serve
from leadbook.settings import SettingError, Settings

FILE = "email,company\nkim@a.example,Acorn\nbad,x\nsam@a.example,Birch\n"


async def test_everything_is_there_again(start: Start, outside: Outside) -> None:
    outside.tell("lookup", "kim@a.example", reply(200, {"title": "CTO"}))
    before = await start(online=True)
    one = await before.imported(FILE, key="k")
    kim = await before.settled("kim@a.example")
    sam = await before.settled("sam@a.example")
    body = {"lead_id": kim["id"], "delivery_id": "d", "enriched_at": "2026-05-01T12:00:00Z", "phone": "1"}
    await before.deliver(body)
    kim = await before.lead("kim@a.example")
    await before.stop()

    after = await start(online=True)
    assert (await after.lead("kim@a.example"), await after.lead("sam@a.example")) == (kim, sam)
    assert (await after.get(f"/imports/{one['id']}"))[1] == one
    assert await after.upload(FILE, key="k") == (202, {"id": one["id"]})
    assert await after.deliver(body) == (200, {"status": "duplicate"})
    assert len(outside.about("push")) == 2


async def test_snapshots_keep_everything_and_let_old_journals_go(start: Start, tmp_path: Path) -> None:
    before = await start(journal_limit=2000)
    for number in range(30):
        await before.imported(
            f"email,company\np{number}@a.example,Acorn\nkim@a.example,C{number}\nbad,x\n", key=f"k{number}"
        )
    kim = await before.lead("kim@a.example")
    body = {"lead_id": kim["id"], "delivery_id": "d", "enriched_at": "2026-05-01T12:00:00Z", "phone": "1"}
    await before.deliver(body)
    await before.imported("email\n" + "".join(f"q{number}@a.example\n" for number in range(20)))
    everything = (await before.get("/leads", limit="200"))[1]
    imports = {
        one.id: (await before.get(f"/imports/{one.id}"))[1] for one in before.keeper.book.imports.values()
    }
    await before.stop()
    names = sorted(path.name for path in (tmp_path / "data").glob("*.*"))
    assert [name.split("-")[0] for name in names] == ["journal", "snapshot"]

    after = await start()
    assert (await after.get("/leads", limit="200"))[1] == everything
    assert {name: (await after.get(f"/imports/{name}"))[1] for name in imports} == imports
    assert await after.deliver(body) == (200, {"status": "duplicate"})
    assert list(after.keeper.book.leads) == after.keeper.book.order


async def test_an_import_goes_on_at_the_row_where_it_stopped(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadbook.intake.SLICE_SECONDS", 0.001)
    before = await start()
    emails = [f"p{number}@a.example" for number in range(10_000)]
    _, answer = await before.upload("\n".join(["email", *emails]))
    await until(lambda: before.keeper.book.imports[answer["id"]].done > 0)
    await before.stop()
    done = before.keeper.book.imports[answer["id"]].done
    assert 0 < done < 10_000

    after = await start()
    one = await after.ended(answer["id"])
    assert (one["received"], one["created"], one["unchanged"]) == (10_000, 10_000, 0)
    assert len((await after.lead(emails[0]))["sources"]) == 1
    await until(lambda: not list(after.keeper.uploads.iterdir()))


async def test_failed_calls_are_remembered(start: Start, outside: Outside) -> None:
    outside.tell("push", "kim@a.example", reply(500))
    before = await start(online=True, retry_base=0.1)
    await before.imported("email\nkim@a.example\n")
    await until(lambda: len(outside.about("push")) == 2)
    await before.stop()
    after = await start(online=True, retry_base=0.1)
    assert (await after.settled("kim@a.example"))["clay"]["status"] == "failed"
    assert len(outside.about("push")) in (5, 6)  # one more when it was under way at the stop


async def test_what_waits_is_off_while_its_integration_is(start: Start, outside: Outside) -> None:
    outside.usual["push"] = reply(429, Retry_After="30")
    before = await start(online=True, provider_url="")
    await before.imported("email\nkim@a.example\n")
    await until(lambda: outside.about("push"))
    await before.stop()
    after = await start()
    assert (await after.lead("kim@a.example"))["clay"]["status"] == "off"


async def test_a_torn_line_is_cut_off(start: Start, tmp_path: Path) -> None:
    before = await start()
    await before.imported(FILE)
    await before.stop()
    (journal,) = (tmp_path / "data").glob("journal-*")
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"e":"row","i":"imp-1","n":3,"k":"zo')
    after = await start()
    assert len(after.keeper.book.leads) == 2
    await after.imported("email\nzoe@a.example\n")
    await after.stop()
    assert len((await start()).keeper.book.leads) == 3


@pytest.mark.parametrize("line", [b"{]\n", b"[1]\n", b"\x00\x00\n"])
def test_damage_in_the_middle_is_not_guessed_about(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "journal-000001.jsonl").write_bytes(
        line + b'{"e":"accepted","i":"imp-1","key":null,"digest":""}\n'
    )
    with pytest.raises(Damaged, match=r"journal-000001\.jsonl can't be read from byte 0 on"):
        Keeper(tmp_path)


async def test_one_process_a_folder(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await start()
    monkeypatch.setattr("leadbook.keeper.PATIENCE_FOR_A_PREDECESSOR", 0.1)
    with pytest.raises(Occupied):
        Keeper(tmp_path / "data")


async def test_a_full_disk_pauses_an_import_and_refuses_the_rest(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.imported("email\nkim@a.example\n")
    lead = await service.lead("kim@a.example")
    disk = Disk(full_after=b"p1000@")
    monkeypatch.setattr("leadbook.journal.os", SimpleNamespace(**{**vars(os), "write": disk.write}))
    monkeypatch.setattr("leadbook.intake.AFTER_A_FULL_DISK", 0.2)
    _, answer = await service.upload("email\n" + "".join(f"p{number}@a.example\n" for number in range(2000)))
    await until(lambda: disk.full)
    status, refused = await service.upload(FILE)
    assert (status, refused["error"]["code"]) == (507, "storage_full")
    body = {"lead_id": lead["id"], "delivery_id": "d", "enriched_at": "2026-05-01T12:00:00Z", "title": "CTO"}
    assert (await service.deliver(body))[0] == 507
    assert (await service.lead("kim@a.example"))["title"] is None
    disk.full, disk.full_after = False, b"never"
    one = await service.ended(answer["id"])
    assert (one["received"], one["created"]) == (2000, 2000)
    assert (await service.deliver(body)) == (200, {"status": "applied"})


class Disk:
    """Takes what is written until some bytes have passed; from then on half a delivery, and nothing else."""

    def __init__(self, full_after: bytes) -> None:
        self.full_after = full_after
        self.full = False

    def write(self, file: int, data: bytes) -> int:
        if self.full and b'"delivered"' not in data:
            raise OSError(errno.ENOSPC, "full")
        self.full = self.full or self.full_after in data
        return os.write(file, data[: len(data) // 2] if b'"delivered"' in data and self.full else data)


def test_a_kill_in_an_import_loses_nothing(tmp_path: Path) -> None:
    """A process of its own, killed without a chance to say anything, and its successor on the same folder."""
    emails = [f"p{number}@a.example" for number in range(10_000)]
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    form += "\n".join(["email", *emails]).encode() + b"\r\n--x--\r\n"
    with Process(tmp_path) as first:
        _, answer = first.ask("POST", "/imports", form, {"Content-Type": "multipart/form-data; boundary=x"})
        first.process.kill()
    with Process(tmp_path) as second:
        ends = time.monotonic() + 30
        one = {"status": "processing"}
        while one["status"] == "processing" and time.monotonic() < ends:
            _, one = second.ask("GET", f"/imports/{answer['id']}")
        assert (one["status"], one["received"], one["created"]) == ("completed", 10_000, 10_000)
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(10) == 0
        printed = second.process.stdout.read()
    assert answer["id"] in printed
    assert "@a.example" not in printed


class Process:
    """python -m leadbook on a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        source = Path(__file__).parents[1] / "src"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "leadbook", "--host", "127.0.0.1", "--port", str(self.port)],
            env={
                **os.environ,
                "PYTHONPATH": str(source),
                "DATA_DIR": str(folder / "data"),
                "CLAY_WEBHOOK_URL": "",
            },
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        ends = time.monotonic() + 15
        while time.monotonic() < ends:
            try:
                assert self.ask("GET", "/health") == (200, {"status": "ok"})
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError("it did not start")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found


def test_settings_have_defaults_and_numbers_that_are_some() -> None:
    assert Settings.from_environment({}) == Settings(Path("data"))
    chosen = Settings.from_environment(
        {"CLAY_BURST": "2.5", "ENRICH_BASE_URL": "http://a.example/ ", "DATA_DIR": "/d"}
    )
    assert (chosen.clay_burst, chosen.provider_url, chosen.data_dir) == (2.5, "http://a.example", Path("/d"))
    for text in ("many", "nan", "0", "-1"):
        with pytest.raises(SettingError, match="CLAY_RATE_PER_SECOND"):
            Settings.from_environment({"CLAY_RATE_PER_SECOND": text})
    assert "hush" not in repr(Settings.from_environment({"ENRICH_API_KEY": "hush"}))


def test_a_bad_setting_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("RETRY_BASE_SECONDS", "hush")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("leadbook.logs.set_up", lambda: None)
    assert main([]) == 2
    assert json.loads(capsys.readouterr().out)["reason"] == "RETRY_BASE_SECONDS is not a number"


async def test_the_service_stops_when_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stop = asyncio.Event()
    stop.set()
    await serve(Settings(tmp_path / "data"), "127.0.0.1", 0, stop)
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events == ["started", "no_inbound_secret", "stopped"]


def test_other_peoples_loggers_are_kept_from_talking(capsys: pytest.CaptureFixture[str]) -> None:
    """Messages of libraries may hold anything: only where they come from is printed."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    try:
        logs.set_up()
        logging.getLogger("aiohttp.server").warning("bad request by %s", "kim@a.example")
        try:
            raise LookupError("kim@a.example")
        except LookupError as trouble:
            logging.getLogger("aiohttp.server").exception("kim@a.example")
            sys.excepthook(LookupError, trouble, None)
    finally:
        root.handlers[:], sys.excepthook = handlers, hook
        root.setLevel(level)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["library_warning", "library_trouble", "stopped"]
    assert "kim@" not in str(lines)
