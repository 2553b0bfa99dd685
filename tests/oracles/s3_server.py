"""An S3 server on this machine, and a client for it."""

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
    """Serve the API of S3; yield its URL."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def s3_client(endpoint: str) -> Any:
    """Return a client of this server."""
    return boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **CREDENTIALS)


class S3Bucket:
    """A bucket, read and written without pixbin."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self.client.create_bucket(Bucket=name)

    def put_photos(self, files: dict[str, bytes]) -> None:
        """Write objects below `photos`."""
        for name, data in files.items():
            self.put(f"photos/{name}", data)

    def put(self, key: str, data: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        """Return the content of an object."""
        content: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str = "") -> set[str]:
        """Return the keys that begin with a prefix, without the prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        keys = (entry["Key"] for page in pages for entry in page.get("Contents", ()))
        return {key.removeprefix(prefix) for key in keys}

    def outputs(self, prefix: str = "out/") -> dict[str, bytes]:
        """Return the content of all objects below a prefix, without the journal."""
        names = self.keys(prefix)
        return {name: self.get(prefix + name) for name in names if not name.startswith(".pixbin")}
