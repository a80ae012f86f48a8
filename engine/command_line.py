"""How a command begins and ends: the argument parser of every command line, and the signals that stop a process.

A lock or an event that a Python signal handler sets is no way to wait: a signal that arrives just before the wait
begins has its handler run only when the wait ends, which is never. Here the signal itself writes a byte to a socket
(``signal.set_wakeup_fd``), and the wait reads that byte, whenever it came.
"""

from __future__ import annotations

import argparse
import signal
import socket
from contextlib import suppress
from typing import NoReturn

EXIT_USAGE = 2
"""The exit code for arguments that cannot be understood."""


class OneLineParser(argparse.ArgumentParser):
    """Argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the code for wrong use."""
        self.exit(EXIT_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


SHUTDOWN_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""The signals that end a process in order."""


class ShutdownSignal:
    """Listens for SIGINT and SIGTERM from the moment it is made. Only for the main thread, once in a process."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in SHUTDOWN_SIGNALS:
            signal.signal(number, lambda *_: None)

    def fileno(self) -> int:
        """For an event loop that waits for more than this: readable when a signal has arrived."""
        return self._reader.fileno()

    def request(self) -> None:
        """Do as if a signal had arrived."""
        with suppress(BlockingIOError):
            self._writer.send(bytes((signal.SIGTERM,)))

    def wait(self) -> None:
        """Come back when one of the signals has arrived, be it before the call or during it."""
        while not set(self._reader.recv(64)) & set(SHUTDOWN_SIGNALS):
            pass
