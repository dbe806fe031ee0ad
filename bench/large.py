"""Measures a large API: a description of 700 GET endpoints and 7 MB imported, and a Source run over all of them.

The description is made here, or given: `python bench/large.py FILE`. A server in a process of its own answers for every
path. Every figure is measured in this run; requests are compared with what the plan said before.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from spectra import Pipeline
from spectra.testing.served import Answered, Asked, ServedApi

ENDPOINTS, LATENCY_MS, THREADS = 700, 10, 16
IMPORT_BAR_SECONDS, MEMORY_BAR_MB = 20.0, 300.0
SPECTRA = [sys.executable, "-m", "spectra"]
RECORD = {"id": 7, "name": "seven", "login": "seven", "number": 7, "sha": "7" * 40, "ref": "main", "key": "seven"}


def made() -> dict[str, Any]:
    """Return an OpenAPI document of 700 GET endpoints in groups of four, about 7 MB as text."""
    properties = {f"field_{n}": {"type": "string", "description": "What the field says. " * 4} for n in range(70)}
    record = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, **properties}}
    page = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "per_page")]
    paths: dict[str, Any] = {}
    for n in range(ENDPOINTS // 4):
        key = {"name": f"group_{n}_id", "in": "path", "required": True, "schema": {"type": "integer"}}
        one, many = answer_of(record), answer_of({"type": "array", "items": record})
        paths[f"/groups_{n}"] = {"get": {"tags": [f"g{n}"], "parameters": page, "responses": many}}
        paths[f"/groups_{n}/{{group_{n}_id}}"] = {"get": {"parameters": [key], "responses": one}}
        paths[f"/groups_{n}/{{group_{n}_id}}/parts"] = {"get": {"parameters": [key, *page], "responses": many}}
        paths[f"/groups_{n}/{{group_{n}_id}}/summary"] = {"get": {"parameters": [key], "responses": one}}
    schemes = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "security": [{"token": []}],
        "components": {"securitySchemes": schemes},
        "paths": paths,
    }


def answer_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the responses of an operation that answers with one schema."""
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


def answer(asked: Asked) -> Answered:
    """Answer any path with one record in a list, after the latency; refuse who has no token."""
    time.sleep(LATENCY_MS / 1000)  # noqa: TID251 - the latency of a server that is not there
    if "authorization" not in asked.headers:
        return Answered(b"", 401)
    return Answered([RECORD])


def serve() -> None:
    """Serve until the process is ended, and say where."""
    with ServedApi(answer) as api:
        print(api.url, flush=True)
        threading.Event().wait()


def command(*words: str, folder: Path) -> tuple[float, int, float, str]:
    """Run a command in a folder; return wall seconds, exit code, peak MiB of memory, and what it printed."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([*SPECTRA, *words], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        output.seek(0)
        return seconds, process.returncode, usage.ru_maxrss / 1024, output.read()


def measure(folder: Path, document: Path, url: str) -> bool:
    """Import, plan and run; print what came out, and return whether every bar was kept."""
    (folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\n", encoding="utf-8")
    seconds, code, memory, printed = command("catalog", "import", str(document), "--into", "large", folder=folder)
    size = document.stat().st_size / 1e6
    print(f"import   {size:.1f} MB in {seconds:.2f} s (bar {IMPORT_BAR_SECONDS:g}), {memory:.0f} MB, exit {code}")
    if code:
        print(printed)
        return False
    ready(folder, url)
    plan = Pipeline(folder).plan("large").as_dict()
    print(f"plan     at least {plan['requests_least']} requests, at most {plan['requests_most'] or 'unknown'}")
    ran, code, used, printed = command("source", "large", folder=folder)
    print(f"source   {ran:.2f} s, {used:.0f} MB (bar {MEMORY_BAR_MB:g}), exit {code}")
    if code not in {0, 1}:
        print(printed)
        return False
    rows = Pipeline(folder).table("source.endpoints").to_pylist()
    (run,) = Pipeline(folder).table("log.source").to_pylist()
    gets = [row for row in rows if row["http_method"] == "GET"]
    probed = sum(row["probe_status"] != "not_probed" for row in gets)
    print(f"         {len(rows)} endpoints, {len(gets)} GET, {probed} probed; {run['request_count']} requests sent")
    within = plan["requests_most"] is None or run["request_count"] <= plan["requests_most"] * plan["attempts"]
    return seconds <= IMPORT_BAR_SECONDS and used <= MEMORY_BAR_MB and within


def ready(folder: Path, url: str) -> None:
    """Fill in what an import leaves to the user: the address, and every secret by the same text."""
    file = folder / "sources" / "large.yaml"
    text = file.read_text(encoding="utf-8")
    names = {word.split("}")[0] for word in text.split("${env:")[1:]}
    kept = {
        word.split("'")[0].split('"')[0].split(",")[0].split("}")[0].strip() for word in text.split("secret://")[1:]
    }
    lines = [f"{name}={url}" for name in sorted(names)] + [f"{name}=secret-of-the-benchmark" for name in sorted(kept)]
    (folder / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    limits = f"limits: {{requests_per_second: 2000, concurrency: {THREADS}}}\n"
    if "\nlimits:" not in text:
        file.write_text(text + limits, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the benchmark; exit status 1 where a bar was not kept."""
    if arguments == ["--serve"]:
        serve()
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {LATENCY_MS} ms")
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        url = (server.stdout.readline() if server.stdout else "").strip()
        with tempfile.TemporaryDirectory() as temporary:
            document = Path(arguments[0]) if arguments else Path(temporary) / "large.json"
            if not arguments:
                document.write_text(json.dumps(made()), encoding="utf-8")
            kept = measure(Path(temporary), document.resolve(), url)
    finally:
        server.terminate()
        server.wait()
    print("every bar was kept" if kept else "a bar was not kept")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
