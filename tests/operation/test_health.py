"""Readiness follows PostgreSQL, the migrations and Temporal; the small health server tells it."""

import asyncio
import json

import httpx
import psycopg
from temporalio.client import Client

from contracts_app.operation import control, health_server
from contracts_app.operation.addresses import free_address
from contracts_app.operation.health import KEEP, ReadinessCheck
from contracts_app.operation.installation import Installation
from tests.conftest import Database


async def test_ready_when_all_parts_answer(database: Database, temporal: str) -> None:
    client = await Client.connect(temporal, namespace="contracts")
    readiness = await ReadinessCheck(database.url, lambda: client)()
    assert readiness.parts == {"postgresql": "", "migrations": "", "temporal": ""}
    assert readiness.ready


async def test_names_the_part_that_is_missing(pg: Installation) -> None:
    # The maintenance database was never migrated; nobody is connected to Temporal.
    readiness = await ReadinessCheck(pg.url("contracts_owner", "postgres"), lambda: None)()
    assert readiness.parts["postgresql"] == ""
    assert readiness.parts["migrations"].startswith("cannot be read")
    assert readiness.parts["temporal"] == "not connected yet"
    assert not readiness.ready


async def test_database_behind_this_release_is_not_ready(database: Database) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as session:
        (at,) = session.execute(
            "UPDATE alembic_version SET version_num = 'older' RETURNING 1"
        ).fetchone() or (0,)
        assert at == 1
    readiness = await ReadinessCheck(database.url, lambda: None)()
    assert readiness.parts["migrations"].startswith("at older, this release needs")


async def test_health_server_turns_503_and_back(pg: Installation, temporal: str) -> None:
    client = await Client.connect(temporal, namespace="contracts")
    address = free_address()
    check = ReadinessCheck(pg.url("contracts_owner", "template_migrated"), lambda: client)
    async with (
        health_server.serve(address, check, lambda: {"version": "1", "build": "b"}),
        httpx.AsyncClient(base_url=f"http://{address}") as browser,
    ):
        live = await browser.get("/health/live")
        assert live.json() == {"live": True, "version": "1", "build": "b"}
        assert (await browser.get("/health/ready")).status_code == 200
        assert (await browser.post("/health/ready")).status_code == 405
        assert (await browser.get("/secret")).status_code == 404
        await asyncio.to_thread(control.down, pg.state_dir, "pg", control.SIGNALS["KILL"])
        await asyncio.sleep(KEEP)
        gone = await browser.get("/health/ready")
        assert gone.status_code == 503
        assert "refused" in json.loads(gone.content)["parts"]["postgresql"]
        assert (await browser.get("/health/live")).status_code == 200
        await asyncio.to_thread(control.up, pg.state_dir, "pg", print)
        await asyncio.sleep(KEEP)
        assert (await browser.get("/health/ready")).status_code == 200
