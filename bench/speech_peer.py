"""The usual way to serve Vosk in Python, as small as it can be: a WebSocket a caller, a pool of threads.

Each binary message is recognised in the pool, and answered by the sentence that ended with it, or by the
words so far; a text message ends the conversation.
"""

import asyncio
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from vosk import KaldiRecognizer, Model, SetLogLevel
from websockets.asyncio.server import ServerConnection, serve


def recognised(recogniser: KaldiRecognizer, message: bytes | str) -> str:
    """The answer to one message; text means that the caller has finished."""
    if isinstance(message, str):
        return str(recogniser.FinalResult())
    if recogniser.AcceptWaveform(message):
        return str(recogniser.Result())
    return str(recogniser.PartialResult())


async def main(folder: str, port: int) -> None:
    SetLogLevel(-1)
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # callers who hang up are no news
    model = Model(folder)
    loop = asyncio.get_running_loop()
    threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)))

    async def conversation(caller: ServerConnection) -> None:
        recogniser = KaldiRecognizer(model, 8000)
        async for message in caller:
            await caller.send(await loop.run_in_executor(threads, recognised, recogniser, message))
            if isinstance(message, str):
                break

    async with serve(conversation, "127.0.0.1", port):
        print("ready", flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
