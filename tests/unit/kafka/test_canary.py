"""An upgrade of aiokafka, Faust, mode or kafka-python that moves a private part fails here, by its name."""

import ast
import inspect
from typing import Any

import pytest
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.producer import message_accumulator
from faust.types.settings import Settings

from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.producer.record_batch import RecordBatch
from tests.unit.kafka.library_internals import HOLDERS, INTERNALS, IS_THERE
from tests.unit.kafka.library_uses import defines, imports, inherited_uses, other_uses, resolve, shape, sources

ENTRIES = [(owner, name, expected) for owner, names in INTERNALS.items() for name, expected in names.items()]
IMPORTS = sorted({name for _, tree in sources() for name in imports(tree)})


def function(owner: Any, name: str) -> Any:
    """Return the function without the object that it is bound to."""
    if name == "__call__":
        return owner
    found = inspect.getattr_static(owner, name)
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found


def has_entry(owner: str, name: str) -> bool:
    return any(name in INTERNALS.get(each, ()) for each in HOLDERS.get(owner, (owner,)))


def uses_without_entry(module: str, tree: ast.Module) -> list[str]:
    uses = [*other_uses(module, tree, frozenset(HOLDERS)), *inherited_uses(module, tree)]
    return [f"{place}: {owner}.{name}" for owner, name, place in uses if not has_entry(owner, name)]


class TestLibraries:
    @pytest.mark.parametrize(("owner", "name", "expected"), ENTRIES, ids=[f"{each[0]}.{each[1]}" for each in ENTRIES])
    def test_used_private_parts_exist(self, owner: str, name: str, expected: str) -> None:
        """Each exists and has the same signature."""
        found = resolve(owner)
        assert defines(found, name), f"{owner} has no {name} any more"
        if expected != IS_THERE:
            assert expected == shape(function(found, name)), f"{owner}.{name} has another signature"

    @pytest.mark.parametrize("name", IMPORTS)
    def test_imports_exist(self, name: str) -> None:
        """The test covers public names, too, because an import error in the product says less."""
        assert resolve(name) is not None

    def test_every_setting_of_the_app_is_one_of_fausts(self) -> None:
        """Faust ignores an unknown setting silently."""
        calls = [
            node
            for _, tree in sources()
            if any(name == "faust.app.BootStrategy" for name in imports(tree))
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_WorkerApp"
        ]
        assert len(calls) == 1
        assert [word.arg for word in calls[0].keywords if not hasattr(Settings, word.arg or "")] == []

    def test_a_position_accepts_the_added_attribute(self) -> None:
        """The instant of the request is stored in aiokafka's state of a topic-partition."""
        assert TopicPartitionState.__dictoffset__ != 0

    def test_the_own_batch_has_what_the_producer_uses(self) -> None:
        """It has every name that aiokafka uses of a batch builder."""
        tree = ast.parse(inspect.getsource(message_accumulator.MessageBatch))
        tree.body += ast.parse(inspect.getsource(message_accumulator.MessageAccumulator)).body
        asked = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and getattr(node.value, "attr", "") == "_builder"
        }
        assert {"_build", "_set_producer_state"} <= asked
        assert sorted(asked - set(dir(RecordBatch))) == []


class TestUses:
    def test_every_use_in_the_product_has_an_entry(self) -> None:
        """Each private, set or overridden attribute is in `internals.py`."""
        assert [use for module, tree in sources() for use in uses_without_entry(module, tree)] == []

    def test_every_entry_is_used(self) -> None:
        """An entry without a use must go."""
        named = {
            name
            for _, tree in sources()
            for node in ast.walk(tree)
            for name in (getattr(node, "attr", None), getattr(node, "name", None), getattr(node, "id", None))
        }
        special = {"__call__", "__init__", "__iter__"}
        assert [f"{owner}.{name}" for owner, name, _ in ENTRIES if name not in named | special] == []

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("consumer._of_an_upgrade", "consumer._of_an_upgrade"),
            ("self._producer.client._of_an_upgrade()", "client._of_an_upgrade"),
            ("producer._sender._of_an_upgrade", "_sender._of_an_upgrade"),
            ("consumer.group = 'another'", "consumer.group"),
            ("stranger._closed", "stranger._closed"),
        ],
    )
    def test_a_new_private_use_is_found(self, source: str, expected: str) -> None:
        """This holds for a name that is known of another object, and for an unknown object."""
        assert uses_without_entry("new", ast.parse(source)) == [f"new:1: {expected}"]

    @pytest.mark.parametrize("source", ["self._closed", "os._exit(0)", "row._replace(a=1)", "consumer.seek(tp, 0)"])
    def test_public_and_own_names_need_no_entry(self, source: str) -> None:
        """They are the product's own, the standard library's, and a library's public ones."""
        assert uses_without_entry("new", ast.parse(f"import os\n{source}")) == []

    def test_a_new_override_is_found(self) -> None:
        """The class of the library that defines it is found, also through `self`."""
        source = (
            "from faust.transport.drivers import aiokafka as driver\n"
            "class BatchConsumer(driver.Consumer):\n"
            "    def close(self) -> None:\n"
            "        self._buffered_partitions.clear()\n"
        )
        module = BatchConsumer.__module__
        assert uses_without_entry(module, ast.parse(source)) == [
            f"{module}:4: faust.transport.consumer.Consumer._buffered_partitions",
            f"{module}:3: faust.transport.consumer.ThreadDelegateConsumer.close",
        ]
