"""The errors of the engine that a user may meet: a stable code, one clear sentence, and where it is."""


class SojournError(Exception):
    """What went wrong, said in one sentence that tells how to mend it.

    ``code`` is stable and machine-readable (``workspace_newer``); ``where`` locates the fault: a JSON path, a file,
    a field or a span, empty when there is nothing to point at.
    """

    def __init__(self, code: str, message: str, where: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class WrongUseError(SojournError):
    """An argument of a command is not what it must be; nothing was tried."""
