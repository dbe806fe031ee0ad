"""What an endpoint's own auth needs and lacks is a step of the diagnosis, not its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.conftest import Project, World


def test_a_key_that_an_endpoint_cannot_be_signed_with_is_a_step_that_fails(project: Project, world: World) -> None:
    world.token = None
    project.write(
        token="canary-that-is-no-private-key",
        auth={"type": "none"},
        endpoints={
            "/tasks/{id}": {"ids": {"id": "task.id"}},
            "/projects/{projectId}/tasks": {"auth": {"type": "jwt", "key": "secret://ACME_TOKEN"}},
        },
    )
    diagnosis = project.pipeline().doctor("acme")

    steps = {step.label: (step.outcome, step.error.code if step.error else None) for step in diagnosis.steps}
    assert steps["auth of an endpoint"] == ("failed", "malformed-secret")
    assert steps["lakehouse"] == ("ok", None)
    assert (diagnosis.verdict, diagnosis.exit_status) == ("BLOCKED", 2)
    assert "canary" not in str(diagnosis.document())
