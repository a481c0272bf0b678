"""The error codes of the API contract (docs/api-contract.md#5)."""

from __future__ import annotations

__all__ = ["CODES"]

# errorCode → status.
CODES = {
    "badRequest": 400,
    "missingApiKey": 401,
    "missingToken": 401,
    "unknownApiKey": 403,
    "expiredApiKey": 403,
    "deletedApiKey": 403,
    "wrongApiKey": 403,
    "deletedVW": 403,
    "forbidden": 403,
    "wrongToken": 403,
    "planLimitReached": 403,
    "noUGC": 403,
    "emoteNotAvailable": 403,
    "emoteNotAllowed": 403,
    "notFound": 404,
    "videoNotFound": 404,
    "videoMature": 406,
    "alreadyExists": 409,
    "videoTooLong": 413,
    "unsupportedURL": 422,
    "badURL": 422,
    "timeOut": 422,
    "tooManyUserProcesses": 429,
    "rateLimiting": 429,
}
