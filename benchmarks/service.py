"""The service under load, beside a bare echo: the same server with the same requests, and nothing read.

python benchmarks/service.py [--seconds 60] [--connections 64] [--rate 300] [--json benchmarks/results/service.json]

64 connections send pictures, 300 a second in all, and as fast as they are answered; to the echo and to the service in
turn, in three rounds. What counts is the ratio of the two, for a machine's days differ by more than a factor of two.
At a rate an answer's time counts from when its request was due; as fast as answered it is the connections divided by
the requests a second, whatever the service does. The client shares the machine with the service, so it does little:
requests are made beforehand, answers not parsed.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from lenet5.data import load_dataset
from lenet5.engine.bench import machine

ROUNDS: Final = 3
RESULTS: Final = Path(__file__).with_name("results") / "service.json"


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
        head = "POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that receives a body and answers with as many bytes as a reading has."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    body = b'{"digit":7,"probability":0.681902,"runner_up":3,"rubbish":0.266765}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve_echo() -> None:
    """The echo as `lenet5 serve` serves: the same server, limits and access log."""
    from lenet5.web.limits import Limits
    from lenet5.web.server import listen, serve, url

    listening = listen("127.0.0.1", 0)
    serve(echo, listening, Limits(), lambda: print(url(listening), flush=True), lambda: None)


@contextlib.contextmanager
def running(*command: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A service, and its port."""
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield int(process.stdout.readline().split("//")[1].split("/")[0].rsplit(":", 1)[1]), process
        finally:
            process.send_signal(signal.SIGTERM)
            if process.wait(30):
                raise RuntimeError(f"{command} ended with status {process.returncode}.")


def memory(pid: int) -> float:
    """Megabytes that a process and its workers hold."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    resident = [int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in (pid, *children)]
    return sum(resident) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def load(port: int, count: int, rate: float, side: int, duration: float) -> dict[str, float]:
    """Send and count."""
    loop = asyncio.get_running_loop()
    requests = requests_of(side)
    pause = count / rate if rate else 0.0
    start = began = time.perf_counter() + 0.1
    connections = []
    for number in range(count):
        first = start + number * pause / count
        order = requests[number:] + requests[:number]
        connections.append(Connection(order, pause, first, start + duration))
        await loop.create_connection(lambda: connections[-1], "127.0.0.1", port)
    await asyncio.gather(*(connection.done for connection in connections))
    seconds = time.perf_counter() - began
    taken = np.array([t for connection in connections for t in connection.taken]) * 1000
    return {
        "requests": len(taken),
        "failed": sum(connection.failed for connection in connections),
        "requests_per_second": len(taken) / seconds,
        "p50_ms": float(np.percentile(taken, 50)),
        "p99_ms": float(np.percentile(taken, 99)),
        "max_ms": float(taken.max()),
    }


def in_turn(ports: dict[str, int], count: int, rate: float, side: int, seconds: float) -> dict[str, Any]:
    """Medians over the rounds of each service, and of the ratios, service to echo."""
    rounds = []
    for _ in range(ROUNDS):
        rounds.append({name: asyncio.run(load(port, count, rate, side, seconds)) for name, port in ports.items()})
    compared = ("p50_ms", "p99_ms") if rate else ("requests_per_second",)
    row: dict[str, Any] = {"picture": f"{side}×{side} PNG", "offered_per_second": rate or "as fast as answered"}
    row["ratio"] = {
        what: round(float(np.median([each["service"][what] / each["echo"][what] for each in rounds])), 3)
        for what in compared
    }
    for name in ports:
        row[name] = {
            what: round(float(np.median([each[name][what] for each in rounds])), 2) for what in rounds[0][name]
        }
        row[name]["failed"] = sum(each[name]["failed"] for each in rounds)
    return row


def main() -> None:
    """Start both, load them in turn, print what came of it, and keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="Of each kind of load, of each of the two.")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=300, help="Requests a second in all.")
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--echo", action="store_true", help="Serve the echo, and nothing else.")
    arguments = parser.parse_args()
    if arguments.echo:
        serve_echo()
        return
    rows, load_before = [], round(os.getloadavg()[0], 2)
    with (
        running(__file__, "--echo") as (echoing, _),
        running("-m", "lenet5", "serve", "--port", "0") as (port, service),
    ):
        ports = {"echo": echoing, "service": port}
        # The drawings are of the size that the page sends; those of 28×28 are patterns already.
        for side in (28, 140):
            asyncio.run(load(port, arguments.connections, 0, side, 2))
        before = memory(service.pid)
        for rate in (arguments.rate, 0):
            for side in (28, 140):
                rows.append(in_turn(ports, arguments.connections, rate, side, arguments.seconds / ROUNDS))
                print(json.dumps(rows[-1]), flush=True)
        memories = {"memory_before_mb": round(before, 1), "memory_after_mb": round(memory(service.pid), 1)}
    result = {"machine": machine(), "load_before": load_before, "connections": arguments.connections}
    result |= {"seconds": arguments.seconds, "rows": rows, **memories}
    arguments.json.parent.mkdir(exist_ok=True)
    arguments.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
