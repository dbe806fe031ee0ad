"""Measures a large API: a description of 700 GET endpoints and 7 MB imported, and a Source run over all of them.

The description is made here, or given: `python bench/large.py FILE`. A server in a process of its own answers for every
path. Every figure is measured in this run; requests are compared with what the plan said before.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectra import Pipeline
from spectra.discovery.reading.formats import read_api_document
from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from spectra.discovery.description import Shape

ENDPOINTS, PARTS, LATENCY_MS, THREADS = 700, 12, 10, 16
IMPORT_BAR_SECONDS, MEMORY_BAR_MB = 20.0, 300.0
SPECTRA = [sys.executable, "-m", "spectra"]


def made() -> dict[str, Any]:
    """Return an OpenAPI document of 700 GET endpoints in groups of fourteen, about 7 MB as text."""
    properties = {f"field_{n}": {"type": "string", "description": "What the field says. " * 4} for n in range(70)}
    record = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, **properties}}
    page = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "per_page")]
    paths: dict[str, Any] = {}
    for n in range(ENDPOINTS // (2 + PARTS)):
        key = {"name": f"group_{n}_id", "in": "path", "required": True, "schema": {"type": "integer"}}
        one, many = answer_of(record), answer_of({"type": "array", "items": record})
        paths[f"/groups_{n}"] = {"get": {"tags": [f"g{n}"], "parameters": page, "responses": many}}
        paths[f"/groups_{n}/{{group_{n}_id}}"] = {"get": {"parameters": [key], "responses": one}}
        for part in range(PARTS):
            paths[f"/groups_{n}/{{group_{n}_id}}/part_{part}"] = {"get": {"parameters": [key], "responses": one}}
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


class Described:
    """Answers every GET of a description as its schemas say; without a token where none is described."""

    def __init__(self, document: Path) -> None:
        found = read_api_document(document.read_text(encoding="utf-8"), document.name)
        gets = [each for each in found.operations if each.method == "GET"]
        plain_first = sorted(gets, key=lambda each: each.path.count("{"))
        self.routes = [(re.compile(route(each.path)), body_of(each.answer)) for each in plain_first]
        self.known: dict[str, Any] = {}
        self.guarded = bool(found.schemes)

    def __call__(self, asked: Asked) -> Answered:
        """Answer after the latency."""
        time.sleep(LATENCY_MS / 1000)  # noqa: TID251 - the latency of a server that is not there
        if self.guarded and "authorization" not in asked.headers:
            return Answered(b"", 401)
        if asked.path not in self.known:
            self.known[asked.path] = next((body for path, body in self.routes if path.fullmatch(asked.path)), None)
        body = self.known[asked.path]
        return Answered(b"", 404) if body is None else Answered(body)


def route(path: str) -> str:
    """Return a path as a pattern, its placeholders standing for any text."""
    return "[^/]+".join(re.escape(part) for part in re.split(r"\{[^{}]*\}", path.partition("?")[0]))


def body_of(shape: Shape | None, name: str = "", depth: int = 4) -> Any:
    """Return a value of a shape."""
    if shape is None:
        return {}
    if shape.kind == "array":
        return [body_of(shape.items, name, depth)]
    if shape.kind == "object" and depth:
        return {key: body_of(each, key, depth - 1) for key, each in shape.fields.items()}
    scalars = {"integer": 7, "number": 7.5, "boolean": True, "string": f"{name or 'text'}-7", "object": {}}
    return "2026-11-24T00:00:00Z" if shape.format == "date-time" else scalars.get(shape.kind)


def serve(document: Path) -> None:
    """Serve until the process is ended, and say where."""
    with ServedApi(Described(document)) as api:
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
    reasons = Counter((row["not_probed_reason"] or "").partition(" {")[0] for row in gets)
    for reason, count in reasons.most_common(6):
        print(f"         {count:>5} {reason or 'probed'}")
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
    if arguments[:1] == ["--serve"]:
        serve(Path(arguments[1]))
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {LATENCY_MS} ms")
    with tempfile.TemporaryDirectory() as temporary:
        document = Path(arguments[0]).resolve() if arguments else Path(temporary) / "large.json"
        if not arguments:
            document.write_text(json.dumps(made()), encoding="utf-8")
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(document)], stdout=subprocess.PIPE, text=True
        )
        try:
            url = (server.stdout.readline() if server.stdout else "").strip()
            kept = measure(Path(temporary), document, url)
        finally:
            server.terminate()
            server.wait()
    print("every bar was kept" if kept else "a bar was not kept")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
