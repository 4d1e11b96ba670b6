"""The routes of the service: what is asked for goes to the queue, everything else is answered at once."""

import base64
import hmac
import json
from asyncio import CancelledError, timeout
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tryon import __version__
from tryon.serve.fields import RefusedError, parse
from tryon.serve.jobs import Job, Jobs

# FASHN's names of what is not taken, by the status of HTTP.
_NAMES = {
    400: "BadRequest",
    401: "UnauthorizedAccess",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    413: "PayloadTooLarge",
    415: "BadRequest",
    422: "BadRequest",
    429: "ConcurrencyLimitExceeded",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}
UPLOAD_WAIT = 120.0
"""Seconds for the whole body of a request: a client that sends a byte a minute would hold a connection for days."""
_PATIENCE = 4  # Of the size of a body: how much is read of one that is refused.
# Results are nobody else's, and no browser is to take them for anything but pictures.
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def create_app(jobs: Jobs, **options: Any) -> Starlette:
    """The service as an application of ASGI; while it runs, so does the thread of ``jobs``.

    Args:
        jobs: the queue, not started yet.
        options: of :func:`routes`.
    """
    handlers: Any = HANDLERS | {HTTPException: _not_served, Exception: _fault}
    return Starlette(routes=routes(jobs, **options), lifespan=lambda _: running(jobs), exception_handlers=handlers)


def routes(
    jobs: Jobs, *, token: str = "", allow_hosts: frozenset[str] = frozenset(), max_bytes: int = 40_000_000
) -> list[Route]:
    """The routes alone, for an application that has others too, and that needs :data:`HANDLERS` and :func:`running`.

    Args:
        jobs: the queue.
        token: what clients have to send as ``Authorization: Bearer``; empty: nothing.
        allow_hosts: hosts from which pictures may be fetched, as for :func:`tryon.serve.fields.parse`.
        max_bytes: of the body of a request.
    """
    endpoints = _Endpoints(jobs, token, allow_hosts, max_bytes)
    return [
        Route("/v1/run", endpoints.run, methods=["POST"]),
        Route("/v1/status/{key}", endpoints.status),
        Route("/v1/files/{name}", endpoints.file),
        Route("/healthz", endpoints.health),
        Route("/openapi.json", endpoints.openapi),
        Route("/docs", endpoints.docs),
    ]


@asynccontextmanager
async def running(jobs: Jobs) -> AsyncIterator[None]:
    """Lets the queue work while an application runs."""
    jobs.start()
    try:
        yield
    finally:
        await run_in_threadpool(jobs.stop)


class _Endpoints:
    def __init__(self, jobs: Jobs, token: str, allow_hosts: frozenset[str], max_bytes: int):
        self._jobs, self._token, self._allow_hosts, self._max_bytes = jobs, token.encode(), allow_hosts, max_bytes

    async def run(self, request: Request) -> Response:
        """Put a try-on into the queue."""
        try:
            async with timeout(UPLOAD_WAIT):
                body = await self._body(request, self._refusal(request))
        except TimeoutError as error:
            words = f"the request took longer than {UPLOAD_WAIT:g} seconds to arrive; send smaller pictures"
            raise RefusedError(408, words, {"Connection": "close"}) from error
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody gets
        except CancelledError as error:  # the server ends, and does not wait for the rest
            raise RefusedError(503, "the service was stopped; ask again when it runs") from error
        # In a thread: tens of megabytes of JSON and base64 would keep all other clients waiting.
        asked = await run_in_threadpool(parse, body, self._allow_hosts)
        return JSONResponse({"id": self._jobs.add(asked), "error": None})

    async def status(self, request: Request) -> Response:
        """How far a try-on is, and its result."""
        self._check_token(request)
        job = self._jobs.get(request.path_params["key"])
        if job is None:
            raise RefusedError(
                404, "there is no try-on with this id, or not any more; results are kept for a while only"
            )
        answer = {
            "id": request.path_params["key"],
            "status": job.status,
            "output": await run_in_threadpool(_output, job, str(request.base_url)),
            "error": {"name": job.error[0], "message": job.error[1]} if job.error else None,
            "notes": list(job.notes),
        }
        return JSONResponse(answer, headers=_PRIVATE)

    async def file(self, request: Request) -> Response:
        """The picture of a result. No token is asked for: its name is the secret, and a page has to show it."""
        job = self._jobs.of_file(request.path_params["name"])
        if job is None:
            raise RefusedError(
                404, "there is no picture of this name, or not any more; results are kept for a while only"
            )
        return Response(job.data, media_type=job.media, headers=_PRIVATE)

    async def health(self, _: Request) -> Response:
        """Whether try-ons can be made now."""
        state = "failed" if self._jobs.failure else "ok" if self._jobs.ready else "starting"
        return JSONResponse({"status": state, "version": __version__}, 200 if state == "ok" else 503)

    async def openapi(self, _: Request) -> Response:
        """The description of the service for programs."""
        page = json.loads((files("tryon.serve") / "openapi.json").read_text(encoding="utf-8"))
        page["info"]["version"] = __version__
        return JSONResponse(page)

    async def docs(self, _: Request) -> Response:
        """The description of the service for people."""
        page = (files("tryon.serve") / "docs.html").read_text(encoding="utf-8")
        policy = "default-src 'none'; style-src 'unsafe-inline'"  # nothing from elsewhere, and no scripts
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy})

    def _check_token(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Compared in constant time, so that nobody learns the token byte by byte.
        same = hmac.compare_digest(given.strip().encode("latin-1"), self._token)
        if self._token and not (same and scheme.lower() == "bearer"):
            raise RefusedError(
                401,
                "the token is missing or wrong; send the header Authorization: Bearer and the service's token",
                {"WWW-Authenticate": "Bearer"},
            )

    def _refusal(self, request: Request) -> RefusedError | None:
        """Why a request is refused whatever its body says."""
        try:
            self._check_token(request)
            self._jobs.check_room()
        except RefusedError as error:
            return error
        # Other types can be sent by any page that the user of this machine has open, without being asked.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return RefusedError(415, "the body is not said to be JSON; send the header Content-Type: application/json")
        if request.query_params.get("webhook_url"):
            return RefusedError(
                422, "webhook_url is given, but no webhooks are called; ask at /v1/status for the result"
            )
        declared = request.headers.get("content-length", "")
        return self._too_large() if declared.isdecimal() and int(declared) > self._max_bytes else None

    async def _body(self, request: Request, refusal: RefusedError | None) -> bytearray:
        """The body of a request; that of one that is refused is read too, but not kept.

        A client that sends without waiting would otherwise find its connection cut, and never see the answer.
        """
        if refusal and "expect" in request.headers:  # this one waits
            raise refusal
        body, size = bytearray(), 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self._max_bytes:
                refusal = refusal or self._too_large()
            if refusal is None:
                body += chunk
            elif size > _PATIENCE * self._max_bytes:
                break
        if refusal:
            raise refusal
        return body

    def _too_large(self) -> RefusedError:
        words = f"the request is larger than {self._max_bytes / 1e6:g} MB; send smaller pictures"
        return RefusedError(413, words, {"Connection": "close"})


def _output(job: Job, base_url: str) -> list[str] | None:
    """The result as FASHN's clients expect it: a list of one address, or of one picture in base64."""
    if job.status != "completed":
        return None
    if job.file:
        return [f"{base_url}v1/files/{job.file}"]
    return [f"data:{job.media};base64,{base64.b64encode(job.data).decode()}"]


def _answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": _NAMES.get(status, "BadRequest"), "message": message}, status, headers)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _answer(error.status, str(error), error.headers)


def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {404: "there is nothing at this address", 405: f"{request.method} is not answered at this address"}
    message = f"{words.get(error.status_code, error.detail)}; the documentation is at /docs"
    return _answer(error.status_code, message, error.headers)


def _fault(_: Request, __: Exception) -> Response:
    return _answer(500, "the service has a fault, which its log tells about; try again")


HANDLERS: dict[type[Exception], Callable[[Request, Exception], Response]] = {RefusedError: _refused}
"""How a request that is not taken is answered."""
