"""Title and next step for each error code and status of the API. Texts only."""

from __future__ import annotations

__all__ = ["BY_CODE", "BY_STATUS", "COMMANDS", "TITLES"]

TITLES: dict[int, str] = {
    400: "The API did not understand the request.",
    401: "The API asks for a key or a token.",
    403: "The API refuses this.",
    404: "The API does not know this.",
    406: "The API does not accept this video.",
    408: "The API waited too long for the request.",
    409: "This exists already.",
    413: "This is too large or too long.",
    415: "This kind of file is not accepted.",
    422: "This address cannot be used.",
    425: "This is not ready yet.",
    428: "Something has to be set up first.",
    429: "Too many requests.",
    500: "The API had an error of its own.",
    502: "A gateway in front of the API got no good answer.",
    503: "The API is not available at the moment.",
    504: "A gateway in front of the API got no answer in time.",
}

BY_CODE: dict[str, str] = {
    "badRequest": "Correct the value named in the detail and send it again.",
    "missingApiKey": "Set the key of your virtual world.",
    "missingToken": "Ask for a new upload link; each upload needs its own token.",
    "unknownApiKey": "Compare the key with the one in the developer portal and check that it belongs to this server.",
    "expiredApiKey": "This key has run out. Create a new one in the developer portal and give it here.",
    "deletedApiKey": "This key was deleted. Create a new one in the developer portal and give it here.",
    "wrongApiKey": "Use a key with the right to do this; its read and write boxes are in the developer portal.",
    "deletedVW": "The virtual world of this key was deleted. Use a key of another virtual world.",
    "forbidden": "Check that the thing belongs to this virtual world and that the key may read and write.",
    "wrongToken": "The upload link was used or has run out. Ask for a new one.",
    "planLimitReached": "Your Kinetix plan is used up. Change the plan in the developer portal or wait for its next period.",
    "noUGC": "Turn on user-generated emotes for this virtual world in the developer portal.",
    "emoteNotAvailable": "This emote is not offered to games. Choose another one.",
    "emoteNotAllowed": "Add the emote to the list of the virtual world first, then give it.",
    "notFound": "Check the id; it may have been removed or belong to another virtual world.",
    "videoNotFound": "Open the video's address in a browser; it may be private or removed.",
    "videoMature": "Choose a video that is not restricted to adults.",
    "alreadyExists": "Nothing to do: use the one that exists.",
    "videoTooLong": "Choose a shorter video, or cut it before sending.",
    "unsupportedURL": "Download the video yourself and upload the file.",
    "badURL": "Copy the address of the video again; this one is not a video's.",
    "timeOut": "The video's host was too slow. Try again, or upload the file.",
    "tooManyUserProcesses": "This player has used up today's emotes. Try again tomorrow, or raise the limit of the virtual world.",
    "tooManyWaiting": "As many clips wait as the virtual world allows. Try again when some are done, or raise its limit.",
    "rateLimiting": "Wait a few minutes, then try again.",
}

COMMANDS: dict[str, str] = {
    BY_CODE[code]: "kinetix profile key" for code in ("missingApiKey", "expiredApiKey", "deletedApiKey")
}
"""The command that does what a sentence says, where there is one."""

BY_STATUS: dict[int, str] = {
    400: BY_CODE["badRequest"],
    401: BY_CODE["missingApiKey"],
    403: BY_CODE["forbidden"],
    404: BY_CODE["notFound"],
    406: "Choose another video.",
    408: "Check the connection, then try again.",
    409: BY_CODE["alreadyExists"],
    413: "Send a shorter or smaller clip.",
    415: "Save the clip as MP4 or WebM and send that.",
    422: BY_CODE["unsupportedURL"],
    425: "Wait until the process is done, then try again.",
    428: "Set an interval and a start date for this alias in the developer portal.",
    429: BY_CODE["rateLimiting"],
    500: "Try again in a minute. If it stays, report the time and the path to whoever runs the server.",
    502: "Try again in a minute; check the proxy if you use one.",
    503: "Try again in a few minutes.",
    504: "Try again in a few minutes; check the proxy if you use one.",
}
