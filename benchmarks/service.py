"""The service under load: 64 connections that send pictures, at 300 a second for a minute, and as fast as answered.

python benchmarks/service.py [--seconds 60] [--connections 64] [--rate 300] [--json benchmarks/results/service.json]

At a rate an answer's time counts from when its request was due; as fast as answered it is the connections divided by
the requests a second, whatever the service does. The client shares the machine with the service, so it does little:
requests are made beforehand, answers not parsed.
"""

import argparse
import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from lenet5.bench import machine
from lenet5.data import load_dataset

RESULTS = Path(__file__).with_name("results") / "service.json"


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends a request when the one before is answered, or when its time has come."""

    def __init__(self, requests: list[bytes], pause: float, start: float, end: float) -> None:
        self.requests, self.pause, self.due, self.end = requests, pause, start, end
        self.taken: list[float] = []
        self.failed = 0
        self.received = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for its turn."""
        self.transport = transport
        self.next()

    def next(self) -> None:
        """At a rate, a request's time counts from when it was due: a service that falls behind cannot hide it."""
        now = time.perf_counter()
        if self.due < now and not self.pause:
            self.due = now
        if self.due > self.end:
            self.transport.close()
        elif self.due > now:
            asyncio.get_running_loop().call_later(self.due - now, self.send)
        else:
            self.send()

    def send(self) -> None:
        """The next picture."""
        self.transport.write(self.requests[len(self.taken) % len(self.requests)])

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            return
        self.received = b""
        self.taken.append(time.perf_counter() - self.due)
        self.failed += b" 200 " not in head[:16]
        self.due += self.pause
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        """The end, or a failure."""
        self.failed += time.perf_counter() < self.end - 1
        self.done.set_result(error)


def requests_of(side: int) -> list[bytes]:
    """Digits of the embedded set as PNG files; enlarged, as black strokes on white."""
    made = []
    for image in load_dataset("digits").test.images[:200].numpy():
        picture = Image.fromarray(image)
        if side != 28:
            picture = Image.fromarray(255 - np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC)))
        file = io.BytesIO()
        picture.save(file, "PNG")
        body = file.getvalue()
        head = f"POST /api/read HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def memory(pid: int) -> float:
    """Megabytes that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


async def load(port: int, pid: int, count: int, rate: float, side: int, duration: float) -> dict[str, object]:
    """Send and count."""
    loop = asyncio.get_running_loop()
    requests = requests_of(side)
    pause = count / rate if rate else 0.0

    async def phase(seconds: float) -> list[Connection]:
        start = time.perf_counter() + 0.1
        made = []
        for number in range(count):
            first = start + number * pause / count
            order = requests[number:] + requests[:number]
            made.append(Connection(order, pause, first, start + seconds))
            await loop.create_connection(lambda made=made: made[-1], "127.0.0.1", port)
        await asyncio.gather(*(connection.done for connection in made))
        return made

    await phase(3)
    before = memory(pid)
    began = time.perf_counter()
    connections = await phase(duration)
    seconds = time.perf_counter() - began
    taken = np.array([t for connection in connections for t in connection.taken]) * 1000
    return {
        "connections": count,
        "offered_per_second": rate or "as fast as answered",
        "picture": f"{side}×{side} PNG",
        "seconds": round(seconds, 1),
        "requests": len(taken),
        "failed": sum(connection.failed for connection in connections),
        "requests_per_second": round(len(taken) / seconds, 1),
        "p50_ms": round(float(np.percentile(taken, 50)), 2),
        "p99_ms": round(float(np.percentile(taken, 99)), 2),
        "max_ms": round(float(taken.max()), 2),
        "memory_before_mb": round(before, 1),
        "memory_after_mb": round(memory(pid), 1),
    }


def main() -> None:
    """Start the service, load it, print what came of it, and keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=300, help="Requests a second in all.")
    parser.add_argument("--json", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    # The drawings are of the size that the page sends; those of 28×28 are patterns already.
    rate, minute, short = arguments.rate, arguments.seconds, arguments.seconds / 6
    phases = [(rate, 28, minute), (rate, 140, minute), (0, 28, short), (0, 140, short)]
    command = [sys.executable, "-m", "lenet5", "serve", "--port", "0"]
    rows, load_before = [], round(os.getloadavg()[0], 2)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        try:
            port = int(service.stdout.readline().split("//")[1].split("/")[0].rsplit(":", 1)[1])
            for rate, side, seconds in phases:
                rows.append(asyncio.run(load(port, service.pid, arguments.connections, rate, side, seconds)))
                print(json.dumps(rows[-1]), flush=True)
        finally:
            service.send_signal(signal.SIGTERM)
        result = {"machine": machine(), "load_before": load_before, "rows": rows, "exit_status": service.wait(30)}
    arguments.json.parent.mkdir(exist_ok=True)
    arguments.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
