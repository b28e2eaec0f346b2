"""Messages between a server and a process that it started itself: pickles over their pipes, each after its length.

Pickle runs what it reads: nothing that a visitor sent, and no file, ever comes this way.
"""
import pickle
import struct
from typing import BinaryIO

LENGTH = struct.Struct("<Q")


def write(stream: BinaryIO, message: object) -> None:
    """Send one message.  OSError if nobody is there to read it."""
    data = pickle.dumps(message, protocol=5)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read(stream: BinaryIO) -> object | None:
    """The next message; None at the end, also where the end cut a message off."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    data = stream.read(LENGTH.unpack(head)[0])
    return pickle.loads(data) if len(data) == LENGTH.unpack(head)[0] else None
