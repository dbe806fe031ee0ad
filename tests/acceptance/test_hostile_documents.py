"""Documents made to harm: each ends in a clear answer within a gigabyte and 20 s of work, and nothing is fetched."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from spectra import Pipeline
from spectra.testing.served import Answered, ServedApi

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

KILOBYTES, SECONDS = 1_048_576, 20
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def bounded(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Import a document with so much memory and time, and no more."""
    limited = f'ulimit -v {KILOBYTES} -t {SECONDS}; exec "$0" "$@"'
    command = ["sh", "-c", limited, sys.executable, "-m", "spectra", "catalog", "import", str(file), *words]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, timeout=200, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    assert STEERING.search(done.stdout + done.stderr) is None
    return done


def described(**parts: Any) -> str:
    return json.dumps({"openapi": "3.0.0", "servers": [{"url": "https://api.example.com"}], "paths": {}, **parts})


def answering(reference: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": reference}}}
    return {"get": {"responses": {"200": {"content": content}}}}


def schema(*references: int) -> dict[str, Any]:
    all_of = [{"$ref": f"#/components/schemas/s{each % 10_000}"} for each in references]
    return {"properties": {f"p{each}": all_of[0] for each in references}, "allOf": all_of}


def unfolding() -> str:
    """Describe 10,000 schemas, each made of eight others."""
    schemas = {f"s{n}": schema(*range(n * 7 + 1, n * 7 + 9)) for n in range(10_000)}
    return described(paths={"/a": answering("#/components/schemas/s0")}, components={"schemas": schemas})


def chained() -> str:
    schemas = {f"s{n}": {"$ref": f"#/components/schemas/s{n + 1}"} for n in range(10_000)}
    return described(paths={"/a": answering("#/components/schemas/s0")}, components={"schemas": schemas})


def manifest_of_references() -> str:
    """Write a manifest each of whose references leads through five others, 300 times over."""
    near = [f"#/definitions/d{n + 1}" for n in range(300)]
    lines = [
        f"  d{n}: {{$ref: '{one}/a/a/b', a: {{$ref: '{one}/a/b/c'}}, b: {{$ref: '{one}/a'}}, c: {{$ref: '{one}/b'}}}}"
        for n, one in enumerate(near)
    ]
    streams = "streams: [{$ref: '#/definitions/d0/a/b/a/b'}, {$ref: '#/definitions/d1'}]"
    return "\n".join(["version: 1.0.0", "type: DeclarativeSource", "definitions:", *lines, streams])


CONFIGURATION = 'x = {"client": {"base_url": "https://h/"}, "resources": [%s]}\n'


@pytest.mark.parametrize(
    ("name", "text", "status", "code"),
    [
        ("nested.json", "[" * 32_000_000 + "]" * 32_000_000, 2, "api-document-too-large"),
        ("lists.json", described(x=0)[:-2] + "[" + "[]," * 20_000_000 + "0]}", 2, "api-document-too-large"),
        ("paths.json", described(paths={f"/p{n}/{{id}}": {"get": {}} for n in range(1_000_000)}), 2,
         "api-document-too-large"),
        ("unfolding.json", unfolding(), 0, "api-parts-left-out"),
        ("chained.json", chained(), 0, "broken-reference"),
        ("words.json", described(paths={"/a": {"get": {"summary": "s" * 10_000_000, "tags": ["t " * 5_000_000]}}}), 0,
         None),
        ("wide.yaml", "openapi: 3.0.0\npaths:\n" + "  /a: {}\n" * 300_000, 2, "api-document-too-large"),
        ("references.yaml", manifest_of_references(), 0, "not-carried"),
        ("lists.py", CONFIGURATION % ("[]," * 330_000), 2, "import-unreadable"),
        ("minus.py", CONFIGURATION % ("-" * 900_000 + "1"), 2, "import-unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value[:20] and len(value) < 20 else "",
)  # fmt: skip
def test_a_document_made_to_exhaust_ends_in_a_clear_answer(
    tmp_path: Path, name: str, text: str, status: int, code: str | None
) -> None:
    (tmp_path / name).write_text(text)
    done = bounded(tmp_path / name)

    assert done.returncode == status, done.stdout + done.stderr
    assert code is None or code in done.stdout + done.stderr
    assert name in done.stdout + done.stderr


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_nothing_that_a_reference_names_is_fetched_or_opened(tmp_path: Path, ending: str) -> None:
    os.mkfifo(tmp_path / "blocks")  # whoever opens it waits until the time is over
    (tmp_path / "other.yaml").write_text("part: {get: {summary: planted-in-another-file}}")
    with ServedApi(lambda _: Answered({"get": {}})) as canary, socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0)
        port = silent.getsockname()[1]
        outside = [f"{canary.url}/x", f"//127.0.0.1:{port}/x", f"http://127.0.0.1:{port}/x#/a", "file:///etc/passwd"]
        outside += [f"file://{tmp_path}/blocks", "blocks", "../blocks", "./other.yaml#/part"]
        paths = {f"/p{n}": {"$ref": each} for n, each in enumerate(outside)}
        paths |= {f"/q{n}": answering(each) for n, each in enumerate(outside)}
        (tmp_path / f"api.{ending}").write_text(described(paths=paths))  # JSON is YAML
        done = bounded(tmp_path / f"api.{ending}", "--into", "acme")

        assert done.returncode == 0, done.stdout + done.stderr
        assert canary.asked == []
        with pytest.raises(BlockingIOError):
            silent.accept()
    written = "".join(file.read_text() for file in (tmp_path / "sources").iterdir())
    assert "planted" not in done.stdout + written
    assert "root:" not in done.stdout + written
    told = " ".join(done.stdout.split())
    assert "remote-reference" in told
    assert f"findings {2 * len(outside)}" in told


CODE = """\
import os
open({mark!r}, "w").close()
os.system("touch " + {mark!r})
x = {{"client": {{"base_url": "https://h.example/", "auth": {{"token": os.popen("touch " + {mark!r}).read()}}}},
     "resources": ["a", f"{{open({mark!r}, 'w')}}", (lambda: open({mark!r}, "w"))()]}}
"""
TEMPLATES = """\
version: 1.0.0
type: DeclarativeSource
streams:
  - name: "{{{{ cycler.__init__.__globals__.os.popen('touch {mark}').read() }}}}"
  - name: x
    primary_key: "{{{{ 7 * 7 }}}}"
    retriever:
      requester:
        url_base: "https://{{{{ config['x'] }}}}.example/{{% for i in range(10 ** 9) %}}{{% endfor %}}"
        path: "/a/{{{{ 'x' * 10 ** 9 }}}}"
        request_parameters: {{token: planted-secret-of-a-parameter}}
        authenticator: {{type: BearerAuthenticator, api_token: planted-secret-of-a-manifest}}
"""
TAGS = """\
openapi: 3.0.0
paths:
  /a: !!python/object/apply:os.system ['touch {mark}']
  /b: {{get: !!python/name:os.system ''}}
"""


@pytest.mark.parametrize(
    ("name", "text"), [("shop.py", CODE), ("manifest.yaml", TEMPLATES), ("api.yaml", TAGS)], ids=["py", "jinja", "tags"]
)
def test_code_in_a_document_is_never_run(tmp_path: Path, name: str, text: str) -> None:
    mark = tmp_path / "was-run"
    (tmp_path / name).write_text(text.format(mark=str(mark)))
    done = bounded(tmp_path / name, "--into", "acme")

    assert done.returncode == 0, done.stdout + done.stderr
    assert not mark.exists()
    written = "".join(file.read_text() for file in (tmp_path / "sources").iterdir())
    assert "planted" not in done.stdout + written


EVIL = [
    *(
        "a: b",
        "a # b",
        "a\nb",
        "*/",
        "{{x}}",
        "${env:PATH}",
        "secret://X",
        "' \" ",
        "- x",
        "? x",
        "!x",
        "&a",
        "*a",
        "%T",
    ),
    *(
        "|",
        ">",
        "@x",
        "`x",
        "yes",
        "null",
        "~",
        "1e3",
        "2020-01-01",
        "<<",
        "",
        "=",
        "\u2028",
        "\u0085",
        "\ufeff",
        "\x7f",
    ),
    *("\x1b[2J", "</script>", "é", "a.b", "\ud800", "/..", "//x", "/a}{", "{}", "\x00"),
]


def test_names_that_break_a_file_stay_in_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def listing(name: str) -> dict[str, Any]:
        one = {
            "name": name,
            "in": "query",
            "required": True,
            "description": name,
            "schema": {"default": name, "enum": [name]},
        }
        fields = {name: {"type": "string", "description": name}, "id": {"type": "string"}}
        answer = {"properties": {name: {"type": "array", "items": {"properties": fields, "required": [name]}}}}
        content = {"application/json": {"schema": answer}}
        more = {"operationId": name, "tags": [name], "summary": name, "parameters": [one]}
        return {"get": more | {"responses": {"200": {"headers": {name: {}}, "content": content}}}}

    schemes = {each: {"type": "apiKey", "in": "header", "name": each} for each in EVIL}
    paths = {f"/p{n}": listing(each) for n, each in enumerate(EVIL)} | {f"/{each}": listing(each) for each in EVIL}
    text = described(info={"title": "\n".join(EVIL)}, paths=paths, components={"securitySchemes": schemes})
    (tmp_path / "api.json").write_text(text)
    done = bounded(tmp_path / "api.json", "--into", "acme")

    assert done.returncode == 0, done.stdout + done.stderr
    for line in (tmp_path / ".env.example").read_text().splitlines()[1:]:
        monkeypatch.setenv(line.partition("=")[0], "https://api.example.com")
    assert Pipeline(tmp_path).validate("acme") == ()
    assert os.environ["PATH"] not in (tmp_path / "sources/acme.yaml").read_text()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (bytes(range(256)) * 100, "file-unreadable"),
        (described().encode("utf-16"), "file-unreadable"),
        (described(info={"title": "é"}).replace("\\u00e9", "é").encode("latin-1"), "file-unreadable"),
        (described().replace("{", "{\0", 1).encode(), "api-document-unreadable"),
        (b"openapi: 3.0.0\n\0paths: {}\n", "api-document-unreadable"),
        (b"openapi: 3.0.0\npaths: &p\n  /a: *p\n", "api-document-unreadable"),
        (b"", "api-document-unreadable"),
    ],
    ids=["binary", "utf-16", "latin-1", "nul", "nul in yaml", "alias in itself", "empty"],
)
def test_what_is_no_text_or_no_document_is_refused_with_its_place(tmp_path: Path, raw: bytes, code: str) -> None:
    (tmp_path / "api.json").write_bytes(raw)
    done = bounded(tmp_path / "api.json")

    assert done.returncode == 2
    assert code in done.stderr
    assert "api.json" in done.stderr
