"""postgres: a PostgreSQL cluster of its own, reached by a unix socket only."""
import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

from .process import Process, as_user, folder, run_as_user

BIN = Path(sorted(Path("/usr/lib/postgresql").glob("*/bin"),
                  key=lambda p: int(p.parent.name))[-1])


class Postgres:
    """`durable=True` leaves fsync on: for what measures or kills the database."""

    def __init__(self, directory, durable=False, settings=None):
        self.directory = folder(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self.settings = {"listen_addresses": "", "max_connections": "100",
                         "unix_socket_directories": str(self.directory),
                         "unix_socket_permissions": "0777",
                         "log_min_messages": "warning",
                         "shared_buffers": "64MB"}
        if not durable:
            self.settings |= {"fsync": "off", "full_page_writes": "off"}
        self.settings |= settings or {}
        run_as_user([BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
                     "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        self.process = None
        self.start()

    def start(self):
        options = [o for k, v in self.settings.items() for o in ("-c", f"{k}={v}")]
        self.process = Process(
            as_user([BIN / "postgres", "-D", self.data, *options], death="INT"), self.log)
        self.process.wait_ready(lambda: self._psql("SELECT 1", "postgres").returncode == 0)

    def stop(self, mode="fast"):
        """fast: the sessions are cut; immediate: as after a crash."""
        if self.process and self.process.running():
            self.process.stop(signal.SIGINT if mode == "fast" else signal.SIGQUIT)

    def create(self, database):
        self.execute(f'CREATE DATABASE "{database}"', "postgres")

    def conninfo(self, database="postern", user="postgres"):
        return f"host={self.directory} dbname={database} user={user}"

    def _psql(self, script, database, user="postgres", timeout=120):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        # psql.bin: the wrapper in /usr/bin would look for the system's clusters
        return subprocess.run(
            as_user([BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
                     self.conninfo(database, user)]),
            input=script, capture_output=True, text=True, timeout=timeout, env=env, cwd="/")

    @contextlib.contextmanager
    def session(self, database="postern"):
        """A session that stays open: a function that runs SQL in it, and waits for it."""
        with subprocess.Popen(
                as_user([BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
                         self.conninfo(database)]),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/") as psql:
            def run(script):
                print(script, "\n\\echo done", file=psql.stdin, flush=True)
                while (line := psql.stdout.readline()) != "done\n":
                    if not line:
                        raise RuntimeError(f"psql ended at: {script}")
            try:
                yield run
            finally:
                psql.stdin.close()

    def execute(self, script, database="postern", user="postgres", timeout=120):
        """Run SQL; what psql prints."""
        done = self._psql(script, database, user, timeout)
        if done.returncode != 0:
            raise RuntimeError(f"{script}\n{done.stderr}")
        return done.stdout

    def sql(self, query, database="postern", user="postgres"):
        """The rows of one SELECT (or … RETURNING) as a list of dicts."""
        query = query.strip().rstrip(";")
        out = self.execute(f"WITH answer AS ({query}\n) "
                           "SELECT coalesce(json_agg(answer), '[]') FROM answer",
                           database, user)
        return json.loads(out)

    def value(self, query, database="postern"):
        """The one value of one row."""
        rows = self.sql(query, database)
        return next(iter(rows[0].values())) if rows else None
