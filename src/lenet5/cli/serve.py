"""lenet5 serve."""

from typing import Annotated

import typer

from lenet5.cli.common import fail
from lenet5.tools.distribution import install_hint
from lenet5.training.run_folder import READER


def serve(
    model: Annotated[
        str,
        typer.Option(metavar="MODEL", help="A run's folder, a model.safetensors, or pretrained-reader and its like."),
    ] = READER,
    host: Annotated[str, typer.Option(help="The address to answer on; 0.0.0.0 for the whole network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any free one.")] = 8000,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Pictures read at a time, a process each. [default: the cores but one, 2 to 8]"),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that browsers may call it by, beside this machine's; repeatable."),
    ] = None,
    proxy: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Of a proxy before it, whose X-Forwarded-For is believed.")
    ] = "",
    access_log: Annotated[bool, typer.Option(help="A line a request on standard error.")] = True,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Draw a digit in the browser and watch every layer; or send pictures to the service behind it."""
    from lenet5.reading.inference import load_inference_network

    network = load_inference_network(model)
    try:
        from lenet5.web import app as web_app
        from lenet5.web import server
        from lenet5.web.limits import Limits
    except ModuleNotFoundError as error:
        fail(f"the page needs {error.name}, which is not installed; get it with: {install_hint('serve')}")
    limits = Limits() if threads is None else Limits(threads=threads)
    listening = server.listen(host, port)
    where = server.url(listening)

    def ready() -> None:
        typer.echo(f"LeNet-5 is at {where}, its service described at {where}docs; Ctrl-C stops it.")
        if open_page:
            typer.launch(where)

    app = web_app.create_app(network, model, limits, [*server.names(host), *(allow_host or ())])
    server.serve(app, listening, limits, ready, app.state.queue.stop, access_log=access_log, proxy=proxy)
