"""A codec that cannot be read is said at the start, in one sentence."""

import pytest

from streams.errors import UsageError
from streams.kafka.client.codecs import CODECS, check_codecs


class TestCheckCodecs:
    def test_all_of_them_are_there(self) -> None:
        """A plain installation reads what any producer writes."""
        assert {"gzip", "snappy", "lz4", "zstd"} == {name for name, is_there in CODECS.items() if is_there()}
        check_codecs()

    def test_those_that_are_not_are_named(self) -> None:
        """With the library that is missing, and the command that brings it."""
        with pytest.raises(UsageError) as error:
            check_codecs({**CODECS, "snappy": lambda: False, "zstd": lambda: False})
        assert str(error.value) == (
            "records that are compressed with snappy, zstd cannot be read, because the library cramjam is not "
            "installed: `pip install cramjam`"
        )
