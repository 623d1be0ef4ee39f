"""The service as an ASGI application: its paths, and how a request becomes an answer."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from lenet5 import bitmaps, paper
from lenet5.arrays import STATE_SHAPES, parameter_shapes
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.normalisation import IMAGE
from lenet5.training.run_folder import READER
from lenet5.version import __version__
from lenet5.web.answers import Networks, prepare, read_answer, states_answer, weights_answer
from lenet5.web.http_errors import HTTPError, as_json, http_error, internal_error, wrong_path_or_method
from lenet5.web.limits import Limits
from lenet5.web.middleware import SameOrigin, SecurityHeaders
from lenet5.web.request_body import check_media_type, whole_body
from lenet5.web.schemas import (
    PICTURE_BODY,
    WEIGHTS_QUERY,
    Health,
    ReadingMade,
    StatesMade,
    WeightsName,
    WeightsThere,
    error_responses,
)
from lenet5.web.work_queue import WorkQueue

PAGE: Final = Path(__file__).parent / "page"
ABOUT: Final = (
    "LeNet-5 of 1998 reads digits: send a picture, and get the digit with its probability, or every state. "
    "Another host than this one, and a page of another site, are refused with 403."
)


def create_app(
    network: InferenceNetwork, model: str = READER, limits: Limits | None = None, hosts: Sequence[str] = ()
) -> FastAPI:
    """The application. `app.state.queue` is its `WorkQueue`.

    Args:
        network: the trained one.
        model: its name, for /healthz.
        limits: of the service; the usual ones unless given.
        hosts: names it may be called by, beside those of this machine's loopback and the address that a request came
            to.
    """
    limits = limits or Limits()
    networks = Networks(network)
    queue = WorkQueue(limits, partial(prepare, networks.trained))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        queue.open()
        yield
        queue.close()

    app = FastAPI(
        title="lenet5", description=ABOUT, version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.state.queue = queue
    app.add_middleware(SameOrigin, hosts=hosts)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPError, http_error)
    app.add_exception_handler(HTTPException, wrong_path_or_method)
    app.add_exception_handler(Exception, internal_error)

    async def weights_by(name: WeightsName) -> InferenceNetwork | None:
        with queue.reserve():
            return await networks.by(name)

    async def answer(request: Request, work: Callable[..., bytes], *more: Any) -> Response:
        if queue.stopping:
            # The connection ends with the answer, which is lost where the client was still sending.
            await whole_body(request, limits, queue.hold)
        # What can be refused by its headers is refused before its body is waited for.
        queue.admit()
        content_type = request.headers.get("content-type", "")
        check_media_type(content_type)
        body = await whole_body(request, limits, queue.hold)
        content = await queue.do(work, body, content_type, limits, *more, size=len(body))
        return Response(content, media_type="application/json")

    picture_errors = error_responses(400, 408, 413, 415, 422, 429, 503)

    @app.post(
        "/api/read",
        response_model=ReadingMade,
        response_description="The reading:",
        responses=picture_errors,
        openapi_extra=PICTURE_BODY,
    )
    async def read(request: Request) -> Response:
        """The digits on a picture, each with the posterior of eq. 9."""
        return await answer(request, read_answer)

    @app.post(
        "/api/states",
        response_model=StatesMade,
        response_description="The reading and the states:",
        responses=picture_errors,
        openapi_extra=PICTURE_BODY | WEIGHTS_QUERY,
    )
    async def states(request: Request) -> Response:
        """The reading, what the network saw, and the states of every layer, C1 to OUTPUT."""
        name = _weights_name(request)
        return await answer(request, states_answer, name, await weights_by(name))

    weights_made: dict[WeightsName, bytes] = {}

    @app.get(
        "/api/weights",
        response_model=WeightsThere,
        response_description="The weights:",
        responses=error_responses(422, 429, 503),
        openapi_extra=WEIGHTS_QUERY,
    )
    async def weights(request: Request) -> Response:
        """Every kernel, coefficient and bias."""
        name = _weights_name(request)
        if name not in weights_made:
            weights_made[name] = await queue.do(weights_answer, name, await weights_by(name))
        return Response(weights_made[name], media_type="application/json")

    @app.get("/healthz", response_model=Health, response_description="It runs, or is stopping:")
    async def healthz() -> Response:
        """Whether the service runs."""
        status = "stopping" if queue.stopping else "ok"
        return as_json({"status": status, "version": __version__, "model": model, "waiting": queue.taken})

    for path, file in (("/", "index.html"), ("/docs", "docs.html")):
        app.add_route(path, partial(_file, PAGE / file), methods=["GET"], include_in_schema=False)
    app.add_route("/page/paper.js", _paper_js, methods=["GET"], include_in_schema=False)
    app.mount("/page", StaticFiles(directory=PAGE))
    return app


def _weights_name(request: Request) -> WeightsName:
    """Which weights a request asks for; the trained ones where it does not say."""
    match request.query_params.getlist("weights"):
        case [] | ["trained"]:
            return "trained"
        case ["untrained"]:
            return "untrained"
        case asked:
            raise HTTPError(422, f"The weights {', '.join(asked)[:80]!r} were asked for; choose trained or untrained.")


async def _paper_js(request: Request) -> Response:  # noqa: ARG001 the signature is Starlette's
    """The paper's numbers that the page needs, as a module of JavaScript: so they are typed once, in Python."""
    numbers = {
        "AMPLITUDE": paper.AMPLITUDE,
        "INPUT": paper.INPUT_SIZE,
        "IMAGE": IMAGE,
        "KERNEL": parameter_shapes()["C1.weight"][-1],
        "STATE_SHAPES": STATE_SHAPES,
        "CODE_ROWS": bitmaps.ROWS,
        "CODE_COLUMNS": bitmaps.COLUMNS,
    }
    lines = [f"export const {name} = {json.dumps(value)};\n" for name, value in numbers.items()]
    return Response("".join(lines), media_type="text/javascript")


async def _file(path: Path, request: Request) -> Response:
    """A page; 304 where the browser has it already."""
    response = FileResponse(path)
    response.set_stat_headers(path.stat())
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304, headers={"etag": response.headers["etag"]})
    return response
