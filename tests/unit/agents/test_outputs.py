"""The topics whose transactions a worker ends for the former owner are all that a worker may write."""

from schemas.roles import roles
from schemas.topics import topic
from streams.agents.worker import CASE_OUTPUTS, OFFICER_OUTPUTS


class TestOutputs:
    def test_every_writable_topic_is_an_output_or_a_changelog(self) -> None:
        """An omitted topic would stay blocked after the broker lost sight of a transaction."""
        (worker,) = (role for role in roles() if role.name.endswith("-worker"))
        writes = {grant.name for grant in worker.grants if grant.resource == "topic" and "Write" in grant.operations}
        kept = ("case-state", "officer-state")
        assert writes == {topic(short).name for short in (*CASE_OUTPUTS, *OFFICER_OUTPUTS, *kept)}
