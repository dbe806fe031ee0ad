"""The texts that a new project starts with."""

from __future__ import annotations

from spectra.definition.model import source_name_fault
from spectra.definition.schema import PROJECT_FILE, SOURCE_FILE, schema_files
from spectra.errors import InvalidNameError

SOURCE_MODELINE = f"# yaml-language-server: $schema=../{SOURCE_FILE}\n"
PROJECT_MODELINE = f"# yaml-language-server: $schema={PROJECT_FILE}\n"

_PROJECT = """\
# A SPECTRA project. Sources are described in sources/, secrets stand in the environment or in .env.
lakehouse: ./lakehouse

# Where else secrets are looked up: in a folder with one file per secret, in the keyring of this user.
# secrets: {folder: /run/secrets, keyring: my-project}

# With a key, source.credentials shows by a keyed hash when a secret was rotated.
# fingerprint_key: secret://SPECTRA_FINGERPRINT_KEY

# Whom to tell of the runs of sources that name no channel of their own, and where the runbook is published.
# notify: {webhook: secret://DISCORD_WEBHOOK_URL}
# runbook: https://wiki.example.com/spectra/runbook
"""

_SOURCE = """\
# One source: a system reached through one API. Check it with `spectra validate {name}`; nothing is sent by that.
source: {name}
name: {title}
base_url: ${{env:{variable}_BASE_URL}}            # set it in the environment or in .env
owner: {{team: my-team, channel: '#my-channel'}}

# How to prove who asks. `probe` is a GET path that is refused without credentials.
auth: {{type: bearer, token: 'secret://{variable}_API_TOKEN', probe: /projects}}
# auth: {{type: api_key, header: X-Api-Key, value: 'secret://{variable}_API_KEY', probe: /projects}}
# auth: {{type: basic, user: my-user, password: 'secret://{variable}_PASSWORD', probe: /projects}}
# auth: {{type: none}}
# Other types: oauth2_client_credentials, oauth2_refresh_token, jwt, session, hmac.

limits: {{requests_per_second: 20, concurrency: 8, connect_seconds: 5, total_seconds: 30, response_mb: 64, attempts: 3}}

# Every endpoint of the API: here, or in a file beside this one, `catalogue: {{file: endpoints.csv}}` (or .json).
catalogue:
  - {{method: GET, path: /projects, name: All projects}}
  - {{method: GET, path: '/projects/{{projectId}}/tasks', query_parameters: [offset, limit]}}

# Where the ids in paths come from, as entity.field; a bare {{id}} is mapped per endpoint:
# endpoints: {{'/tasks/{{id}}': {{ids: {{id: task.id}}}}}}
ids: {{projectid: project.id}}

# The kinds of records to walk, parents before children.
entities:
  project: {{endpoint: /projects, key: [id]}}
  task:
    endpoint: /projects/{{projectId}}/tasks
    key: [id]
    parents: [project]
    # records: results                   # dotted path to the list in an answer; most are found without it
    # query: {{projectid: project.id}}     # a parent filter: it is tried whether the API obeys it
    pagination: {{type: offset, offset_param: offset, size_param: limit, size: 100}}
    # pagination: {{type: next_url, url: links.next}}   # or page_number, page_token, link_header, keyset, ...
    # incremental: {{field: updated_at, param: updated_since}}   # how to ask for what changed

roots: {{entity: project}}
expect: {{levels: [project, task]}}
# outcomes: [{{status: 404, endpoint: /projects, means: empty}}]

# Whom to tell when something changes; `spectra notify test {name}` tries it.
# notify: {{webhook: 'secret://DISCORD_WEBHOOK_URL_{variable}'}}
"""

_ENVIRONMENT = """\
# Copy to .env, which is never committed. The environment wins over .env.
{variable}_BASE_URL=https://api.example.com
{variable}_API_TOKEN=
"""

_IGNORED = """\
.env
.spectra/rotated/
lakehouse/
"""


def scaffold(name: str) -> dict[str, str]:
    """Return path and text of every file that a new project with one source holds; raises InvalidNameError."""
    fault = source_name_fault(name)
    if fault:
        raise InvalidNameError(f"found {name!r}; allowed: {fault}", found=name, allowed=fault)
    words = {"name": name, "title": name.capitalize(), "variable": name.upper()}
    return {
        "spectra.yaml": PROJECT_MODELINE + _PROJECT,
        f"sources/{name}.yaml": SOURCE_MODELINE + _SOURCE.format(**words),
        ".env.example": _ENVIRONMENT.format(**words),
        ".gitignore": _IGNORED,
        **schema_files(),
    }
