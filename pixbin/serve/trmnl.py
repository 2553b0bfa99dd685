"""Answers for TRMNL displays: JSON that names the picture and the time to sleep.

Sources: TRMNL Help Center, Redirect Plugin (`filename`, `url`, `refresh_rate`); and the firmware,
usetrmnl/trmnl-firmware, `parse_response_api_display.cpp` and `api-client/setup.cpp`, for servers of
one's own (BYOS). None of this was tried on a display.
"""

from __future__ import annotations

from typing import Any

MIN_SECONDS = 60  #: the plugin's page: the fastest is once a minute
DEFAULT_SECONDS = 900  #: of a turn
DEVICE = "trmnl"  #: of `catalog.devices`, if a request names no size


def redirect_reply(file_name: str, url: str, seconds: float) -> dict[str, Any]:
    """Return the reply to TRMNL's server; the display draws again if the file name has changed."""
    return {"filename": file_name, "url": url, "refresh_rate": max(round(seconds), MIN_SECONDS)}


def display_reply(file_name: str, url: str, seconds: float) -> dict[str, Any]:
    """Return the reply to a display that calls `/api/display` itself."""
    return {
        "status": 0,
        "image_url": url,
        "filename": file_name,
        "refresh_rate": max(round(seconds), MIN_SECONDS),
        "reset_firmware": False,
        "update_firmware": False,
        "firmware_url": None,
        "special_function": "none",
    }


def setup_reply(device_id: str, url: str) -> dict[str, Any]:
    """Return the reply to a new display; its key opens nothing, as no token is required."""
    name = "".join(letter for letter in device_id if letter.isalnum())[-6:].upper()
    return {
        "status": 200,
        "api_key": "pixbin",
        "friendly_id": name or "PIXBIN",
        "image_url": url,
        "filename": "empty_state",
        "message": "pixbin",
    }
