"""A missing codec is reported at the start, in one sentence."""

import pytest

from streams.errors import UsageError
from streams.kafka.client.codecs import CODECS, check_codecs


class TestCheckCodecs:
    def test_all_of_them_are_installed(self) -> None:
        """A plain installation reads the records of any producer."""
        assert {"gzip", "snappy", "lz4", "zstd"} == {name for name, is_there in CODECS.items() if is_there()}
        check_codecs()

    def test_missing_ones_are_named(self) -> None:
        """The sentence has the missing library and the command that installs it."""
        with pytest.raises(UsageError) as error:
            check_codecs({**CODECS, "snappy": lambda: False, "zstd": lambda: False})
        assert str(error.value) == (
            "records that are compressed with snappy, zstd cannot be read, because the library cramjam is not "
            "installed: `pip install cramjam`"
        )
