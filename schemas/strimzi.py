"""The topics and the users of the catalogue as resources of Strimzi, and the roles as a table: made, not written.

`python -m schemas.strimzi` writes them below deploy/; it needs the extra `test`, for PyYAML.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import yaml

from schemas.json_schemas import JsonObject
from schemas.roles import Grant, Role, roles
from schemas.topics import Topic, catalogue

__all__ = ["main", "rendered"]

_TARGET: Final = Path(__file__).parents[1] / "deploy"
_API: Final = "kafka.strimzi.io/v1"
_CLUSTER: Final = "docket"
_COPIES: Final = 3
_FROM: Final = "made by `python -m schemas.strimzi`, for prefix `docket`, group `docketwatch`"


def rendered() -> Mapping[str, str]:
    """The text of every file by its path below deploy/."""
    return {
        "kubernetes/kafka/topics.yaml": _yaml(_topic(entry) for entry in catalogue()),
        "kubernetes/kafka/users.yaml": _yaml(_user(role) for role in roles()),
        "access.md": _table(roles()),
    }


def main() -> None:
    """Write them."""
    for path, text in rendered().items():
        (_TARGET / path).write_text(text, encoding="utf-8")


def _topic(entry: Topic) -> JsonObject:
    # a key that moved would be judged by a worker that knows nothing of it: what is cut by key is never cut anew
    is_cut = entry.partitions > 1
    return {
        "apiVersion": _API,
        "kind": "KafkaTopic",
        "metadata": {
            "name": entry.name,
            "labels": {"strimzi.io/cluster": _CLUSTER, "docketwatch/cut": "by-key" if is_cut else "whole"},
        },
        "spec": {
            "partitions": entry.partitions,
            "replicas": _COPIES,
            "config": {**entry.settings, "min.insync.replicas": str(_COPIES - 1)},
        },
    }


def _user(role: Role) -> JsonObject:
    return {
        "apiVersion": _API,
        "kind": "KafkaUser",
        "metadata": {
            "name": role.name,
            "labels": {"strimzi.io/cluster": _CLUSTER},
            "annotations": {"docketwatch/purpose": role.purpose},
        },
        "spec": {
            "authentication": {"type": "tls"},
            "authorization": {"type": "simple", "acls": [_acl(grant) for grant in role.grants]},
        },
    }


def _acl(grant: Grant) -> JsonObject:
    pattern = "prefix" if grant.is_prefix else "literal"
    return {
        "resource": {"type": grant.resource, "name": grant.name, "patternType": pattern},
        "operations": list(grant.operations),
    }


def _yaml(documents: Iterable[JsonObject]) -> str:
    body = yaml.safe_dump_all(documents, sort_keys=False, width=120, default_flow_style=False)
    return f"# {_FROM}\n{body}"


def _table(roles: Iterable[Role]) -> str:
    lines = ["# Who may do what at the broker", "", f"Each role has this and nothing else ({_FROM})."]
    for role in roles:
        lines += ["", f"## `{role.name}`", "", role.purpose, "", "| may | what |", "|---|---|"]
        together: dict[tuple[str, ...], list[str]] = {}
        for grant in role.grants:
            star = "*" if grant.is_prefix else ""
            kind = {"topic": "topic", "group": "group", "transactionalId": "transactional id"}[grant.resource]
            together.setdefault((kind, *grant.operations), []).append(f"`{grant.name}{star}`")
        lines += [
            f"| {', '.join(operations)} | {kind} {', '.join(names)} |"
            for (kind, *operations), names in together.items()
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
