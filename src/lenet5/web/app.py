"""The service as an ASGI application: its paths, and how a request becomes an answer."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from lenet5.reading.inference import InferenceNetwork
from lenet5.version import __version__
from lenet5.web import http_errors as refusal
from lenet5.web.answers import prepare, read_answer, states_answer, weights_answer
from lenet5.web.headers import Headers
from lenet5.web.limits import Limits
from lenet5.web.networks import WEIGHTS, Network, Networks
from lenet5.web.openapi import PICTURE, refusals
from lenet5.web.pictures import check_kind
from lenet5.web.request_body import whole_body
from lenet5.web.same_origin import SameOrigin
from lenet5.web.schemas import Health, ReadingMade, StatesMade, WeightsThere
from lenet5.web.work_queue import WorkQueue

PAGE: Final = Path(__file__).parent / "page"
ABOUT: Final = (
    "LeNet-5 of 1998 reads digits: send a picture, and get the digit with its probability, or every state. "
    "Another host than this one, and a page of another site, are refused with 403."
)
QUERY: Final = {
    "parameters": [
        {
            "name": "weights",
            "in": "query",
            "description": "The network after training, or before.",
            "schema": {"type": "string", "enum": list(WEIGHTS), "default": "trained"},
        }
    ]
}


def create_app(
    network: InferenceNetwork, model: str = "pretrained", limits: Limits | None = None, hosts: Sequence[str] = ()
) -> FastAPI:
    """The application. `app.state.desk` is its `WorkQueue`.

    hosts: names it may be called by, beside those of this machine's loopback and the address that a request came to.
    Raises nothing: limits are checked where they are made.
    """
    limits = limits or Limits()
    networks = Networks(network)
    desk = WorkQueue(limits, partial(prepare, networks.trained))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.open()
        yield
        desk.close()

    app = FastAPI(
        title="lenet5", description=ABOUT, version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.state.desk = desk
    app.add_middleware(SameOrigin, hosts=hosts)
    app.add_middleware(Headers)
    app.add_exception_handler(refusal.HTTPError, refusal.refused)
    app.add_exception_handler(HTTPException, refusal.no_such)
    app.add_exception_handler(Exception, refusal.mistake)

    def weights_in(request: Request) -> str:
        asked = request.query_params.getlist("weights") or ["trained"]
        if len(asked) != 1 or asked[0] not in WEIGHTS:
            raise refusal.HTTPError(
                422, f"The weights {', '.join(asked)[:80]!r} were asked for; choose trained or untrained."
            )
        return asked[0]

    async def network_by(weights: str) -> Network | None:
        with desk.place():
            return await networks.by(weights)

    async def answer(request: Request, work: Callable[..., bytes], *more: Any) -> Response:
        if desk.stopping:
            # The connection ends with the answer, which is lost where the client was still sending.
            await whole_body(request, limits, desk.hold)
        # What can be refused by its headers is refused before its body is waited for.
        desk.admit()
        content_type = request.headers.get("content-type", "")
        check_kind(content_type)
        body = await whole_body(request, limits, desk.hold)
        content = await desk.do(work, body, content_type, limits, *more, size=len(body))
        return Response(content, media_type="application/json")

    picture_refused = refusals(400, 408, 413, 415, 422, 429, 503)

    @app.post(
        "/api/read",
        response_model=ReadingMade,
        response_description="The reading:",
        responses=picture_refused,
        openapi_extra=PICTURE,
    )
    async def read(request: Request) -> Response:
        """The digits on a picture, each with the posterior of eq. 9."""
        return await answer(request, read_answer)

    @app.post(
        "/api/states",
        response_model=StatesMade,
        response_description="The reading and the states:",
        responses=picture_refused,
        openapi_extra=PICTURE | QUERY,
    )
    async def states(request: Request) -> Response:
        """The reading, what the network saw, and the states of every layer, C1 to OUTPUT."""
        weights = weights_in(request)
        return await answer(request, states_answer, weights, await network_by(weights))

    weights_made: dict[str, bytes] = {}

    @app.get(
        "/api/weights",
        response_model=WeightsThere,
        response_description="The weights:",
        responses=refusals(422, 429, 503),
        openapi_extra=QUERY,
    )
    async def weights(request: Request) -> Response:
        """Every kernel, coefficient and bias."""
        asked = weights_in(request)
        if asked not in weights_made:
            weights_made[asked] = await desk.do(weights_answer, asked, await network_by(asked))
        return Response(weights_made[asked], media_type="application/json")

    @app.get("/healthz", response_model=Health, response_description="It runs, or is stopping:")
    async def healthz() -> Response:
        """Whether the service runs."""
        status = "stopping" if desk.stopping else "ok"
        return refusal.as_json({"status": status, "version": __version__, "model": model, "waiting": desk.taken})

    for path, file in (("/", "index.html"), ("/docs", "docs.html")):
        app.add_route(path, partial(_file, PAGE / file), methods=["GET"], include_in_schema=False)
    app.mount("/page", StaticFiles(directory=PAGE))
    return app


async def _file(path: Path, request: Request) -> Response:
    """A page; 304 where the browser has it already."""
    response = FileResponse(path)
    response.set_stat_headers(path.stat())
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304, headers={"etag": response.headers["etag"]})
    return response
