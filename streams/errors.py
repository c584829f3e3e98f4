"""The one tree of errors a user can meet; each knows the exit code of the command that met it."""

__all__ = ["BrokerError", "DocketwatchError", "InputError", "OutputError", "ReaderGoneError", "UsageError"]


class DocketwatchError(Exception):
    """Root of the tree: its text is one clear sentence for the person at the terminal."""

    exit_code = 2


class UsageError(DocketwatchError):
    """The command was called in a way that cannot work: an option, a path, a port."""


class InputError(DocketwatchError):
    """An input cannot be used; the text names the file, the line and the field.

    Args:
        file: Path as the user gave it.
        line: 1-based line number, or None when the file as a whole is meant.
        field: Name of the field at fault, or None.
        sentence: What is wrong and what would be right; never the refused value of an id.
    """

    def __init__(self, file: str, line: int | None, field: str | None, sentence: str) -> None:
        self.file, self.line, self.field, self.sentence = file, line, field, sentence
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {field}: {sentence}" if field else f"{place}: {sentence}")


class OutputError(DocketwatchError):
    """An output cannot be written; what was at its place before is still there, whole.

    Args:
        file: Path as the user gave it.
        sentence: Why, and what would be right.
    """

    def __init__(self, file: str, sentence: str) -> None:
        self.file, self.sentence = file, sentence
        super().__init__(f"{file}: {sentence}")


class ReaderGoneError(DocketwatchError):
    """What reads a pipe ended before all was written, as `| head` does.

    Args:
        file: The pipe as the user named it.
    """

    exit_code = 141  # what a shell says of a program that such a pipe ends

    def __init__(self, file: str) -> None:
        super().__init__(f"{file}: the reader of the pipe went away before all was written")


class BrokerError(DocketwatchError):
    """The broker is not there, refuses us, or is not what the catalogue asks for."""
