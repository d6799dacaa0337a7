"""A crowd at AudioSocket's door, in a process of its own so that it takes no time from the callers of a test."""

import asyncio
import sys
import uuid

from hotline.speech.frames import Kind, encode

AT_ONCE = 1_000
GONE_AFTER_S = 10.0


async def knock(port: int, number: int) -> None:
    """Silent, half a UUID, or the UUID of no call; then wait to be sent away."""
    piece = (b"", b"\x01\x00\x10abc", encode(Kind.UUID, uuid.uuid4().bytes))[number % 3]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(piece)
        async with asyncio.timeout(GONE_AFTER_S):
            while await reader.read(1_000):
                pass
        writer.close()
    except OSError:
        return  # pushed out: that is how it should be


async def crowd(port: int, size: int) -> None:
    """All of them, a thousand at any time."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with at_once:
            await knock(port, number)

    await asyncio.gather(*(one(number) for number in range(size)))


if __name__ == "__main__":
    asyncio.run(crowd(int(sys.argv[1]), int(sys.argv[2])))
