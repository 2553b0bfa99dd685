"""A real S3 API, served on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
S3_ENVIRONMENT = {name.upper(): value for name, value in CREDENTIALS.items()}
REGION = "us-east-1"


@contextmanager
def serve_s3() -> Iterator[str]:
    """Serve the API of S3; return where."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def s3_client(endpoint: str) -> Any:
    """Return who speaks that API."""
    return boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **CREDENTIALS)


class S3Bucket:
    """A bucket of a real S3 API, as others see it."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self.client.create_bucket(Bucket=name)

    def put_photos(self, files: dict[str, bytes]) -> None:
        """Put files below `photos`."""
        for name, data in files.items():
            self.put(f"photos/{name}", data)

    def put(self, key: str, data: bytes) -> None:
        """Put an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        """Return an object."""
        content: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str = "") -> set[str]:
        """Return the keys that begin so, without that."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        found = (each["Key"] for page in pages for each in page.get("Contents", ()))
        return {key.removeprefix(prefix) for key in found}

    def outputs(self, prefix: str = "out/") -> dict[str, bytes]:
        """Return all objects below a place but the journal, with their content."""
        names = self.keys(prefix)
        return {name: self.get(prefix + name) for name in names if not name.startswith(".pixbin")}
