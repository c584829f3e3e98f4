"""The tree of all errors that a user can meet; each has the exit code of the command."""

from schemas.instants import to_text

__all__ = [
    "BrokerError",
    "DocketwatchError",
    "InputError",
    "NothingRecordedError",
    "OutputError",
    "ReaderGoneError",
    "UsageError",
]


class DocketwatchError(Exception):
    """Root of the tree: its text is one clear sentence for the user."""

    exit_code = 2


class UsageError(DocketwatchError):
    """The call cannot work: a wrong option, path or port."""


class InputError(DocketwatchError):
    """An input cannot be used; the text names the file, the line and the field.

    Args:
        file: Path as the user gave it.
        line: 1-based line number, or None for the file as a whole.
        field: Name of the wrong field, or None.
        sentence: What is wrong and what would be right; never the refused value of an id.
    """

    def __init__(self, file: str, line: int | None, field: str | None, sentence: str) -> None:
        self.file, self.line, self.field, self.sentence = file, line, field, sentence
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {field}: {sentence}" if field else f"{place}: {sentence}")


class NothingRecordedError(DocketwatchError):
    """The log has no event that counts, so there is nothing to evaluate.

    Args:
        until: The last instant that counts (ms).
    """

    exit_code = 1

    def __init__(self, until: int) -> None:
        super().__init__(f"no event is recorded up to {to_text(until)}, so there is nothing to evaluate")


class OutputError(DocketwatchError):
    """An output cannot be written; the previous file at its path stays complete.

    Args:
        file: Path as the user gave it.
        sentence: Why, and what would be right.
    """

    def __init__(self, file: str, sentence: str) -> None:
        self.file, self.sentence = file, sentence
        super().__init__(f"{file}: {sentence}")


class ReaderGoneError(DocketwatchError):
    """The reader of a pipe ended before all was written, as `| head` does.

    Args:
        file: The pipe as the user named it.
    """

    exit_code = 141  # as a shell reports a program that SIGPIPE ended

    def __init__(self, file: str) -> None:
        super().__init__(f"{file}: the reader of the pipe went away before all was written")


class BrokerError(DocketwatchError):
    """The broker is not reachable, refuses us, or differs from the catalogue."""
